package wall

import (
	"bytes"
	"strings"
	"testing"

	"popeye/count"
	"popeye/internal/i18n"
	"popeye/result/audience"
	"popeye/result/countview"
	"popeye/vote"
)

// counted is a wall of a poll with a count.
func counted(status vote.Status, r count.Result) Wall {
	r.Options = []vote.Option{{ID: "a", Label: "Pizza"}, {ID: "b", Label: "Sushi"}, {ID: "c", Label: "Salad"}}
	var results audience.Results
	results.Status, results.Count = status, &r
	results.Min, results.Max = 0, 5
	return Wall{View: countview.View{Say: i18n.English, Results: results}}
}

// runoff is a count in two rounds.
var runoff = count.Result{
	Rule: "irv/1", Seats: 1, Voters: 10, Winners: []string{"b"}, Order: [][]string{{"b"}, {"a"}, {"c"}},
	Rounds: []count.Round{
		{Votes: map[string]string{"a": "4", "b": "3", "c": "3"}, Eliminated: []string{"c"}},
		{Votes: map[string]string{"a": "4", "b": "6"}, Elected: []string{"b"}},
	},
}

func TestRoundsAreStepsOnOneScale(t *testing.T) {
	m := counted(vote.Open, runoff).Made()
	if len(m.Steps) != 2 || m.First != 0 || m.Steps[0].Last || !m.Steps[1].Last {
		t.Fatalf("%+v", m)
	}
	first, last := m.Steps[0], m.Steps[1]
	if first.Title != "Round 1 of 2" || first.Rows[0].ID != "a" || first.Rows[0].Reach != 4.0/6 {
		t.Errorf("the largest of all rounds is the whole of each: %+v", first)
	}
	if out := first.Rows[2]; out.ID != "c" || !out.Out || out.Tag != "out" {
		t.Errorf("who goes out is marked: %+v", out)
	}
	if len(last.Rows) != 2 || last.Rows[0].ID != "b" || last.Rows[0].Reach != 1 || last.Rows[0].Figure != "6" {
		t.Errorf("%+v", last)
	}
	if m := counted(vote.Closed, runoff).Made(); m.First != 2 {
		t.Errorf("a closed poll begins with its end: %d", m.First)
	}
}

func TestRulesWithoutRoundsHaveOneStep(t *testing.T) {
	order := [][]string{{"b"}, {"a", "c"}}
	for name, c := range map[string]struct {
		r     count.Result
		title string
		top   Row
	}{
		"borda":  {count.Result{Rule: "borda/1", Scores: map[string]string{"a": "2", "b": "4.5", "c": "2"}}, "Points", Row{ID: "b", Figure: "4.5", Reach: 1}},
		"median": {count.Result{Rule: "median/1", Scores: map[string]string{"a": "1", "b": "4", "c": "1"}}, "Median grade", Row{ID: "b", Figure: "4", Reach: 0.8}},
		"schulze": {count.Result{Rule: "schulze/1", Pairwise: map[string]map[string]int64{
			"a": {"b": 1, "c": 2}, "b": {"a": 3, "c": 3}, "c": {"a": 2, "b": 1},
		}}, "Wins against the 2 other options", Row{ID: "b", Figure: "2", Reach: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			c.r.Voters, c.r.Winners, c.r.Order = 4, []string{"b"}, order
			m := counted(vote.Open, c.r).Made()
			if len(m.Steps) != 1 || m.First != 1 || m.Steps[0].Title != c.title || m.Steps[0].Rows[0] != c.top {
				t.Errorf("%+v", m)
			}
		})
	}
}

func TestQuorumMayChangeTheOrder(t *testing.T) {
	for quorum, ruled := range map[int64]bool{0: false, 2: true} {
		w := counted(vote.Open, count.Result{Rule: "score/1", Voters: 3, Winners: []string{"b"}, Order: [][]string{{"b"}, {"c"}, {"a"}}})
		w.Kind, w.Settings.Rule, w.Settings.Quorum = vote.Score, "score/1", quorum
		if m := w.Made(); m.Ruled != ruled || len(m.Steps) != 0 {
			t.Errorf("quorum %d: %+v", quorum, m)
		}
	}
}

