package countview

import (
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/count"
	"popeye/internal/ui"
	"popeye/vote"
)

// shownOrder is how many options an order has that is shown without a click.
const shownOrder = 12

// Counting shows how the winners came about: the rule, the order of all options, and
// whatever the rule has to show. A fold that has an id stays open, or shut, when the
// page asks for it again.
func (v View) Counting() g.Node {
	o := v.headline()
	return h.Section(h.ID("counting"),
		h.H2(g.Text(v.Say.Text("result.counting.title", nil))),
		h.P(ui.CountedBy(v.Say, v.Settings.Rule, v.Settings.Seats), v.quorum()),
		g.Iff(o != nil && o.Voters > 0, func() g.Node { return o.details("") }),
		g.Iff(o != nil && o.Voters > 0 && v.Count.Without != nil, func() g.Node {
			full := v.outcome(v.Count)
			return h.Details(h.ID("full"), h.Summary(g.Text(v.Say.Text("result.withdrawn.full", nil))),
				h.P(h.Class("winner"), full.winner()), full.details("full-"))
		}),
		g.Iff(v.Status != vote.Draft, v.lot),
	)
}

// quorum says which options come last for want of ratings.
func (v View) quorum() g.Node {
	if v.Settings.Quorum == 0 {
		return nil
	}
	return g.Text(" " + v.Say.Text("result.counting.quorum", args{"Count": v.Settings.Quorum}))
}

// details are those of one count. id begins the ids of its folds.
func (o *outcome) details(id string) g.Node {
	return g.Group{o.order(id), o.otherTies(), o.rounds(id), o.pairs(id)}
}

// order lists all options, the best first.
func (o *outcome) order(id string) g.Node {
	var places g.Group
	place := 1
	for _, equal := range o.Order {
		names := o.list(equal)
		if len(equal) > 1 {
			names = ui.Sentence(o.say, "result.order.equal", args{"Options": names})
		}
		places = append(places, h.Li(h.Value(strconv.Itoa(place)), names, o.amounts(equal[0])))
		place += len(equal)
	}
	return h.Details(h.ID(id+"order"), g.If(len(o.Options) <= shownOrder, g.Attr("open")),
		h.Summary(g.Text(o.say.Text("result.order.title", nil))), h.Ol(h.Class("order"), places))
}

// amounts says what put an option at its place, where its bar does not.
func (o *outcome) amounts(id string) g.Node {
	name, _, _ := strings.Cut(o.Rule, "/")
	var text string
	switch name {
	case "borda", "star":
		text = o.say.Text("result.order.points", args{"Points": amount(o.Scores[id]), "Count": plural(o.Scores[id])})
	case "median":
		text = o.say.Text("result.order.grade", args{"Points": o.Scores[id]})
	case "score":
		if n := o.Raters[id]; n > 0 {
			text = o.say.Text("result.order.mean", args{"Mean": exact(o.Means[id]).FloatString(2), "Count": n, "Number": ui.Grouped(n), "Points": amount(o.Scores[id])})
		} else {
			text = o.say.Text("result.ratings.none", nil)
		}
	default:
		return nil
	}
	return g.Group{g.Text(" "), h.Span(h.Class("quiet"), g.Text(text))}
}

// otherTies tells the ties that are neither beside the winner nor in a round.
func (o *outcome) otherTies() g.Node {
	return g.Map(o.Ties, func(t count.Tie) g.Node {
		if t.Round > 0 || o.hasWinner(t) {
			return nil
		}
		return h.P(h.Class("small"), o.tie(t))
	})
}

// lot shows the order of the lot and where it comes from, before anybody has voted too.
func (v View) lot() g.Node {
	options := make([]vote.Option, len(v.Options))
	for i, o := range v.Options {
		options[i] = o.Option
	}
	drawn := count.Election{Options: options}.WithLot(v.Settings.LotSeed).Lot
	why := g.Text(v.Say.Text("result.lot.options", nil))
	if seed := v.Settings.LotSeed; seed != "" {
		why = ui.Sentence(v.Say, "result.lot.seed", args{"Seed": h.Code(g.Text(seed))})
	}
	return h.Details(h.ID("lot"), h.Summary(g.Text(v.Say.Text("result.lot.title", nil))), h.P(why),
		h.Ol(g.Map(drawn, func(place int) g.Node { return h.Li(ui.Words(options[place].Label)) })))
}

// plural is a number that has the plural of an exact decimal.
func plural(decimal string) int {
	if n, err := strconv.Atoi(decimal); err == nil {
		return n
	}
	return 2
}

// amount groups the thousands of an exact decimal.
func amount(decimal string) string {
	whole, fraction, cut := strings.Cut(decimal, ".")
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil && whole != "-0" {
		whole = ui.Grouped(n)
	}
	if cut {
		return whole + "." + fraction
	}
	return whole
}

// tag marks an option that has withdrawn.
func (v View) tag(o vote.Option) g.Node {
	for _, id := range v.Settings.Withdrawn {
		if id == o.ID {
			return h.Span(h.Class("tag"), g.Text(v.Say.Text("result.withdrawn.label", nil)))
		}
	}
	return nil
}
