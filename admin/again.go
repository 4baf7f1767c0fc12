package admin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"

	"popeye/api"
	"popeye/internal/slugify"
	"popeye/internal/web"
	"popeye/store"
	"popeye/vote"
	"popeye/vote/definition"
)

// A poll is asked again: as a duplicate, or as another round, which knows the one
// before. See docs/decisions/life.md.

func (s *Station) duplicatePoll(w http.ResponseWriter, r *http.Request) error {
	var d api.Duplicate
	if err := readOptional(w, r, &d); err != nil {
		return err
	}
	p, err := s.duplicate(r.Context(), r.PathValue("slug"), d)
	return created(w, p, err)
}

func (s *Station) beginRound(w http.ResponseWriter, r *http.Request) error {
	var next api.NewRound
	if err := readOptional(w, r, &next); err != nil {
		return err
	}
	p, err := s.nextRound(r.Context(), r.PathValue("slug"), next)
	return created(w, p, err)
}

// readOptional reads a body, if there is one.
func readOptional(w http.ResponseWriter, r *http.Request, v any) error {
	if r.ContentLength == 0 {
		return nil
	}
	return web.ReadJSON(w, r, maxBody, v)
}

// listRounds tells a program of all rounds that a poll is one of.
func (s *Station) listRounds(w http.ResponseWriter, r *http.Request) error {
	p, err := s.poll(r.Context(), r.PathValue("slug"))
	if err != nil {
		return err
	}
	polls, err := s.catalog(r.Context())
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, api.Rounds{Rounds: rounds(polls, p)})
}

// duplicate makes a draft that asks what a poll asks.
func (s *Station) duplicate(ctx context.Context, slug string, d api.Duplicate) (made vote.Poll, err error) {
	ctx = store.Doing(ctx, "duplicate")
	defer func() { s.gate.Did(ctx, cmp.Or(made.Slug, slug), err) }()
	p, err := s.poll(ctx, slug)
	if err != nil {
		return vote.Poll{}, err
	}
	q := definition.Duplicate(p)
	q.Slug = cmp.Or(d.Slug, slugify.Question(q.Question))
	return s.add(ctx, q, d.Slug != "", requestOf(d.ID, []any{"duplicate", p.Slug, p.CreatedKey(), d}))
}

// nextRound makes another round of a poll, then begins to close that one. If it stops
// in between, the same request finds the round that it made and goes on.
func (s *Station) nextRound(ctx context.Context, slug string, r definition.Round) (made vote.Poll, err error) {
	ctx = store.Doing(ctx, "round")
	defer func() { s.gate.Did(ctx, cmp.Or(made.Slug, slug), err) }()
	p, err := s.poll(ctx, slug)
	if err != nil {
		return vote.Poll{}, err
	}
	next, err := definition.NextRound(p, r)
	if err != nil {
		return vote.Poll{}, err
	}
	next.Slug = cmp.Or(r.Slug, slugify.Question(next.Question))
	made, err = s.add(ctx, next, r.Slug != "", requestOf(r.ID, []any{"round", p.Slug, p.CreatedKey(), r}))
	if err != nil || p.Status != vote.Open {
		return made, err
	}
	_, err = s.change(store.Doing(ctx, "close"), slug, func(now vote.Poll) (vote.Poll, error) {
		if now.Status != vote.Open || now.CreatedKey() != p.CreatedKey() {
			return now, nil
		}
		return closed(now)
	})
	if errors.Is(err, store.ErrNoPoll) { // deleted meanwhile
		err = nil
	}
	return made, err
}

// rounds returns the rounds that p is one of, the first one first.
func rounds(polls []vote.Poll, p vote.Poll) []vote.Poll {
	family := []vote.Poll{p}
	for first := p; ; {
		i := slices.IndexFunc(polls, func(q vote.Poll) bool { return follows(first, q) })
		if i < 0 {
			break
		}
		first = polls[i]
		family = append(family, first)
	}
	for i := 0; i < len(family); i++ {
		for _, q := range polls {
			known := slices.ContainsFunc(family, func(k vote.Poll) bool { return k.Slug == q.Slug })
			if follows(q, family[i]) && !known {
				family = append(family, q)
			}
		}
	}
	slices.SortStableFunc(family, func(a, b vote.Poll) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return family
}

// follows reports whether q is the round after p. A poll that was made later is none
// before q, though it may have the name by now.
func follows(q, p vote.Poll) bool {
	return q.Parent != "" && q.Parent == p.Slug && p.CreatedAt.Before(q.CreatedAt)
}
