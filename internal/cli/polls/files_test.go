package polls

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"popeye/api"
	"popeye/client"
	"popeye/vote"
	"popeye/vote/definition"
)

// file writes a file of the test's own.
func file(t *testing.T, name, text string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func importing(files ...string) (m Import) {
	m.Named.Files = files
	return m
}

func (s *server) polls() []api.OwnPoll {
	s.T.Helper()
	all, err := s.client.Polls(s.T.Context())
	if err != nil {
		s.T.Fatal(err)
	}
	return all
}

// What was exported makes, at another server, the same polls as drafts.
func TestExportedPollsAreMadeAgain(t *testing.T) {
	s := newServer(t)
	limit := func(n vote.Limit) *vote.Limit { return &n }
	yes, rule := true, "score/1"
	for _, d := range []definition.Definition{
		{Slug: "one", Question: "1?", Options: []definition.OptionText{{ID: "yes", Label: "<Yes>"}, {ID: "no", Label: "=No"}}, Status: vote.Open},
		{Slug: "some", Question: "2?", Kind: vote.Multiple, Options: []definition.OptionText{{Label: "A"}, {Label: "B"}, {Label: "C"}}, Min: limit(2), Max: limit(2)},
		{Slug: "order", Question: "3?", Kind: vote.Ranked, Options: []definition.OptionText{{Label: "A"}, {Label: "B"}}, ClosesAt: definition.At(time.Now().Add(time.Hour)), Choices: vote.Choices{Abstain: &yes}},
		{Slug: "points", Question: "4?", Kind: vote.Score, Options: []definition.OptionText{{Label: "A"}, {Label: "B"}}, Max: limit(10), Choices: vote.Choices{Quorum: limit(3), Rule: &rule, Withdrawn: nil}},
	} {
		if _, err := s.client.CreatePoll(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	folder := filepath.Join(t.TempDir(), "new")
	s.wants(Export{To: folder}, "order.json", "default.json")
	s.refuses(Export{To: folder}, "", "points.json", "nothing was written")
	s.wants(Export{To: folder, Force: true})
	s.refuses(Export{To: folder, Named: Export{}.Named, Force: true}.named("one", "none", "nil"), "", `"none"`, `"nil"`)

	other := newServer(t)
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) != 5 {
		t.Fatal(files, err)
	}
	other.wants(importing(files...), "points  draft")
	bySlug := func(all []api.OwnPoll) []api.OwnPoll {
		slices.SortFunc(all, func(a, b api.OwnPoll) int { return strings.Compare(a.Slug, b.Slug) })
		return all
	}
	ours := cmpopts.IgnoreFields(api.OwnPoll{}, "Status", "Code", "Revision", "CreatedAt", "ChangedAt", "Settings.LotSeed")
	if d := cmp.Diff(bySlug(s.polls()), bySlug(other.polls()), ours, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
	list := s.wants(Export{To: "-"}, `"slug": "some"`)
	other.wants(importing(file(t, "list.json", list)))
	if n := len(other.polls()); n != 5 {
		t.Errorf("made again, %d polls are there", n)
	}
}

func (e Export) named(slugs ...string) Export {
	e.Named.Slugs = slugs
	return e
}

// A file that is half wrong makes nothing, and each error is told with its place.
func TestImportThatIsHalfWrongMakesNothing(t *testing.T) {
	s := newServer(t)
	s.wants(lunch())
	half := file(t, "half.json", `[
  {"question": "Fine?", "options": ["Yes", "No"]},
  {"question": "Typo?", "optons": ["Yes", "No"]},
  {"question": "One?", "options": ["Yes"]},
  {"question": "Rule?", "options": ["Yes", "No"], "rule": "irv/1"},
  {"question": "Late?", "options": ["Yes", "No"], "closes_at": "2020-01-01T00:00:00Z"},
  {"question": "Lunch?", "options": ["Yes", "No"], "slug": "lunch"},
  {"question": "Twice?", "options": ["Yes", "No"], "slug": "twice"},
  "no poll",
  {"question": 7, "options": ["Yes", "No"]}
]`)
	twice := file(t, "twice.json", `{"question": "Twice!", "options": ["Yes", "No"], "slug": "twice"}`)
	broken := file(t, "broken.json", "[{\"question\": \"Yes?\"},\n {")
	more := file(t, "more.json", `{"question": "A?", "options": ["Yes", "No"]} {}`)
	missing := filepath.Join(t.TempDir(), "missing.json")
	s.refuses(importing(half, twice, broken, more, missing), "",
		half+`:3:25: a poll has no field "optons"`, half+":4:3: ", half+":5:3: ", half+":6:3: ",
		half+`:7:3: there is another poll of the name "lunch"`, half+":9:3: a poll is an object", half+":10:", `"question" can't be a number`,
		twice+`:1:1: the name "twice" is that of `+half+":8:3 too", broken+":1:2: ", broken+":2:", more+":1:45: there is something behind the end",
		missing, "nothing was made")
	if n := len(s.polls()); n != 2 {
		t.Errorf("%d polls are there, want the 2 from before", n)
	}
}

// Whatever bytes a file has, parse answers; and what it takes has a place in the file.
func FuzzParse(f *testing.F) {
	for _, text := range []string{`{"question":"A?","options":["Yes","No"]}`, `[{"slug":"a"},{}]`, `[`, `[1,`, "\uFEFF[]", `{"x":1}`, `[{}]x`, "", "nil"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		all, err := parse("f", raw)
		if len(all) == 0 && err == nil && !strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(string(raw), "\uFEFF")), "[") {
			t.Error("it is neither a poll nor an error")
		}
		for _, e := range all {
			if !strings.HasPrefix(e.at, "f:") {
				t.Errorf("a poll is at %q", e.at)
			}
		}
	})
}

// An import whose answer is lost is called again, and makes nothing twice.
func TestImportIsHarmlessToRepeat(t *testing.T) {
	s := newServer(t)
	polls := file(t, "polls.json", `[
  {"question": "Named?", "options": ["Yes", "No"], "slug": "named", "status": "open"},
  {"question": "Unnamed?", "options": ["Yes", "No"]},
  {"question": "Unnamed?", "options": ["Yes", "No", "Perhaps"]}
]`)
	s.wants(Import{Named: importing(polls).Named, Check: true}, "3 polls can be made")
	if n := len(s.polls()); n != 1 {
		t.Fatalf("to check has made %d polls", n-1)
	}
	s.Store.Lost.Store(true)
	s.refuses(importing(polls), "", "0 of 3 polls are made", "none twice")
	s.wants(importing(polls), "named  open", "unnamed  draft", "unnamed-2  draft")
	s.wants(importing(polls), "named  open", "unnamed  draft", "unnamed-2  draft")
	if n := len(s.polls()); n != 4 {
		t.Errorf("%d polls are there, want 4", n)
	}
	s.client = client.New(client.Config{URL: "http://localhost:1"})
	s.refuses(importing(polls), "", "can't be reached")
}

// A poll comes by the standard input, too.
func TestImportReadsTheStandardInput(t *testing.T) {
	s := newServer(t)
	out, err := s.does(importing("-"), `{"question":"In?","options":["Yes","No"]}`)
	if err != nil || !strings.HasPrefix(out, "in  draft") {
		t.Errorf("%q, %v", out, err)
	}
	s.refuses(importing("-"), "", "-:1:1: ")
}
