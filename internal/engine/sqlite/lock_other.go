//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package sqlite

import (
	"errors"
	"io/fs"
	"os"
)

// On systems without these locks nothing keeps a second server away.

var errLocked = errors.New("locked")

func tryLock(*os.File) error { return nil }

func holdFolder(string, bool) (release func()) { return func() {} }

func notInUse(string) error { return nil }

func ownAs(path string, like fs.FileInfo) error { return os.Chmod(path, like.Mode().Perm()) }

func syncFolder(string) error { return nil }
