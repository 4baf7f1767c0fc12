package polls

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"popeye/api"
	"popeye/client"
	"popeye/vote"
)

// One names a poll.
type One struct {
	Slug string `positional-arg-name:"poll" description:"Name of the poll, from the list."`
}

// Some names polls.
type Some struct {
	Slugs []string `positional-arg-name:"poll" description:"Names of the polls, from the list." required:"1"`
}

// each acts on several polls, and goes on after a refusal.
type each struct {
	Some `positional-args:"yes" required:"yes"`
	JSON bool `long:"json" description:"Print one JSON object for each poll, on a line of its own."`
}

func (e each) do(ctx context.Context, t Terminal, act func(context.Context, string) (api.OwnPoll, error)) error {
	var failed []error
	for _, slug := range e.Slugs {
		p, err := act(ctx, slug)
		if client.StatusOf(err) == 0 && err != nil {
			return err // so it would be with the others
		}
		if err == nil {
			err = show(t, e.JSON, p)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", slug, err))
		}
	}
	return errors.Join(failed...)
}

type (
	// Open is "polls open".
	Open struct{ each }
	// Close is "polls close".
	Close struct{ each }
	// Reveal is "polls reveal".
	Reveal struct{ each }
	// Hide is "polls hide".
	Hide struct{ each }
)

func (o Open) run(ctx context.Context, c *client.Client, t Terminal) error {
	return o.do(ctx, t, c.OpenPoll)
}

func (o Close) run(ctx context.Context, c *client.Client, t Terminal) error {
	return o.do(ctx, t, c.ClosePoll)
}

func (o Reveal) run(ctx context.Context, c *client.Client, t Terminal) error {
	return o.do(ctx, t, c.RevealPoll)
}

func (o Hide) run(ctx context.Context, c *client.Client, t Terminal) error {
	return o.do(ctx, t, c.HidePoll)
}

// Duplicate is "polls duplicate".
type Duplicate struct {
	One  `positional-args:"yes" required:"yes"`
	As   string `long:"slug" value-name:"NAME" description:"The new poll's name in links; made from the question if absent."`
	JSON bool   `long:"json" description:"Print the whole new poll as one JSON object."`
}

func (d Duplicate) run(ctx context.Context, c *client.Client, t Terminal) error {
	p, err := c.DuplicatePoll(ctx, d.Slug, api.Duplicate{Slug: d.As})
	if err != nil {
		return err
	}
	return show(t, d.JSON, p)
}

// Rounds is "polls rounds".
type Rounds struct {
	One      `positional-args:"yes" required:"yes"`
	New      bool     `long:"new" description:"Begin another one after this poll, which is kept with its votes."`
	Options  []string `long:"option" value-name:"ID" description:"An option of the new round, by its id; repeat it for each. All that are in the running if absent."`
	Question string   `long:"question" value-name:"TEXT" description:"What the new round asks; the same if absent."`
	As       string   `long:"slug" value-name:"NAME" description:"The new round's name in links; made from the question if absent."`
	Open     bool     `long:"open" description:"Open the new round at once."`
	JSON     bool     `long:"json" description:"Print one JSON object for each poll, on a line of its own."`
}

func (r Rounds) run(ctx context.Context, c *client.Client, t Terminal) error {
	next := api.NewRound{Slug: r.As, Question: r.Question, Options: r.Options}
	if r.Open {
		next.Status = vote.Open
	}
	if !r.New {
		if !reflect.DeepEqual(next, api.NewRound{}) {
			return errors.New("these are for a new round: say --new, too")
		}
		return r.list(ctx, c, t)
	}
	p, err := c.NewRound(ctx, r.Slug, next)
	if err != nil {
		return err
	}
	return show(t, r.JSON, p)
}

func (r Rounds) list(ctx context.Context, c *client.Client, t Terminal) error {
	all, err := c.Rounds(ctx, r.Slug)
	if err != nil {
		return err
	}
	return List{JSON: r.JSON}.print(t, all)
}

// Delete is "polls delete".
type Delete struct {
	One `positional-args:"yes" required:"yes"`
	Yes bool `long:"yes" description:"Do not ask."`
}

func (d Delete) run(ctx context.Context, c *client.Client, t Terminal) error {
	if !d.Yes {
		fmt.Fprintf(t.Out, "This deletes the poll %q with all its votes, for ever. Type its name to go on: ", d.Slug)
		typed, err := bufio.NewReader(t.In).ReadString('\n')
		if strings.TrimSpace(typed) != d.Slug {
			return errors.Join(errors.New("that is not its name: nothing was deleted"), ignoreEOF(err))
		}
	}
	if err := c.DeletePoll(ctx, d.Slug); err != nil {
		return err
	}
	fmt.Fprintf(t.Out, "%s is gone\n", d.Slug)
	return nil
}

// ignoreEOF drops the end of what was typed, which is no failure.
func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
