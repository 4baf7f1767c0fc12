package admin

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"popeye/api"
	"popeye/store"
	"popeye/vote"
	"popeye/vote/definition"
)

// adminActs are what the buttons of a poll do. Each returns where the person goes next.
var adminActs = map[string]func(*Station, *http.Request, string) (to string, err error){
	"open": func(s *Station, r *http.Request, slug string) (string, error) {
		_, err := s.change(doing(r, "open"), slug, shown(r).still(opened, vote.Open))
		return here(r, slug), err
	},
	"close": func(s *Station, r *http.Request, slug string) (string, error) {
		_, err := s.change(doing(r, "close"), slug, shown(r).still(closed, vote.Closing, vote.Closed))
		return here(r, slug), err
	},
	"reveal": func(s *Station, r *http.Request, slug string) (string, error) {
		_, err := s.change(doing(r, "reveal"), slug, shown(r).sees(revealed, true))
		return here(r, slug), err
	},
	"hide": func(s *Station, r *http.Request, slug string) (string, error) {
		_, err := s.change(doing(r, "hide"), slug, shown(r).sees(hiddenAgain, false))
		return here(r, slug), err
	},
	"schedule": func(s *Station, r *http.Request, slug string) (string, error) {
		return here(r, slug), s.reschedule(r, slug)
	},
	"edit": func(s *Station, r *http.Request, slug string) (string, error) { return here(r, slug), s.edit(r, slug) },
	"withdraw": func(s *Station, r *http.Request, slug string) (string, error) {
		return here(r, slug), s.editShown(r, slug, "withdraw", withdrawn(r.PostForm))
	},
	"archive": func(s *Station, r *http.Request, slug string) (string, error) {
		return here(r, slug), s.editShown(r, slug, "archive", definition.Edit{Choices: vote.Choices{Archived: new(true)}})
	},
	"unarchive": func(s *Station, r *http.Request, slug string) (string, error) {
		return here(r, slug), s.editShown(r, slug, "unarchive", definition.Edit{Choices: vote.Choices{Archived: new(false)}})
	},
	"duplicate": func(s *Station, r *http.Request, slug string) (string, error) {
		p, err := s.duplicate(r.Context(), slug, api.Duplicate{ID: r.PostForm.Get("id")})
		return "/admin/polls/" + p.Slug, err
	},
	"round":  (*Station).askRound,
	"delete": (*Station).deleteTyped,
}

// here is the page that a form was on.
func here(r *http.Request, slug string) string {
	if r.PostForm.Get("page") == "poll" {
		return "/admin/polls/" + slug
	}
	return "/admin#poll-" + slug
}

func shown(r *http.Request) shownPoll { return shownPoll{r.PostForm.Get("revision")} }

// withdrawn is the change that a list of ticks asks for: who is ticked withdraws.
func withdrawn(form url.Values) definition.Edit {
	return definition.Edit{Choices: vote.Choices{Withdrawn: append([]string{}, form["withdrawn"]...)}}
}

// editShown changes the poll that the page showed.
func (s *Station) editShown(r *http.Request, slug, what string, e definition.Edit) error {
	_, err := s.change(doing(r, what), slug, func(p vote.Poll) (vote.Poll, error) {
		q, err := edited(p, e, time.Now())
		if err == nil && store.Same(p, q) {
			return p, nil // a second click
		}
		return q, cmp.Or(shown(r).check(p), err)
	})
	return err
}

// edit changes a draft, or corrects the words of an open poll.
func (s *Station) edit(r *http.Request, slug string) error {
	form := readAdminForm(r.PostForm)
	_, err := s.change(doing(r, "edit"), slug, func(p vote.Poll) (vote.Poll, error) {
		d, err := form.read(&p)
		if err != nil {
			return p, err
		}
		q, err := edited(p, d.edit(), time.Now())
		if err == nil && store.Same(p, q) {
			return p, nil
		}
		return q, cmp.Or(shown(r).check(p), err)
	})
	return err
}

// askRound makes another round between the options that are ticked, or all.
func (s *Station) askRound(r *http.Request, slug string) (string, error) {
	next := definition.Round{ID: r.PostForm.Get("id"), Question: r.PostForm.Get("question")}
	if r.PostForm.Get("between") != "" {
		next.Options = append([]string{}, r.PostForm["option"]...)
		slices.Sort(next.Options)
	}
	if r.PostForm.Get("open") != "" {
		next.Status = vote.Open
	}
	p, err := s.nextRound(r.Context(), slug, next)
	return "/admin/polls/" + p.Slug, err
}

var errConfirm = vote.Refuse("admin.error.confirm", nil)

// deleteTyped deletes a poll whose name a person has typed.
func (s *Station) deleteTyped(r *http.Request, slug string) (string, error) {
	if strings.TrimSpace(r.PostForm.Get("confirm")) != slug {
		if _, err := s.poll(r.Context(), slug); err != nil {
			return "", err
		}
		return "", errConfirm
	}
	err := s.remove(r.Context(), slug, shown(r).check)
	if shown(r).named() && errors.Is(err, store.ErrNoPoll) {
		err = nil // it is gone, as it should be
	}
	return "/admin", err
}

// reschedule changes when a poll opens and closes, and where that is told.
func (s *Station) reschedule(r *http.Request, slug string) error {
	made := r.PostForm.Get("made")
	_, err := s.change(doing(r, "schedule"), slug, func(p vote.Poll) (vote.Poll, error) {
		if made != "" && made != birth(p) {
			return p, errChanged
		}
		e, err := typedSchedule(r.PostForm, p)
		if err != nil {
			return p, err
		}
		return edited(p, e, time.Now())
	})
	return err
}

// typedSchedule reads the form of a schedule. A field that is left as it was shown
// changes nothing: somebody else may have changed it meanwhile. In another zone the
// same clock time is another moment.
func typedSchedule(form url.Values, p vote.Poll) (e definition.Edit, err error) {
	same := func(name string) bool { return form.Get(name) == form.Get("was_"+name) }
	zone := p.Zone()
	if form.Has("time_zone") {
		name := strings.TrimSpace(form.Get("time_zone"))
		if zone, err = vote.LoadZone(name); err != nil {
			return e, err
		}
		if !same("time_zone") {
			e.TimeZone = &name
		}
	}
	read := func(m *definition.Moment, name string) {
		text := form.Get(name)
		if err == nil && !(same(name) && (text == "" || same("time_zone"))) {
			if *m, err = typedTime(text, zone); err != nil {
				err = &fieldError{name, err}
			}
		}
	}
	read(&e.OpensAt, "opens_at")
	read(&e.ClosesAt, "closes_at")
	return e, err
}
