package sqlite

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
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
