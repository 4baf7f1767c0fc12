package store

import "strings"

// Traced is news of one vote that can be read from now on: the name of its poll
// and its trace context.
func Traced(slug, traceParent string) string { return slug + " " + traceParent }

// SplitNews takes news of tallies apart. traceParent is "" if the news is only
// that the poll's tally changed.
func SplitNews(news string) (slug, traceParent string) {
	slug, traceParent, _ = strings.Cut(news, " ")
	return slug, traceParent
}

// Traced returns the news of those votes that have a trace context and that r
// does not refuse.
func (b Batch) Traced(r Report) []string {
	var news []string
	for i, e := range b.Votes {
		if e.Vote.TraceParent != "" && r.Outcomes[i] != Refused {
			news = append(news, Traced(e.Vote.Poll, e.Vote.TraceParent))
		}
	}
	return news
}
