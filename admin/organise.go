package admin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"popeye/count/rules"
	"popeye/internal/slugify"
	"popeye/internal/web"
	"popeye/store"
	"popeye/vote"
	"popeye/vote/definition"
)

func (s *Station) listPolls(w http.ResponseWriter, r *http.Request) error {
	polls, err := s.catalog(r.Context())
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string][]vote.Poll{"polls": polls})
}

func (s *Station) showPoll(w http.ResponseWriter, r *http.Request) error {
	p, err := s.poll(r.Context(), r.PathValue("slug"))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, p)
}

// poll reads a poll. A name that no poll can have is not asked for: not every store
// can hold each string.
func (s *Station) poll(ctx context.Context, slug string) (vote.Poll, error) {
	if vote.ValidateSlug(slug) != nil {
		return vote.Poll{}, store.ErrNoPoll
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return s.Store.Poll(ctx, slug)
}

// showAudit tells what organisers did to a poll, newest first.
func (s *Station) showAudit(w http.ResponseWriter, r *http.Request) error {
	slug := r.PathValue("slug")
	if vote.ValidateSlug(slug) != nil {
		return store.ErrNoPoll
	}
	records, err := s.audit(r, slug, store.MaxAudit)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string][]store.Record{"audit": records})
}

// lastRecord is the greatest id of a record that every program can read in JSON.
const lastRecord = 1<<53 - 1

// audit reads so many records of a poll, from where the request says.
func (s *Station) audit(r *http.Request, slug string, most int) ([]store.Record, error) {
	from := "0" // the newest
	if asked := r.URL.Query(); asked.Has("before") {
		from = asked.Get("before")
	}
	before, err := strconv.ParseInt(from, 10, 64)
	if err != nil || before < 0 || before > lastRecord {
		return nil, newRefusal(http.StatusBadRequest, "malformed", "admin.error.before")
	}
	ctx, cancel := context.WithTimeout(r.Context(), storeTimeout)
	defer cancel()
	records, err := s.Store.Audit(ctx, slug, before, most)
	if records == nil {
		records = []store.Record{}
	}
	return records, err
}

func (s *Station) createPoll(w http.ResponseWriter, r *http.Request) error {
	var d definition.Definition
	if err := web.ReadJSON(w, r, maxBody, &d); err != nil {
		return err
	}
	p, err := s.create(r.Context(), d)
	return created(w, p, err)
}

// created answers who made a poll.
func created(w http.ResponseWriter, p vote.Poll, err error) error {
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/api/v1/polls/"+p.Slug)
	return web.JSON(w, http.StatusCreated, p)
}

func (s *Station) changePoll(w http.ResponseWriter, r *http.Request) error {
	var e definition.Edit
	if err := web.ReadJSON(w, r, maxBody, &e); err != nil {
		return err
	}
	return s.answerChange(w, r, "edit", func(p vote.Poll) (vote.Poll, error) { return edited(p, e, time.Now()) })
}

func (s *Station) openPoll(w http.ResponseWriter, r *http.Request) error {
	return s.answerChange(w, r, "open", opened)
}

func (s *Station) closePoll(w http.ResponseWriter, r *http.Request) error {
	return s.answerChange(w, r, "close", closed)
}

func (s *Station) deletePoll(w http.ResponseWriter, r *http.Request) error {
	if err := s.remove(r.Context(), r.PathValue("slug"), func(vote.Poll) error { return nil }); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Station) answerChange(w http.ResponseWriter, r *http.Request, what string, change func(vote.Poll) (vote.Poll, error)) error {
	p, err := s.change(doing(r, what), r.PathValue("slug"), change)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, p)
}

// doing returns the context in which the organiser who sent r does what.
func doing(r *http.Request, what string) context.Context { return store.Doing(r.Context(), what) }

// The rules of organising, for programs and pages alike.

var errNotOver = newRefusal(http.StatusConflict, "not_closed", "admin.error.not_closed")

// opened opens a poll, for the first time or again.
func opened(p vote.Poll) (vote.Poll, error) { return byHand(p, vote.Open) }

