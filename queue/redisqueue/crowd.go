package redisqueue

import (
	"context"
	"encoding/json"
	"strconv"

	"popeye/queue"
)

// maxFronts bounds what is kept of fronts that come and go.
const maxFronts = 1000

var _ queue.Crowd = (*Queue)(nil)

// Tell implements queue.Crowd.
func (q *Queue) Tell(ctx context.Context, front string, a queue.Arrivals) error {
	raw, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = q.run(ctx, "tell of new voters", tellScript, []string{keyArrivals}, []string{front, string(raw), strconv.Itoa(maxFronts)})
	return err
}

// Arrivals implements queue.Crowd. What makes no sense is passed over.
func (q *Queue) Arrivals(ctx context.Context) (sum queue.Arrivals, err error) {
	seconds := strconv.Itoa(int(queue.ToldFor.Seconds()))
	answer, err := q.run(ctx, "ask for new voters", arrivalsScript, []string{keyArrivals}, []string{seconds})
	if err != nil || answer == nil {
		return sum, err
	}
	told, err := answer.AsStrSlice()
	if err != nil {
		return sum, unavailable("ask for new voters", err)
	}
	for _, raw := range told {
		var a queue.Arrivals
		if json.Unmarshal([]byte(raw), &a) == nil {
			sum.Add(a)
		}
	}
	return sum, nil
}
