package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"popeye/e2e/chaos/judge"
	"popeye/internal/testenv"
	"popeye/store"
)

// settings are what a round is drawn from.
type settings struct {
	seed     uint64
	voters   int           // how many people
	votes    int           // about how many they cast
	length   time.Duration // of their voting; the faults may take longer
	bin      string        // folder of our programs
	fault    string        // of the workers, see broken/; "" for sound ones
	closings int           // fewest closings
	// faults draws what goes wrong, one list for each lane; nil for everything.
	faults func(*catalogue) [][]fault
	notes  io.Writer // for whoever watches
	detail bool      // every fault is noted
}

// everything is all faults: what happens to processes and what happens to links
// goes on side by side.
func everything(c *catalogue) [][]fault { return [][]fault{c.processes(), c.links()} }

// round is one storm, from an empty system to the verdict.
type round struct {
	settings
	*ledger
	stack     *stack
	crowd     *crowd
	witness   *witness
	organiser *organiser
	catalogue *catalogue

	current  atomic.Pointer[string] // the fault of the moment, for those who watch
	accounts []store.Account        // owned by sample until the storm is over
	samples  int                    // how often sample asked
	begun    atomic.Int64           // faults so far
	ended    atomic.Int64           // of these, how many are recovered from
	reports  chan recovery
}

// recovery is how long it took after one fault.
type recovery struct {
	kind  string
	took  time.Duration
	alone bool // nothing else went wrong from the fault's beginning to then
}

// runRound starts everything, lets the storm rage, and judges. Its error means
// that there is no verdict.
func runRound(ctx context.Context, set settings) (rep *report, err error) {
	logs, err := os.MkdirTemp("", "popeye-storm-")
	if err != nil {
		return nil, err
	}
	defer func() {
		switch {
		case err == nil && rep.convicted():
			rep.logs = logs
		case err != nil && ctx.Err() == nil:
			err = fmt.Errorf("%w (what the processes said: %s)", err, logs)
		default:
			os.RemoveAll(logs)
		}
	}()
	err = testenv.Outside(func(t testenv.T) error {
		// Nothing of a round takes half as long; what hangs is an error all the same.
		bounded, cancel := context.WithTimeout(ctx, 4*set.length+4*time.Minute)
		defer cancel()
		r, err := newRound(bounded, t, set, logs)
		if err != nil {
			return err
		}
		rep, err = r.run(bounded)
		return err
	})
	return rep, err
}

func newRound(ctx context.Context, t testenv.T, set settings, logs string) (*round, error) {
	r := &round{settings: set, ledger: newLedger(), reports: make(chan recovery, 1000)}
	if r.faults == nil {
		r.faults = everything
	}
	r.stack = newStack(t, set.bin, set.fault, logs)
	var err error
	if r.witness, err = newWitness(ctx, r.ledger, r.stack); err != nil {
		return nil, err
	}
	t.Cleanup(r.witness.close)
	r.crowd = newCrowd(r.ledger, r.stack.Polls)
	t.Cleanup(r.crowd.network.CloseIdleConnections)
	r.organiser = newOrganiser(r.witness, r.crowd, r.stack, r.chance(1))
	r.catalogue = &catalogue{stack: r.stack, witness: r.witness, crowd: r.crowd, chance: r.chance(0), touch: r.organiser.touch}
	return r, nil
}

// chance is a source of its own for each who draws, so that one who draws more
// often does not change what the others get.
func (r *round) chance(who uint64) *rand.Rand { return rand.New(rand.NewPCG(r.seed, who)) }

func (r *round) run(ctx context.Context) (*report, error) {
	if err := r.stack.Up(ctx, patience); err != nil {
		return nil, err
	}
	if err := r.organiser.make(ctx); err != nil {
		return nil, err
	}
	for _, slug := range []string{stormPoll, probePoll, againPoll} {
		if err := r.stack.Published(ctx, patience, slug); err != nil {
			return nil, err
		}
	}
	r.began = time.Now()
	rep := newReport(r.seed)
	if err := r.rage(ctx, rep); err != nil {
		return nil, err
	}
	record, err := r.calm(ctx, rep)
	if err != nil {
		return nil, err
	}
	return rep, r.conclude(rep, record)
}

