package main

import (
	"cmp"
	"fmt"
	"syscall"
)

// freeBytes returns how many bytes this process may still write to the disk of a
// folder: what is kept for the superuser does not count.
func freeBytes(folder string) (float64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, fmt.Errorf("ask for the room of the disk: %w", err)
	}
	return room(s), nil
}

// room counts in fragments, as Linux does: Bsize is the size that it likes best
// for a write, on network file systems a greater one. Not every file system says
// what a fragment is.
func room(s syscall.Statfs_t) float64 {
	return float64(s.Bavail) * float64(cmp.Or(s.Frsize, s.Bsize))
}
