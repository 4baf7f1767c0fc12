//go:build unix

package wsconn

import "syscall"

const canTry = true

// try writes until the kernel takes no more. It reports that there is no need to wait.
func (w *wire) try(fd uintptr) bool {
	a := &w.attempt
	for len(a.rest) > 0 {
		n, err := syscall.Write(int(fd), a.rest)
		if n > 0 {
			a.rest = a.rest[n:]
		}
		switch err {
		case nil, syscall.EINTR:
		case syscall.EAGAIN:
			return true
		default:
			a.err = err
			return true
		}
	}
	return true
}
