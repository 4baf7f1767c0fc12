//go:build !unix

package wsconn

// canTry is false where a socket is not written to by a call that returns at once.
const canTry = false

func (w *wire) try(uintptr) bool { return true }
