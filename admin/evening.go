package admin

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"popeye/admin/events"
	"popeye/admin/form"
	"popeye/admin/pages"
	"popeye/api"
	"popeye/internal/qrcode"
	"popeye/internal/web"
	"popeye/vote"
	"popeye/vote/definition"
	"popeye/vote/event"
)

// countdownSeconds is how long the presenter's countdown takes.
const countdownSeconds = 60

// showEvents shows all events.
func (s *Station) showEvents(w http.ResponseWriter, r *http.Request) error {
	return s.renderEvents(w, r, pages.Events{ID: rand.Text()}, http.StatusOK)
}

func (s *Station) renderEvents(w http.ResponseWriter, r *http.Request, v pages.Events, status int) (err error) {
	v.Say, v.Now = printer(r), time.Now()
	if v.Events, err = s.events.List(r.Context()); err != nil {
		return err
	}
	slices.Reverse(v.Events)
	if v.Polls, err = s.others(r.Context(), nil); err != nil {
		return err
	}
	return web.HTML(w, status, s.look.Page(v.Page()))
}

// others are the polls that are not in a list, the newest first, without those put away.
func (s *Station) others(ctx context.Context, in []string) (polls []vote.Poll, err error) {
	all, err := s.catalog(ctx)
	for _, p := range slices.Backward(all) {
		if !p.Archived && !slices.Contains(in, p.Slug) {
			polls = append(polls, p)
		}
	}
	return polls, err
}

// createEvent makes an event of polls that were picked and questions that were pasted.
func (s *Station) createEvent(w http.ResponseWriter, r *http.Request) error {
	sent := r.PostForm
	e, err := s.makeEvent(r)
	if err != nil {
		return s.eventRefused(r, err, func(f pages.Frame, status int) error {
			return s.renderEvents(w, r, pages.Events{
				Frame: f, ID: sent.Get("id"), Title: sent.Get("title"), Blocks: sent.Get("blocks"), Chosen: sent["poll"],
			}, status)
		})
	}
	http.Redirect(w, r, pages.EventPath(e.Code, ""), http.StatusSeeOther)
	return nil
}

func (s *Station) makeEvent(r *http.Request) (event.Event, error) {
	d := event.Definition{ID: r.PostForm.Get("id"), Title: r.PostForm.Get("title")}
	if _, err := event.New(d); err != nil { // before any poll is made for it
		return event.Event{}, err
	}
	var err error
	if d.Polls, err = s.picked(r); err != nil {
		return event.Event{}, err
	}
	return s.events.Create(r.Context(), d)
}

// picked are the polls that a form names, and those of its questions: one in each block
// of lines. A form that comes again makes none twice.
func (s *Station) picked(r *http.Request) ([]string, error) {
	slugs := slices.Clone(r.PostForm["poll"])
	for i, block := range blocks(r.PostForm.Get("blocks")) {
		typed := form.Sent(map[string][]string{"text": {block}, "id": {r.PostForm.Get("id") + "-" + string(rune('a'+i))}})
		d, err := typed.Read(nil)
		if err != nil {
			return nil, err
		}
		p, err := s.create(r.Context(), d.Definition)
		if err != nil {
			return nil, err
		}
		slugs = append(slugs, p.Slug)
	}
	return slugs, nil
}

// blocks are parts of a text between empty lines, as many as an event may have.
func blocks(text string) (found []string) {
	for block := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if block = strings.TrimSpace(block); block != "" && len(found) < maxBlocks {
			found = append(found, block)
		}
	}
	return found
}

// maxBlocks bounds the questions of one form.
const maxBlocks = 26

// eventRefused shows on its page what was refused; errors of ours are the site's to show.
func (s *Station) eventRefused(r *http.Request, err error, show func(f pages.Frame, status int) error) error {
	var e *web.Error
	if !errors.As(explain(events.Explain(err)), &e) || e.Status >= http.StatusInternalServerError || e.Code == events.ErrNoEvent.Code {
		return events.Explain(err)
	}
	return show(pages.Frame{Error: e.In(printer(r))}, e.Status)
}

