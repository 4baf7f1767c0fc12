package definition

import (
	"errors"
	"time"

	"popeye/vote"
)

// tea is a poll of the given kind with options a to d: multiple takes 2 or 3 of
// them, score gives 1 to 5 points.
func tea(kind vote.Kind) vote.Poll {
	p := vote.Poll{
		Slug: "tea", Question: "Which tea?", Kind: kind, Status: vote.Open,
		Options: []vote.Option{{ID: "a", Label: "Assam"}, {ID: "b", Label: "Bancha"}, {ID: "c", Label: "Ceylon"}, {ID: "d", Label: "Darjeeling"}},
	}
	switch kind {
	case vote.Multiple:
		p.Min, p.Max = 2, 3
	case vote.Score:
		p.Min, p.Max = 1, 5
	case vote.Single, vote.Ranked:
	}
	return p
}

// broke reports whether err is an Error of that code.
func broke(err error, code string) bool {
	var e *vote.Error
	return errors.As(err, &e) && e.Code == code && errors.Is(err, vote.ErrInvalid)
}

// Moments of the schedules below: an hour and a microsecond around noon.
var (
	noon   = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	never  = time.Time{}
	past   = noon.Add(-time.Hour)
	soon   = noon.Add(time.Microsecond)
	future = noon.Add(time.Hour)
)

// timed is a poll with a schedule.
func timed(s vote.Status, opens, closes time.Time) vote.Poll {
	p := tea(vote.Single)
	p.Status, p.OpensAt, p.ClosesAt = s, opens, closes
	return p
}
