package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
)

// newFilled makes a database of n pages and more: backups copy them in several steps.
func newFilled(t *testing.T, path string, n int) *sqlite.DB {
	t.Helper()
	db := newDB(t, path, sqlite.Options{})
	write(t, db, `CREATE TABLE a (n INTEGER) STRICT`)
	write(t, db, `CREATE TABLE filler (t TEXT) STRICT`)
	write(t, db, `CREATE TABLE z (n INTEGER) STRICT`)
	write(t, db, `INSERT INTO a VALUES (0)`)
	write(t, db, `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?) INSERT INTO filler SELECT hex(zeroblob(2000)) FROM c`, n)
	return db
}

// count2 is what a and z hold: a writer changes both in each batch.
func count2(t *testing.T, db *sqlite.DB) (a, z int) {
	t.Helper()
	return count(t, db, `SELECT n FROM a`), count(t, db, `SELECT count(*) FROM z`)
}

func TestBackupBesideWriter(t *testing.T) {
	dir := t.TempDir()
	db := newFilled(t, filepath.Join(dir, "test.db"), 3000)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	wrote, stopped := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(stopped)
		for ctx.Err() == nil {
			err := db.Write(ctx, "", []engine.Step{{SQL: `UPDATE a SET n = n + 1`}, {SQL: `INSERT INTO z VALUES (1)`}})
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			select {
			case wrote <- struct{}{}:
			default:
			}
		}
	}()
	<-wrote
	before, _ := count2(t, db)
	to := filepath.Join(dir, "copy.db")
	if err := db.Backup(t.Context(), to, false); err != nil {
		t.Fatal(err)
	}
	cancel()
	<-stopped
	after, _ := count2(t, db)
	a, z := count2(t, newDB(t, to, sqlite.Options{}))
	if a != z || a < before || a > after || count(t, newDB(t, to, sqlite.Options{ReadOnly: true}), `SELECT count(*) FROM filler`) != 3000 {
		t.Errorf("the copy has %d and %d; there were %d before and %d after", a, z, before, after)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	t.Logf("%d batches were written meanwhile", after-before)
}

func TestBackupLeavesOneFile(t *testing.T) {
	dir := t.TempDir()
	db := newFilled(t, filepath.Join(t.TempDir(), "test.db"), 10)
	to := filepath.Join(dir, "copy.db")
	for range 2 {
		if err := db.Backup(t.Context(), to, true); err != nil {
			t.Fatal(err)
		}
	}
	if got := files(t, dir); len(got) != 1 {
		t.Errorf("the folder has %q", got)
	}
	// One that is read-only, too.
	if err := newDB(t, to, sqlite.Options{ReadOnly: true}).Backup(t.Context(), to+"2", false); err != nil {
		t.Error(err)
	}
}

func TestBackupRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "test.db")
	db := newFilled(t, path, 2000)
	file := func(name, text string) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	file("used.db-wal", "changes")
	if err := os.Symlink(path, filepath.Join(dir, "link.db")); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	before := files(t, dir)
	for _, test := range []struct {
		ctx     context.Context
		to      string
		replace bool
		words   string
		is      error
	}{
		{t.Context(), file("there.db", "precious"), false, "choose another file", fs.ErrExist},
		{t.Context(), path, true, "the database itself", nil},
		{t.Context(), filepath.Join(dir, "link.db"), true, "no plain file", nil},
		{t.Context(), dir, true, "no plain file", nil},
		{t.Context(), file("used.db", "in use"), true, "in use", nil},
		{t.Context(), filepath.Join(dir, "no", "copy.db"), false, "folder exists", fs.ErrNotExist},
		{gone, filepath.Join(dir, "copy.db"), false, "canceled", context.Canceled},
	} {
		err := db.Backup(test.ctx, test.to, test.replace)
		if err == nil || !strings.Contains(err.Error(), test.words) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: %v; want %q", test.to, err, test.words)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "there.db")); err != nil || string(text) != "precious" {
		t.Errorf("%q %v", text, err)
	}
	if got := files(t, dir); len(got) != len(before)+2 {
		t.Errorf("the folder has %q", got)
	}
}

