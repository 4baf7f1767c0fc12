package ballotpage

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/vote"
)

// Each option has a list of places. static/ranked.js shows them as two zones, what is
// ranked and what is not, and fills the lists in.
var rankedWidget = widget{
	advice: rankedAdvice,
	option: places,
	send:   "voting.send_ranking",
	sent:   func(v View, id string) int { return sentNumber(v, rankField(id)) },
	recorded: func(v View, m vote.Mark) g.Node {
		return v.around("voting.recorded.place", label(v, m), map[string]any{"Place": m.N})
	},
	words: []string{
		"voting.ranked.yours", "voting.ranked.others", "voting.script.ranked", "voting.script.add", "voting.script.take_out", "voting.script.up",
		"voting.script.down", "voting.script.level", "voting.script.now_at", "voting.script.now_out", "voting.script.none_ranked",
	},
}

func rankedAdvice(v View) g.Node {
	plain, tap := "voting.advice.ranked", "voting.advice.ranked_tap"
	if v.Poll.EqualRanks {
		plain, tap = "voting.advice.ranked_equal", "voting.advice.ranked_tap_equal"
	}
	return g.Group{
		g.If(v.Poll.EqualRanks, h.Data("level", "true")),
		h.Span(h.Class("plain-only"), g.Text(v.Say.Text(plain, nil))),
		h.Span(h.Class("script-only"), g.Text(v.Say.Text(tap, nil))),
	}
}

func places(v View, o vote.Option, mark g.Node) g.Node {
	chosen := v.number(o.ID)
	var numbers g.Group
	for n := 1; n <= len(v.Poll.Options); n++ {
		numbers = append(numbers, h.Option(h.Value(strconv.Itoa(n)), g.If(n == chosen, h.Selected()), g.Text(strconv.Itoa(n))))
	}
	return h.Div(h.Class("option"),
		mark, v.text(o),
		h.Select(h.Name(rankField(o.ID)), v.of("voting.place", o), v.described(o), h.Option(h.Value(""), g.Text("–")), numbers),
	)
}

func rankField(id string) string { return "rank-" + id }
