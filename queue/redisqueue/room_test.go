package redisqueue

import (
	"errors"
	"strings"
	"testing"

	"popeye/internal/testenv"
	"popeye/queue"
)

func TestMemory(t *testing.T) {
	server := testenv.StartRedis(t, "--appendfsync", "no")
	admin := newAdmin(t, server.URL())
	q := open(t, Config{URL: server.URL()})
	read := func() queue.Memory {
		t.Helper()
		m, err := q.Memory(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	before := read()
	if before.Used <= 0 || before.Limit != 0 {
		t.Errorf("of a Redis without a limit: %+v", before)
	}
	const size = 4 << 20
	admin.do("CONFIG", "SET", "maxmemory", "100mb")
	admin.do("SET", "ballast", strings.Repeat("x", size))
	if m := read(); m.Limit != 100<<20 || m.Used-before.Used < size {
		t.Errorf("after %d bytes more: %+v, before %+v", size, m, before)
	}
	server.Kill()
	if _, err := q.Memory(t.Context()); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("of a Redis that is gone: %v", err)
	}
}

// What other servers that speak Redis' protocol may answer is an error, not a 0.
func TestMemoryOfAnotherKind(t *testing.T) {
	for _, info := range []string{
		"", "# Memory\r\n", "used_memory:100\r\n", "used_memory:100\r\nmaxmemory:\r\n",
		"used_memory:1.5\r\nmaxmemory:0\r\n", "used_memory_rss:1\r\nmaxmemory_human:0B\r\n",
	} {
		if m, err := readMemory(info); err == nil {
			t.Errorf("%q is read as %+v", info, m)
		}
	}
	m, err := readMemory("# Memory\r\nused_memory:7\r\nused_memory_human:7B\r\nmaxmemory:9\r\nmaxmemory_policy:noeviction\r\n")
	if err != nil || m != (queue.Memory{Used: 7, Limit: 9}) {
		t.Errorf("got %+v, %v", m, err)
	}
}
