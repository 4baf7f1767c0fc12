package audience

import (
	"context"
	"errors"
	"fmt"
	"time"

	"popeye/store"
	"popeye/vote"
)

const (
	// MaxFiles bounds the requests for ballots under way: each holds every distinct
	// ballot of a poll while its file is written. The organiser has as many of their
	// own: whoever takes a file slowly keeps others waiting, and must not keep them.
	MaxFiles = 2
	// FilesTimeout bounds how long one reads them; it is below the time that a site
	// gives an answer.
	FilesTimeout = 40 * time.Second
)

// ErrHidden says that an asker may not see a poll's ballots, or not yet.
var ErrHidden = errors.New("the ballots are hidden")

// Ballots hands a poll's distinct ballots with their voters to write, if the asker may
// see them: anyone once the poll is closed and anyone sees its results, the organiser
// always. write takes its time: the store waits for nobody. The error is ErrHidden,
// store.ErrUnavailable if many others ask, or of the store or of write.
func (r *Reader) Ballots(ctx context.Context, slug string, a Asker, write func(vote.Poll, vote.Ballots) error) error {
	place, files := time.NewTimer(StoreTimeout), r.files
	defer place.Stop()
	if a == Organiser {
		files = r.ownFiles
	}
	select {
	case files <- struct{}{}:
		defer func() { <-files }()
	case <-place.C:
		return fmt.Errorf("%w: many read ballots already", store.ErrUnavailable)
	case <-ctx.Done():
		return gaveUp(ctx)
	}
	poll, ballots, err := r.readBallots(ctx, slug, a)
	if err != nil {
		return err
	}
	return write(poll, ballots)
}

// line is one distinct ballot.
type line struct {
	ballot vote.Ballot
	voters int64
}

func (r *Reader) readBallots(ctx context.Context, slug string, a Asker) (vote.Poll, vote.Ballots, error) {
	ctx, cancel := context.WithTimeout(ctx, FilesTimeout)
	defer cancel()
	var lines []line
	var hidden error
	s, err := r.store.Snapshot(ctx, slug, func(p vote.Poll, ballots vote.Ballots) {
		lines, hidden = nil, nil
		if a != Organiser && !(p.Status == vote.Closed && p.Shows(false)) {
			hidden = ErrHidden
			return
		}
		for ballot, voters := range ballots {
			lines = append(lines, line{ballot, voters})
		}
	})
	if err == nil {
		err = hidden
	}
	return s.Poll, func(yield func(vote.Ballot, int64) bool) {
		for _, l := range lines {
			if !yield(l.ballot, l.voters) {
				return
			}
		}
	}, err
}
