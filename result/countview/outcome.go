package countview

import (
	"slices"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/count"
	"popeye/internal/i18n"
	"popeye/internal/ui"
	"popeye/vote"
)

// outcome is what a poll's rule made of its ballots, for people to read.
type outcome struct {
	say *i18n.Printer
	*count.Result
	open bool           // votes may still come
	poll []count.Option // all of the poll: Options may lack those that have withdrawn
}

// headline returns the count that decides: without the options that have withdrawn, if
// any have. Nil without a count: of a draft, or if results are hidden.
func (v View) headline() *outcome {
	switch {
	case v.Count == nil:
		return nil
	case v.Count.Without != nil:
		return v.outcome(v.Count.Without)
	}
	return v.outcome(v.Count)
}

// outcome is r for people to read; nil of nil.
func (v View) outcome(r *count.Result) *outcome {
	if r == nil {
		return nil
	}
	return &outcome{say: v.Say, Result: r, open: v.Status != vote.Closed, poll: v.Options}
}

func (v View) whoWins() g.Node {
	o := v.headline()
	switch {
	case o == nil || o.Voters == 0 && o.open:
		return nil
	case o.Voters == 0:
		return h.P(g.Text(v.Say.Text("result.winner.none", nil)))
	}
	return g.Group{
		h.P(h.Class("winner"), o.winner()),
		g.Iff(v.Count.Without != nil, func() g.Node { return h.P(h.Class("small"), v.withdrawal()) }),
		g.Map(o.winnersTies(), func(t count.Tie) g.Node { return h.P(h.Class("small tie"), o.tie(t)) }),
		g.If(o.lotsOnTheWay() > 0, h.P(h.Class("small tie"), g.Text(v.Say.Text("result.tie.on_the_way", args{"Count": o.lotsOnTheWay()})))),
	}
}

func (o *outcome) winner() g.Node {
	names := h.Strong(o.list(o.Winners))
	if o.open {
		return ui.Sentence(o.say, "result.winner.so_far", args{"Options": names})
	}
	return ui.Sentence(o.say, "result.winner", args{"Options": names, "Count": o.Seats})
}

// withdrawal says which options are not counted, and who would win if they were.
func (v View) withdrawal() g.Node {
	full := v.outcome(v.Count)
	return ui.Sentence(v.Say, "result.withdrawn.winner", args{"Options": full.list(v.Count.Withdrawn), "Winners": full.list(v.Count.Winners)})
}

// winnersTies returns the ties that a winner was part of.
func (o *outcome) winnersTies() []count.Tie {
	return slices.DeleteFunc(slices.Clone(o.Ties), func(t count.Tie) bool { return !o.hasWinner(t) })
}

// lotsOnTheWay returns how many others the lot decided.
func (o *outcome) lotsOnTheWay() (n int) {
	for _, t := range o.Ties {
		if t.By == count.ByLot && !o.hasWinner(t) {
			n++
		}
	}
	return n
}

func (o *outcome) hasWinner(t count.Tie) bool {
	return slices.ContainsFunc(t.Options, func(id string) bool { return slices.Contains(o.Winners, id) })
}

// breakers are the messages for what breaks a tie. One that is not here is named as the
// rule names it.
var breakers = map[string]string{
	count.ByPreviousRounds: "result.tie.by.previous_rounds",
	count.ByMatches:        "result.tie.by.head_to_head",
	count.ByTotal:          "result.tie.by.total",
	count.ByHighest:        "result.tie.by.highest",
	count.ByMajorityValue:  "result.tie.by.majority",
	count.ByRaters:         "result.tie.by.raters",
}

// tie says which options were equal, and what decided between them.
func (o *outcome) tie(t count.Tie) g.Node {
	if t.By == count.ByLot {
		drawn := slices.DeleteFunc(slices.Clone(o.Lot), func(id string) bool { return !slices.Contains(t.Options, id) })
		return ui.Sentence(o.say, "result.tie.lot", args{"Options": o.list(t.Options), "Lot": o.joined(drawn, "result.list.separator")})
	}
	by := t.By
	if code := breakers[by]; code != "" {
		by = o.say.Text(code, nil)
	}
	return ui.Sentence(o.say, "result.tie.other", args{"Options": o.list(t.Options), "By": by})
}

// label names an option.
func (o *outcome) label(id string) string {
	i := slices.IndexFunc(o.Options, func(option vote.Option) bool { return option.ID == id })
	if i < 0 {
		return id
	}
	return o.Options[i].Label
}

// list names options: A, B and C.
func (o *outcome) list(ids []string) g.Node { return o.joined(ids, "result.list.last") }

// joined names options, with a message before the last of them.
func (o *outcome) joined(ids []string, last string) g.Node {
	var names g.Group
	for i, id := range ids {
		switch {
		case i > 0 && i == len(ids)-1:
			names = append(names, g.Text(o.say.Text(last, nil)))
		case i > 0:
			names = append(names, g.Text(o.say.Text("result.list.separator", nil)))
		}
		names = append(names, ui.Words(o.label(id)))
	}
	return names
}