// rage is the storm itself: it returns when all faults are over and all voters
// have said their last word.
func (r *round) rage(ctx context.Context, rep *report) error {
	ctx, giveUp := context.WithCancelCause(ctx)
	watching, stop := context.WithCancel(ctx)
	var watchers sync.WaitGroup
	watchers.Go(func() { r.sample(watching) })
	watchers.Go(func() { r.narrate(watching) })

	over := make(chan struct{})
	var lanes, people errgroup.Group
	for _, faults := range r.faults(r.catalogue) {
		lanes.Go(func() error { return r.lane(ctx, faults) })
	}
	people.Go(func() error { return r.organiser.organise(ctx, r.closings, over, r.detailed) })
	for n := range r.voters {
		p := newPart(r.crowd.voter(r.chance(uint64(n)+10)), r.votes/r.voters, r.length)
		people.Go(func() error { return p.play(ctx, over) })
	}
	err := lanes.Wait()
	if err != nil {
		giveUp(err)
	}
	close(over)
	err = cmp.Or(err, people.Wait())
	stop()
	watchers.Wait()
	giveUp(nil)
	close(r.reports)
	for one := range r.reports {
		rep.recovered(one)
	}
	return err
}

// lane lets one fault after the other happen, spread over the storm, and waits
// after each until a fresh vote goes all the way again.
func (r *round) lane(ctx context.Context, faults []fault) error {
	slot := r.length / time.Duration(len(faults)+1)
	for i, f := range faults {
		if err := testenv.Sleep(ctx, time.Duration(i)*slot+slot/2-r.now()); err != nil {
			return err
		}
		others := r.begun.Add(1) - 1 - r.ended.Load()
		before := r.begun.Load()
		took, err := r.happens(ctx, f)
		if err != nil {
			return fmt.Errorf("%s (%s): %w", f.kind, f.where, err)
		}
		r.reports <- recovery{f.kind, took, others == 0 && r.begun.Load() == before}
		r.ended.Add(1)
		r.detailed("%s (%s), for %s: recovered after %.2f s", f.kind, f.where, f.lasts.Round(time.Millisecond), took.Seconds())
	}
	return nil
}

// happens lets one fault happen and returns how long recovery took.
func (r *round) happens(ctx context.Context, f fault) (took time.Duration, err error) {
	kind := f.kind
	r.current.Store(&kind)
	if err := f.begin(ctx); err != nil {
		return 0, err
	}
	if f.closing {
		r.organiser.closeNow(f.kind + " (" + f.where + ")")
	}
	var probing errgroup.Group
	probe := func() (err error) {
		took, err = r.probe(ctx, f)
		return err
	}
	if f.covered {
		probing.Go(probe)
	}
	err = testenv.Sleep(ctx, f.lasts)
	if !f.covered {
		probing.Go(probe)
	}
	err = errors.Join(err, f.end(ctx), probing.Wait())
	return took, err
}

// probe measures one recovery. That there is none is a charge, not an error.
func (r *round) probe(ctx context.Context, f fault) (time.Duration, error) {
	p := &prober{crowd: r.crowd, witness: r.witness}
	took, err := p.recovered(ctx, f.watch)
	if err != nil && ctx.Err() == nil {
		r.accuse(stuck, "after %s (%s) no fresh vote came through: %v", f.kind, f.where, err)
		return took, nil
	}
	return took, err
}

// sampleEvery is how often the account is taken.
const sampleEvery = 500 * time.Millisecond

// sample takes the account again and again, whatever is going on; one that can't
// be read says nothing.
func (r *round) sample(ctx context.Context) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.samples++
			if a, err := r.witness.account(ctx); err == nil {
				r.accounts = append(r.accounts, a)
			}
		}
	}
}

