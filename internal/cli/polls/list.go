package polls

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"popeye/api"
	"popeye/client"
	"popeye/internal/cli"
	"popeye/vote"
)

// List is "polls list".
type List struct {
	JSON bool `long:"json" description:"Print one JSON object for each poll, on a line of its own."`
}

func (l List) run(ctx context.Context, c *client.Client, t Terminal) error {
	all, err := c.Polls(ctx)
	if err != nil {
		return err
	}
	return l.print(t, all)
}

func (l List) print(t Terminal, all []api.OwnPoll) error {
	if l.JSON {
		return printEach(t.Out, all)
	}
	w := tabwriter.NewWriter(t.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "POLL\tSTATUS\tKIND\tRULE\tOPENS\tCLOSES\tQUESTION")
	for _, p := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.Slug, p.Status, p.Kind, p.CountedBy(), when(p.OpensAt), when(p.ClosesAt), cli.OneLine(p.Question, 60))
	}
	return w.Flush()
}

// printEach writes a line of JSON for each.
func printEach(out io.Writer, all []api.OwnPoll) error {
	for _, p := range all {
		if err := printJSON(out, p); err != nil {
			return err
		}
	}
	return nil
}

// when writes a time of a poll, "-" for never.
func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// show prints a poll that was made or changed.
func show(t Terminal, asJSON bool, p api.OwnPoll) error {
	if asJSON {
		return printJSON(t.Out, p)
	}
	fmt.Fprintf(t.Out, "%s  %s  %s\n", p.Slug, stateOf(p), cli.OneLine(p.Question, vote.MaxQuestion))
	return nil
}

// stateOf says where a poll stands.
func stateOf(p api.OwnPoll) string {
	switch {
	case p.Status == vote.Draft && !p.OpensAt.IsZero():
		return "draft, opens " + when(p.OpensAt)
	case p.Status == vote.Open && !p.ClosesAt.IsZero():
		return "open, closes " + when(p.ClosesAt)
	}
	return string(p.Status)
}
