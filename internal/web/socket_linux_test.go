package web

import (
	"encoding/binary"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A peer that reads a little now and then gets what was written a moment ago: the
// kernel holds no more than a bound of it, and whoever writes waits.
func TestListenKeepsLittleUnsent(t *testing.T) {
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()

	// Nobody reads: the write ends by its deadline, after little was taken.
	_ = server.SetWriteDeadline(time.Now().Add(time.Second))
	taken := 0
	for update := make([]byte, 1000); err == nil; taken++ {
		binary.BigEndian.PutUint64(update, uint64(taken))
		_, err = server.Write(update)
	}
	buffered := unsent(t, server)
	t.Logf("MEASURED the kernel holds %d bytes for a peer that does not read, of %d written", buffered, taken*1000)
	if buffered > 2*maxSent {
		t.Errorf("the kernel holds %d bytes", buffered)
	}
}

// unsent returns what the kernel holds of what was written: not received yet.
func unsent(t *testing.T, c net.Conn) (n int) {
	t.Helper()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) { n, err = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) }); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}