// calm ends what casts votes, waits until the queue is empty, and reads all that
// is left.
func (r *round) calm(ctx context.Context, rep *report) (judge.Record, error) {
	r.note("the storm is over: the queue drains")
	r.stops(r.stack.Polls...)
	var err error
	if rep.claims, err = r.drained(ctx); err != nil {
		return judge.Record{}, err
	}
	record := judge.Record{Closings: r.organiser.closings, Accounts: r.accounts}
	for _, slug := range []string{defaultPoll, stormPoll, probePoll} {
		reading, err := r.last(ctx, slug)
		if err != nil {
			return record, err
		}
		record.Final = append(record.Final, reading)
	}
	rounds, err := r.lastOfRounds(ctx)
	if err != nil {
		return record, err
	}
	record.Final = append(record.Final, rounds...)
	err = testenv.Until(ctx, patience, "the last account is taken", func() (err error) {
		record.End, err = r.witness.account(ctx)
		return err
	})
	r.stops(slices.Concat(r.stack.Workers, r.stack.Results)...)
	return record, err
}

// drained waits until the queue is empty and returns how many batches were ever
// taken over. That it does not become empty is for the judge.
func (r *round) drained(ctx context.Context) (claims int64, err error) {
	err = testenv.Until(ctx, patience, "the queue is empty", func() error {
		f, err := r.witness.stats(ctx)
		if err == nil && (f.Waiting > 0 || len(f.Leased) > 0) {
			err = fmt.Errorf("%d votes wait, %d batches are held", f.Waiting, len(f.Leased))
		}
		claims = f.Claims
		return err
	})
	if err != nil && ctx.Err() == nil {
		r.accuse(stuck, "%v", err)
		err = nil
	}
	return claims, err
}

// last is the last reading of a poll, with what its page shows once it shows
// what is there; else what it shows in the end.
func (r *round) last(ctx context.Context, slug string) (judge.Reading, error) {
	reading, _, err := r.witness.readSurely(ctx, slug)
	if err != nil {
		return reading, err
	}
	shown, want := int64(0), int64(len(reading.Ballots))
	for _, p := range r.stack.Results {
		if shown = shownBy(ctx, p, slug, want); shown != want {
			break
		}
	}
	reading.Shown = &shown
	return reading, nil
}

// shownBy is how many voters a result service shows as soon as they are so many;
// else what it shows in the end.
func shownBy(ctx context.Context, p *testenv.Program, slug string, want int64) (shown int64) {
	_ = testenv.Until(ctx, patience, p.Name()+" shows the final count", func() error { // the judge compares
		s, err := showing(ctx, p, slug)
		shown = s.Total
		if err == nil && shown != want {
			err = fmt.Errorf("it shows %d", shown)
		}
		return err
	})
	return shown
}

// conclude judges and completes the report.
func (r *round) conclude(rep *report, record judge.Record) error {
	casts, charges := r.all()
	record.Casts = casts
	rep.verdict = judge.Judge(record)
	rep.verdict.Charges = append(charges, rep.verdict.Charges...)
	rep.count(r, record)
	if !rep.convicted() {
		return nil
	}
	dir := r.stack.logs
	servers := "redis:\n" + r.stack.Redis.Log() + "\npostgres:\n" + r.stack.Postgres.Log()
	return errors.Join(keep(dir, casts, rep.verdict.Charges),
		os.WriteFile(filepath.Join(dir, "servers.log"), []byte(servers), 0o600))
}

// narrate tells every few seconds how it goes.
func (r *round) narrate(ctx context.Context) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			fault := "nothing yet"
			if f := r.current.Load(); f != nil {
				fault = *f
			}
			r.note("%d recorded, %d refused, %d unknown; now: %s", r.recorded.Load(), r.refused.Load(), r.unknown.Load(), fault)
		}
	}
}

// note tells whoever watches something.
func (r *round) note(format string, args ...any) {
	fmt.Fprintf(r.notes, "%5.1fs  %s\n", r.now().Seconds(), fmt.Sprintf(format, args...))
}

// detailed is note for those who want every detail.
func (r *round) detailed(format string, args ...any) {
	if r.detail {
		r.note(format, args...)
	}
}