// closed begins to close a poll. The worker ends it, once every vote that was
// accepted is stored. What is closed stays so.
func closed(p vote.Poll) (vote.Poll, error) {
	if p.Status == vote.Closed {
		return p, nil
	}
	return byHand(p, vote.Closing)
}

func byHand(p vote.Poll, s vote.Status) (vote.Poll, error) {
	p, err := p.ByHand(s, time.Now())
	return p, conflict(err)
}

// act does to a poll what a presenter says, see events.Config.
func (s *Station) act(ctx context.Context, slug, what string, seconds int) error {
	_, err := s.change(store.Doing(ctx, what), slug, func(p vote.Poll) (vote.Poll, error) {
		switch what {
		case "open":
			return within(seconds)(opened(p))
		case "close":
			return closed(p)
		case "reveal":
			return revealed(p)
		case "hide":
			return hiddenAgain(p)
		case "countdown":
			if p.Status != vote.Open {
				return p, newRefusal(http.StatusConflict, "wrong_status", "admin.error.not_open")
			}
			return within(seconds)(p, nil)
		}
		return p, fmt.Errorf("no such act: %s", what)
	})
	return err
}

// within lets a poll close so many seconds from now; 0 changes nothing.
func within(seconds int) func(vote.Poll, error) (vote.Poll, error) {
	return func(p vote.Poll, err error) (vote.Poll, error) {
		if err != nil || seconds == 0 {
			return p, err
		}
		now := time.Now()
		return edited(p, definition.Edit{ClosesAt: definition.At(now.Add(time.Duration(seconds) * time.Second))}, now)
	}
}

// edited changes a definition. A poll that is to open again forgets the time that
// closed it.
func edited(p vote.Poll, e definition.Edit, now time.Time) (vote.Poll, error) {
	old := p
	if !e.OpensAt.At.IsZero() {
		p = p.WithoutPastClose(now)
	}
	p, err := e.Apply(p)
	if err == nil {
		err = cmp.Or(rules.Check(p), p.Ahead(old, now))
	}
	return p, err
}

func conflict(err error) error {
	if err == nil {
		return nil
	}
	return &web.Error{Status: http.StatusConflict, Code: "wrong_status", Cause: err}
}

func (s *Station) catalog(ctx context.Context) ([]vote.Poll, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	b, err := s.Store.Catalog(ctx)
	if b.Polls == nil {
		b.Polls = []vote.Poll{}
	}
	return b.Polls, err
}

// create makes a poll. A slug that was made from the question gets a number or a
// random end if it is taken; one that was asked for does not. A definition with an
// id makes one poll, however often it comes: see requestOf.
func (s *Station) create(ctx context.Context, d definition.Definition) (made vote.Poll, err error) {
	ctx = store.Doing(ctx, "create")
	defer func() { s.gate.Did(ctx, cmp.Or(made.Slug, d.Slug), err) }()
	named := d
	if named.Slug == "" {
		named.Slug = slugify.Question(d.Question)
	}
	p, err := definition.NewPoll(named)
	if err == nil {
		err = p.Ahead(vote.Poll{}, time.Now())
	}
	if err != nil {
		return p, err
	}
	return s.add(ctx, p, d.Slug != "", requestOf(d.ID, d))
}

// add makes p for a request: under its own slug if that was asked for, else under a
// free one.
func (s *Station) add(ctx context.Context, p vote.Poll, asked bool, request string) (made vote.Poll, err error) {
	if err := cmp.Or(p.Validate(), rules.Check(p)); err != nil {
		return p, err
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if asked {
		return s.Store.CreateOnce(ctx, request, p)
	}
	err = store.UnderFreeSlug(p.Slug, func(slug string) (err error) {
		p.Slug = slug
		made, err = s.Store.CreateOnce(ctx, request, p)
		return err
	})
	return made, err
}

// replacePoll begins a new round of a poll: another one takes its name, and it is
// kept under a name of its own. If there is no poll of that name, it makes one.
func (s *Station) replacePoll(w http.ResponseWriter, r *http.Request) error {
	var d definition.Definition
	if err := web.ReadJSON(w, r, maxBody, &d); err != nil {
		return err
	}
	slug := r.PathValue("slug")
	if d.Slug != "" && d.Slug != slug {
		return newRefusal(http.StatusUnprocessableEntity, "invalid_poll", "admin.error.slug")
	}
	d.Slug = slug
	p, err := s.replace(r.Context(), d)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, p)
}

