//go:build linux

package sqlite_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
)

// TestConfirmedIsOnDisk looks at the calls that SQLite makes: when Write returns,
// nothing that was written to the WAL is still on its way to the disk. A small
// library between SQLite and the C library notes them; it is compiled here.
//
// What the disk makes of fsync, no test can see.
func TestConfirmedIsOnDisk(t *testing.T) {
	dir := t.TempDir()
	library, log := filepath.Join(dir, "sync.so"), filepath.Join(dir, "log")
	if out, err := exec.Command("cc", "-shared", "-fPIC", "-o", library, "testdata/sync.c", "-ldl").CombinedOutput(); err != nil {
		t.Skipf("the library that watches the disk cannot be made here: %v: %s", err, out)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^TestChildSyncs$", "-test.v")
	cmd.Env = append(os.Environ(), "LD_PRELOAD="+library, "DATELINE_TEST_SYNC="+log, "DATELINE_TEST_DB="+filepath.Join(dir, "test.db"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("%s", out)
}

// TestChildSyncs writes and looks at the notes of the library.
func TestChildSyncs(t *testing.T) {
	path, log := os.Getenv("DATELINE_TEST_DB"), os.Getenv("DATELINE_TEST_SYNC")
	if log == "" {
		t.Skip("runs only as the child of another test")
	}
	notes := func() string {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	db := newDB(t, path, sqlite.Options{})
	write(t, db, `CREATE TABLE a (n INTEGER) STRICT`)
	if !strings.Contains(notes(), "w") {
		t.Fatal("the library sees no writes")
	}
	// One writer: after each batch the WAL was synced last, once.
	const alone = 50
	before := notes()
	for n := range alone {
		write(t, db, `INSERT INTO a VALUES (?)`, n)
		if all := notes(); !strings.HasSuffix(all, "s") {
			t.Fatalf("batch %d is confirmed and not on the disk: %q", n, strings.TrimPrefix(all, before))
		}
	}
	if syncs := strings.Count(strings.TrimPrefix(notes(), before), "s"); syncs != alone {
		t.Errorf("%d syncs for %d batches of one writer", syncs, alone)
	}
	// Many writers share them.
	before = notes()
	const writers, each = 16, 25
	var work sync.WaitGroup
	for range writers {
		work.Go(func() {
			for n := range each {
				if err := db.Write(t.Context(), "", []engine.Step{{SQL: `INSERT INTO a VALUES (?)`, Args: []any{n}}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	after := strings.TrimPrefix(notes(), before)
	syncs := strings.Count(after, "s")
	// How many share one depends on how long the disk takes; TestGroupCommit shows that those who wait do.
	if syncs > writers*each || !strings.HasSuffix(after, "s") {
		t.Errorf("%d syncs for %d batches of %d writers", syncs, writers*each, writers)
	}
	t.Logf("%d syncs for %d batches of %d writers", syncs, writers*each, writers)
}
