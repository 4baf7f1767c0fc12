package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// folder is the data folder, held by this process alone.
type folder struct {
	path  string
	locks []*os.File
}

// openFolder makes the folder if it is not there, and locks it: two processes
// that share one database would not hear of each other's votes.
func openFolder(path string) (*folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	f := &folder{path: path}
	for _, open := range []func() (*os.File, error){
		func() (*os.File, error) { return os.OpenFile(f.file("lock"), os.O_CREATE|os.O_RDWR, 0o600) },
		// A file can be deleted, and then another process locks another one. So the
		// folder is locked itself, where that can be.
		func() (*os.File, error) { return openLockable(path) },
	} {
		lock, err := open()
		if err == nil && lock != nil {
			f.locks = append(f.locks, lock)
			err = lockFile(lock)
		}
		if err != nil {
			f.close()
			if errors.Is(err, errLocked) {
				return nil, fmt.Errorf("another popeye uses the data folder %s: end it, or choose another folder with --data", path)
			}
			return nil, fmt.Errorf("lock the data folder: %w", err)
		}
	}
	return f, nil
}

func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

// close gives the lock back; so does the end of the process.
func (f *folder) close() {
	for _, lock := range f.locks {
		lock.Close()
	}
}

// secret returns the secret kept under name, made at the first start: 130 bits
// of chance, readable by the owner alone.
func (f *folder) secret(name string) (string, error) {
	raw, err := os.ReadFile(f.file(name))
	if err == nil && strings.TrimSpace(string(raw)) != "" {
		return strings.TrimSpace(string(raw)), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the %s: %w", name, err)
	}
	secret := rand.Text()
	if err := f.keep(name, secret+"\n"); err != nil {
		return "", fmt.Errorf("keep the %s: %w", name, err)
	}
	return secret, nil
}

// keep writes a file whole or not at all, and on the disk: a cookie key that is
// lost with the power would make every voter a new one.
func (f *folder) keep(name, text string) error {
	fresh := f.file(name + ".new")
	file, err := os.OpenFile(fresh, os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_SYNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(fresh, f.file(name))
}
