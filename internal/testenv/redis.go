package testenv

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Redis is a redis-server with an append-only file, fsync always, as in the
// stack's own compose file.
type Redis struct {
	server
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
	users := filepath.Join(dir, "users.conf")
	if err := os.WriteFile(users, []byte(redisUsers(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &Redis{Host: "127.0.0.1", Port: FreePort(t)}
	r.Label = "redis-server"
	options := append([]string{
		users, "--port", strconv.Itoa(r.Port), "--bind", r.Host, "--dir", dir, "--save", "",
		"--appendonly", "yes", "--appendfsync", "always",
	}, args...)
	r.New = func() *exec.Cmd {
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

// URLOf is that of a user in deploy/redis/users.conf, who has the rights that the
// compose file gives.
func (r *Redis) URLOf(user string) string {
	return fmt.Sprintf("redis://%s:%s@%s/0", user, password, r.Addr())
}

// redisUsers are those of deploy/redis/users.conf, beside the one who may do
// everything without a password.
func redisUsers(t T) string {
	t.Helper()
	lines, err := os.ReadFile(source("deploy/redis/users.conf"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("\nuser poll ", "\nuser poll >"+password+" ", "\nuser worker ", "\nuser worker >"+password+" ").Replace(string(lines))
}

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
