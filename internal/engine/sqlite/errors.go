package sqlite

import (
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"

	"github.com/dateline-cms/dateline/internal/engine"
)

// explain turns an error of SQLite into one of the engine's and names the file.
func explain(path string, err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case sqlite3.ErrConstraint, sqlite3.ErrMismatch:
		if c := engine.ParseConstraint(e.Error()); c != nil {
			if e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey || e.ExtendedCode == sqlite3.ErrConstraintRowID {
				c.Kind = engine.PrimaryKey
			}
			return c
		}
	case sqlite3.ErrReadonly:
		return because(path, engine.ErrReadOnly, err)
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return because(path, engine.ErrBusy, err)
	case sqlite3.ErrNotADB:
		return because(path, engine.ErrNotDatabase, err)
	case sqlite3.ErrFull:
		return because(path, engine.ErrFull, err)
	case sqlite3.ErrCorrupt:
		return because(path, engine.ErrCorrupt, err)
	case sqlite3.ErrCantOpen:
		return fmt.Errorf("%s: %w: check that its folder exists and that this user may read and write there", path, err)
	case sqlite3.ErrIoErr:
		return fmt.Errorf("%s: %w: check the disk", path, err)
	}
	return fmt.Errorf("SQLite: %w", err)
}

func because(path string, what, err error) error {
	return fmt.Errorf("%s: %w (SQLite says: %v)", path, what, err)
}
