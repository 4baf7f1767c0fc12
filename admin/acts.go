package admin

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"popeye/admin/form"
	"popeye/admin/pages"
	"popeye/api"
	"popeye/internal/web"
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
		return pages.Poll{Poll: p}.Path("settings"), err
	},
	"again": func(s *Station, r *http.Request, slug string) (string, error) {
		_, err := s.again(r.Context(), slug, r.PostForm.Get("id"), shown(r).check)
		return here(r, slug), err
	},
	"countdown": (*Station).countdown,
	"round":     (*Station).askRound,
	"delete":    (*Station).deleteTyped,
}

// adminAct does with a poll what a button says.
func (s *Station) adminAct(w http.ResponseWriter, r *http.Request) error {
	slug := r.PathValue("slug")
	act, ok := adminActs[r.PathValue("action")]
	if !ok {
		return newRefusal(http.StatusNotFound, "not_found", "admin.error.not_found")
	}
	to, err := act(s, r, slug)
	if err == nil {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	return s.refused(w, r, slug, err)
}

// pageOf names the page on which a form stands that does not say so.
var pageOf = map[string]string{
	"edit": "settings", "withdraw": "settings", "schedule": "settings", "archive": "settings", "unarchive": "settings", "delete": "settings",
	"round": "rounds", "duplicate": "poll", "again": "poll", "countdown": "poll",
}

// pageOfForm is the page that a form was on: that of the list, unless it says which one
// of its poll, or only one has it.
func pageOfForm(r *http.Request) string {
	return cmp.Or(r.PostForm.Get("page"), pageOf[r.PathValue("action")])
}

// here is where the page is that a form was on.
func here(r *http.Request, slug string) string {
	p := pages.Poll{Poll: vote.Poll{Slug: slug}}
	switch page := pageOfForm(r); page {
	case "poll":
		return p.Path()
	case "settings", "rounds":
		return p.Path(page)
	}
	return "/admin#poll-" + slug
}

// refused says on the page that somebody came from why nothing was done.
func (s *Station) refused(w http.ResponseWriter, r *http.Request, slug string, err error) error {
	var e *web.Error
	if !errors.As(explain(err), &e) || e.Status >= http.StatusInternalServerError {
		return err
	}
	page := pageOfForm(r)
	if page != "" && errors.Is(err, store.ErrNoPoll) {
		return err // that page is gone
	}
	say := printer(r)
	f := pages.Frame{Error: e.In(say)}
	wrong, typed := form.Mistake{Field: form.FieldOf(err), Message: e.In(say)}, form.Sent(r.PostForm)
	switch page {
	case "poll":
		return s.renderRun(w, r, slug, pages.Run{Frame: f}, e.Status)
	case "rounds":
		return s.renderRounds(w, r, slug, pages.Rounds{Frame: f}, e.Status)
	case "settings":
		v := pages.Settings{Frame: f}
		switch r.PathValue("action") {
		case "edit":
			v.Form, v.Wrong = typed, wrong
		case "schedule":
			v.Times, v.Wrong = typed, wrong
		}
		return s.renderSettings(w, r, slug, v, e.Status)
	}
	return s.renderList(w, r, pages.List{Frame: f}, e.Status)
}

func shown(r *http.Request) shownPoll { return shownPoll{r.PostForm.Get("revision")} }

// withdrawn is the change that a list of ticks asks for: who is ticked withdraws.
func withdrawn(sent url.Values) definition.Edit {
	return definition.Edit{Choices: vote.Choices{Withdrawn: append([]string{}, sent["withdrawn"]...)}}
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
	typed := form.Sent(r.PostForm)
	_, err := s.change(doing(r, "edit"), slug, func(p vote.Poll) (vote.Poll, error) {
		d, err := typed.Read(&p)
		if err != nil {
			return p, err
		}
		q, err := edited(p, d.Edit(), time.Now())
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
	return pages.Poll{Poll: p}.Path(), err
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
		if made != "" && made != form.Birth(p) {
			return p, errChanged
		}
		e, err := form.Schedule(r.PostForm, p)
		if err != nil {
			return p, err
		}
		return edited(p, e, time.Now())
	})
	return err
}

// maxCountdown bounds a countdown, in minutes.
const maxCountdown = 60

// countdown closes the poll in so many minutes; 0 stops that.
func (s *Station) countdown(r *http.Request, slug string) (string, error) {
	minutes, err := strconv.Atoi(r.PostForm.Get("minutes"))
	if err != nil || minutes < 0 || minutes > maxCountdown {
		return "", newRefusal(http.StatusBadRequest, "malformed", "admin.error.countdown")
	}
	_, err = s.change(doing(r, "schedule"), slug, func(p vote.Poll) (vote.Poll, error) {
		if err := shown(r).check(p); err != nil {
			return p, err
		}
		now, closes := time.Now(), definition.At(time.Time{})
		if minutes > 0 {
			closes = definition.At(now.Add(time.Duration(minutes) * time.Minute).Truncate(time.Second))
		}
		if p.Status != vote.Open {
			return p, newRefusal(http.StatusConflict, "wrong_status", "admin.error.countdown_closed")
		}
		return edited(p, definition.Edit{ClosesAt: closes}, now)
	})
	return here(r, slug), err
}
