package testserver

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// Redis is a redis-server with an append-only file, fsync always, as in the
// stack's own compose file.
type Redis struct {
	process
	Host string
	Port int
}

// StartRedis starts a server of its own for t. args are further
// options, as in "--maxmemory", "4mb".
func StartRedis(t T, args ...string) *Redis {
	t.Helper()
	return startRedis(t, nil, args)
}

// StartRedisUnder is StartRedis under a clock.
func StartRedisUnder(t T, c *Clock, args ...string) *Redis {
	t.Helper()
	return startRedis(t, c.Env(), args)
}

func startRedis(t T, env, args []string) *Redis {
	t.Helper()
	path := Find(t, "redis-server", "redis-server")
	dir, err := tempDir("redis")
	if err != nil {
		t.Fatal(err)
	}
	r := &Redis{Host: "127.0.0.1", Port: FreePort(t)}
	r.name = "redis-server"
	options := append([]string{
		"--port", strconv.Itoa(r.Port), "--bind", r.Host, "--dir", dir, "--save", "",
		"--appendonly", "yes", "--appendfsync", "always",
	}, args...)
	r.command = func() *exec.Cmd {
		cmd := exec.Command(path, options...)
		cmd.Env = append(os.Environ(), env...)
		return cmd
	}
	r.ready = r.ping
	t.Cleanup(func() { r.Kill(); os.RemoveAll(dir) })
	r.Start(t)
	return r
}

// Addr is host:port.
func (r *Redis) Addr() string { return net.JoinHostPort(r.Host, strconv.Itoa(r.Port)) }

// URL is what REDIS_URL takes.
func (r *Redis) URL() string { return "redis://" + r.Addr() + "/0" }

// ping waits for a PONG: while it loads its data the server answers -LOADING.
func (r *Redis) ping(ctx context.Context) error {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", r.Addr())
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	buf := make([]byte, 64)
	n, err := c.Read(buf)
	if err == nil && !strings.HasPrefix(string(buf[:n]), "+PONG") {
		err = fmt.Errorf("answered %q", buf[:n])
	}
	return err
}
