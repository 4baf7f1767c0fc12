package testenv

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// password is that of all users on the servers of tests who have one.
const password = "of-a-test"

// users is held by whoever makes users.
var users sync.Mutex

// source returns where a file of this module is: its root is the first folder with a
// go.mod from here upwards. (What the compiler knows of paths is cut off by -trimpath.)
func source(name string) string {
	root, _ := os.Getwd()
	for root != filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		root = filepath.Dir(root)
	}
	return filepath.Join(root, filepath.FromSlash(name))
}

// Users makes the users that the compose file's database has, with its own script,
// in the database at this URL. It returns their URLs.
func (p *Postgres) Users(t T, database string) (worker, result string) {
	t.Helper()
	users.Lock() // they belong to the server, and two can't change one at once
	defer users.Unlock()
	psql := Find(t, "postgresql", "psql")
	secrets, err := tempDir("secrets")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(secrets)
	for _, user := range []string{"worker", "result"} {
		if err := os.WriteFile(filepath.Join(secrets, "postgres_"+user+"_password"), []byte(password), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", source("deploy/postgres/2-users.sh"))
	cmd.Env = append(os.Environ(), "SECRETS="+secrets, "PATH="+filepath.Dir(psql)+":"+os.Getenv("PATH"),
		"PGHOST="+p.Host, "PGPORT="+strconv.Itoa(p.Port), "POSTGRES_USER=postgres", "POSTGRES_DB="+strings.TrimPrefix(at.Path, "/"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return AsUsers(database)
}

// AsUsers returns the URLs of those users for a database in which they are known.
func AsUsers(database string) (worker, result string) {
	as := func(user string) string {
		at, err := url.Parse(database)
		if err != nil {
			return database // whoever connects there is told
		}
		at.User = url.UserPassword(user, password)
		return at.String()
	}
	return as("popeye_worker"), as("popeye_result")
}
