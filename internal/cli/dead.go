package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"popeye/store"
	"popeye/worker"
)

// Dead is the command "dead": its own commands, and what it needs.
type Dead struct {
	List   List   `command:"list" description:"List the dead letters, by position."`
	Show   Show   `command:"show" description:"Show one dead letter, with the message as it came."`
	Replay Replay `command:"replay" description:"Read dead letters again and store those that are votes." long-description:"Read dead letters again, with the polls as they are now, and store those that are votes in their old place. Harmless to repeat."`
	Drop   Drop   `command:"drop" description:"Forget dead letters for ever. They stay counted as dead."`
}

// Run runs the command that Parse has returned, as in "dead show".
func (d Dead) Run(ctx context.Context, command string, s worker.DeadLetters, out io.Writer) error {
	switch strings.Fields(command)[1] {
	case "list":
		return d.List.run(ctx, s, out)
	case "show":
		return d.Show.run(ctx, s, out)
	case "replay":
		return d.Replay.run(ctx, s, out)
	default:
		return d.Drop.run(ctx, s, out)
	}
}

// List is "dead list".
type List struct {
	After int64 `long:"after" description:"Only those after this position."`
	Limit int   `long:"limit" default:"100" description:"At most so many; 0 for all."`
	JSON  bool  `long:"json" description:"Print one JSON object for each, on a line of its own; its field raw is the message in base64."`
}

// page is how many letters are read at once.
const page = 500

func (l List) run(ctx context.Context, s store.DeadLetters, out io.Writer) error {
	if l.Limit <= 0 {
		l.Limit = math.MaxInt
	}
	printed := 0
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	err := each(ctx, s, l.After, func(deadLetter store.DeadLetter) (bool, error) {
		if l.JSON {
			if err := json.NewEncoder(out).Encode(deadLetter); err != nil {
				return false, err
			}
		} else {
			if printed == 0 {
				fmt.Fprintln(t, "POSITION\tWHEN\tBYTES\tREASON\tMESSAGE")
			}
			fmt.Fprintf(t, "%d\t%s\t%d\t%s\t%s\n", deadLetter.Position, deadLetter.At.UTC().Format(time.RFC3339), deadLetter.Size,
				OneLine(deadLetter.Reason, 60), OneLine(string(deadLetter.Raw), 60))
		}
		printed++
		return printed < l.Limit, nil
	})
	if err == nil && printed == 0 && !l.JSON {
		fmt.Fprintln(t, "There are no dead letters.")
	}
	return errors.Join(err, t.Flush())
}

// each calls f with each letter after a position until f says that it is enough.
func each(ctx context.Context, s store.DeadLetters, after int64, f func(store.DeadLetter) (more bool, err error)) error {
	for {
		deadLetters, err := s.DeadLetters(ctx, after, page)
		if err != nil {
			return err
		}
		for _, l := range deadLetters {
			more, err := f(l)
			if err != nil || !more {
				return err
			}
			after = l.Position
		}
		if len(deadLetters) < page {
			return nil
		}
	}
}

// OneLine makes text of strangers fit for a line on a terminal: nothing in it
// can move the cursor.
func OneLine(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '.'
	}, strings.ToValidUTF8(s, "."))
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

// Show is "dead show".
type Show struct {
	DeadLetter `positional-args:"yes" required:"yes"`
	Raw        bool `long:"raw" description:"Print the message alone, byte for byte, for a pipe."`
}

// DeadLetter names one.
type DeadLetter struct {
	Position int64 `positional-arg-name:"position" description:"Position of the letter, from the list."`
}

func (c Show) run(ctx context.Context, s store.DeadLetters, out io.Writer) error {
	l, err := s.DeadLetter(ctx, c.Position)
	if err != nil {
		return at(c.Position, err)
	}
	if c.Raw {
		_, err = out.Write(l.Raw)
		return err
	}
	_, err = fmt.Fprintf(out, "position  %d\nwhen      %s\nreason    %s\nbytes     %d%s\n\n%s\n",
		l.Position, l.At.UTC().Format(time.RFC3339Nano), OneLine(l.Reason, 500), l.Size, clipped(l), visible(l.Raw))
	return err
}

func clipped(l store.DeadLetter) string {
	if l.Size <= len(l.Raw) {
		return ""
	}
	return fmt.Sprintf(" (the first %d are kept)", len(l.Raw))
}

// visible is a message as a person can read it, whatever bytes it has.
func visible(raw []byte) string {
	if s := string(raw); s == OneLine(s, len(s)) {
		return s
	}
	return strconv.Quote(string(raw))
}

// Which names letters.
type Which struct {
	DeadLetters `positional-args:"yes"`
	All         bool `long:"all" description:"All of them."`
}

// DeadLetters names some.
type DeadLetters struct {
	Positions []int64 `positional-arg-name:"position" description:"Positions of the letters, from the list."`
}

// do calls f with each position that is named, prints what it says, and goes on
// after a failure.
func (w Which) do(ctx context.Context, s store.DeadLetters, out io.Writer, f func(int64) (string, error)) error {
	if w.All == (len(w.Positions) > 0) {
		return errors.New("name positions, or say --all")
	}
	failed := 0
	one := func(position int64) {
		says, err := f(position)
		switch {
		case errors.Is(err, store.ErrNoDeadLetter):
			says = "not there: it was replayed or dropped, or never was"
		case err != nil:
			says = err.Error()
			failed++
		}
		fmt.Fprintf(out, "%d  %s\n", position, says)
	}
	for _, p := range w.Positions {
		one(p)
	}
	if w.All {
		err := each(ctx, s, 0, func(l store.DeadLetter) (bool, error) { one(l.Position); return ctx.Err() == nil, ctx.Err() })
		if err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d dead letters stay as they are", failed)
	}
	return nil
}

// Replay is "dead replay".
type Replay struct{ Which }

var outcomes = map[store.Outcome]string{
	store.Recorded:   "stored: the voter's first ballot",
	store.Changed:    "stored: it replaces an earlier ballot",
	store.Superseded: "stored: a later vote of the voter stands",
}

func (c Replay) run(ctx context.Context, s worker.DeadLetters, out io.Writer) error {
	return c.do(ctx, s, out, func(position int64) (string, error) {
		outcome, err := worker.Replay(ctx, s, position)
		return outcomes[outcome], err
	})
}

// Drop is "dead drop".
type Drop struct{ Which }

func (c Drop) run(ctx context.Context, s store.DeadLetters, out io.Writer) error {
	return c.do(ctx, s, out, func(position int64) (string, error) { return "dropped", s.Drop(ctx, position) })
}

func at(position int64, err error) error { return fmt.Errorf("dead letter %d: %w", position, err) }
