package sqlite

import (
	"errors"
	"fmt"
	"os"
	"syscall"

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
	case sqlite3.ErrIoErr, sqlite3.ErrCantOpen:
		return explainSystem(path, e)
	case sqlite3.ErrCorrupt:
		return because(path, engine.ErrCorrupt, err)
	}
	return fmt.Errorf("SQLite: %w", err)
}

// explainSystem is for what the operating system refused. Not every full disk
// and every folder that is read-only shows as ErrFull and ErrReadonly: SQLite
// needs room for the index of the WAL, too.
func explainSystem(path string, e sqlite3.Error) error {
	switch e.SystemErrno {
	case syscall.ENOSPC, syscall.EDQUOT:
		return because(path, engine.ErrFull, e)
	case syscall.EROFS, syscall.EACCES, syscall.EPERM:
		return because(path, engine.ErrReadOnly, e)
	case syscall.EFBIG:
		return fmt.Errorf("%s: %w: the file may not grow further; raise the limit of this user or file system", path, e)
	}
	if info, err := os.Stat(path); e.Code == sqlite3.ErrCantOpen && err == nil && info.Mode().IsRegular() {
		return fmt.Errorf("%s: %w: SQLite makes files beside it; check that this user may write in its folder", path, e)
	}
	if e.Code == sqlite3.ErrCantOpen {
		return fmt.Errorf("%s: %w: check that its folder exists and that this user may read and write there", path, e)
	}
	return fmt.Errorf("%s: %w: check the disk", path, e)
}

func because(path string, what, err error) error {
	return fmt.Errorf("%s: %w (SQLite says: %v)", path, what, err)
}
