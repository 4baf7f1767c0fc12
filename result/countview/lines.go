package countview

import (
	"slices"
	"strconv"
	"strings"

	"popeye/internal/ui"
)

// Line is an option as a picture shows it.
type Line struct {
	Mark, Label, Figure string
	Reach               float64 // of its bar, 0 to 1
	Leads               bool
}

// Lines are the first options in their order, as many as there is room for.
func (v View) Lines(most int) (lines []Line) {
	if v.Hidden {
		return nil
	}
	place, shares, lead, w := map[string]int{}, v.widget().shares(v), v.Leaders(), v.widget()
	for i, o := range v.Options {
		place[o.ID] = i
	}
	for _, o := range w.order(v.Options) {
		if len(lines) == most {
			return lines
		}
		reach, _ := strconv.ParseFloat(strings.TrimSuffix(w.reach(v, o), "%"), 64)
		lines = append(lines, Line{
			Mark: letter(place[o.ID]), Label: o.Label, Figure: strings.TrimSpace(w.figure(o) + "  " + shares[place[o.ID]]),
			Reach: reach / 100, Leads: slices.Contains(lead, o.ID),
		})
	}
	return lines
}

// Voted says how many have voted, in plain text; "" if that is hidden.
func (v View) Voted() string {
	switch {
	case v.HideTotal:
		return ""
	case v.Total == 0:
		return v.Say.Text("result.turnout.none", nil)
	}
	return v.Say.Text("result.turnout", args{"Count": v.Total, "Number": ui.Grouped(v.Total)})
}
