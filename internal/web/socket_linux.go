package web

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// What the kernel holds of an answer to whom it does not get through. Without these,
// that is up to 4 MB for each connection: half a minute of old figures for a viewer
// who reads slowly.
const (
	maxUnsent = 16 << 10 // bytes that were not sent once
	maxSent   = 64 << 10 // bytes in all, also of what was sent and not received
)

// keepLittleUnsent sets both for a socket that listens, and so for those that it
// accepts. A kernel that can't serves all the same.
func keepLittleUnsent(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, maxUnsent)
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUF, maxSent)
	})
}