func TestVotesAloneNeedNoStep(t *testing.T) {
	m := counted(vote.Closed, count.Result{Rule: "plurality/1", Voters: 3, Winners: []string{"a"}, Order: [][]string{{"a"}, {"b", "c"}}}).Made()
	if len(m.Steps) != 0 || m.First != 0 || m.Winners[0] != "a" {
		t.Errorf("%+v", m)
	}
	hidden := counted(vote.Open, runoff)
	hidden.Count, hidden.Hidden = nil, true
	if m := hidden.Made(); len(m.Steps)+len(m.Winners) != 0 || !m.Hidden {
		t.Errorf("a hidden count is told: %+v", m)
	}
}

// Without those that have withdrawn a count is another one: that is what counts.
func TestStepsAreThoseOfTheCountThatDecides(t *testing.T) {
	full := runoff
	full.Without = &count.Result{Rule: "irv/1", Voters: 10, Winners: []string{"a"}, Order: [][]string{{"a"}, {"b"}}, Rounds: runoff.Rounds[1:]}
	if m := counted(vote.Closed, full).Made(); len(m.Steps) != 1 || m.Winners[0] != "a" {
		t.Errorf("%+v", m)
	}
}

func TestAmountsAreAsARoomReadsThem(t *testing.T) {
	for exact, want := range map[string]string{"12": "12", "1203.45000": "1,203.45", "0.33333": "0.33", "7.50000": "7.5", "": "0", "-2": "-2"} {
		if got := short(i18n.English, exact); got != want {
			t.Errorf("%s: %s, want %s", exact, got, want)
		}
	}
}

func TestJoinSaysWhatIsTyped(t *testing.T) {
	for name, c := range map[string]struct {
		join Join
		want []string
		not  []string
	}{
		"a code": {
			Join{"https://vote.example.org/p/lunch", "482913", true},
			[]string{"<span>vote.example.org</span></strong>", "<span>482</span><span>913</span>", "type the code", `class="qr"`},
			[]string{"/p/lunch", ">https://"},
		},
		"none":                  {Join{"http://192.0.2.7:5000/p/lunch", "", true}, []string{"<span>192.0.2.7:5000</span><wbr><span>/p/lunch</span>", "Vote at"}, []string{">http://", "type the code"}},
		"phones can't reach it": {Join{"http://localhost:5000/", "", false}, []string{"<span>localhost:5000</span></strong>", "Phones can’t reach"}, []string{"<svg", `class="qr"`}},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := c.join.node(i18n.English, true).Render(&b); err != nil {
				t.Fatal(err)
			}
			for _, w := range c.want {
				if !strings.Contains(b.String(), w) {
					t.Errorf("no %q in %s", w, b.String())
				}
			}
			for _, w := range c.not {
				if strings.Contains(b.String(), w) {
					t.Errorf("%q in %s", w, b.String())
				}
			}
		})
	}
}

// A QR code draws nothing rather than fail where an address is too long for one.
func TestQRCodeOfAnAddressThatIsTooLong(t *testing.T) {
	if QRCode(i18n.English, "https://vote.example.org/"+strings.Repeat("x", 5000)) != nil {
		t.Error("there is a code")
	}
	if QRCode(i18n.English, "https://vote.example.org/p/lunch") == nil {
		t.Error("there is none")
	}
}

func TestThemeOfKnowsTwo(t *testing.T) {
	for query, want := range map[string]string{"dark": "dark", "light": "light", "": "", `"><script>`: "", "auto": ""} {
		if got := ThemeOf(query); got != want {
			t.Errorf("%q: %q", query, got)
		}
	}
}
