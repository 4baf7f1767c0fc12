package polls

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"popeye/api"
	"popeye/client"
	"popeye/count"
	"popeye/internal/cli"
	"popeye/vote"
)

// Results is the command "results".
type Results struct {
	One   `positional-args:"yes" required:"yes"`
	Watch bool `long:"watch" description:"Go on showing them until Ctrl-C; where the output is no terminal, a line for each change."`
	JSON  bool `long:"json" description:"Print the results as one JSON object; with --watch at each change."`
}

// Run shows a poll's results.
func (r Results) Run(ctx context.Context, c *client.Client, t Terminal) error {
	if r.Watch {
		w := watcher{slug: r.Slug, asJSON: r.JSON, client: c, terminal: t, every: time.Second}
		return Explain(c, w.run(ctx))
	}
	results, err := c.Results(ctx, r.Slug)
	if err != nil {
		return Explain(c, err)
	}
	if r.JSON {
		return printJSON(t.Out, results)
	}
	_, err = fmt.Fprintln(t.Out, strings.Join(table(results, "", t.Width), "\n"))
	return err
}

const (
	// columns is how wide a table is where nobody says.
	columns = 80
	// A label and a bar have as many columns as this, or fewer.
	labelColumns = 40
	barColumns   = 40
)

// table shows results to a person, width columns wide. lost says that they are old.
func table(r api.Results, lost string, width int) []string {
	if width == 0 {
		width = columns
	}
	lines := []string{
		cli.OneLine(r.Question, width-1),
		cut(fmt.Sprintf("%s · %s · as of %s%s", r.Status, voters(r), r.AsOf.UTC().Format("15:04:05 UTC"), lost), width),
		"",
	}
	if r.Hidden {
		return append(lines, cut("The results are hidden: "+hiddenUntil[r.Visibility], width))
	}
	labels := 0
	for _, o := range r.Options {
		labels = max(labels, utf8.RuneCountInString(o.Label))
	}
	labels = min(labels, labelColumns, width/2)
	for _, o := range r.Options {
		label := cut(cli.OneLine(o.Label, vote.MaxLabel), labels)
		figure := figureOf(r, o)
		bar := bar(r, o, min(barColumns, width-labels-utf8.RuneCountInString(figure)-4))
		pad := strings.Repeat(" ", max(0, labels-utf8.RuneCountInString(label)))
		lines = append(lines, cut(label+pad+"  "+bar+"  "+figure, width))
	}
	for _, line := range outcome(r) {
		lines = append(lines, cut(line, width))
	}
	return lines
}

// hiddenUntil says when results that are hidden can be seen.
var hiddenUntil = map[vote.Visibility]string{
	vote.VisibleAfterVote: "they come to those who have voted, and to all when the poll closes.",
	vote.VisibleClosed:    "they come when the poll closes.",
	vote.VisibleManual:    "they come when the organiser shows them.",
}

// voters says how many have voted. Where results are hidden, 0 may be a number that is
// hidden too.
func voters(r api.Results) string {
	switch {
	case r.Hidden && r.Total == 0:
		return "voters not shown"
	case r.Total == 1:
		return "1 voter"
	}
	return fmt.Sprintf("%d voters", r.Total)
}

// figureOf is an option's number: its votes, or the mean of its ratings.
func figureOf(r api.Results, o count.Option) string {
	switch {
	case o.Ratings != nil && o.Raters == 0:
		return "no ratings"
	case o.Ratings != nil:
		return fmt.Sprintf("%s (%d ratings)", o.Mean, o.Raters)
	case r.Total == 0:
		return "0"
	}
	return fmt.Sprintf("%d  %.1f %%", o.Votes, float64(o.Votes)*100/float64(r.Total)) // for the eye; nothing is decided by it
}

// bar draws an option's part of all voters, or where its mean lies on the scale.
func bar(r api.Results, o count.Option, width int) string {
	part, whole := o.Votes, r.Total
	if o.Ratings != nil {
		part, whole = o.Votes-int64(r.Min)*o.Raters, int64(r.Max-r.Min)*o.Raters
	}
	if width <= 0 {
		return ""
	}
	if whole == 0 {
		return strings.Repeat("·", width)
	}
	full := int(part * int64(width) / whole)
	return strings.Repeat("█", full) + strings.Repeat("·", width-full)
}

// outcome says who wins, and what decided it.
func outcome(r api.Results) (lines []string) {
	if r.Count == nil || r.Total == 0 || r.Count.Voters == 0 {
		return nil
	}
	says := "Ahead"
	if r.Status == vote.Closed {
		says = "Elected"
	}
	labels := map[string]string{}
	for _, o := range r.Options {
		labels[o.ID] = cli.OneLine(o.Label, labelColumns)
	}
	named := func(ids []string) string {
		var all []string
		for _, id := range ids {
			all = append(all, labels[id])
		}
		return strings.Join(all, ", ")
	}
	lines = append(lines, "", fmt.Sprintf("%s by %s: %s", says, r.Count.Rule, named(r.Count.Winners)))
	for _, tie := range r.Count.Ties {
		round := ""
		if tie.Round > 0 {
			round = fmt.Sprintf(" in round %d", tie.Round)
		}
		lines = append(lines, fmt.Sprintf("Tie%s of %s, decided by %s", round, named(tie.Options), tie.By))
	}
	return lines
}

// cut keeps a line from wrapping.
func cut(line string, width int) string {
	if runes := []rune(line); len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return line
}
