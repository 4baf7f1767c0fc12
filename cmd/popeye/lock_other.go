//go:build !unix

package main

import (
	"errors"
	"os"
)

// errLocked says that another process has the lock.
var errLocked = errors.New("it is locked")

// openLockable and lockFile do nothing where there is no flock: the ports are the
// only guard.
func openLockable(string) (*os.File, error) { return nil, nil }

func lockFile(*os.File) error { return nil }
