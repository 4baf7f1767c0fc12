// Package countview is what a count looks like. What enters are results that may be
// shown, of package audience, and a language; what leaves are parts of a page, and the
// columns of a spreadsheet. All of it is pure: it reads no store, no clock, no request.
//
// bars.go shows each option with its figure, widget_*.go what differs between kinds of
// polls, outcome.go who wins; counting.go, rounds.go and pairs.go how that came about.
package countview

import (
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/count"
	"popeye/internal/i18n"
	"popeye/result/audience"
	"popeye/vote"
)

// args fill the gaps of a message.
type args = map[string]any

// maxCells is how many cells of rounds, or of pairs, a page has room for.
const maxCells = 2500

// View is a poll's results, for people to read.
type View struct {
	Say *i18n.Printer
	audience.Results
	Most  int // so many options have room; all if 0
	Pause int // seconds until the page may look again at what the rule makes of the ballots
}

// most is how many options are shown: the first in the order of their widget.
func (v View) most() int {
	if v.Most > 0 {
		return v.Most
	}
	return vote.MaxOptions
}

// Winners says who wins, and how ties between winners and others were decided.
// static/result.js asks for it again, and for Counting, when the count has changed.
func (v View) Winners() g.Node {
	return h.Div(h.ID("winners"),
		h.Data("seq", strconv.FormatInt(v.Seq, 10)), h.Data("status", string(v.Status)),
		h.Data("pause", strconv.Itoa(v.Pause)), h.Data("withdrawn", strings.Join(v.Settings.Withdrawn, ",")), h.Data("lead", v.ruledLead()), h.Data("lead-by", v.leadBy()),
		h.Data("order", strings.Join(v.ruledOrder(), " ")), h.Data("grades", v.gradesInOrder()),
		v.whoWins())
}

// Cells is about how many figures the page shows of a count; 0 of nil.
func Cells(r *count.Result) (cells int) {
	for ; r != nil; r = r.Without {
		cells += 2*len(r.Options) + min(maxCells, len(r.Pairwise)*len(r.Pairwise))
		for _, round := range r.Rounds {
			cells += len(round.Votes)
		}
	}
	return cells
}

// Columns names what only this kind of poll has in a spreadsheet.
func (v View) Columns() []string { return v.widget().columns(v) }

// Row are an option's cells in those columns.
func (v View) Row(o count.Option) []string { return v.widget().cells(v, o) }

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
