package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"popeye/count"
	"popeye/count/rules"
	"popeye/export"
	"popeye/internal/i18n"
	"popeye/vote"
)

// Count is the command "count".
type Count struct {
	From struct {
		File string `positional-arg-name:"file" description:"An export of ours, or a file in one of the formats; - is the standard input."`
	} `positional-args:"yes" required:"yes"`
	Rule     string   `long:"rule" value-name:"RULE" description:"How to count, as in irv/1. Else as the poll of an export says, or by the file's ballots: irv/1 for ranks, stv/1 for ranks and several seats, score/1 for points, approval/1 for approvals."`
	Seats    *int     `long:"seats" value-name:"N" description:"How many options win; else as the file says, or one."`
	Withdraw []string `long:"withdraw" value-name:"ID" description:"Count without an option, named by its id or its name; may be given several times."`
	Lot      string   `long:"lot" value-name:"SEED" description:"Seed of the lot that decides the last ties; else that of an export, or the order of options in the file."`
	Format   string   `long:"format" value-name:"FORMAT" description:"What the file is: json, csv, tsv, blt, soc, soi, toc, toi or cat; else its name tells."`
	JSON     bool     `long:"json" description:"Print the result as one JSON object, the same as count in a poll's results."`
}

// Console is where a command reads and writes.
type Console struct {
	In       io.Reader
	Out, Err io.Writer
	Watched  bool // a person sees Err: long work says how far it is
}

// Run counts a file and prints the result.
func (c Count) Run(ctx context.Context, console Console) error {
	f, err := c.read(ctx, console)
	if err != nil {
		return err
	}
	run, err := c.choose(f)
	if err != nil {
		return fmt.Errorf("%s: %w", c.From.File, err)
	}
	counted := make(chan count.Result, 1)
	go func() { counted <- run.result() }()
	select {
	case r := <-counted:
		if c.JSON {
			return json.NewEncoder(console.Out).Encode(r)
		}
		return run.print(r, console.Out)
	case <-ctx.Done(): // the count goes on until the program ends, which is now
		return ctx.Err()
	}
}

// read reads the file.
func (c Count) read(ctx context.Context, console Console) (*export.File, error) {
	name := c.From.File
	format := strings.ToLower(c.Format)
	if format == "" {
		format = export.FormatOf(name)
	}
	if !slices.Contains(export.Formats, format) {
		return nil, fmt.Errorf("say what %s is with --format: %s", name, strings.Join(export.Formats, ", "))
	}
	in, size := console.In, int64(0)
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil {
			size = info.Size()
		}
		in = file
	}
	p := &progress{ctx: ctx, in: in, size: size, said: time.Now()}
	if console.Watched {
		p.out = console.Err
	}
	f, err := export.Read(p, format)
	p.done()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, plain(err))
	}
	return f, nil
}

// plain is an error of the language as the sentence that tells a person.
func plain(err error) error {
	if e, is := errors.AsType[*vote.Error](err); is {
		return errors.New(i18n.English.Text(e.Message()))
	}
	return err
}

// election is what is counted, and how.
type election struct {
	*export.File
	name string // of the file, in words
	rule rules.Rule
	off  []string // options that have withdrawn
	full bool     // the count with them comes first, as a poll's result has it
	note string   // what a reader should know
}

// choose works out what is to be counted, and how.
func (c Count) choose(f *export.File) (election, error) {
	e := election{File: f, name: f.Title, off: slices.Clone(f.Withdrawn), full: f.Own && len(c.Withdraw) == 0}
	if e.name == "" {
		e.name = filepath.Base(c.From.File)
	}
	for _, named := range c.Withdraw {
		id, err := withdrawn(f.Election.Options, named)
		if err != nil {
			return e, err
		}
		if !slices.Contains(e.off, id) {
			e.off = append(e.off, id)
		}
	}
	slices.Sort(e.off)
	if err := e.chooseRule(c.Rule, c.Seats); err != nil {
		return e, err
	}
	if left := len(f.Election.Options) - len(e.off); left <= f.Election.Seats {
		return e, fmt.Errorf("with %s there is nothing to decide: the number of seats, %d, must be less",
			number(int64(left), "option"), f.Election.Seats)
	}
	if c.Lot != "" {
		f.Election = f.Election.WithLot(c.Lot)
	}
	return e, nil
}

// withdrawn returns the id of an option that is named by its id, or by its name.
func withdrawn(options []vote.Option, named string) (string, error) {
	for _, is := range []func(vote.Option) bool{
		func(o vote.Option) bool { return o.ID == named },
		func(o vote.Option) bool { return o.Label == named },
	} {
		if i := slices.IndexFunc(options, is); i >= 0 {
			return options[i].ID, nil
		}
	}
	return "", fmt.Errorf("there is no option %q to withdraw: the options are %s", named, listed(options))
}

// listed lists options for a message, the first few of very many.
func listed(options []vote.Option) string {
	const most = 12
	var all []string
	for i, o := range options {
		if i == most {
			all = append(all, "...")
			break
		}
		all = append(all, o.ID+" ("+OneLine(o.Label, 30)+")")
	}
	return strings.Join(all, ", ")
}

// chooseRule chooses the rule and the seats.
func (e *election) chooseRule(name string, seats *int) (err error) {
	in := &e.File.Election
	asked := name != ""
	if seats != nil {
		if in.Seats = *seats; in.Seats < 1 {
			return fmt.Errorf("--seats is at least 1, not %d", in.Seats)
		}
	}
	if !asked {
		name = e.usualRule()
	}
	if e.rule, err = rules.Lookup(name); err != nil {
		var all []string
		for _, k := range vote.Kinds {
			all = append(all, rules.Names(k)...)
		}
		return fmt.Errorf("%w: the rules are %s", err, strings.Join(all, ", "))
	}
	if err := e.fit(); err != nil {
		return err
	}
	if e.rule.OneSeat && in.Seats > 1 {
		if seats != nil || !asked {
			return fmt.Errorf("%s finds one winner, not %d: choose another rule%s", e.rule.Name, in.Seats, otherRules(*in))
		}
		e.note = fmt.Sprintf("The file has %d seats; %s fills one.", in.Seats, e.rule.Name)
		in.Seats = 1
	}
	return nil
}

// usualRule is the rule if none is asked for.
func (e *election) usualRule() string {
	if e.File.Rule != "" {
		return e.File.Rule
	}
	if in := e.File.Election; in.Kind == vote.Ranked && in.Seats > 1 {
		return "stv/1"
	}
	return vote.DefaultSettings(e.File.Election.Kind).Rule
}

// otherRules names those that fill several seats.
func otherRules(e count.Election) string {
	var fit []string
	for _, name := range rules.Names(e.Kind) {
		if r, err := rules.Lookup(name); err == nil && !r.OneSeat {
			fit = append(fit, name)
		}
	}
	if len(fit) == 0 {
		return ""
	}
	return ", as " + strings.Join(fit, ", ")
}

// result counts.
func (e *election) result() count.Result {
	var r count.Result
	switch {
	case len(e.off) == 0:
		r = e.rule.Count(e.File.Election, e.Ballots)
	case e.full:
		r = e.rule.With(e.File.Election, e.Ballots, e.off)
	default:
		r = e.rule.Without(e.File.Election, e.Ballots, e.off)
		r.Withdrawn = e.off
	}
	for _, of := range []*count.Result{&r, r.Without} {
		if of != nil {
			of.Voters, of.Invalid, of.Abstained = e.Voters, e.Invalid, e.Abstained
		}
	}
	return r
}
