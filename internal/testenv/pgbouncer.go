package testenv

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"popeye/internal/testenv/process"

	"github.com/jackc/pgx/v5"
)

// PgBouncer is a pooler in front of a PostgreSQL.
type PgBouncer struct {
	server
	port int
}

// StartPgBouncer starts one for t. mode is its pool_mode: session, transaction or
// statement.
func StartPgBouncer(t T, to *Postgres, mode string) *PgBouncer {
	t.Helper()
	path := Find(t, "pgbouncer", "pgbouncer", "/usr/sbin/pgbouncer")
	dir, err := tempDir("pgbouncer")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	b := &PgBouncer{port: FreePort(t)}
	b.Label = "pgbouncer"
	config := fmt.Sprintf("[databases]\n* = host=%s port=%d\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\n"+
		"unix_socket_dir =\nauth_type = trust\nauth_file = %s/users\npool_mode = %s\n", to.Host, to.Port, b.port, dir, mode)
	for name, text := range map[string]string{"config": config, "users": `"postgres" ""` + "\n"} {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	owner, err := process.OwnerOf(dir) // it too refuses to run as root
	if err != nil {
		t.Fatal(err)
	}
	b.New = func() *exec.Cmd { return process.As(owner, dir, exec.Command(path, dir+"/config")) }
	b.ready = func(ctx context.Context) error {
		c, err := pgx.Connect(ctx, b.URL(to.URL("postgres")))
		if err == nil {
			err = c.Close(ctx)
		}
		return err
	}
	t.Cleanup(b.Kill)
	b.Start(t)
	return b
}

// URL leads a URL of the PostgreSQL behind it through the pooler.
func (b *PgBouncer) URL(direct string) string {
	_, database, _ := strings.Cut(strings.TrimPrefix(direct, "postgres://"), "/")
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s", b.port, database)
}
