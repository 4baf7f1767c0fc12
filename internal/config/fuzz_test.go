package config

import (
	"bytes"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"popeye/vote"
)

// everything is what all programs together can be told.
type everything struct {
	Log
	Metrics
	DefaultPoll
	Redis    Redis
	Postgres Postgres
	Poll     PollURL
	Result   ResultURL
	Token    string `long:"admin-token" var:"ADMIN_TOKEN" secret:""`

	Serve       struct{} `command:"serve"`
	Healthcheck struct {
		Ready bool `long:"ready"`
	} `command:"healthcheck"`
}

// fuzzedSecret is how every secret of these tests begins; nobody else uses the word.
const fuzzedSecret = "hunter2"

// What the file of a secret can be: FuzzParse is told by number.
const (
	noFile = iota
	goodFile
	missingFile
	aFolder
	hugeFile
	fileKinds
)

// secretFile makes such a file and returns its path.
func secretFile(t *testing.T, kind uint8, content string) string {
	if kind %= fileKinds; kind == noFile {
		return ""
	}
	path := filepath.Join(t.TempDir(), "secret")
	var err error
	switch kind {
	case goodFile:
		err = os.WriteFile(path, []byte(content), 0o600)
	case hugeFile:
		err = os.WriteFile(path, bytes.Repeat([]byte(fuzzedSecret), maxSecretFile), 0o600)
	case aFolder:
		err = os.Mkdir(path, 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// FuzzParse: whatever the command line and the environment hold, there are
// settings or an error in words, and no word of the error is a secret: not one
// of a variable, of a file, or of a flag anywhere among the others.
func FuzzParse(f *testing.F) {
	for _, args := range []string{
		"", "healthcheck\n--ready", "--help", "--redis-port=99999", "--redis-port", "--no-such", "--option=\n--option=x", "--", "-", "=", "--=", "--redis-password",
	} {
		f.Add(args, "REDIS_HOST=a\nREDIS_PORT=7000", "!", uint8(noFile), uint8(0))
	}
	for kind := range uint8(fileKinds) {
		f.Add("", "POSTGRES_HOST=a b\nPOSTGRES_DB=x/y?z", "\n", kind, kind)
	}
	for _, env := range []string{
		"REDIS_PORT=-1", "POSTGRES_PORT=0x10", "LOG_LEVEL=LOUD", "OPTION_B=x", "OPTION_A=x\nOPTION_B=x", "QUESTION=\u202e", "REDIS_HOST=[::1]", "REDIS_HOST=@/?#",
	} {
		f.Add("--log-format=json", env, "%zz@/:#? \xff", uint8(noFile), uint8(1))
	}
	f.Fuzz(func(t *testing.T, args, env, rest string, file, at uint8) {
		if strings.Contains(args+env, fuzzedSecret) || strings.Contains(args+env, "_FILE=") {
			return
		}
		c := commandLine{secret: fuzzedSecret + rest, getenv: map[string]string{}}
		c.args = strings.Split(args, "\n")
		c.args = slices.Insert(c.args, int(at)%(len(c.args)+1), "--admin-token="+c.secret)
		for line := range strings.SplitSeq(env, "\n") {
			name, value, _ := strings.Cut(line, "=")
			c.getenv[name] = value
		}
		c.getenv["REDIS_PASSWORD"] = c.secret
		if path := secretFile(t, file, c.secret); path != "" {
			c.getenv["POSTGRES_PASSWORD_FILE"] = path
			c.getenv["POSTGRES_PASSWORD"] = ""
		}
		c.parse(t)
	})
}

// commandLine is how a program is started.
type commandLine struct {
	args   []string
	getenv map[string]string
	secret string
}

func (c commandLine) parse(t *testing.T) {
	t.Helper()
	var s everything
	var out bytes.Buffer
	command, err := Program{Name: "test"}.Parse(&s, c.args, func(k string) string { return c.getenv[k] }, &out)
	if strings.Contains(out.String(), fuzzedSecret) {
		t.Errorf("%q: a secret was printed:\n%s", c.args, &out)
	}
	if err != nil {
		if text := err.Error(); strings.Contains(text, fuzzedSecret) {
			t.Errorf("%q: a secret is in the error %q", c.args, text)
		}
		return
	}
	if command != "serve" && command != "healthcheck" {
		t.Errorf("%q: the command is %q", c.args, command)
	}
	c.meant(t, s)
}

// meant fails unless the settings say what the variables said.
func (c commandLine) meant(t *testing.T, s everything) {
	t.Helper()
	if want := strings.TrimRight(c.secret, "\r\n"); c.getenv["POSTGRES_PASSWORD_FILE"] != "" && s.Postgres.Password != want {
		t.Errorf("%q: the password from the file is %q, want %q", c.args, s.Postgres.Password, want)
	}
	if u, err := url.Parse(s.Redis.Address()); s.Redis.URL == "" && err == nil {
		if got, _ := u.User.Password(); got != s.Redis.Password || u.Path != "/0" {
			t.Errorf("%q: password %q and database %q, want %q", c.args, got, u.Path, s.Redis.Password)
		}
	}
	if u, err := url.Parse(s.Postgres.Address()); s.Postgres.URL == "" && err == nil {
		got, _ := u.User.Password()
		if got != s.Postgres.Password || u.User.Username() != s.Postgres.User || u.Path != "/"+s.Postgres.DB {
			t.Errorf("%q: %s is not %+v", c.args, u.Redacted(), s.Postgres)
		}
	}
	p, err := s.DefaultPoll.Poll()
	if err == nil && p.Validate() != nil || err != nil && !errors.Is(err, vote.ErrInvalid) {
		t.Errorf("%q: the default poll is %+v, %v", c.args, p, err)
	}
}
