//go:build darwin || freebsd

package main

import (
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
	return float64(s.Bavail) * float64(s.Bsize), nil // here Bsize is what is counted in
}
