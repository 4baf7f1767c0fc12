//go:build !unix

package main

import "os"

// lockFile does nothing where there is no flock: the ports are the only guard.
func lockFile(*os.File) error { return nil }
