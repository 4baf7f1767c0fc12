package countview

import (
	"slices"
	"strings"

	"popeye/count"
	"popeye/vote"
)

// ordered are the options as a page lists them. Points are put in the order of the poll's
// rule, so that who leads is at the top; before there is a count, in that of the kind.
func (v View) ordered() []count.Option {
	place := map[string]int{}
	for i, id := range v.ruledOrder() {
		place[id] = i + 1
	}
	options := v.widget().order(v.Options)
	at := func(o count.Option) int {
		if p := place[o.ID]; p > 0 {
			return p
		}
		return len(options) + 1 // it has withdrawn
	}
	slices.SortStableFunc(options, func(a, b count.Option) int { return at(a) - at(b) })
	return options
}

// ruledOrder has the ids of a score poll's options as its rule puts them, the best first;
// nothing where the figures say it.
func (v View) ruledOrder() []string {
	o := v.headline()
	if !v.Ruled() || o == nil || o.Voters == 0 {
		return nil
	}
	return slices.Concat(o.Order...)
}

// Ruled reports whether a score poll's rule may put options in another order than their
// means do.
func (v View) Ruled() bool {
	byMean := strings.HasPrefix(v.Settings.Rule, "score/") && v.Settings.Quorum == 0
	return v.Kind == vote.Score && !byMean
}

// byGrade reports whether the bars show median grades: those decide, and a mean beside
// them would say something else.
func (v View) byGrade() bool { return strings.HasPrefix(v.Settings.Rule, "median/") }

// grade is an option's median grade; "" where there is none.
func (v View) grade(id string) string {
	if o := v.headline(); o != nil && o.Voters > 0 {
		return o.Scores[id]
	}
	return ""
}

// gradesInOrder are those of ruledOrder, for the page's script.
func (v View) gradesInOrder() string {
	if !v.byGrade() {
		return ""
	}
	var grades []string
	for _, id := range v.ruledOrder() {
		grades = append(grades, v.grade(id))
	}
	return strings.Join(grades, " ")
}
