package polls

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/admin"
	"popeye/client"
	"popeye/internal/fixture"
	"popeye/internal/metrics"
	"popeye/result"
	"popeye/vote"
)

const token = "open sesame please"

// server is a site of results with the real store, and an organiser's terminal.
type server struct {
	*fixture.Site
	client *client.Client
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{Site: fixture.New(t)}
	shows, err := result.New(result.Config{Store: s.Store, Log: s.Log.Logger(), Registry: metrics.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	organises, err := admin.New(admin.Config{Store: s.Store, Token: token, Log: s.Log.Logger()})
	if err != nil {
		t.Fatal(err)
	}
	site := shows.Site()
	organises.AddTo(site)
	handler, err := site.Handler()
	if err != nil {
		t.Fatal(err)
	}
	s.Serve(handler, shows.CloseViewers)
	s.client = client.New(client.Config{URL: s.URL, Token: token})
	return s
}

// does runs a command, whose person types something.
func (s *server) does(c command, typed string) (string, error) {
	s.T.Helper()
	var out bytes.Buffer
	err := Explain(s.client, c.run(s.T.Context(), s.client, Terminal{In: strings.NewReader(typed), Out: &out}))
	return out.String(), err
}

// wants runs a command that must print something.
func (s *server) wants(c command, words ...string) string {
	s.T.Helper()
	out, err := s.does(c, "")
	if err != nil {
		s.T.Fatalf("%T: %v", c, err)
	}
	for _, w := range words {
		if !strings.Contains(out, w) {
			s.T.Errorf("%T prints %q, which lacks %q", c, out, w)
		}
	}
	return out
}

// refuses runs a command that must fail.
func (s *server) refuses(c command, typed string, words ...string) {
	s.T.Helper()
	_, err := s.does(c, typed)
	if err == nil {
		s.T.Fatalf("%T does it", c)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			s.T.Errorf("%T: %v lacks %q", c, err, w)
		}
	}
}

func lunch() Create {
	question := "Where to?"
	return Create{Slug: "lunch", words: words{Question: &question, Options: []string{"Piza", "Sushi", "Salad"}}}
}

func named(slugs ...string) each { return each{Some: Some{slugs}} }

// An organiser makes a poll, corrects, opens, closes and deletes it, and sees each time
// where it stands.
func TestPollLivesFromTheTerminal(t *testing.T) {
	s := newServer(t)
	s.wants(lunch(), "lunch  draft  Where to?")
	s.wants(Open{named("lunch")}, "lunch  open")
	s.wants(Edit{One: One{"lunch"}, Labels: []string{"a=Pizza"}, JSON: true}, `{"id":"a","label":"Pizza"}`, `"is":"Pizza"`)
	s.wants(List{}, "POLL", "default", "lunch", "plurality/1")
	s.refuses(Delete{One: One{"lunch"}, Yes: true}, "", "409")
	if lines := strings.Count(s.wants(List{JSON: true}), "\n"); lines != 2 {
		t.Errorf("%d lines of JSON for 2 polls", lines)
	}
	s.wants(Close{named("lunch")}, "lunch  closing")
	s.Become("lunch", vote.Closed)
	s.wants(Duplicate{One: One{"lunch"}, As: "dinner"}, "dinner  draft  Where to?")
	s.wants(Rounds{One: One{"lunch"}, New: true, Options: []string{"a", "c"}, As: "runoff", Open: true, JSON: true}, `"slug":"runoff"`, `"parent":"lunch"`, `"label":"Salad"`)
	if out := s.wants(Rounds{One: One{"lunch"}}, "lunch ", "runoff "); strings.Contains(out, "dinner") {
		t.Errorf("a duplicate is no round: %s", out)
	}
	s.refuses(Rounds{One: One{"lunch"}, Open: true}, "", "--new")
	s.refuses(Delete{One: One{"lunch"}}, "Lunch\n", "nothing was deleted")
	s.refuses(Delete{One: One{"lunch"}}, "", "nothing was deleted")
	s.refuses(Open{named("nowhere", "lunch2")}, "", "nowhere: 404", "lunch2: 404")
	if out, err := s.does(Delete{One: One{"lunch"}}, "lunch\n"); err != nil || !strings.HasSuffix(out, "lunch is gone\n") {
		t.Errorf("%q, %v", out, err)
	}
	if out := s.wants(List{}); strings.Contains(out, "lunch ") {
		t.Errorf("it is still there: %s", out)
	}
}

// What can't be a poll is refused before anything is sent, in words.
func TestWrongFlagsAreRefused(t *testing.T) {
	s := newServer(t)
	text := func(s string) *string { return &s }
	number := func(n vote.Limit) *vote.Limit { return &n }
	for name, change := range map[string]func(*Create){
		"no question": func(c *Create) { c.Question = nil }, "one option": func(c *Create) { c.Options = c.Options[:1] },
		"no such rule": func(c *Create) { c.Rule = text("lottery/1") }, "a rule of another kind": func(c *Create) { c.Rule = text("irv/1") },
		"as many seats as options": func(c *Create) { c.Seats = number(3) }, "no time": func(c *Create) { c.OpensAt = text("soon") },
	} {
		c := lunch()
		change(&c)
		if _, err := s.does(c, ""); err == nil || strings.Contains(err.Error(), "invalid:") {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.wants(lunch())
	s.refuses(Edit{One: One{"lunch"}, Labels: []string{"z=Pizza"}}, "", "the ids are a, b, c")
	s.refuses(Edit{One: One{"lunch"}, Labels: []string{"a=Pizza"}, words: words{Options: []string{"x", "y"}}}, "", "--option", "--label")
}

// Each setting of a poll has its flag: a new one is one line.
func TestEverySettingHasAFlag(t *testing.T) {
	flags := reflect.TypeFor[settings]()
	for field := range reflect.TypeFor[vote.Choices]().Fields() {
		f, ok := flags.FieldByName(field.Name)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !ok || f.Type != field.Type || f.Tag.Get("json") != name || f.Tag.Get("long") == "" {
			t.Errorf("vote.Choices has %s: give it a line in settings", field.Name)
		}
	}
	seats, abstain := vote.Limit(2), true
	want := vote.Choices{Seats: &seats, Abstain: &abstain, Withdrawn: []string{}}
	if d := cmp.Diff(want, settings{Seats: &seats, Abstain: &abstain, Withdrawn: []string{""}}.choices()); d != "" {
		t.Error(d)
	}
}

// A server that can't be reached, another token and another site are told apart.
func TestErrorsSayWhatToDo(t *testing.T) {
	s := newServer(t)
	s.client = client.New(client.Config{URL: s.URL, Token: "another one, alas"})
	s.refuses(List{}, "", s.URL, "ADMIN_TOKEN")
	s.client = client.New(client.Config{URL: s.URL + "/admin/x", Token: token})
	s.refuses(List{}, "", "--server")
	s.client = client.New(client.Config{URL: "http://localhost:1"})
	s.refuses(List{}, "", "http://localhost:1", "POPEYE_SERVER")
}

// The token in the data folder is for a server on this machine and for no other.
func TestKeptTokenStaysHere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "admin-token")
	if err := os.WriteFile(file, []byte("kept\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"http://localhost:5001": "kept", "http://127.0.0.1:5001": "kept", "http://[::1]:5001": "kept",
		"http://localhost.example.org": "", "https://result.example.org": "", "http://10.0.0.1": "",
	} {
		if got := tokenSent(t, url, "", file); got != want {
			t.Errorf("%s gets %q, want %q", url, got, want)
		}
		if got := tokenSent(t, url, "given", file); got != "given" {
			t.Errorf("%s gets %q, but another was given", url, got)
		}
	}
	for _, url := range []string{"", "localhost:5001", "ftp://localhost", "http://"} {
		if _, err := (Server{URL: url}).Client("", file); err == nil {
			t.Errorf("%q is taken for a site", url)
		}
	}
}
