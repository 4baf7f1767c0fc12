package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"popeye/internal/testenv"
)

const secret = "s3cret/p@ss:word"

func TestMain(m *testing.M) {
	code := m.Run()
	testenv.StopShared()
	os.Exit(code)
}

func TestRoutes(t *testing.T) {
	for _, tc := range []struct {
		method, path string
		status       int
		body         string // exact, when set
	}{
		{"GET", "/", 200, "Hello World!"},
		{"GET", "/?name=x", 200, "Hello World!"},
		{"HEAD", "/", 200, ""},
		{"POST", "/", 405, ""},
		{"DELETE", "/db", 405, ""},
		{"GET", "/index.html", 404, ""},
		{"GET", "/db/", 404, ""},
	} {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) {
			w := httptest.NewRecorder()
			handler(t, nil).ServeHTTP(w, httptest.NewRequest(tc.method, tc.path, nil))
			if w.Code != tc.status {
				t.Errorf("status %d, want %d", w.Code, tc.status)
			}
			if tc.body != "" && w.Body.String() != tc.body {
				t.Errorf("body %q, want %q", w.Body, tc.body)
			}
			if got := w.Header().Get("Content-Type"); tc.status == 200 && got != "text/plain; charset=utf-8" {
				t.Errorf("content type %q", got)
			}
		})
	}
}

func TestDatabaseAnswers(t *testing.T) {
	server := testenv.SharedPostgres(t)
	dsn := server.Database(t)
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	byParts := map[string]string{
		"POSTGRES_HOST": cfg.Host, "POSTGRES_PORT": strconv.Itoa(server.Port), "POSTGRES_DB": cfg.Database,
		"POSTGRES_USER": "postgres",
	}
	for name, env := range map[string]map[string]string{
		"by URL":   {"DATABASE_URL": dsn, "POSTGRES_HOST": "the.url.wins.invalid"},
		"by parts": byParts,
	} {
		t.Run(name, func(t *testing.T) {
			status, body := askDB(t, env)
			if want := `^the database answers \(PostgreSQL \d+(\.\d+)+, in \d+ ms\)$`; status != 200 ||
				!regexp.MustCompile(want).MatchString(body) {
				t.Errorf("%d %q, want 200 and %s", status, body, want)
			}
		})
	}
}

// The password matters to a server that asks for one: from the variable and
// from the file, read anew each time.
func TestPassword(t *testing.T) {
	server := testenv.StartPostgres(t, "fsync=off", "hba_file="+hbaFile(t))
	c, err := pgx.Connect(t.Context(), server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(t.Context()))
	if _, err := c.Exec(t.Context(), "CREATE ROLE hello LOGIN PASSWORD '"+secret+"'"); err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{"POSTGRES_HOST": server.Host, "POSTGRES_PORT": strconv.Itoa(server.Port), "POSTGRES_USER": "hello", "POSTGRES_DB": "postgres"}
	with := func(name, value string) map[string]string {
		m := maps.Clone(vars)
		m[name] = value
		return m
	}
	if status, body := askDB(t, with("POSTGRES_PASSWORD", secret)); status != 200 {
		t.Errorf("with the variable: %d %s", status, body)
	}
	if status, body := askDB(t, with("POSTGRES_PASSWORD_FILE", file(t, secret+"\n"))); status != 200 {
		t.Errorf("with the file: %d %s", status, body)
	}
	status, body := askDB(t, with("POSTGRES_PASSWORD", "wrong-"+secret))
	if status != 503 || body != `the database does not answer: password authentication failed for user "hello"` {
		t.Errorf("with a wrong one: %d %s", status, body)
	}
}

func TestDatabaseDoesNotAnswer(t *testing.T) {
	server := testenv.SharedPostgres(t)
	free := testenv.FreePort(t)
	for name, tc := range map[string]struct {
		env  map[string]string
		want string
	}{
		"nothing listens": {map[string]string{
			"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": strconv.Itoa(free), "POSTGRES_PASSWORD": secret,
		}, "connection refused"},
		"no such host": {map[string]string{
			"POSTGRES_HOST": "db.invalid", "POSTGRES_PASSWORD": secret,
		}, "db.invalid"},
		"no such database": {map[string]string{
			"POSTGRES_HOST": server.Host, "POSTGRES_PORT": strconv.Itoa(server.Port), "POSTGRES_DB": "nowhere", "POSTGRES_PASSWORD": secret,
		}, `database "nowhere" does not exist`},
		"no password file": {map[string]string{
			"POSTGRES_HOST": server.Host, "POSTGRES_PORT": strconv.Itoa(server.Port), "POSTGRES_PASSWORD_FILE": "/nowhere/" + secret,
		}, "POSTGRES_PASSWORD_FILE"},
		"not a database": {map[string]string{
			"DATABASE_URL": "postgres://" + url.UserPassword("postgres", secret).String() + "@" + notADatabase(t) + "/x?sslmode=disable",
		}, "the connection failed"},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := askDB(t, tc.env)
			if status != 503 || !strings.HasPrefix(body, "the database does not answer: ") || !strings.Contains(body, tc.want) {
				t.Errorf("%d %q, want 503 and %q", status, body, tc.want)
			}
			if strings.Contains(body, "s3cret") || strings.Contains(body, "\n") {
				t.Errorf("the answer leaks the password or has several lines: %q", body)
			}
		})
	}
}

