package countview

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/count"
	"popeye/internal/ui"
)

const (
	// A drawing of more rounds, or of more options, would be too fine to read: the tables
	// of rounds have all.
	drawnRounds, drawnOptions = 10, 20
	// flowWide, stripe and gap are the drawing's width, the height of a round, and what
	// lies between two. lettered is how wide a part has to be for its letter.
	flowWide, stripe, gap, lettered = 360.0, 20.0, 34.0, 14.0
)

// flow draws where the votes went from round to round: a stripe for each, whose parts are
// the options still in, and bands between them. Who hears the page has the tables.
func (o *outcome) flow() g.Node {
	if len(o.Rounds) < 2 || len(o.Rounds) > drawnRounds || len(o.Options) > drawnOptions || o.isStar() {
		return nil
	}
	var bands, stripes g.Group
	for i := range o.Rounds {
		y := float64(i) * (stripe + gap)
		parts := o.parts(i)
		for _, p := range parts {
			stripes = append(stripes, o.part(p, y))
		}
		if i > 0 {
			bands = append(bands, o.bands(o.parts(i-1), parts, y-gap)...)
		}
	}
	high := float64(len(o.Rounds))*(stripe+gap) - gap
	return h.SVG(h.Class("flow"), h.Aria("hidden", "true"), g.Attr("viewBox", fmt.Sprintf("0 0 %g %g", flowWide, high)), bands, stripes)
}

// share is an option's part of a stripe; that of votes without a further choice has no id.
type share struct {
	id     string
	x, wid float64
}

// parts are those of a round's stripe, in the order of the result.
func (o *outcome) parts(i int) (parts []share) {
	r := o.Rounds[i]
	all := exact(r.Exhausted)
	for _, votes := range r.Votes {
		all.Add(all, exact(votes))
	}
	if all.Sign() == 0 {
		return nil
	}
	x := 0.0
	add := func(id string, votes *big.Rat) {
		part, _ := new(big.Rat).Quo(votes, all).Float64()
		parts = append(parts, share{id, x, part * flowWide})
		x += part * flowWide
	}
	for _, id := range slices.Concat(o.Order...) {
		if votes, in := r.Votes[id]; in {
			add(id, exact(votes))
		}
	}
	add("", exact(r.Exhausted))
	return parts
}

func (o *outcome) part(p share, y float64) g.Node {
	return g.Group{
		g.El("rect", h.Class(o.tone(p.id)), number("x", p.x), number("y", y), number("width", max(0, p.wid-1)), number("height", stripe)),
		g.If(p.id != "" && p.wid >= lettered, g.El("text", h.Class(o.tone(p.id)), number("x", p.x+p.wid/2), number("y", y+stripe*.7),
			g.Text(o.letter(p.id)))),
	}
}

// bands are the votes that stayed, and if one option alone lost votes where those went:
// of several nobody can tell.
func (o *outcome) bands(above, below []share, y float64) (bands g.Group) {
	var lost []share
	for _, from := range above {
		to, kept := find(below, from.id), from.wid
		if kept > to.wid {
			kept = to.wid
			lost = append(lost, share{from.id, from.x + kept, from.wid - kept})
		}
		bands = append(bands, o.band(from.id, from.x, to.x, kept, y))
	}
	if len(lost) != 1 {
		return bands
	}
	x := lost[0].x
	for _, to := range below {
		if won := to.wid - find(above, to.id).wid; won > 0 {
			bands = append(bands, o.band(lost[0].id, x, to.x+to.wid-won, won, y))
			x += won
		}
	}
	return bands
}

func (o *outcome) band(id string, from, to, wide, y float64) g.Node {
	if wide < .05 {
		return nil
	}
	half, end := y+gap/2, y+gap
	return g.El("path", h.Class(o.tone(id)), g.Attr("d", fmt.Sprintf("M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1fH%.1fC%.1f %.1f %.1f %.1f %.1f %.1fZ",
		from, y, from, half, to, half, to, end, to+wide, to+wide, half, from+wide, half, from+wide, y)))
}

func find(parts []share, id string) share {
	if i := slices.IndexFunc(parts, func(p share) bool { return p.id == id }); i >= 0 {
		return parts[i]
	}
	return share{}
}

// tone tells the winners and the votes without a further choice from the others.
func (o *outcome) tone(id string) string {
	switch {
	case id == "":
		return "rest"
	case slices.Contains(o.Winners, id):
		return "won"
	}
	return "other"
}

func number(name string, n float64) g.Node { return g.Attr(name, strconv.FormatFloat(n, 'f', 1, 64)) }

// wentTo says where the votes went that one option lost after the round before.
func (o *outcome) wentTo(i int) g.Node {
	if i == 0 || o.isStar() {
		return nil
	}
	before, now := o.Rounds[i-1], o.Rounds[i]
	var from []string
	var to g.Group
	add := func(name g.Node, was, is string) {
		if by := change(o.say, was, is); strings.HasPrefix(by, "+") {
			to = append(to, h.Li(name, g.Text(" "), h.B(g.Text(by))))
		}
	}
	for _, id := range o.byVotes(before) {
		if exact(before.Votes[id]).Cmp(exact(now.Votes[id])) > 0 {
			from = append(from, id)
		}
	}
	for _, id := range o.byVotes(now) {
		add(ui.Words(o.label(id)), before.Votes[id], now.Votes[id])
	}
	add(g.Text(o.say.Text("result.rounds.exhausted", nil)), before.Exhausted, now.Exhausted)
	if len(from) != 1 || len(to) == 0 {
		return nil
	}
	return g.Group{
		h.P(h.Class("small"), ui.Sentence(o.say, "result.rounds.went", args{"Option": ui.Words(o.label(from[0]))})),
		h.Ul(h.Class("went cluster small"), h.Role("list"), to),
	}
}

// letter is an option's mark, the same as beside its bar.
func (o *outcome) letter(id string) string {
	return letter(slices.IndexFunc(o.poll, func(option count.Option) bool { return option.ID == id }))
}
