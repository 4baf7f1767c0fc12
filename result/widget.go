package result

import (
	"cmp"
	"slices"

	g "maragu.dev/gomponents"

	"popeye/count"
	"popeye/internal/ui"
	"popeye/vote"
)

// widget is how one kind of poll is shown: a file for each kind, widget_*.go.
type widget struct {
	// order returns the options as a page lists them that shows the first most.
	order func(options []count.Option, most int) []count.Option
	// meaning says what the bars show, "" where that is plain.
	meaning func(v view) string
	// figure is an option's number, and shares what stands beside each; reach is
	// how far an option's bar goes. drawing is a second picture of an option, or nil.
	figure  func(o count.Option) string
	shares  func(v view) []string
	reach   func(r results, o count.Option) string
	drawing func(v view, o count.Option) g.Node
	// columns names what only this kind has in a spreadsheet, cells are an option's.
	columns func(r results) []string
	cells   func(r results, o count.Option) []string
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
func (r results) widget() widget {
	if w, ok := widgets[r.Kind]; ok {
		return w
	}
	return singleWidget
}

// leading keeps the poll's order, or puts the options with the most votes first
// where not all are shown.
func leading(options []count.Option, most int) []count.Option {
	if len(options) <= most {
		return options
	}
	order := slices.Clone(options)
	slices.SortStableFunc(order, func(a, b count.Option) int { return cmp.Compare(b.Votes, a.Votes) })
	return order
}

func votes(o count.Option) string { return ui.Grouped(o.Votes) }

// partOfVoters draws an option's part of all who chose something.
func partOfVoters(r results, o count.Option) string { return width(o.Votes, r.choosers()) }

// choosers returns how many voted and did not abstain: all percentages are of them.
func (r results) choosers() int64 { return r.Total - r.Abstained }

// sharesOfVoters writes that part in percent. parts is whether each voter gave one
// vote, so that the parts make a whole.
func sharesOfVoters(parts bool) func(v view) []string {
	return func(v view) []string {
		votes := make([]int64, len(v.Options))
		for i, o := range v.Options {
			votes[i] = o.Votes
		}
		return percents(votes, v.choosers(), parts)
	}
}

func noDrawing(view, count.Option) g.Node { return nil }

func noColumns(results) []string { return nil }

func noCells(results, count.Option) []string { return nil }