// replace puts a new poll in the place of the one that has its slug.
func (s *Station) replace(ctx context.Context, d definition.Definition) (made vote.Poll, err error) {
	ctx = store.Doing(ctx, "replace")
	defer func() { s.gate.Did(ctx, d.Slug, err) }()
	next, err := definition.NewPoll(d)
	if err == nil {
		err = cmp.Or(rules.Check(next), next.Ahead(vote.Poll{}, time.Now()))
	}
	if err != nil {
		return next, err
	}
	return s.inPlace(ctx, next, requestOf(d.ID, d))
}

// again asks a poll again under its own name, with no votes. The one before is kept
// under another name.
func (s *Station) again(ctx context.Context, slug, id string, also func(vote.Poll) error) (made vote.Poll, err error) {
	ctx = store.Doing(ctx, "replace")
	defer func() { s.gate.Did(ctx, slug, err) }()
	p, err := s.poll(ctx, slug)
	if err == nil {
		err = also(p)
	}
	if err != nil {
		return p, err
	}
	next := definition.Duplicate(p)
	next.Slug = slug
	if p.Status == vote.Open {
		next.Status = vote.Open
	}
	return s.inPlace(ctx, next, requestOf(id, []any{"again", slug, p.CreatedKey()}))
}

// inPlace gives the name of a poll to next, if there is one of that name.
func (s *Station) inPlace(ctx context.Context, next vote.Poll, request string) (made vote.Poll, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), roundTimeout)
	defer cancel()
	err = store.UnderFreeSlug("", func(suffix string) (err error) {
		_, made, err = s.Store.BeginRound(ctx, next.Slug, store.NewRound{
			Next: next, Request: request,
			Keep: func(old vote.Poll) (string, error) { return slugify.Question(old.Question) + suffix, nil },
		})
		return err
	})
	if errors.Is(err, store.ErrNoPoll) {
		return s.Store.CreateOnce(ctx, request, next)
	}
	return made, err
}

// requestOf names the request to make a poll for the store; "" if it has no id.
// The name is a digest of the id and all the words. So a second click, or a retry
// through any replica, before or after a crash, is the same request: the store
// keeps the name with the poll, in one transaction. The form that the browser
// shows again after that, with other words in it, asks something new.
func requestOf(id string, asked any) string {
	if id == "" {
		return ""
	}
	words, _ := json.Marshal(asked) // plain data: it can't fail
	digest := sha256.Sum256(words)
	return hex.EncodeToString(digest[:])
}

// change changes a poll. A name that no poll can have is not asked for: not
// every store can hold each string.
func (s *Station) change(ctx context.Context, slug string, change func(vote.Poll) (vote.Poll, error)) (p vote.Poll, err error) {
	if vote.ValidateSlug(slug) != nil {
		return vote.Poll{}, store.ErrNoPoll
	}
	defer func() { s.gate.Did(ctx, slug, err) }()
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return s.Store.ChangePoll(ctx, slug, change)
}

// remove deletes a poll that takes no votes. Its ballots are removed by the worker
// afterwards: nobody waits for that. also is a condition of the caller's own.
func (s *Station) remove(ctx context.Context, slug string, also func(vote.Poll) error) (err error) {
	if vote.ValidateSlug(slug) != nil {
		return store.ErrNoPoll
	}
	defer func() { s.gate.Did(ctx, slug, err) }()
	ctx = store.Doing(ctx, "delete")
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return s.Store.DeletePoll(ctx, slug, func(p vote.Poll) error {
		switch {
		case p.Status != vote.Draft && p.Status != vote.Closed:
			return errNotOver
		default:
			return also(p)
		}
	})
}
