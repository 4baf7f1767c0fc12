package load

import (
	"encoding/json"
	"math/rand/v2"
	"slices"

	"popeye/api"
	"popeye/vote"
)

// ballots draws so many different ballots of a poll, as a voter of the API sends them.
func ballots(p api.Poll, many int) ([][]byte, error) {
	drawn := make([][]byte, many)
	for i := range drawn {
		raw, err := json.Marshal(draw(p))
		if err != nil {
			return nil, err
		}
		drawn[i] = raw
	}
	return drawn, nil
}

// draw is one ballot: what the API takes in "vote".
func draw(p api.Poll) any {
	var ids []string
	for _, o := range p.Options {
		if !slices.Contains(p.Withdrawn, o.ID) {
			ids = append(ids, o.ID)
		}
	}
	rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	switch p.Kind {
	case vote.Multiple:
		least, most := max(1, p.Min), min(len(ids), max(1, p.Max))
		return ids[:least+rand.IntN(max(1, most-least+1))]
	case vote.Ranked:
		return ids[:1+rand.IntN(len(ids))]
	case vote.Score:
		points := map[string]int{}
		for _, id := range ids {
			points[id] = p.Min + rand.IntN(p.Max-p.Min+1)
		}
		return points
	default:
		return ids[0]
	}
}
