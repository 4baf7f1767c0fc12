package vote

import (
	"slices"
	"strings"
)

// Round is another round of a poll, as an organiser writes it. What is left out is as
// in the round before.
type Round struct {
	ID       string   `json:"id,omitempty"`   // of the request, as in a Definition
	Slug     string   `json:"slug,omitempty"` // made from the question if empty
	Question string   `json:"question,omitempty"`
	Options  []string `json:"options,omitempty"` // ids of those to choose between; all that are still in the running if absent
	Status   Status   `json:"status,omitempty"`  // Draft when empty; Open opens it at once
}

// Duplicate returns a draft that asks the same again: the same words and settings, a
// lot of its own, no votes, no schedule and no history. Its slug is the caller's to
// choose. Options that withdrew are back: that was the other poll's history.
func (p Poll) Duplicate() Poll {
	return Poll{
		Question: p.Question, Kind: p.Kind, Options: slices.Clone(p.Options), Min: p.Min, Max: p.Max,
		Status: Draft, Settings: p.Settings.anew(),
	}
}

// NextRound returns a poll that asks again between some of p's options. They keep
// their ids, so that rounds can be compared. An error is an *Error.
func (p Poll) NextRound(r Round) (Poll, error) {
	ids := r.Options
	if ids == nil {
		for _, o := range p.Options {
			if !slices.Contains(p.Withdrawn, o.ID) {
				ids = append(ids, o.ID)
			}
		}
	}
	if err := p.checkRound(ids); err != nil {
		return Poll{}, err
	}
	q := p.Duplicate()
	q.Slug, q.Parent = r.Slug, p.Slug
	if r.Question != "" {
		q.Question = strings.TrimSpace(r.Question)
	}
	switch r.Status {
	case "", Draft:
	case Open:
		q.Status = Open
	default:
		return Poll{}, invalid("definition.status", Args{"Status": clip(string(r.Status))})
	}
	q.Options = slices.DeleteFunc(q.Options, func(o Option) bool { return !slices.Contains(ids, o.ID) })
	q.setMax(p)
	if q.Kind == Multiple {
		q.Max = min(q.Max, len(q.Options))
		q.Min = min(q.Min, q.Max)
	}
	q.Seats = min(max(1, q.Seats), len(q.Options)-1) // a runoff of two has one winner
	return q, validateQuestion(q.Question)
}

// checkRound wants two options or more that are still in the running, each once.
func (p Poll) checkRound(ids []string) error {
	if p.Status == Draft {
		return invalid("round.draft", nil)
	}
	for i, id := range ids {
		if _, known := p.Option(id); !known || slices.Contains(ids[:i], id) {
			return invalid("round.option", Args{"Option": clip(id)})
		}
		if slices.Contains(p.Withdrawn, id) {
			return invalid("round.withdrawn", Args{"Option": clip(id)})
		}
	}
	if len(ids) < 2 {
		return invalid("round.options", Args{"Count": len(ids)})
	}
	return nil
}
