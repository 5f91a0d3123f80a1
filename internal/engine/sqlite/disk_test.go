//go:build linux

package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/enginetest"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
)

// small mounts a disk of so many bytes and returns a database on it.
func small(t *testing.T, bytes int) (db *sqlite.DB, path string) {
	t.Helper()
	dir := t.TempDir()
	enginetest.SmallDisk(t, dir, bytes)
	path = filepath.Join(dir, "test.db")
	db = newDB(t, path, sqlite.Options{})
	write(t, db, `CREATE TABLE a (writer INTEGER NOT NULL, n INTEGER NOT NULL, filler TEXT NOT NULL) STRICT`)
	return db, path
}

const insertFiller = `INSERT INTO a VALUES (?, ?, hex(zeroblob(5000)))`

// TestDiskFull: writers are told what to do, readers go on, what was confirmed
// is there, and when there is room again writes go on without a restart.
func TestDiskFull(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	db, path := small(t, 8<<20)
	ballast := filepath.Join(filepath.Dir(path), "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	fill := func(limit int) (confirmed int) {
		var mu sync.Mutex
		var work sync.WaitGroup
		for writer := range 8 {
			work.Go(func() {
				for n := range limit {
					step := engine.Step{SQL: insertFiller, Args: []any{writer, n}}
					err := db.Write(t.Context(), "", []engine.Step{step, step})
					if err != nil && (!errors.Is(err, engine.ErrFull) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "make room")) {
						t.Errorf("writing: %v", err)
					}
					if err != nil {
						return
					}
					mu.Lock()
					confirmed += 2
					mu.Unlock()
				}
			})
		}
		work.Wait()
		return confirmed
	}
	confirmed := fill(10_000)
	if n := count(t, db, `SELECT count(*) FROM a`); n != confirmed || n == 0 {
		t.Errorf("%d rows, and %d were confirmed", n, confirmed)
	}
	if err := db.Backup(t.Context(), path+".copy", false); !errors.Is(err, engine.ErrFull) {
		t.Errorf("a backup to a full disk: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if more := fill(3); more != 48 {
		t.Errorf("%d rows could be written after there was room again, want 48", more)
	} else {
		confirmed += more
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	again := newDB(t, path, sqlite.Options{})
	if n := count(t, again, `SELECT count(*) FROM a`); n != confirmed {
		t.Errorf("%d rows after opening again, and %d were confirmed", n, confirmed)
	}
	if n := count(t, again, `SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'`); n != 0 {
		t.Error("the file is damaged")
	}
	for _, name := range files(t, filepath.Dir(path)) {
		if strings.Contains(name, "copy") {
			t.Errorf("%s is left of the backup that failed", name)
		}
	}
}

// TestDiskFullAtClose: what was confirmed is in the WAL when it cannot be moved
// into the file, and after a start without room.
func TestDiskFullAtClose(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	db, path := small(t, 8<<20)
	for n := range 300 {
		if err := db.Write(t.Context(), "", []engine.Step{{SQL: insertFiller, Args: []any{0, n}}}); err != nil {
			t.Fatal(err)
		}
	}
	room := func() {
		for size := 1 << 20; size > 0; size /= 2 {
			for i := 0; ; i++ {
				if os.WriteFile(filepath.Join(filepath.Dir(path), fmt.Sprint("ballast-", size, "-", i)), make([]byte, size), 0o600) != nil {
					break
				}
			}
		}
	}
	room()
	t.Logf("closing on a full disk: %v", db.Close())
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() == 0 {
		t.Fatalf("the WAL could be moved into the file: the disk was not full (%v)", err)
	}
	reader, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		if !errors.Is(err, engine.ErrFull) {
			t.Errorf("opening on a full disk: %v", err)
		}
	} else if n := count(t, reader, `SELECT count(*) FROM a`); n != 300 {
		t.Errorf("%d rows on a full disk, want 300", n)
	}
	if err == nil {
		t.Logf("closing again: %v", reader.Close())
	}
	names, err := filepath.Glob(filepath.Join(filepath.Dir(path), "ballast-*"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, newDB(t, path, sqlite.Options{}), `SELECT count(*) FROM a`); n != 300 {
		t.Errorf("%d rows after there was room, want 300", n)
	}
}

// TestReadOnlyFile: who can only read is served, and who writes is told why not.
func TestReadOnlyFile(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	path := filepath.Join(t.TempDir(), "test.db")
	db := newFilled(t, path, 1)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	enginetest.ReadOnly(t, path)
	db = newDB(t, path, sqlite.Options{Server: true})
	if n := count(t, db, `SELECT count(*) FROM filler`); n != 1 {
		t.Errorf("%d rows", n)
	}
	err := db.Write(t.Context(), "", []engine.Step{{SQL: `INSERT INTO z VALUES (1)`}})
	if !errors.Is(err, engine.ErrReadOnly) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "check the permissions") {
		t.Errorf("Write: %v", err)
	}
	if n := count(t, db, `SELECT count(*) FROM z`); n != 0 {
		t.Errorf("%d rows", n)
	}
	if err := db.Backup(t.Context(), path+".copy", false); err != nil {
		t.Errorf("Backup: %v", err)
	}
}

// TestReadOnlyFolder: WAL needs files beside the database.
func TestReadOnlyFolder(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "test.db")
	if err := newFilled(t, path, 1).Close(); err != nil {
		t.Fatal(err)
	}
	enginetest.ReadOnly(t, dir)
	for _, opt := range []sqlite.Options{{}, {ReadOnly: true}, {Server: true}} {
		db, err := sqlite.Open(path, opt)
		if err == nil {
			_ = db.Close()
		}
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "may write in its folder") {
			t.Errorf("%+v: %v", opt, err)
		}
	}
	if _, err := sqlite.Restore(t.Context(), path, filepath.Join(dir, "other.db"), restoredAt, acceptAll); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("Restore: %v", err)
	}
}
