package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mattn/go-sqlite3"

	"github.com/dateline-cms/dateline/internal/engine"
)

func open(t *testing.T) *DB {
	db, err := Open(filepath.Join(t.TempDir(), "test.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestConnections(t *testing.T) {
	db := open(t)
	for _, c := range append([]*conn{db.writer.conn}, db.readers.free...) {
		for pragma, want := range map[string]any{
			"journal_mode": "wal", "foreign_keys": int64(1), "trusted_schema": int64(0), "temp_store": int64(2), "cache_size": int64(-16384),
		} {
			if got, err := c.value("PRAGMA " + pragma); got != want || err != nil {
				t.Errorf("writer %v: %s is %v (%v), want %v", c.writer, pragma, got, err, want)
			}
		}
	}
	if got, err := db.writer.value("PRAGMA synchronous"); got != int64(2) || err != nil {
		t.Errorf("synchronous is %v (%v), want FULL", got, err)
	}
	if _, err := db.readers.free[0].sqlite.Exec("CREATE TABLE a (n INTEGER)", nil); !errors.Is(explain("", err), engine.ErrReadOnly) {
		t.Errorf("a reader wrote: %v", err)
	}
}

// TestGroupCommit: batches that wait together are one transaction, with one
// commit for the disk to wait for; one that fails takes no other with it.
func TestGroupCommit(t *testing.T) {
	db := open(t)
	insert := func(n int) []engine.Step { return []engine.Step{{SQL: `INSERT INTO a VALUES (?)`, Args: []any{n}}} }
	if err := db.Write(t.Context(), "", []engine.Step{{SQL: `CREATE TABLE a (n INTEGER UNIQUE) STRICT`}}); err != nil {
		t.Fatal(err)
	}
	before := commits(t, db)
	waiting := make(chan *write, maxGroup)
	var all []*write
	for n := range maxGroup {
		w := &write{ctx: t.Context(), steps: insert(n % (maxGroup - 1)), done: make(chan struct{})} // the last breaks the rule
		all = append(all, w)
		waiting <- w
	}
	db.writer.serve(<-waiting, waiting) // in the place of the goroutine that has nothing to do now
	for i, w := range all {
		<-w.done
		var broken *engine.ConstraintError
		if i < maxGroup-1 && w.err != nil || i == maxGroup-1 && !errors.As(w.err, &broken) {
			t.Errorf("batch %d: %v", i, w.err)
		}
	}
	if n := commits(t, db) - before; n != 1 {
		t.Errorf("%d commits for %d batches, want 1", n, maxGroup)
	}
	rows := 0
	err := db.Query(t.Context(), engine.Stmt{SQL: `SELECT n FROM a`, Scan: func(*engine.Row) error { rows++; return nil }})
	if err != nil || rows != maxGroup-1 {
		t.Errorf("%d rows, %v", rows, err)
	}
}

// commits counts the transactions in the WAL (https://sqlite.org/fileformat2.html#wal_file_format):
// the last frame of each has the size of the database.
func commits(t *testing.T, db *DB) (n int) {
	wal, err := os.ReadFile(db.path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	page := int(binary.BigEndian.Uint32(wal[8:]))
	for at := 32; at+24+page <= len(wal); at += 24 + page {
		if binary.BigEndian.Uint32(wal[at+4:]) > 0 {
			n++
		}
	}
	return n
}

// TestStatements: the statements used last are kept, and no more than the bound.
func TestStatements(t *testing.T) {
	db := open(t)
	often := engine.Stmt{SQL: `SELECT 'often'`}
	for i := range 3 * maxStatements {
		if err := db.Query(t.Context(), engine.Stmt{SQL: fmt.Sprintf(`SELECT %d`, i)}); err != nil {
			t.Fatal(err)
		}
		if err := db.Query(t.Context(), often); err != nil {
			t.Fatal(err)
		}
	}
	c := db.readers.free[len(db.readers.free)-1] // the one that all of them used
	if len(c.statements) != maxStatements || c.statements[often.SQL] == nil || c.statements[`SELECT 0`] != nil {
		t.Errorf("%d statements are kept, want %d", len(c.statements), maxStatements)
	}
	for i := range maxStatements - 1 {
		if sql := fmt.Sprintf(`SELECT %d`, 3*maxStatements-1-i); c.statements[sql] == nil {
			t.Errorf("%s was forgotten", sql)
		}
	}
}

func TestExplain(t *testing.T) {
	for code, want := range map[sqlite3.ErrNo]error{
		sqlite3.ErrFull: engine.ErrFull, sqlite3.ErrReadonly: engine.ErrReadOnly, sqlite3.ErrBusy: engine.ErrBusy, sqlite3.ErrLocked: engine.ErrBusy,
		sqlite3.ErrNotADB: engine.ErrNotDatabase, sqlite3.ErrCorrupt: engine.ErrCorrupt,
	} {
		got := explain("news.db", sqlite3.Error{Code: code})
		if !errors.Is(got, want) || !strings.Contains(got.Error(), "news.db") {
			t.Errorf("%d: %v", code, got)
		}
	}
	for errno, want := range map[syscall.Errno]error{syscall.ENOSPC: engine.ErrFull, syscall.EDQUOT: engine.ErrFull, syscall.EROFS: engine.ErrReadOnly, syscall.EACCES: engine.ErrReadOnly} {
		if got := explain("news.db", sqlite3.Error{Code: sqlite3.ErrIoErr, SystemErrno: errno}); !errors.Is(got, want) || !strings.Contains(got.Error(), "news.db") {
			t.Errorf("%v: %v", errno, got)
		}
	}
	if got := explainStep("news.db", sqlite3.Error{Code: sqlite3.ErrNo(sqlite3.ErrCorruptVTab)}); !errors.Is(got, engine.ErrCorrupt) {
		t.Errorf("an extended code: %v", got)
	}
	for _, code := range []sqlite3.ErrNo{sqlite3.ErrIoErr, sqlite3.ErrCantOpen} {
		if got := explain("news.db", sqlite3.Error{Code: code}).Error(); !strings.Contains(got, "news.db") || !strings.Contains(got, "check ") {
			t.Errorf("%d: %v", code, got)
		}
	}
	mine := errors.New("mine")
	if explain("news.db", mine) != mine || explain("news.db", nil) != nil {
		t.Error("an error of another kind was changed")
	}
}
