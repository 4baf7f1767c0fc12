package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/vote"
)

type settings struct {
	Redis    `embed:""`
	Postgres `embed:""`
	Log      `embed:""`
	DefaultPoll
}

func parse(t *testing.T, env map[string]string, args ...string) (settings, string, error) {
	t.Helper()
	var s settings
	var out bytes.Buffer
	_, err := Program{Name: "test"}.Parse(&s, args, func(k string) string { return env[k] }, &out)
	return s, out.String(), err
}

func TestFlagWinsOverVariableOverDefault(t *testing.T) {
	s, _, err := parse(t, map[string]string{"REDIS_HOST": "a", "REDIS_PORT": "7000"}, "--redis-host=b")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Redis.Address(), "redis://b:7000/0"; got != want {
		t.Errorf("address %q, want %q", got, want)
	}
	if got, want := s.Postgres.Address(), "postgres://postgres@localhost:5432/postgres"; got != want {
		t.Errorf("address %q, want %q", got, want)
	}
}

func TestURLWins(t *testing.T) {
	s, _, err := parse(t, map[string]string{"REDIS_HOST": "a", "REDIS_URL": "redis://c:1/0", "DATABASE_URL": "postgres://d/e"})
	if err != nil || s.Redis.Address() != "redis://c:1/0" || s.Postgres.Address() != "postgres://d/e" {
		t.Errorf("%q %q %v", s.Redis.Address(), s.Postgres.Address(), err)
	}
}

func TestSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("p@ss/w:rd\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _, err := parse(t, map[string]string{"REDIS_PASSWORD_FILE": file})
	if err != nil || s.Redis.Password != "p@ss/w:rd" {
		t.Errorf("password %q, %v", s.Redis.Password, err)
	}
	if got, want := s.Redis.Address(), "redis://:p%40ss%2Fw%3Ard@localhost:6379/0"; got != want {
		t.Errorf("address %q, want %q", got, want)
	}
	_, _, err = parse(t, map[string]string{"REDIS_PASSWORD_FILE": file, "REDIS_PASSWORD": "x"})
	if err == nil || !strings.Contains(err.Error(), "both REDIS_PASSWORD and REDIS_PASSWORD_FILE") {
		t.Errorf("both set: %v", err)
	}
	_, _, err = parse(t, map[string]string{"POSTGRES_PASSWORD_FILE": file + ".gone"})
	if err == nil || !strings.Contains(err.Error(), "POSTGRES_PASSWORD_FILE") {
		t.Errorf("missing file: %v", err)
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
		args []string
		want []string
	}{
		{"classic", nil, nil, classicOptions},
		{"variables", map[string]string{"OPTION_A": "Cats, of course", "OPTION_B": "Dogs"}, nil, []string{"Cats, of course", "Dogs"}},
		{"a hole", map[string]string{"OPTION_A": "Cats", "OPTION_C": "Dogs"}, nil, nil},
		{"flags", map[string]string{"OPTION_A": "Cats"}, []string{"--option=x", "--option", "y, z"}, []string{"x", "y, z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _, err := parse(t, c.env, c.args...)
			if err != nil {
				t.Fatal(err)
			}
			p, err := s.DefaultPoll.Poll()
			if c.name == "a hole" {
				if !errors.Is(err, vote.ErrInvalid) {
					t.Errorf("a missing option in the middle: %v", err)
				}
				return
			}
			var labels []string
			for _, o := range p.Options {
				labels = append(labels, o.Label)
			}
			if diff := cmp.Diff(c.want, labels); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
}

func TestErrorsNameTheSetting(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"--redis-port": {"REDIS_PORT": "seven"},
		"--log-level":  {"LOG_LEVEL": "loud"},
	} {
		if _, _, err := parse(t, env); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v does not name %s", env, err, want)
		}
	}
	if _, _, err := parse(t, nil, "--no-such"); err == nil || !strings.Contains(err.Error(), "test --help") {
		t.Errorf("unknown flag: %v", err)
	}
}

func TestHelp(t *testing.T) {
	_, out, err := parse(t, nil, "--help")
	if !errors.Is(err, ErrHelp) || !strings.Contains(out, "($REDIS_HOST)") {
		t.Errorf("error %v, help:\n%s", err, out)
	}
}
