package config

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/vote"
)

type settings struct {
	Redis
	Postgres
	Log
	DefaultPoll

	Dead struct {
		Show struct {
			Which struct {
				Position int64 `positional-arg-name:"position"`
			} `positional-args:"yes" required:"yes"`
		} `command:"show" description:"Show one." long-description:"Show one, as it came."`
		Drop struct {
			Which struct{ Positions []int64 } `positional-args:"yes"`
			All   bool                        `long:"all" description:"Forget all."`
		} `command:"drop" description:"Forget some."`
	} `command:"dead" description:"Look after dead letters."`
}

var testProgram = Program{Name: "test", Description: "Try it.\n\nExamples:\n  test dead drop --all"}

func parse(t *testing.T, env map[string]string, args ...string) (settings, string, error) {
	t.Helper()
	var s settings
	var out bytes.Buffer
	_, err := testProgram.Parse(&s, args, func(k string) string { return env[k] }, &out)
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

// A restart at which nobody asks for a default poll leaves the one that is there.
func TestAsked(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
		args []string
		want bool
	}{
		{"nothing", nil, nil, false},
		{"a question", map[string]string{"QUESTION": "Where to?"}, nil, true},
		{"the classic question by name", map[string]string{"QUESTION": classicQuestion}, nil, true},
		{"options", map[string]string{"OPTION_A": "Cats", "OPTION_B": "Dogs"}, nil, true},
		{"a flag", nil, []string{"--question=Where to?"}, true},
	} {
		s, _, err := parse(t, c.env, c.args...)
		if got := s.DefaultPoll.Asked(func(name string) string { return c.env[name] }); err != nil || got != c.want {
			t.Errorf("%s: %t, %v", c.name, got, err)
		}
	}
}

// A key may be made of random bytes, and a question may be a quotation.
func TestValuesAreTakenByteForByte(t *testing.T) {
	for _, want := range []string{`"`, `"Why?"`, `"a\nb"`, `\`, " a ", "a=b", `="x"`, "\xff\xfe", "\"\xff\"", "%s", "a,b", "***"} {
		for _, args := range [][]string{{"--redis-password=" + want, "--option=" + want}, {"--redis-password", want, "--option", want}} {
			s, _, err := parse(t, nil, args...)
			if err != nil || s.Redis.Password != want || len(s.Options) != 1 || s.Options[0] != want {
				t.Errorf("%q: %q, %q, %v", args, s.Redis.Password, s.Options, err)
			}
		}
		if s, _, err := parse(t, map[string]string{"REDIS_PASSWORD": want}); err != nil || s.Redis.Password != want {
			t.Errorf("$REDIS_PASSWORD=%q: %q, %v", want, s.Redis.Password, err)
		}
	}
}

func TestCommands(t *testing.T) {
	tests := []struct {
		args, command string
		err           string // a part of it
	}{
		{"", "serve", ""},
		{"dead show 7", "dead show", ""},
		{"--redis-host=b dead show --redis-port=1 -- -7", "dead show", ""},
		{"dead drop", "dead drop", ""},
		{"dead drop --all=false 1 2 3", "dead drop", ""},
		{"dead", "", "drop or show"},
		{"dead shw", "", "`show'"},
		{"dead show", "", "position"},
		{"dead show x", "", "argument of dead show"},
		{"dead show 7 8", "", "unexpected argument 8"},
		{"--all dead drop", "", "`all'"},
		{"version", "", "unexpected argument version"},
	}
	for _, tt := range tests {
		var s settings
		command, err := testProgram.Parse(&s, strings.Fields(tt.args), func(string) string { return "" }, io.Discard)
		if command != tt.command || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: command %q, error %v", tt.args, command, err)
		}
		if want := int64(len(s.Dead.Drop.Which.Positions)); strings.HasSuffix(tt.args, "3") && want != 3 {
			t.Errorf("%q: %v", tt.args, s.Dead.Drop)
		}
	}
}

func TestErrorsNameTheSetting(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"--redis-port": {"REDIS_PORT": "seven"},
		"--log-level":  {"LOG_LEVEL": "loud"},
	} {
		for variable, value := range env {
			if _, _, err := parse(t, env); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), variable) {
				t.Errorf("%v: error %v does not name %s", env, err, name)
			}
			if _, _, err := parse(t, nil, name+"="+value); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s=%s: error %v does not name it", name, value, err)
			}
		}
		if _, _, err := parse(t, env, "--redis-port=1", "--log-level=warn"); err != nil {
			t.Errorf("%v, and the flag wins: %v", env, err)
		}
	}
	if _, _, err := parse(t, nil, "--no-such"); err == nil || !strings.Contains(err.Error(), "test --help") {
		t.Errorf("unknown flag: %v", err)
	}
}

