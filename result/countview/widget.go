package countview

import (
	"cmp"
	"slices"

	g "maragu.dev/gomponents"

	"popeye/count"
	"popeye/result/countview/internal/shares"
	"popeye/vote"
)

// widget is how one kind of poll is shown: a file for each kind, widget_*.go.
type widget struct {
	// order returns the options as a page lists them.
	order func(options []count.Option) []count.Option
	// meaning says what the bars show, "" where that is plain.
	meaning func(v View) string
	// figure is an option's number, and shares what stands beside each; reach is
	// how far an option's bar goes. drawing is a second picture of an option, or nil.
	figure  func(v View, o count.Option) string
	shares  func(v View) []string
	reach   func(v View, o count.Option) string
	drawing func(v View, o count.Option) g.Node
	// columns names what only this kind has in a spreadsheet, cells are an option's.
	columns func(v View) []string
	cells   func(v View, o count.Option) []string
}

// widgets is the table of kinds.
var widgets = map[vote.Kind]widget{
	vote.Single:   singleWidget,
	vote.Multiple: multipleWidget,
	vote.Ranked:   rankedWidget,
	vote.Score:    scoreWidget,
}

// widget returns the one for a poll's kind. A kind of a newer program is shown as
// plain figures.
func (v View) widget() widget {
	if w, ok := widgets[v.Kind]; ok {
		return w
	}
	return singleWidget
}

// leading puts the options with the most votes first; equal ones stay in the poll's order.
func leading(options []count.Option) []count.Option {
	order := slices.Clone(options)
	slices.SortStableFunc(order, func(a, b count.Option) int { return cmp.Compare(b.Votes, a.Votes) })
	return order
}

func votes(v View, o count.Option) string { return v.Say.Number(o.Votes) }

// partOfMost draws an option's votes beside the most that one has: so bars are as long as
// there is room, however many options share the votes. The share is written.
func partOfMost(v View, o count.Option) string {
	most := int64(0)
	for _, other := range v.Options {
		most = max(most, other.Votes)
	}
	return shares.Width(o.Votes, most)
}

// choosers returns how many voted and did not abstain: all percentages are of them.
func (v View) choosers() int64 { return v.Total - v.Abstained }

// parts reports whether each voter gave one vote, so that the shares make a whole.
func (v View) parts() bool { return v.Kind == vote.Single || v.Kind == vote.Ranked }

// sharesOfVoters writes each option's part of them in percent.
func sharesOfVoters(v View) []string {
	votes := make([]int64, len(v.Options))
	for i, o := range v.Options {
		votes[i] = o.Votes
	}
	return shares.Percents(v.Say, votes, v.choosers(), v.parts())
}

func noDrawing(View, count.Option) g.Node { return nil }

func noColumns(View) []string { return nil }

func noCells(View, count.Option) []string { return nil }