// A database that takes the connection and then says nothing is given up on.
func TestDatabaseIsSilent(t *testing.T) {
	t.Parallel()
	addr, _ := silentDatabase(t)
	start := time.Now()
	status, body := askDB(t, map[string]string{"DATABASE_URL": "postgres://" + addr + "/x?sslmode=disable"})
	if status != 503 || !strings.Contains(body, "no answer within 2s") {
		t.Errorf("%d %q", status, body)
	}
	if took := time.Since(start); took < askTimeout {
		t.Errorf("gave up after %v, want no less than %v", took, askTimeout)
	}
}

func TestWrongConfiguration(t *testing.T) {
	for name, tc := range map[string]struct {
		env  map[string]string
		args []string
		want string
	}{
		"two passwords": {env: map[string]string{"POSTGRES_PASSWORD": secret, "POSTGRES_PASSWORD_FILE": "x"}, want: "both set"},
		"URL":           {env: map[string]string{"DATABASE_URL": "postgres://u:" + secret + "%zz@h:x/"}, want: "DATABASE_URL"},
		"port":          {env: map[string]string{"POSTGRES_PORT": "many"}, want: "POSTGRES_PORT"},
		"address":       {env: map[string]string{"ADDR": "127.0.0.1:many"}, want: "many"},
		"flag":          {args: []string{"-x"}, want: "-x"},
		"command":       {args: []string{"goodbye"}, want: "goodbye"},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(t.Context(), tc.args, env(tc.env), io.Discard)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error %v, want one about %q", err, tc.want)
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error leaks the password: %v", err)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-h"}, env(nil), &out); err != nil || !strings.Contains(out.String(), "usage: hello") {
		t.Errorf("%v %q", err, &out)
	}
}

// The program whole: it starts without its database, its health check agrees,
// and what is under way when it is told to stop is still answered.
func TestServesAndDrains(t *testing.T) {
	t.Parallel()
	dbAddr, asked := silentDatabase(t)
	ctx, cancel := context.WithCancel(t.Context())
	addr, done := start(t, ctx, map[string]string{
		"ADDR": "127.0.0.1:0", "DATABASE_URL": "postgres://" + dbAddr + "/x?sslmode=disable",
	})
	if err := run(t.Context(), []string{"-addr", addr, "healthcheck"}, env(nil), io.Discard); err != nil {
		t.Errorf("healthcheck: %v", err)
	}

	answer := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + addr + "/db")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		answer <- resp.Status
	}()
	<-asked // now /db is under way
	cancel()
	if got := <-answer; got != "503 Service Unavailable" {
		t.Errorf("a request under way at the stop got %s", got)
	}
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
	if err := run(t.Context(), []string{"-addr", addr, "healthcheck"}, env(nil), io.Discard); err == nil {
		t.Error("healthcheck of a stopped service succeeds")
	}
}

func TestHealthcheckWantsOK(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	for _, addr := range []string{":" + port, "0.0.0.0:" + port, "[::]:" + port, "127.0.0.1:" + port} {
		if err := healthcheck(t.Context(), addr); err == nil || !strings.Contains(err.Error(), "404") {
			t.Errorf("%s: %v, want it to say 404", addr, err)
		}
	}
	if err := healthcheck(t.Context(), "nonsense"); err == nil {
		t.Error("an address without a port is accepted")
	}
}

// start runs the program and returns where it listens and what run returns.
func start(t *testing.T, ctx context.Context, vars map[string]string) (addr string, done <-chan error) {
	t.Helper()
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, nil, env(vars), w)
		w.Close()
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("it said nothing: %v, %v", err, <-ended)
	}
	go io.Copy(io.Discard, r)
	_, addr, ok := strings.Cut(strings.TrimSpace(line), "addr=")
	if !ok {
		t.Fatalf("the first line holds no address: %s", line)
	}
	return addr, ended
}

func handler(t *testing.T, vars map[string]string) http.Handler {
	t.Helper()
	db, err := newDatabase(env(vars))
	if err != nil {
		t.Fatal(err)
	}
	return newHandler(db, slog.New(slog.DiscardHandler))
}

func askDB(t *testing.T, vars map[string]string) (status int, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	handler(t, vars).ServeHTTP(w, httptest.NewRequest("GET", "/db", nil))
	return w.Code, w.Body.String()
}

// silentDatabase takes connections and never answers. asked is closed when
// the first has come.
func silentDatabase(t *testing.T) (addr string, asked <-chan struct{}) {
	t.Helper()
	came := make(chan struct{})
	first := true
	return listen(t, func(c net.Conn) {
		if first {
			close(came)
			first = false
		}
		t.Cleanup(func() { c.Close() })
	}), came
}

// notADatabase answers every connection with something else.
func notADatabase(t *testing.T) (addr string) {
	t.Helper()
	return listen(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1024)) // closing with unread bytes would reset the connection
		_, _ = io.WriteString(c, "220 mail.example.com\r\n")
		c.Close()
	})
}

func listen(t *testing.T, serve func(net.Conn)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(c)
		}
	}()
	return l.Addr().String()
}

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

// hbaFile lets postgres in as the test server does, and hello by password.
func hbaFile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hello")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "pg_hba.conf")
	rules := "host all postgres 127.0.0.1/32 trust\nhost all hello 127.0.0.1/32 scram-sha-256\n"
	if err := os.WriteFile(path, []byte(rules), 0o644); err != nil {
		t.Fatal(err)
	}
	// The server may run as another user.
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