// damage overwrites pages in the middle of a file.
func damage(t *testing.T, path string, from, n int64) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteAt(bytes.Repeat([]byte{0xff}, int(n)), from)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestBackupOfDamagedFile: a copy that could not be restored does not appear, and does not replace one that could.
func TestBackupOfDamagedFile(t *testing.T) {
	dir := t.TempDir()
	path, to := filepath.Join(dir, "test.db"), filepath.Join(dir, "copy.db")
	db := newFilled(t, path, 100)
	if err := errors.Join(db.Backup(t.Context(), to, false), db.Close()); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	damage(t, path, 16<<10, 40<<10)
	err = newDB(t, path, sqlite.Options{}).Backup(t.Context(), to, true)
	if !errors.Is(err, engine.ErrCorrupt) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "dateline check") {
		t.Errorf("%v", err)
	}
	if text, err := os.ReadFile(to); err != nil || !bytes.Equal(text, good) {
		t.Errorf("the good copy was replaced: %v", err)
	}
}

var restoredAt = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

func acceptAll(context.Context, engine.Engine) error { return nil }

func TestRestore(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "test.db"), filepath.Join(dir, "copy.db")
	db := newFilled(t, path, 10)
	if err := db.Backup(t.Context(), backup, false); err != nil {
		t.Fatal(err)
	}
	write(t, db, `INSERT INTO z VALUES (1)`)
	if err := errors.Join(db.Close(), os.Chmod(path, 0o640)); err != nil {
		t.Fatal(err)
	}
	kept, err := sqlite.Restore(t.Context(), backup, path, restoredAt, func(ctx context.Context, e engine.Engine) error {
		return e.Query(ctx, engine.Stmt{SQL: `SELECT n FROM a`})
	})
	if err != nil || kept != path+".replaced-20260309T120000.000Z" {
		t.Fatal(kept, err)
	}
	if got := strings.Join(files(t, dir), " "); got != "copy.db test.db test.db.replaced-20260309T120000.000Z" {
		t.Errorf("the folder has %s", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if n := count(t, newDB(t, path, sqlite.Options{}), `SELECT count(*) FROM z`); n != 0 {
		t.Errorf("the restored database has %d rows", n)
	}
	if n := count(t, newDB(t, kept, sqlite.Options{}), `SELECT count(*) FROM z`); n != 1 {
		t.Errorf("the database that was kept has %d rows", n)
	}
	// Where there was nothing before.
	if kept, err := sqlite.Restore(t.Context(), backup, path+"2", restoredAt, acceptAll); kept != "" || err != nil {
		t.Error(kept, err)
	}
	if n := count(t, newDB(t, path+"2", sqlite.Options{}), `SELECT count(*) FROM filler`); n != 10 {
		t.Errorf("%d rows", n)
	}
}

func TestRestoreRefused(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "test.db"), filepath.Join(dir, "copy.db")
	db := newFilled(t, path, 100)
	if err := db.Backup(t.Context(), backup, false); err != nil {
		t.Fatal(err)
	}
	write(t, db, `INSERT INTO z VALUES (1)`)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string, text []byte) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	damaged := file("damaged.db", good)
	damage(t, damaged, 16<<10, 40<<10)
	used := file("used.db", good)
	file("used.db-wal", []byte("changes"))
	mine := errors.New("not ours")
	refuse := func(context.Context, engine.Engine) error { return mine }
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	names := files(t, dir)
	for _, test := range []struct {
		ctx    context.Context
		from   string
		accept func(context.Context, engine.Engine) error
		words  string
		is     error
	}{
		{t.Context(), filepath.Join(dir, "none.db"), acceptAll, "check the file name", fs.ErrNotExist},
		{t.Context(), dir, acceptAll, "dateline backup", nil},
		{t.Context(), path, acceptAll, "the database itself", nil},
		{t.Context(), damaged, acceptAll, "damaged.db cannot be used", engine.ErrCorrupt},
		{t.Context(), file("short.db", good[:len(good)/2]), acceptAll, "short.db cannot be used", engine.ErrCorrupt},
		{t.Context(), file("text.db", bytes.Repeat([]byte("a letter to the editor "), 1000)), acceptAll, "text.db cannot be used", engine.ErrNotDatabase},
		{t.Context(), used, acceptAll, "used.db-wal", nil},
		{t.Context(), backup, refuse, "copy.db cannot be used", mine},
		{gone, backup, acceptAll, "canceled", context.Canceled},
	} {
		_, err := sqlite.Restore(test.ctx, test.from, path, restoredAt, test.accept)
		if err == nil || !strings.Contains(err.Error(), test.words) || !strings.Contains(err.Error(), "not touched") || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: %v; want %q", test.from, err, test.words)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the database was changed: %v", err)
	}
	if got := files(t, dir); len(got) != len(names)+2 {
		t.Errorf("the folder has %q", got)
	}
}