// showEvent shows one event, to be changed.
func (s *Station) showEvent(w http.ResponseWriter, r *http.Request) error {
	return s.renderEvent(w, r, pages.Frame{}, http.StatusOK)
}

func (s *Station) renderEvent(w http.ResponseWriter, r *http.Request, f pages.Frame, status int) error {
	e, err := s.events.Event(r.Context(), r.PathValue("code"))
	if err != nil {
		return events.Explain(err)
	}
	f.Say, f.Now = printer(r), time.Now()
	polls, err := s.others(r.Context(), e.Polls)
	if err != nil {
		return err
	}
	return web.HTML(w, status, s.look.Page(pages.Event{Frame: f, Event: e, Polls: polls, ID: rand.Text()}.Page()))
}

// eventActs are what the buttons on an event's page do.
var eventActs = map[string]func(s *Station, r *http.Request, code string) error{
	"up":     func(s *Station, r *http.Request, code string) error { return s.moveStep(r, code, -1) },
	"down":   func(s *Station, r *http.Request, code string) error { return s.moveStep(r, code, +1) },
	"remove": func(s *Station, r *http.Request, code string) error { return s.moveStep(r, code, 0) },
	"add": func(s *Station, r *http.Request, code string) error {
		slugs, err := s.picked(r)
		if err != nil {
			return err
		}
		return s.editSteps(r, code, func(polls []string) []string {
			return append(polls, slices.DeleteFunc(slugs, func(slug string) bool { return slices.Contains(polls, slug) })...)
		})
	},
	"settings": func(s *Station, r *http.Request, code string) error {
		_, err := s.events.Edit(r.Context(), code, event.Edit{Title: new(r.PostForm.Get("title")), Together: new(r.PostForm.Get("together") != "")})
		return err
	},
	"delete": func(s *Station, r *http.Request, code string) error { return s.events.Delete(r.Context(), code) },
}

