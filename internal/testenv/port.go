package testenv

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// Ports are given out in blocks, below those that the kernel gives to outgoing
// connections: one of these could be some client's by the time that a killed
// server is started again on it. A block is this process's for as long as it
// listens on the first port of it, which is for ever, so other processes that use
// this package take others.
const (
	lowestPort = 15_000
	endPort    = 32_000
	blockSize  = 100
)

// ports are those of this process.
var ports struct {
	sync.Mutex
	blocks []net.Listener // each holds a block; never closed
	next   int            // in the block that was taken last
	left   int
}

// FreePort returns a TCP port on loopback that nothing listened on a moment ago,
// and that it returns to nobody else.
func FreePort(t T) int {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func freePort() (int, error) {
	ports.Lock()
	defer ports.Unlock()
	for {
		if ports.left == 0 {
			if err := takeBlock(); err != nil {
				return 0, err
			}
		}
		port := ports.next
		ports.next, ports.left = ports.next+1, ports.left-1
		if l, err := listen(port); err == nil {
			return port, l.Close()
		}
	}
}

// takeBlock takes a block that no process has. The caller holds ports.
func takeBlock() error {
	const blocks = (endPort - lowestPort) / blockSize
	for _, n := range rand.Perm(blocks) {
		first := lowestPort + n*blockSize
		if l, err := listen(first); err == nil {
			ports.blocks = append(ports.blocks, l)
			ports.next, ports.left = first+1, blockSize-1
			return nil
		}
	}
	return errors.New("every block of ports is taken: end what listens on them")
}

func listen(port int) (net.Listener, error) {
	return net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
}
