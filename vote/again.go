package vote

import "slices"

// Duplicate returns a draft that asks the same again: the same words and settings, a
// lot of its own, no votes, no schedule and no history. Its slug is the caller's to
// choose. Options that withdrew are back: that was the other poll's history.
func (p Poll) Duplicate() Poll {
	q := Poll{
		Question: p.Question, Kind: p.Kind, Options: slices.Clone(p.Options), Min: p.Min, Max: p.Max,
		Status: Draft, Settings: p.Settings.anew(),
	}
	return q
}

// NextRound returns a draft that asks again between some of p's options, named by
// their ids; for nil, all that have not withdrawn. They keep their ids, so that
// rounds can be compared. An error is an *Error.
func (p Poll) NextRound(ids []string) (Poll, error) {
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
	q.Parent = p.Slug
	q.Options = slices.DeleteFunc(q.Options, func(o Option) bool { return !slices.Contains(ids, o.ID) })
	q.setMax(p)
	if q.Kind == Multiple {
		q.Max = min(q.Max, len(q.Options))
		q.Min = min(q.Min, q.Max)
	}
	q.Seats = min(max(1, q.Seats), len(q.Options)-1) // a runoff of two has one winner
	return q, nil
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