func TestHelp(t *testing.T) {
	env := map[string]string{"REDIS_PASSWORD": "hunter2", "REDIS_HOST": "elsewhere"}
	for args, want := range map[string][]string{
		"--help":                          {"Try it.\n", "--redis-host= ", "Host of Redis. ($REDIS_HOST)", "(default: 6379)", "--version", "dead  Look after dead letters.\n", "Examples:\n  test dead drop --all\n"},
		"-h dead":                         {"Look after dead letters.\n", "--redis-password=SECRET", "show  Show one.\n"},
		"dead --help":                     {"show  Show one.\n"},
		"dead show --help":                {"Show one, as it came.\n", "position"},
		"dead drop -h":                    {"Forget some.\n", "Forget all.\n"},
		"dead drop --redis-port=x --help": {"Forget some.\n"},
	} {
		_, out, err := parse(t, env, strings.Fields(args)...)
		if !errors.Is(err, ErrHelp) || strings.Contains(out, "hunter2") || strings.Contains(out, "[text|json]") || strings.Contains(out, "elsewhere") {
			t.Errorf("%s: error %v, help:\n%s", args, err, out)
		}
		for _, part := range want {
			if !strings.Contains(out, part) {
				t.Errorf("%s: no %q in\n%s", args, part, out)
			}
		}
	}
}

// The help of a command shows what it reads and how it is called, and nothing of
// what only other commands read.
func TestHelpOfACommandShowsWhatConcernsIt(t *testing.T) {
	var s struct {
		Redis
		Postgres
		Log
		Metrics
		Dead struct {
			Where struct{ Redis Redis }
			List  struct {
				After int `long:"after" description:"Only those after this."`
			} `command:"list" description:"List them."`
			Log struct{} `command:"log" reads:"log" description:"Log them."`
		} `command:"dead" reads:"database,postgres" description:"Look after dead letters."`
		Serve struct{} `command:"serve" description:"Run it."`
		Check struct{} `command:"check" reads:"metrics" description:"Ask it."`
	}
	p := Program{
		Name: "test", Description: "Try it.\n\nExamples:\n  test --log-level=warn\n  test dead list\n  test check",
		Examples: map[string][]string{"dead list": {"test dead list --after=7"}},
	}
	for args, want := range map[string]struct{ shows, hides string }{
		"dead list": {"--help --after= --database-url= --postgres-host= |  test dead list --after=7", "--version --redis- --log- --metrics- |  test check"},
		"dead":      {"--postgres-host= |  test dead list --after=7", "--redis- --log- --metrics-"},
		"dead log":  {"--log-level=", "--postgres- --redis-"},
		"serve":     {"--redis-host= --postgres-host= --log-level= --metrics-addr= |  test --log-level=warn", "--version |  test dead |  test check"},
		"check":     {"--metrics-addr= |  test check", "--redis- --postgres- --log- |  test dead"},
		"":          {"--version --redis-host= --log-level= |  test check |  test dead list", ""},
	} {
		var out bytes.Buffer
		if _, err := p.Parse(&s, append(strings.Fields(args), "--help"), os.Getenv, &out); !errors.Is(err, ErrHelp) {
			t.Fatalf("%s: %v", args, err)
		}
		each := func(list string, found bool) {
			flags, lines, _ := strings.Cut(list, " |")
			for _, part := range append(strings.Fields(flags), strings.Split(lines, " |")...) {
				if part != "" && strings.Contains(out.String(), part) != found {
					t.Errorf("%s --help: %q is there: %t\n%s", args, part, !found, &out)
				}
			}
		}
		each(want.shows, true)
		each(want.hides, false)
	}
}

// An empty METRICS_ADDR says something; other empty variables are as good as none.
func TestGetenvTellsAnEmptyMetricsAddr(t *testing.T) {
	for value, want := range map[string]string{"": "off", ":1": ":1", "off": "off"} {
		t.Setenv("METRICS_ADDR", value)
		t.Setenv("PUBLIC_POLL_URL", "")
		var s struct {
			Metrics
			PollURL
		}
		_, err := testProgram.Parse(&s, nil, Getenv, io.Discard)
		if err != nil || s.Metrics.Addr != want || s.PollURL.URL != "" || Nowhere(want) != (want == "off") {
			t.Errorf("%q: %+v, %v", value, s, err)
		}
	}
	os.Unsetenv("METRICS_ADDR")
	var s struct{ Metrics }
	if _, err := testProgram.Parse(&s, nil, Getenv, io.Discard); err != nil || s.Metrics.Addr != DefaultMetrics {
		t.Errorf("unset: %+v, %v", s, err)
	}
	if _, err := testProgram.Parse(&s, []string{"--metrics-addr="}, Getenv, io.Discard); err != nil || !Nowhere(s.Metrics.Addr) {
		t.Errorf("the empty flag: %+v, %v", s, err)
	}
}

// Where nobody says otherwise, no other machine reaches metrics, and there are no profiles.
func TestMetricsAreForThisMachineUnlessTold(t *testing.T) {
	var s struct{ Metrics }
	if _, err := testProgram.Parse(&s, nil, func(string) string { return "" }, io.Discard); err != nil {
		t.Fatal(err)
	}
	at, err := netip.ParseAddrPort(s.Metrics.Addr)
	if err != nil || !at.Addr().IsLoopback() || s.Metrics.PProf {
		t.Errorf("served at %q, %v; profiles: %t", s.Metrics.Addr, err, s.Metrics.PProf)
	}
}

func TestASettingThatNobodyCanSetIsAFault(t *testing.T) {
	for _, set := range []any{
		&struct{ Forgotten string }{},
		&struct {
			Inner struct {
				Forgotten int `var:"X"`
			} `command:"inner"`
		}{},
	} {
		if _, err := (Program{Name: "test"}).Parse(set, nil, os.Getenv, io.Discard); err == nil || !strings.Contains(err.Error(), "Forgotten") {
			t.Errorf("%T: %v", set, err)
		}
	}
}
