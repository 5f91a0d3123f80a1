package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
)

// Restore puts a copy of the backup at from in the place of the database at to.
// The copy is checked for damage and handed to accept, which may refuse it,
// before anything is touched. The database that was there stays beside the new
// one under the name returned, which has now in it; the name is "" when there was
// none. Restore is refused while any program has the database open. It must not
// be called by a process that has the database open itself.
func Restore(ctx context.Context, from, to string, now time.Time, accept func(context.Context, engine.Engine) error) (kept string, err error) {
	defer func() {
		if err != nil && kept == "" {
			err = fmt.Errorf("restoring %s, which was not touched: %w", to, err)
		}
	}()
	if real, err := filepath.EvalSymlinks(to); err == nil {
		to = real
	}
	if err := mayRestore(from, to); err != nil {
		return "", err
	}
	lock, err := lockServer(to)
	if err != nil {
		return "", err
	}
	defer lock.release()
	if err := notInUse(to); err != nil {
		return "", err
	}
	draft, err := draftOf(to)
	if err != nil {
		return "", err
	}
	defer os.Remove(draft)
	if err := copyFile(ctx, from, draft); err != nil {
		return "", err
	}
	if err := verify(ctx, draft, "integrity_check", accept); err != nil {
		return "", fmt.Errorf("the backup %s cannot be used: %w", from, err)
	}
	settle(to)
	return swap(draft, to, now)
}

func mayRestore(from, to string) error {
	backup, err := os.Stat(from)
	if err != nil {
		return fmt.Errorf("the backup: %w: check the file name", err)
	}
	if !backup.Mode().IsRegular() {
		return fmt.Errorf("%s is no plain file: name a file that dateline backup made", from)
	}
	if hasWAL(from) {
		return fmt.Errorf("%s is no finished backup, for its newest changes are in %s: make a backup of it with dateline backup", from, from+"-wal")
	}
	current, err := os.Stat(to)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case os.SameFile(backup, current):
		return fmt.Errorf("%s is the database itself: name a backup", from)
	case !current.Mode().IsRegular():
		return fmt.Errorf("%s is no plain file: check its name", to)
	}
	return nil
}

// settle moves the WAL of the database into its file, so that swap has one file
// to move. It leaves alone what is no database any more: SQLite would remove the
// WAL beside it.
func settle(path string) {
	if hasWAL(path) && isDatabase(path) {
		if db, err := Open(path, Options{Readers: 1}); err == nil {
			_ = db.Close() // a WAL that stays is kept beside the file
		}
	}
}

// swap moves the draft to the place of the database and keeps the old one. At
// every instant one of the two is in the place: an empty place would be taken for
// a new site.
func swap(draft, to string, now time.Time) (kept string, err error) {
	defer holdFolder(to, true)()
	old, err := os.Stat(to)
	if errors.Is(err, fs.ErrNotExist) {
		return "", errors.Join(os.Rename(draft, to), syncFolder(to))
	}
	if err != nil {
		return "", err
	}
	if err := errors.Join(notInUse(to), ownAs(draft, old)); err != nil {
		return "", err
	}
	spent := []string{to + "-shm"} // an index of the WAL, made anew from it
	if !hasWAL(to) {
		spent = append(spent, to+"-wal")
	}
	for _, name := range spent {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	kept = to + ".replaced-" + now.UTC().Format("20060102T150405.000Z")
	if err := os.Link(to, kept); err != nil {
		return "", fmt.Errorf("%w: the old database could not be kept beside the new one; move it elsewhere, then try again", err)
	}
	if err := os.Rename(to+"-wal", kept+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", errors.Join(err, os.Remove(kept))
	}
	if err := errors.Join(os.Rename(draft, to), syncFolder(to)); err != nil {
		return kept, fmt.Errorf("%w: the old database is %s", err, kept)
	}
	return kept, nil
}
