//go:build pictures

package pictures

import (
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/emulation"

	"popeye/e2e/scenes"
)

// theme is how a person has set their system.
type theme string

const (
	light  theme = "light"
	dark   theme = "dark"
	forced theme = "forced"
)

// features of the browser; nothing moves, so that what is pictured stands still.
func (t theme) features() []*emulation.MediaFeature {
	scheme, colours := "light", "none"
	if t != light {
		scheme = "dark"
	}
	if t == forced {
		colours = "active"
	}
	return []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "forced-colors", Value: colours}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}
}

// view is a scene as somebody looks at it.
type view struct {
	scene         scenes.Scene
	theme         theme
	language      string
	width, height int64
}

func (v view) name() string {
	return fmt.Sprintf("%s.%s.%s.%d", v.scene.Name, v.theme, v.language, v.width)
}

// shown are views that docs/pages.md and the README show: where, and how many pixels of
// the picture make one there.
var shown = map[string]struct {
	path string
	part int
}{
	"wall-rule-plurality.light.en.1920":   {"screen.png", 2},
	"wall-rule-plurality.dark.en.1920":    {"pages/wall-dark.png", 3},
	"ballot-single.light.en.390":          {"pages/ballot.png", 1},
	"answer-recorded-ranked.light.en.390": {"pages/ranked.png", 1},
	"ballot-score.dark.en.390":            {"pages/score.png", 1},
	"ballot-mixed.light.ar.390":           {"pages/arabic.png", 1},
	"result-rule-irv.light.en.1280":       {"pages/result.png", 2},
	"presenter.light.en.390":              {"pages/presenter.png", 1},
	"admin-list.light.en.1280":            {"pages/list.png", 2},
	"admin-poll.light.en.1280":            {"pages/poll.png", 2},
}

// keptViews are the views of which a thumbnail is kept, telling scenes in dark and in Arabic
// too. Those in which people vote come last: what others show is then the same in each run.
func keptViews(all []scenes.Scene) (views []view) {
	for _, s := range stillFirst(all) {
		width, height := s.Device.Size()
		views = append(views, view{s, light, "en", width, height})
		if s.Telling {
			views = append(views, view{s, dark, "en", width, height}, view{s, light, "ar", width, height})
		}
	}
	return views
}

// allViews are all: first those that are kept.
func allViews(all []scenes.Scene) []view {
	views := keptViews(all)
	known := map[string]bool{}
	for _, v := range views {
		known[v.name()] = true
	}
	for _, s := range stillFirst(all) {
		for _, v := range viewsOf(s) {
			if !known[v.name()] {
				views = append(views, v)
			}
		}
	}
	return views
}

func viewsOf(s scenes.Scene) (views []view) {
	for _, t := range []theme{light, dark, forced} {
		for _, language := range scenes.Languages {
			if t == forced && (language != "en" || !s.Telling) {
				continue // colours are the system's, whatever the language
			}
			width, height := s.Device.Size()
			views = append(views, view{s, t, language, width, height})
			if s.Device == scenes.Wall && language == "en" && t == light {
				views = append(views, view{s, t, language, 1280, 720}, view{s, t, language, 3840, 2160})
			}
		}
	}
	return views
}

func stillFirst(all []scenes.Scene) (sorted []scenes.Scene) {
	var active []scenes.Scene
	for _, s := range all {
		if strings.HasPrefix(s.Name, "answer-") {
			active = append(active, s)
		} else {
			sorted = append(sorted, s)
		}
	}
	return append(sorted, active...)
}
