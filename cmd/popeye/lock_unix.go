//go:build unix

package main

import (
	"errors"
	"os"
	"syscall"
)

// errLocked says that another process has the lock.
var errLocked = errors.New("it is locked")

// openLockable opens a folder for its lock.
func openLockable(folder string) (*os.File, error) { return os.Open(folder) }

// lockFile takes the lock or fails at once. The kernel gives it back when the
// process ends, however it ends. Not every network file system can lock a folder:
// there the lock's file is the guard.
func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	if info, statErr := f.Stat(); err != nil && statErr == nil && info.IsDir() {
		return nil
	}
	return err
}
