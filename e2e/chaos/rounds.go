package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"popeye/api"
	"popeye/client"
	"popeye/count"
	"popeye/e2e/chaos/judge"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// After each closing two rounds begin. One is of the storm's poll, under a name of its
// own. The other takes the name of another poll, in which people go on voting: each
// vote belongs to the poll whose words its voter was shown. The judge knows a round by
// its question, whatever name it has.

// againAsks is what the poll that gives its name away asks the nth time.
func againAsks(n int) api.NewPoll {
	var labels []string
	for c := 'A'; c <= 'Z'; c++ {
		labels = append(labels, string(c))
	}
	d := people.OpenPoll(againPoll, fmt.Sprintf("And the %dth time?", n), labels...)
	d.ID = d.Question
	return d
}

// begin begins both rounds, and lets somebody vote in each.
func (o *organiser) begin(ctx context.Context) error {
	n := len(o.rounds)/2 + 1
	next := api.NewRound{Slug: fmt.Sprintf("%s-%d", stormPoll, n), Question: fmt.Sprintf("In which order, round %d?", n), Status: vote.Open}
	next.ID = next.Slug
	var made, taken api.OwnPoll
	err := o.surely(ctx, "begin a round", func(ctx context.Context, at people.Organiser) (err error) {
		made, err = at.NewRound(ctx, stormPoll, next)
		return err
	})
	if err != nil {
		return err
	}
	// The round before closed the storm's poll, which goes on all the same.
	err = o.surely(ctx, "open the poll again", func(ctx context.Context, at people.Organiser) error {
		_, err := at.OpenPoll(ctx, stormPoll)
		return err
	})
	if err != nil {
		return err
	}
	_, err = o.request(ctx, "give a name away", func(ctx context.Context, at people.Organiser) (err error) {
		taken, err = at.ReplacePoll(ctx, againPoll, againAsks(n))
		return err
	})
	if err != nil {
		return err
	}
	o.rounds = append(o.rounds, made.Question, taken.Question)
	if err := o.votesIn(ctx, made, rankings(o.chance, 3)); err != nil {
		return err
	}
	return o.votesIn(ctx, taken, single(o.chance))
}

// votesIn lets somebody vote in a round. They go on, while the next one begins, until
// they have said everything or are told that it is over.
func (o *organiser) votesIn(ctx context.Context, p api.OwnPoll, choices []ballot) error {
	err := testenv.Until(ctx, patience, "the round is known to the voting fronts", func() error {
		for _, s := range o.crowd.sites {
			shown, err := client.New(client.Config{URL: s.url, Transport: o.crowd.network, Timeout: askTimeout}).Poll(ctx, p.Slug)
			if err == nil && shown.Edition != p.Edition() {
				err = fmt.Errorf("%s shows %q", s.url, shown.Question)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	v := o.crowd.newcomer()
	o.late.Go(func() error {
		if err := v.introduce(ctx); err != nil {
			return err
		}
		for _, b := range choices {
			c, err := v.castIn(ctx, place{p.Slug, p.Edition()}, p.Question, b, 60)
			if err != nil || c.Answer == judge.Refused {
				return err
			}
			if err := testenv.Sleep(ctx, 300*time.Millisecond); err != nil {
				return err
			}
		}
		return nil
	})
	return nil
}

// turnSight reveals the results of the storm's poll if they are hidden, or hides them,
// and waits until the public is told so.
func (o *organiser) turnSight(ctx context.Context) error {
	hide := len(o.rounds)%4 == 2
	err := o.surely(ctx, "reveal or hide the results", func(ctx context.Context, at people.Organiser) (err error) {
		if hide {
			_, err = at.HidePoll(ctx, stormPoll)
		} else {
			_, err = at.RevealPoll(ctx, stormPoll)
		}
		return err
	})
	if err != nil {
		return err
	}
	return testenv.Until(ctx, patience, "the public sees the results, or does not", func() error {
		public := client.New(client.Config{URL: o.results[o.chance.IntN(replicas)].URL, Transport: o.crowd.network, Timeout: askTimeout})
		r, err := public.Results(ctx, stormPoll)
		if err != nil {
			return err
		}
		voted := slices.ContainsFunc(r.Options, func(c count.Option) bool { return c.Votes > 0 })
		if r.Hidden != hide || hide && (voted || r.Count != nil) {
			return fmt.Errorf("they are hidden: %t, with numbers: %t", r.Hidden, voted)
		}
		return nil
	})
}

// lastOfRounds reads what is left of every round, under the name that it has by now.
func (r *round) lastOfRounds(ctx context.Context) (all []judge.Reading, err error) {
	var polls []api.OwnPoll
	_, err = r.organiser.request(ctx, "list the rounds", func(ctx context.Context, at people.Organiser) (err error) {
		polls, err = at.Polls(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, question := range r.organiser.rounds {
		i := slices.IndexFunc(polls, func(p api.OwnPoll) bool { return p.Question == question })
		if i < 0 {
			r.accuse(stuck, "the round %q is gone", question)
			continue
		}
		reading, err := r.last(ctx, polls[i].Slug)
		if err != nil {
			return nil, err
		}
		reading.Poll = question
		all = append(all, reading)
	}
	return all, nil
}
