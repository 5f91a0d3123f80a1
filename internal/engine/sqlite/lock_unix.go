//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package sqlite

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

var errLocked error = syscall.EWOULDBLOCK

// tryLock locks a file for this process alone until it is closed, or returns
// errLocked.
func tryLock(f *os.File) error { return flock(f, syscall.LOCK_EX|syscall.LOCK_NB) }

func flock(f *os.File, how int) error {
	for {
		if err := syscall.Flock(int(f.Fd()), how); err != syscall.EINTR {
			return err
		}
	}
}

// holdFolder keeps the files beside a database in their places until it is
// released: many programs may hold it while they open the database, or one,
// exclusive, while it moves files. A program that opened one database would else
// find the WAL of another beside it. File systems that cannot lock folders go
// without.
func holdFolder(path string, exclusive bool) (release func()) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return func() {}
	}
	how := syscall.LOCK_SH
	if exclusive {
		how = syscall.LOCK_EX
	}
	_ = flock(folder, how)
	return func() { _ = folder.Close() }
}

// SQLite's locks lie on these bytes of the file (https://sqlite.org/fileformat2.html#the_lock_byte_page).
// A program that has a database in WAL mode open always holds one.
const (
	lockBytes      = 0x40000000
	lockBytesCount = 512
)

// notInUse returns an error when another process has the database open. SQLite
// loses its locks when its own process closes the file elsewhere: no connection
// of this process may be open.
func notInUse(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart, Start: lockBytes, Len: lockBytesCount}
	if err := syscall.FcntlFlock(file.Fd(), syscall.F_GETLK, &lock); err != nil {
		return fmt.Errorf("looking who uses %s: %w: put the database on a local disk", path, err)
	}
	if lock.Type != syscall.F_UNLCK {
		return fmt.Errorf("%s is in use by process %d: stop it, then try again", path, lock.Pid)
	}
	return nil
}

// ownAs gives a file the mode and, where this user may do so, the owner of
// another.
func ownAs(path string, like fs.FileInfo) error {
	if stat, ok := like.Sys().(*syscall.Stat_t); ok {
		if err := os.Chown(path, int(stat.Uid), int(stat.Gid)); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return os.Chmod(path, like.Mode().Perm())
}

// syncFolder waits until the names in the folder of a file are on the disk.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
