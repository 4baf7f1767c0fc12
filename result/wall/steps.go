package wall

import (
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/count"
	"popeye/internal/i18n"
	"popeye/internal/ui"
	"popeye/vote"
)

// Made is what a rule made of the ballots, reduced to what a room reads. The script shows
// the votes as they come, and then each step.
type Made struct {
	Winners []string   `json:"winners"`
	Order   [][]string `json:"order"` // of all options, the best first; equal ones together
	Ruled   bool       `json:"ruled"` // the figures may say something else than the order
	Seats   int        `json:"seats"`
	Steps   []Step     `json:"steps"`
	Alone   bool       `json:"alone"`  // the steps stand in place of the votes, which say something else
	First   int        `json:"first"`  // the step to begin with; 0 for the votes as they come
	Hidden  bool       `json:"hidden"` // the results are
	Told    int        `json:"told"`   // corrections and reopenings
}

// Step is one round, or what decides where a rule has no rounds.
type Step struct {
	Title string `json:"title"`
	Last  bool   `json:"last"` // it decides
	Rows  []Row  `json:"rows"` // the best first
}

// Row is an option in a step.
type Row struct {
	ID      string  `json:"id"`
	Figure  string  `json:"figure"`
	Share   string  `json:"share"`
	Reach   float64 `json:"reach"` // how far its bar goes, from 0 to 1
	Tag     string  `json:"tag"`
	Out     bool    `json:"out"`
	Elected bool    `json:"elected"`
}

// made hands that to the script.
func (w Wall) made() g.Node {
	raw, _ := json.Marshal(w.Made()) // texts and numbers: it can't fail
	return h.Div(h.ID("made"), ui.Hidden(), h.Data("made", string(raw)))
}

// Made reduces a count.
func (w Wall) Made() Made {
	m := Made{Winners: []string{}, Order: [][]string{}, Steps: []Step{}, Ruled: w.Ruled(), Seats: max(1, w.Settings.Seats), Hidden: w.Hidden, Told: len(w.Corrections) + len(w.Reopenings)}
	r := w.Count
	if r == nil {
		return m
	}
	if r.Without != nil {
		r = r.Without
	}
	if r.Voters == 0 {
		return m
	}
	m.Winners, m.Order = r.Winners, r.Order
	m.Alone = strings.HasPrefix(r.Rule, "median/")
	m.Steps = w.steps(r)
	if n := len(m.Steps); n > 0 {
		m.Steps[n-1].Last = true
		if w.Status == vote.Closed || len(r.Rounds) == 0 {
			m.First = n
		}
	}
	return m
}

// steps are the rounds of a count, or the one step of a rule whose figures are not the
// votes themselves.
func (w Wall) steps(r *count.Result) []Step {
	name, _, _ := strings.Cut(r.Rule, "/")
	switch {
	case len(r.Rounds) > 0:
		return w.rounds(r, name == "star")
	case name == "borda":
		return []Step{w.scored(r, "wall.step.points", 0, 0)}
	case name == "median":
		return []Step{w.scored(r, "wall.step.grade", w.Min, w.Max)}
	case len(r.Pairwise) > 1:
		return []Step{w.comparisons(r)}
	}
	return []Step{}
}

// rounds keeps one scale for all, so that a bar which grows has gained votes. Those of
// star count points first, then votes.
func (w Wall) rounds(r *count.Result, star bool) (steps []Step) {
	var most float64
	for _, round := range r.Rounds {
		most = max(most, largest(round.Votes))
	}
	for i, round := range r.Rounds {
		if star {
			most = largest(round.Votes)
		}
		s := Step{Title: w.Say.Text("wall.step.round", args{"Round": i + 1, "Rounds": len(r.Rounds)})}
		switch {
		case star && i == 0:
			s.Title = w.Say.Text("wall.step.points", nil)
		case star:
			s.Title = w.Say.Text("wall.step.runoff", nil)
		}
		for _, id := range inOrder(r, round.Votes) {
			row := Row{ID: id, Figure: short(w.Say, round.Votes[id]), Reach: part(round.Votes[id], most)}
			row.Elected = slices.ContainsFunc(r.Rounds[:i+1], func(r count.Round) bool { return slices.Contains(r.Elected, id) })
			row.Out = slices.Contains(round.Eliminated, id)
			switch {
			case row.Out:
				row.Tag = w.Say.Text("wall.out", nil)
			case row.Elected && r.Seats > 1:
				row.Tag = w.Say.Text("wall.elected", nil)
			}
			s.Rows = append(s.Rows, row)
		}
		steps = append(steps, s)
	}
	return steps
}

// scored shows scores on their scale, or beside the largest one.
func (w Wall) scored(r *count.Result, title string, least, most int) Step {
	s := Step{Title: w.Say.Text(title, nil)}
	from, to := float64(least), float64(most)
	if most == 0 {
		from, to = 0, largest(r.Scores)
	}
	for _, id := range inOrder(r, r.Scores) {
		s.Rows = append(s.Rows, Row{ID: id, Figure: short(w.Say, r.Scores[id]), Reach: ratio(number(r.Scores[id])-from, to-from)})
	}
	return s
}

// comparisons shows how many of the others each option beats.
func (w Wall) comparisons(r *count.Result) Step {
	others := len(r.Pairwise) - 1
	s := Step{Title: w.Say.Text("wall.step.comparisons", args{"Count": others})}
	for _, id := range slices.Concat(r.Order...) {
		wins := 0
		for other := range r.Pairwise {
			if other != id && r.Pairwise[id][other] > r.Pairwise[other][id] {
				wins++
			}
		}
		s.Rows = append(s.Rows, Row{ID: id, Figure: strconv.Itoa(wins), Reach: ratio(float64(wins), float64(others))})
	}
	return s
}

// inOrder returns the options that have an amount, the largest first, then in the order of
// the result.
func inOrder(r *count.Result, amounts map[string]string) []string {
	ids := slices.DeleteFunc(slices.Concat(r.Order...), func(id string) bool { _, in := amounts[id]; return !in })
	slices.SortStableFunc(ids, func(a, b string) int { return exact(amounts[b]).Cmp(exact(amounts[a])) })
	return ids
}

func largest(amounts map[string]string) (most float64) {
	for _, a := range amounts {
		most = max(most, number(a))
	}
	return most
}

func part(amount string, whole float64) float64 { return ratio(number(amount), whole) }

// ratio is between 0 and 1; 0 of nothing.
func ratio(n, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return min(max(n/whole, 0), 1)
}

// exact reads a decimal; 0 for what is none.
func exact(decimal string) *big.Rat {
	if n, ok := new(big.Rat).SetString(decimal); ok {
		return n
	}
	return new(big.Rat)
}

func number(decimal string) float64 {
	n, _ := exact(decimal).Float64()
	return n
}

// short writes an exact decimal as a room reads it: thousands in groups, two places.
func short(say *i18n.Printer, decimal string) string {
	return say.Decimal(strings.TrimSuffix(strings.TrimRight(exact(decimal).FloatString(2), "0"), "."))
}
