package polls

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"popeye/api"
	"popeye/client"
	"popeye/count/rules"
	"popeye/internal/i18n"
	"popeye/internal/slugify"
	"popeye/vote"
	"popeye/vote/definition"
)

// settings are the flags of vote.Choices: the same fields, so that one more there is
// one more line here.
type settings struct {
	Rule       *string          `json:"rule" long:"rule" value-name:"NAME" description:"How it is counted, as in irv/1 or schulze/1; the kind's own rule if absent."`
	Seats      *vote.Limit      `json:"seats" long:"seats" description:"How many options win (1)."`
	Quorum     *vote.Limit      `json:"quorum" long:"quorum" description:"score: options with fewer raters come last (0)."`
	EqualRanks *bool            `json:"equal_ranks" long:"equal-ranks" description:"ranked: options may share a place."`
	Abstain    *bool            `json:"abstain" long:"abstain" description:"A voter may say that they choose nothing."`
	Visibility *vote.Visibility `json:"visibility" long:"visibility" enum:"live,after_vote,closed,manual" description:"Who sees the results: live (the default), after_vote, closed or manual."`
	Withdrawn  []string         `json:"withdrawn" long:"withdraw" value-name:"ID" description:"An option that is out of the running: a count without it stands beside the full one. Repeat it for several; empty for none."`
	Embed      []string         `json:"embed" long:"embed" value-name:"ORIGIN" description:"A site whose pages may show the live result in a frame, as in https://example.org; * for any. Repeat it for several; empty for none."`
	TimeZone   *string          `json:"time_zone" long:"time-zone" value-name:"ZONE" description:"Where the organiser's clock hangs, as in Europe/Paris (UTC)."`
	Archived   *bool            `json:"archived" long:"archived" description:"Take it off the main list of the organiser's page; =false to put it back."`
	Listed     *bool            `json:"listed" long:"listed" description:"On the front page while it is open, for everybody to find."`
	HideVoters *bool            `json:"hide_voters" long:"hide-voters" description:"While the results are hidden, so is how many have voted."`
}

// choices returns what was chosen.
func (s settings) choices() (c vote.Choices) {
	s.Withdrawn, s.Embed = list(s.Withdrawn), list(s.Embed)
	raw, _ := json.Marshal(s) // plain data, of the same fields: neither step can fail
	_ = json.Unmarshal(raw, &c)
	return c
}

// list returns the values of a flag that is repeated. One that is empty means none.
func list(values []string) []string {
	if len(values) == 1 && values[0] == "" {
		return []string{}
	}
	return values
}

// words are the flags that create and edit have in common.
type words struct {
	Question *string     `long:"question" value-name:"TEXT" description:"What is asked."`
	Options  []string    `long:"option" value-name:"LABEL" description:"An option; repeat it for each. They get the ids a, b, c ..."`
	Kind     *vote.Kind  `long:"kind" enum:"single,multiple,ranked,score" description:"single (the default), multiple, ranked or score."`
	Min      *vote.Limit `long:"min" description:"multiple: fewest options (1); score: fewest points (0)."`
	Max      *vote.Limit `long:"max" description:"multiple: most options (all); score: most points (5)."`
	OpensAt  *string     `long:"opens-at" value-name:"TIME" description:"When it opens by itself, as in 2126-05-01T20:00:00+02:00; empty for never."`
	ClosesAt *string     `long:"closes-at" value-name:"TIME" description:"When it closes by itself; empty for never."`
	settings
}

// edit returns what the flags say.
func (w words) edit() (e definition.Edit, err error) {
	e = definition.Edit{Question: w.Question, Kind: w.Kind, Min: w.Min, Max: w.Max, Choices: w.choices()}
	for _, label := range w.Options {
		e.Options = append(e.Options, definition.OptionText{Label: label})
	}
	for text, moment := range map[*string]*definition.Moment{w.OpensAt: &e.OpensAt, w.ClosesAt: &e.ClosesAt} {
		if text != nil && err == nil {
			*moment, err = definition.ParseMoment(*text)
		}
	}
	return e, err
}

// Create is "polls create".
type Create struct {
	words
	Slug string `long:"slug" value-name:"NAME" description:"The poll's name in links; made from the question if absent."`
	Open bool   `long:"open" description:"Open it at once."`
	JSON bool   `long:"json" description:"Print the whole poll as one JSON object."`
}

func (n Create) run(ctx context.Context, c *client.Client, t Terminal) error {
	if n.Question == nil {
		return errors.New("--question is missing")
	}
	e, err := n.edit()
	if err != nil {
		return inWords(err)
	}
	d := definition.Definition{
		Slug: n.Slug, Question: *n.Question, Options: e.Options, Min: e.Min, Max: e.Max, OpensAt: e.OpensAt, ClosesAt: e.ClosesAt, Choices: e.Choices,
	}
	if e.Kind != nil {
		d.Kind = *e.Kind
	}
	if n.Open {
		d.Status = vote.Open
	}
	if err := check(d); err != nil {
		return inWords(err)
	}
	p, err := c.CreatePoll(ctx, d)
	if err != nil {
		return err
	}
	return show(t, n.JSON, p)
}

// check reports what is wrong with a definition, as far as can be known here.
func check(d definition.Definition) error {
	d.Slug = cmp.Or(d.Slug, slugify.Question(d.Question))
	p, err := definition.NewPoll(d)
	if err == nil {
		err = rules.Check(p)
	}
	return err
}

// inWords says what a rule's error says to people.
func inWords(err error) error { return errors.New(i18n.English.Error(err)) }

// Edit is "polls edit".
type Edit struct {
	One `positional-args:"yes" required:"yes"`
	words
	Labels []string `long:"label" value-name:"ID=LABEL" description:"What an option is called from now on; repeat it for several."`
	JSON   bool     `long:"json" description:"Print the whole poll as one JSON object."`
}

func (n Edit) run(ctx context.Context, c *client.Client, t Terminal) error {
	e, err := n.edit()
	if err != nil {
		return inWords(err)
	}
	if len(n.Labels) > 0 {
		if e.Options, err = n.relabelled(ctx, c); err != nil {
			return err
		}
	}
	p, err := c.ChangePoll(ctx, n.Slug, e)
	if err != nil {
		return err
	}
	return show(t, n.JSON, p)
}

// relabelled returns the poll's options, with the labels that were given.
func (n Edit) relabelled(ctx context.Context, c *client.Client) (options []definition.OptionText, err error) {
	if len(n.Options) > 0 {
		return nil, errors.New("--option names all options anew, --label one of those that are there: say one of the two")
	}
	p, err := c.OwnPoll(ctx, n.Slug)
	if err != nil {
		return nil, err
	}
	for _, o := range p.Options {
		options = append(options, definition.OptionText(o))
	}
	for _, text := range n.Labels {
		id, label, ok := strings.Cut(text, "=")
		i := slices.IndexFunc(options, func(o definition.OptionText) bool { return o.ID == id })
		if !ok || i < 0 {
			return nil, fmt.Errorf("--label=%s: want an option's id, =, and what it is called; the ids are %s", text, strings.Join(idsOf(p), ", "))
		}
		options[i].Label = label
	}
	return options, nil
}

func idsOf(p api.OwnPoll) (ids []string) {
	for _, o := range p.Options {
		ids = append(ids, o.ID)
	}
	return ids
}
