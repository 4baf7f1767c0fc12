package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"popeye/internal/slugify"
	"popeye/store"
	"popeye/vote"
)

// defineDefault obeys the environment where it asks for something new. Other
// words are a new round of the default poll: it starts without votes, and the
// old one is kept under a name of its own. Words that were obeyed before change
// nothing, whatever the organiser has made of the poll since.
//
// It may die between any two steps: what is done already is found to be so by
// the next worker that starts.
func (w *Worker) defineDefault(ctx context.Context) error {
	asked, err := w.asked()
	if err != nil {
		return err
	}
	before, err := w.Store.Environment(ctx)
	if err != nil || asked == before || !w.Asked && before != "" {
		return err
	}
	old, err := w.Store.Poll(ctx, w.Default.Slug)
	switch {
	case errors.Is(err, store.ErrNoPoll):
		_, err = w.Store.CreatePoll(ctx, w.Default)
		if errors.Is(err, store.ErrRemoving) { // removeDeleted comes back to it: votes in other polls don't wait
			w.defaultWaits = true
			w.Log.Warn("the default poll was deleted: it is made again when its old ballots are removed")
			return nil
		}
		if errors.Is(err, store.ErrExists) {
			err = nil // another worker was faster
		}
	case err == nil && w.Asked && !sameWords(old, w.Default):
		err = w.beginDefaultRound(ctx)
	}
	if err != nil {
		return err
	}
	return w.Store.SetEnvironment(ctx, asked)
}

// nothingAsked is what the environment asked that asked for nothing.
const nothingAsked = "{}"

// asked writes what the environment asks for: the same words give the same text
// in every version of this program.
func (w *Worker) asked() (string, error) {
	if !w.Asked {
		return nothingAsked, nil
	}
	words := struct {
		Question string        `json:"question"`
		Options  []vote.Option `json:"options"`
	}{w.Default.Question, w.Default.Options}
	text, err := json.Marshal(words)
	return string(text), err
}

// sameWords reports whether voters are shown the same in both.
func sameWords(p, q vote.Poll) bool {
	return p.Question == q.Question && p.Kind == q.Kind && slices.Equal(p.Options, q.Options)
}

// errSameWords says that the poll asks already what it is to ask.
var errSameWords = errors.New("another worker was faster")

// beginDefaultRound puts what the environment asks for in the place of the
// default poll.
func (w *Worker) beginDefaultRound(ctx context.Context) error {
	var kept vote.Poll
	err := store.UnderFreeSlug("", func(suffix string) (err error) {
		kept, _, err = w.Store.BeginRound(ctx, w.Default.Slug, store.NewRound{
			Next: w.Default,
			Keep: func(old vote.Poll) (string, error) {
				if sameWords(old, w.Default) {
					return "", errSameWords
				}
				return slugify.Question(old.Question) + suffix, nil
			},
		})
		return err
	})
	if errors.Is(err, errSameWords) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("begin a new round of the default poll: %w", err)
	}
	w.Log.Warn("the environment asks another question: the default poll begins a new round without votes, and the old one is kept",
		"kept_as", kept.Slug)
	return nil
}

// dropEmpty deletes a poll that gave its name to another and in which nobody had
// voted: it would only stand in the organiser's way.
func (w *Worker) dropEmpty(ctx context.Context, slug string) error {
	if !w.polls.hasSuccessor(slug) {
		return nil
	}
	tally, err := w.Store.Tally(ctx, slug)
	if err != nil || len(tally) > 0 {
		return err
	}
	err = w.Store.DeletePoll(ctx, slug, func(p vote.Poll) error {
		if p.Status != vote.Closed {
			return errMovedOn
		}
		return nil
	})
	if errors.Is(err, errMovedOn) || errors.Is(err, store.ErrNoPoll) {
		return nil
	}
	return err
}
