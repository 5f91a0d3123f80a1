package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// A serverLock is held by the one server of a database. It is a lock of the
// operating system on a file beside the database, so that it ends with its
// process however that ends. The file says which process it is.
type serverLock struct{ file *os.File }

func lockServer(path string) (*serverLock, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	name := path + "-server"
	for {
		file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, fmt.Errorf("the file that keeps a second server away: %w: check that this user may write in the folder, or remove the file when no server runs", err)
		}
		if err := tryLock(file); err != nil {
			defer file.Close()
			if errors.Is(err, errLocked) {
				return nil, servedBy(path, file)
			}
			return nil, fmt.Errorf("locking %s: %w: put the database on a local disk", name, err)
		}
		if sameFile(file, name) {
			l := &serverLock{file}
			return l, l.sign()
		}
		file.Close() // the last holder removed it just now
	}
}

func servedBy(path string, file *os.File) error {
	process := "another process"
	if text, err := io.ReadAll(io.LimitReader(file, 100)); err == nil && len(text) > 0 {
		process = strings.TrimSpace(string(text))
	}
	return fmt.Errorf("%s is served by %s already: stop that, or choose another database", path, process)
}

// sign says who holds the lock.
func (l *serverLock) sign() error {
	err := l.file.Truncate(0)
	if err == nil {
		_, err = fmt.Fprintf(l.file, "process %d\n", os.Getpid())
	}
	if err != nil {
		return errors.Join(err, l.file.Close())
	}
	return nil
}

// release removes the file while the lock is still held.
func (l *serverLock) release() error {
	return errors.Join(os.Remove(l.file.Name()), l.file.Close())
}

func sameFile(file *os.File, name string) bool {
	mine, err := file.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(name)
	return err == nil && os.SameFile(mine, now)
}
