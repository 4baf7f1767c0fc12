package main

import (
	"syscall"
	"testing"
)

// A network file system likes writes of a megabyte and counts in 4 KiB.
func TestRoomIsCountedInFragments(t *testing.T) {
	if got := room(syscall.Statfs_t{Bavail: 3, Bsize: 1 << 20, Frsize: 4096}); got != 3*4096 {
		t.Errorf("3 fragments of 4 KiB are %v bytes", got)
	}
	if got := room(syscall.Statfs_t{Bavail: 3, Bsize: 4096}); got != 3*4096 {
		t.Errorf("3 blocks of 4 KiB are %v bytes", got)
	}
}
