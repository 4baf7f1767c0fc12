package testenv

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"popeye/internal/testenv/process"

	"github.com/jackc/pgx/v5"
)

// Postgres is a PostgreSQL server on a folder of its own.
type Postgres struct {
	server
	Host string
	Port int
	dir  string
	next atomic.Int64 // numbers the databases made by Database
}

// StartPostgres makes a cluster and starts a server of its own for t.
// settings are further ones, as in "fsync=off".
func StartPostgres(t T, settings ...string) *Postgres {
	t.Helper()
	p := newPostgres(t, settings...)
	t.Cleanup(p.remove)
	p.Start(t)
	return p
}

// shared is the server that SharedPostgres hands to all tests of a process.
var shared struct {
	sync.Mutex
	server *Postgres
}

// SharedPostgres returns a server that all tests of this process share; each
// works in a Database of its own. A package that uses it ends its TestMain with
// StopShared.
func SharedPostgres(t T) *Postgres {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		p := newPostgres(t, "fsync=off", "max_connections=400")
		p.Start(t)
		shared.server = p
	}
	return shared.server
}

// StopShared ends the shared server, if there is one.
func StopShared() {
	shared.Lock()
	defer shared.Unlock()
	if shared.server != nil {
		shared.server.remove()
		shared.server = nil
	}
}

func newPostgres(t T, settings ...string) *Postgres {
	t.Helper()
	initdb := Find(t, "postgresql", "initdb")
	binary := Find(t, "postgresql", "postgres")
	dir, err := tempDir("postgres")
	if err != nil {
		t.Fatal(err)
	}
	owner, err := process.OwnerOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := &Postgres{Host: "127.0.0.1", Port: FreePort(t), dir: dir}
	p.Label = "postgres"
	p.New = func() *exec.Cmd {
		args := []string{
			"-D", dir + "/data", "-p", strconv.Itoa(p.Port), "-c", "listen_addresses=" + p.Host,
			"-c", "unix_socket_directories=",
		}
		for _, s := range settings {
			args = append(args, "-c", s)
		}
		return process.As(owner, dir, exec.Command(binary, args...))
	}
	p.ready = func(ctx context.Context) error {
		c, err := pgx.Connect(ctx, p.URL("postgres"))
		if err == nil {
			err = c.Close(ctx)
		}
		return err
	}
	// The locale is C.UTF-8 so that the cluster is the same on every machine.
	cmd := process.As(owner, dir, exec.Command(initdb, "-D", dir+"/data", "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C.UTF-8", "--no-sync"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	return p
}

// URL is what DATABASE_URL takes.
func (p *Postgres) URL(database string) string {
	return fmt.Sprintf("postgres://postgres@%s:%d/%s?sslmode=disable", p.Host, p.Port, database)
}

// Database makes an empty database for one test and returns its URL.
func (p *Postgres) Database(t T) string {
	t.Helper()
	return p.create(t, "template1")
}

// Copy makes a database that holds what the one at this URL holds, to which nobody is
// connected, and returns its URL. Who may connect is not copied: everyone may.
func (p *Postgres) Copy(t T, database string) string {
	t.Helper()
	c, err := pgx.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	return p.create(t, c.Database)
}

func (p *Postgres) create(t T, template string) string {
	t.Helper()
	name := fmt.Sprintf("test%d", p.next.Add(1))
	ctx := context.Background()
	c, err := pgx.Connect(ctx, p.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	return p.URL(name)
}

// Kill ends every process of the server at once. A killed postmaster leaves
// its children to notice by themselves; to wait for that would be to guess, so
// the immediate shutdown stands in: it too leaves recovery to the next start.
func (p *Postgres) Kill() {
	p.Signal(process.Quit)
	p.Resume() // one that is paused would never hear it
	_ = p.End(process.Quit)
}

// Pause stops the clock of the server and of every session: connections stay,
// nothing answers.
func (p *Postgres) Pause() { p.SignalTree(process.Freeze) }

// Resume ends a Pause.
func (p *Postgres) Resume() { p.SignalTree(process.Thaw) }

func (p *Postgres) remove() {
	p.Kill()
	os.RemoveAll(p.dir)
}

// Addr is host:port.
func (p *Postgres) Addr() string { return net.JoinHostPort(p.Host, strconv.Itoa(p.Port)) }

// Connect connects to a database until t ends.
func Connect(t T, url string) *pgx.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = c.Close(ctx)
	})
	return c
}