// TestRestoreBesideOthers: nobody may have the database open, to write or to read; a killed one has not.
func TestRestoreBesideOthers(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "test.db"), filepath.Join(dir, "copy.db")
	db := newDB(t, path, sqlite.Options{})
	write(t, db, `CREATE TABLE a (process TEXT NOT NULL, n INTEGER NOT NULL) STRICT`)
	if err := errors.Join(db.Backup(t.Context(), backup, false), db.Close()); err != nil {
		t.Fatal(err)
	}
	for _, test := range []string{"TestChild", "TestChildReader"} {
		child := startTest(t, test, path, 1_000_000)
		child.out.Scan() // it has the database open
		_, err := sqlite.Restore(t.Context(), backup, path, restoredAt, acceptAll)
		if err == nil || !strings.Contains(err.Error(), "in use by process") || !strings.Contains(err.Error(), "stop it") {
			t.Errorf("beside %s: %v", test, err)
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // killed
	}
	// What the killed writer left in the WAL is kept, too.
	kept, err := sqlite.Restore(t.Context(), backup, path, restoredAt, acceptAll)
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, newDB(t, kept, sqlite.Options{}), `SELECT count(*) FROM a`); n == 0 {
		t.Error("the writer's rows are lost")
	}
	if n := count(t, newDB(t, path, sqlite.Options{}), `SELECT count(*) FROM a`); n != 0 {
		t.Errorf("the restored database has %d rows", n)
	}
}

// TestChildReader is another process that reads, until it is killed.
func TestChildReader(t *testing.T) {
	path := os.Getenv("DATELINE_TEST_DB")
	if path == "" {
		t.Skip("runs only as the child of another test")
	}
	newDB(t, path, sqlite.Options{ReadOnly: true})
	fmt.Println("open")
	select {}
}

// TestRestoreOverRuins: what is no database any more can be replaced, and is kept all the same.
func TestRestoreOverRuins(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "test.db"), filepath.Join(dir, "copy.db")
	if err := newFilled(t, filepath.Join(t.TempDir(), "other.db"), 10).Backup(t.Context(), backup, false); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"test.db": "ruins", "test.db-wal": "changes", "test.db-shm": "index"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := sqlite.Restore(t.Context(), backup, path, restoredAt, acceptAll)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{kept: "ruins", kept + "-wal": "changes"} {
		if text, err := os.ReadFile(name); err != nil || string(text) != want {
			t.Errorf("%s: %q %v", name, text, err)
		}
	}
	if n := count(t, newDB(t, path, sqlite.Options{}), `SELECT count(*) FROM filler`); n != 10 {
		t.Errorf("%d rows", n)
	}
}

func TestOneServer(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "test.db"), filepath.Join(dir, "link.db")
	server := newDB(t, path, sqlite.Options{Server: true})
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, link} {
		db, err := sqlite.Open(name, sqlite.Options{Server: true})
		if err == nil {
			_ = db.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "test.db is served by process ") || !strings.Contains(err.Error(), "stop that") {
			t.Errorf("a second server on %s: %v", name, err)
		}
		if _, err := sqlite.Restore(t.Context(), path, name, restoredAt, acceptAll); err == nil {
			t.Error("restored under a server")
		}
	}
	write(t, newDB(t, path, sqlite.Options{}), `CREATE TABLE a (n INTEGER) STRICT`) // others work beside it
	if n := count(t, server, `SELECT count(*) FROM a`); n != 0 {
		t.Errorf("%d rows", n)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	newDB(t, path, sqlite.Options{Server: true})
}

// TestKilledServer leaves nothing that keeps the next one away.
func TestKilledServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	child := startTest(t, "TestChildServer", path, 0)
	child.out.Scan()
	db, err := sqlite.Open(path, sqlite.Options{Server: true})
	if err == nil {
		_ = db.Close()
		t.Fatal("two servers")
	}
	if !strings.Contains(err.Error(), "process "+child.out.Text()+" ") {
		t.Errorf("%v; want the process %s", err, child.out.Text())
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed
	newDB(t, path, sqlite.Options{Server: true})
}

// TestChildServer serves until it is killed.
func TestChildServer(t *testing.T) {
	path := os.Getenv("DATELINE_TEST_DB")
	if path == "" {
		t.Skip("runs only as the child of another test")
	}
	newDB(t, path, sqlite.Options{Server: true})
	fmt.Println(os.Getpid())
	select {}
}
