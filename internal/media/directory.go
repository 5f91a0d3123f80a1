package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
)

// A directory keeps files on a disk of this machine.
type directory string

func openDirectory(u *url.URL) (place, error) {
	path := u.Path
	if u.Opaque != "" { // file:media is relative
		path = u.Opaque
	}
	if path == "" || u.Host != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("the media setting %q names no directory of this machine; write it as file:///var/dateline/media", u)
	}
	d := directory(filepath.FromSlash(path))
	if err := os.MkdirAll(string(d), 0o755); err != nil {
		return nil, fmt.Errorf("the directory for media cannot be made: %w; make it, or choose another one", err)
	}
	return d, nil
}

func (d directory) check(context.Context) error {
	f, err := os.CreateTemp(string(d), ".check-*")
	if err != nil {
		return fmt.Errorf("nothing can be written for media: %w; let this user write there, or choose another directory", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func (d directory) path(name string) string {
	return filepath.Join(string(d), filepath.FromSlash(key(name)))
}

// put writes to a temporary name, so that a file is there as a whole or not at all.
func (d directory) put(_ context.Context, name, _ string, data []byte) error {
	path := d.path(name)
	if info, err := os.Stat(path); err == nil && info.Size() == int64(len(data)) {
		return nil
	}
	folder := filepath.Dir(path)
	if err := d.makeFolder(folder); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".upload-*")
	if err != nil {
		return err
	}
	if err := writeThrough(f, data); err != nil {
		os.Remove(f.Name())
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		os.Remove(f.Name())
		return err
	}
	return syncFolder(folder)
}

func (d directory) makeFolder(folder string) error {
	err := os.Mkdir(folder, 0o755)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return syncFolder(string(d))
}

func writeThrough(f *os.File, data []byte) error {
	_, err := f.Write(data)
	return errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
}

// syncFolder makes a new name outlive a crash.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (d directory) open(_ context.Context, name string) (io.ReadSeekCloser, error) {
	f, err := os.Open(d.path(name))
	if err != nil {
		return nil, err // not a nil *os.File in an interface
	}
	return f, nil
}
