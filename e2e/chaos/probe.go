package main

import (
	"context"
	"fmt"
	"time"

	"popeye/internal/testenv"
)

// prober measures recovery: how long it takes until a fresh vote goes all the
// way again. Its votes are in the ledger like all others.
type prober struct {
	*crowd
	witness *witness
}

// recovered casts a vote of somebody new and returns how long it took until its
// ballot was in PostgreSQL and, if watch is not nil, until that service shows it.
func (p *prober) recovered(ctx context.Context, watch *testenv.Program) (time.Duration, error) {
	began := time.Now()
	v := p.newcomer()
	v.restMost = 40 * time.Millisecond // the finer the measure
	if err := v.introduce(ctx); err != nil {
		return 0, err
	}
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, err := v.cast(bounded, probePoll, ballot{"a", `"a"`}, 1<<20)
	if err != nil {
		return 0, err
	}
	var ballots int64
	err = testenv.Until(ctx, patience, "the probe is stored", func() (err error) {
		ballots, err = p.witness.stored(ctx, probePoll, c.Voter)
		if err == nil && ballots == 0 {
			err = fmt.Errorf("there is no ballot for %s", c.ID)
		}
		return err
	})
	if err != nil || watch == nil {
		return time.Since(began), err
	}
	err = testenv.Until(ctx, patience, watch.Name()+" shows the probe", func() error {
		s, err := showing(ctx, watch, probePoll)
		if err == nil && s.Total < ballots {
			err = fmt.Errorf("it shows %d of %d", s.Total, ballots)
		}
		return err
	})
	return time.Since(began), err
}
