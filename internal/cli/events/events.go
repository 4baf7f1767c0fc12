// Package events holds popeye events: how an organiser makes an event and steps through
// it from a terminal or a script. What enters is a command with its flags, and a client
// of the HTTP API; what leaves is lines for people or JSON for programs.
package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"popeye/api"
	"popeye/client"
	"popeye/internal/cli"
	"popeye/internal/cli/polls"
	"popeye/vote"
	"popeye/vote/event"
	"popeye/vote/joincode"
)

// Commands is the command "events": its own commands, and what they need.
type Commands struct {
	List List `command:"list" description:"List all events."`
	New  New  `command:"new" description:"Make an event: an ordered list of polls under one short code."`
	Show Show `command:"show" description:"Show an event with its polls, or another of its polls to everybody." long-description:"Show an event with its polls; with a poll's name, show that poll to all who follow the event, and with --none none."`
	Step Step `command:"step" description:"Take a presenter's step." long-description:"Take a presenter's step: next or previous shows another poll; open, close, reveal, hide or countdown does that to the poll that is shown. With --from the step is taken only if that poll is shown, so it may be repeated."`
}

type command interface {
	run(ctx context.Context, c *client.Client, out io.Writer) error
}

// Run runs the command that has been parsed, as in "events list".
func (e Commands) Run(ctx context.Context, name string, c *client.Client, t polls.Terminal) error {
	_, name, _ = strings.Cut(name, " ")
	return polls.Explain(c, map[string]command{"list": e.List, "new": e.New, "show": e.Show, "step": e.Step}[name].run(ctx, c, t.Out))
}

// Examples are how the commands are called, for the help of a program.
func Examples(program string) map[string][]string {
	events := program + " events "
	return map[string][]string{
		"events list": {events + "list", events + "list --json"},
		"events new":  {events + `new --title="Club evening" lunch board film`},
		"events show": {events + "show 482913", events + "show 482913 lunch", events + "show 482913 --none"},
		"events step": {events + "step 482913 next", events + "step 482913 open --seconds=60", events + "step 482913 countdown --seconds=30"},
	}
}

// List is "events list".
type List struct {
	JSON bool `long:"json" description:"Print one JSON object for each event, on a line of its own."`
}

func (l List) run(ctx context.Context, c *client.Client, out io.Writer) error {
	all, err := c.Events(ctx)
	if err != nil {
		return err
	}
	if l.JSON {
		for _, e := range all {
			if err := printJSON(out, e); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CODE\tSHOWN\tPOLLS\tTITLE")
	for _, e := range all {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", e.Code, orNone(e.Current), len(e.Polls), cli.OneLine(e.Title, 60))
	}
	return w.Flush()
}

// New is "events new".
type New struct {
	Polls struct {
		Slugs []string `positional-arg-name:"poll" description:"Names of the polls, in their order."`
	} `positional-args:"yes"`
	Title    string `long:"title" value-name:"TEXT" required:"yes" description:"What the event is called."`
	Together bool   `long:"together" description:"Phones show all open polls of the event on one page."`
	JSON     bool   `long:"json" description:"Print the whole event as one JSON object."`
}

func (n New) run(ctx context.Context, c *client.Client, out io.Writer) error {
	e, err := c.CreateEvent(ctx, api.NewEvent{Title: n.Title, Polls: n.Polls.Slugs, Together: n.Together})
	return printEvent(out, n.JSON, e, err)
}

// Show is "events show".
type Show struct {
	At struct {
		Code string `positional-arg-name:"code" description:"The event's code." required:"yes"`
		Poll string `positional-arg-name:"poll" description:"Name of the poll to show to everybody."`
	} `positional-args:"yes"`
	None bool `long:"none" description:"Show no poll, as between two."`
	JSON bool `long:"json" description:"Print the whole event as one JSON object."`
}

func (s Show) run(ctx context.Context, c *client.Client, out io.Writer) error {
	if s.At.Poll == "" && !s.None {
		e, err := c.Event(ctx, s.At.Code)
		return printEvent(out, s.JSON, e, err)
	}
	if s.At.Poll != "" && s.None {
		return errors.New("say a poll or --none, not both")
	}
	e, err := c.ShowPoll(ctx, s.At.Code, s.At.Poll)
	return printEvent(out, s.JSON, e, err)
}

// Step is "events step".
type Step struct {
	At struct {
		Code string `positional-arg-name:"code" description:"The event's code."`
		Step string `positional-arg-name:"step" description:"next, previous, open, close, reveal, hide or countdown."`
	} `positional-args:"yes" required:"yes"`
	From    *string `long:"from" value-name:"POLL" description:"Only if this poll is shown."`
	Seconds int     `long:"seconds" value-name:"N" description:"countdown, open: when the poll closes, from now on."`
	JSON    bool    `long:"json" description:"Print the whole event as one JSON object."`
}

func (s Step) run(ctx context.Context, c *client.Client, out io.Writer) error {
	e, err := c.StepEvent(ctx, s.At.Code, s.At.Step, api.Step{From: s.From, Seconds: vote.Limit(s.Seconds)})
	return printEvent(out, s.JSON, e, err)
}

// printEvent prints an event with its polls, the one that is shown marked.
func printEvent(out io.Writer, asJSON bool, e api.OwnEvent, err error) error {
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(out, e)
	}
	fmt.Fprintf(out, "%s  %s\n", joincode.Spaced(e.Code), cli.OneLine(e.Title, event.MaxTitle))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, p := range e.Steps {
		mark := " "
		if p.Slug == e.Current {
			mark = ">"
		}
		fmt.Fprintf(w, "%s %s\t%s\t%s\n", mark, p.Slug, p.Status, cli.OneLine(p.Question, 60))
	}
	return w.Flush()
}

func orNone(slug string) string {
	if slug == "" {
		return "-"
	}
	return slug
}

// printJSON writes a value on one line.
func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