// changeEvent does with an event what a button says.
func (s *Station) changeEvent(w http.ResponseWriter, r *http.Request) error {
	code, action := r.PathValue("code"), r.PathValue("action")
	act, ok := eventActs[action]
	if !ok {
		return newRefusal(http.StatusNotFound, "not_found", "admin.error.not_found")
	}
	if err := act(s, r, code); err != nil {
		return s.eventRefused(r, err, func(f pages.Frame, status int) error { return s.renderEvent(w, r, f, status) })
	}
	to := pages.EventPath(code, "")
	if action == "delete" {
		to = "/admin/events"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// moveStep moves a poll in the list of an event; by 0 it is taken out.
func (s *Station) moveStep(r *http.Request, code string, by int) error {
	slug := r.PostForm.Get("poll")
	return s.editSteps(r, code, func(polls []string) []string {
		at := slices.Index(polls, slug)
		if at < 0 {
			return polls
		}
		polls = slices.Delete(polls, at, at+1)
		if by == 0 {
			return polls
		}
		return slices.Insert(polls, max(0, min(at+by, len(polls))), slug)
	})
}

func (s *Station) editSteps(r *http.Request, code string, change func([]string) []string) error {
	e, err := s.events.Event(r.Context(), code)
	if err != nil {
		return err
	}
	_, err = s.events.Edit(r.Context(), code, event.Edit{Polls: append([]string{}, change(slices.Clone(e.Polls))...)})
	return err
}

// showPresenter shows the page from which an event is led.
func (s *Station) showPresenter(w http.ResponseWriter, r *http.Request) error {
	return s.renderPresenter(w, r, pages.Frame{}, http.StatusOK)
}

func (s *Station) renderPresenter(w http.ResponseWriter, r *http.Request, f pages.Frame, status int) error {
	e, err := s.events.Event(r.Context(), r.PathValue("code"))
	if err != nil {
		return events.Explain(err)
	}
	f.Say, f.Now = printer(r), time.Now()
	v := pages.Present{Run: pages.Run{Frame: f}, Event: e, JoinURL: s.joinURL(r, e.Code)}
	now := s.lately(r)
	v.Joined, v.Behind = now.Crowds.Of(e.Code), now.Waiting
	v.Poll.Say = f.Say
	if e.Current != "" {
		if v.Frame, v.Poll, err = s.read(r, e.Current, f); err != nil {
			return err
		}
		v.Poll, v.Totals, _ = s.countPoll(r, v.Poll)
	}
	if r.Method == http.MethodGet && unchanged(w, r, tag(r, e.Event.Revision, e.Steps, v.Revision, v.Counted, v.Totals, v.Joined, v.Behind)) {
		return nil
	}
	if v.QR, err = qrcode.Draw(v.JoinURL, v.Frame.Say.Text("result.qr", nil)); err != nil {
		return err
	}
	return web.HTML(w, status, s.look.Page(v.Page()))
}

// presenterActs do something to the poll that the presenter sees, as it was shown.
var presenterActs = map[string]struct {
	what string // for the record
	do   func(shownPoll) func(vote.Poll) (vote.Poll, error)
}{
	pages.StepOpen: {"open", func(p shownPoll) func(vote.Poll) (vote.Poll, error) { return p.still(opened, vote.Open) }},
	pages.StepClose: {"close", func(p shownPoll) func(vote.Poll) (vote.Poll, error) {
		return p.still(closed, vote.Closing, vote.Closed)
	}},
	pages.StepCloseReveal: {"close", func(p shownPoll) func(vote.Poll) (vote.Poll, error) {
		return p.still(closedAndShown, vote.Closing, vote.Closed)
	}},
	pages.StepReveal: {"reveal", func(p shownPoll) func(vote.Poll) (vote.Poll, error) { return p.sees(revealed, true) }},
	pages.StepHide:   {"hide", func(p shownPoll) func(vote.Poll) (vote.Poll, error) { return p.sees(hiddenFromNow, false) }},
	pages.StepCountdown: {"countdown", func(p shownPoll) func(vote.Poll) (vote.Poll, error) {
		return p.still(func(q vote.Poll) (vote.Poll, error) { return within(countdownSeconds)(q, nil) })
	}},
}

// closedAndShown closes a poll, and lets everybody see its result, where the organiser
// decides when.
func closedAndShown(p vote.Poll) (vote.Poll, error) {
	p, err := closed(p)
	if err != nil || p.Visibility != vote.VisibleManual {
		return p, err
	}
	return revealed(p)
}

// hiddenFromNow hides a result that everybody sees, until the organiser shows it.
func hiddenFromNow(p vote.Poll) (vote.Poll, error) {
	if p.Visibility == vote.VisibleManual {
		return hiddenAgain(p)
	}
	return edited(p, definition.Edit{Choices: vote.Choices{Visibility: new(vote.VisibleManual)}}, time.Now())
}

// present takes a step. One from a page that showed another poll than the current one was
// taken before, or by someone else: nothing happens, and the page says how it is.
func (s *Station) present(w http.ResponseWriter, r *http.Request) error {
	code := r.PathValue("code")
	if err := s.takeStep(r, code, r.PathValue("step"), r.PostForm.Get("from")); err != nil {
		return s.eventRefused(r, err, func(f pages.Frame, status int) error { return s.renderPresenter(w, r, f, status) })
	}
	http.Redirect(w, r, pages.EventPath(code, "run"), http.StatusSeeOther)
	return nil
}

func (s *Station) takeStep(r *http.Request, code, step, from string) error {
	act, isAct := presenterActs[step]
	switch {
	case step == pages.StepNext || step == pages.StepPrevious:
		_, err := s.events.Step(r.Context(), code, step, api.Step{From: &from})
		return err
	case !isAct && step != pages.StepFinish:
		return newRefusal(http.StatusNotFound, "not_found", "admin.error.not_found")
	}
	e, err := s.events.Event(r.Context(), code)
	switch {
	case err != nil:
		return err
	case e.Current != from || from == "":
		return nil
	case step == pages.StepFinish:
		_, err = s.events.Show(r.Context(), code, "")
	default:
		_, err = s.change(doing(r, act.what), from, act.do(shown(r)))
	}
	return err
}
