package definition

import (
	"slices"
	"strings"

	"popeye/vote"
)

// Round is another round of a poll, as an organiser writes it. What is left out is as
// in the round before.
type Round struct {
	ID       string      `json:"id,omitempty"`   // of the request, as in a Definition
	Slug     string      `json:"slug,omitempty"` // made from the question if empty
	Question string      `json:"question,omitempty"`
	Options  []string    `json:"options,omitempty"` // ids of those to choose between; all that are still in the running if absent
	Status   vote.Status `json:"status,omitempty"`  // Draft when empty; Open opens it at once
}

// Duplicate returns a draft that asks the same again: the same words and settings, a
// lot of its own, no votes, no schedule and no history. Its slug is the caller's to
// choose. Options that withdrew are back: that was the other poll's history.
func Duplicate(p vote.Poll) vote.Poll {
	return vote.Poll{
		Question: p.Question, Kind: p.Kind, Options: slices.Clone(p.Options), Min: p.Min, Max: p.Max,
		Status: vote.Draft, Settings: p.Settings.Anew(),
	}
}

// NextRound returns a poll that asks again between some of p's options. They keep
// their ids, so that rounds can be compared. An error is an *Error.
func NextRound(p vote.Poll, r Round) (vote.Poll, error) {
	ids := r.Options
	if ids == nil {
		for _, o := range p.Options {
			if !slices.Contains(p.Withdrawn, o.ID) {
				ids = append(ids, o.ID)
			}
		}
	}
	if err := checkRound(p, ids); err != nil {
		return vote.Poll{}, err
	}
	q := Duplicate(p)
	q.Slug, q.Parent = r.Slug, p.Slug
	if r.Question != "" {
		q.Question = strings.TrimSpace(r.Question)
	}
	switch r.Status {
	case "", vote.Draft:
	case vote.Open:
		q.Status = vote.Open
	default:
		return vote.Poll{}, vote.Refuse("definition.status", vote.Args{"Status": vote.Clip(string(r.Status))})
	}
	q.Options = slices.DeleteFunc(q.Options, func(o vote.Option) bool { return !slices.Contains(ids, o.ID) })
	setMax(&q, p)
	if q.Kind == vote.Multiple {
		q.Max = min(q.Max, len(q.Options))
		q.Min = min(q.Min, q.Max)
	}
	q.Seats = min(max(1, q.Seats), len(q.Options)-1) // a runoff of two has one winner
	return q, validateQuestion(q.Question)
}

// checkRound wants two options or more that are still in the running, each once.
func checkRound(p vote.Poll, ids []string) error {
	if p.Status == vote.Draft {
		return vote.Refuse("round.draft", nil)
	}
	for i, id := range ids {
		if _, known := p.Option(id); !known || slices.Contains(ids[:i], id) {
			return vote.Refuse("round.option", vote.Args{"Option": vote.Clip(id)})
		}
		if slices.Contains(p.Withdrawn, id) {
			return vote.Refuse("round.withdrawn", vote.Args{"Option": vote.Clip(id)})
		}
	}
	if len(ids) < 2 {
		return vote.Refuse("round.options", vote.Args{"Count": len(ids)})
	}
	return nil
}
