package polls

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"popeye/api"
	"popeye/client"
	"popeye/vote"
	"popeye/vote/definition"
)

// Export is "polls export".
type Export struct {
	Named struct {
		Slugs []string `positional-arg-name:"poll" description:"Names of polls; all if there are none."`
	} `positional-args:"yes"`
	To    string `long:"to" default:"." value-name:"FOLDER" description:"Folder for the files, made if it is not there; - for one list on the standard output."`
	Force bool   `long:"force" description:"Write over files that are there."`
}

func (e Export) run(ctx context.Context, c *client.Client, t Terminal) error {
	all, err := c.Polls(ctx)
	if err != nil {
		return err
	}
	all, err = chosen(all, e.Named.Slugs)
	if err != nil {
		return err
	}
	definitions := make([]definition.Definition, len(all))
	for i, p := range all {
		if definitions[i], err = definitionOf(p, time.Now()); err != nil {
			return fmt.Errorf("%s: %w", p.Slug, err)
		}
	}
	if e.To == "-" {
		return writeDefinition(t, definitions)
	}
	return e.write(definitions, t)
}

// chosen returns the polls that are named, all of them for no names.
func chosen(all []api.OwnPoll, slugs []string) ([]api.OwnPoll, error) {
	if len(slugs) == 0 {
		return all, nil
	}
	var some []api.OwnPoll
	var missing []error
	for _, slug := range slugs {
		i := slices.IndexFunc(all, func(p api.OwnPoll) bool { return p.Slug == slug })
		if i < 0 {
			missing = append(missing, fmt.Errorf("there is no poll %q", slug))
			continue
		}
		some = append(some, all[i])
	}
	return some, errors.Join(missing...)
}

// definitionOf is what makes a poll like p: a draft, with the times that are to come.
func definitionOf(p api.OwnPoll, now time.Time) (d definition.Definition, err error) {
	raw, err := vote.EncodePoll(p) // whose fields are those of a definition, settings by default left out
	if err == nil {
		err = json.Unmarshal(raw, &d)
	}
	d.Status, d.Archived = "", nil
	for _, m := range []*definition.Moment{&d.OpensAt, &d.ClosesAt} {
		if !m.At.After(now) {
			*m = definition.Moment{}
		}
	}
	for _, limit := range []**vote.Limit{&d.Min, &d.Max} {
		if *limit != nil && **limit == 0 {
			*limit = nil
		}
	}
	return d, err
}

// write writes a file for each. It checks before the first that none is there already.
func (e Export) write(definitions []definition.Definition, t Terminal) error {
	file := func(d definition.Definition) string { return filepath.Join(e.To, d.Slug+".json") }
	var there []error
	for _, d := range definitions {
		if _, err := os.Lstat(file(d)); !errors.Is(err, fs.ErrNotExist) && !e.Force {
			there = append(there, fmt.Errorf("%s is there already", file(d)))
		}
	}
	if there != nil {
		return errors.Join(append(there, errors.New("nothing was written; --force writes over files"))...)
	}
	if err := os.MkdirAll(e.To, 0o755); err != nil {
		return err
	}
	for _, d := range definitions {
		if err := writeFile(file(d), d); err != nil {
			return err
		}
		fmt.Fprintln(t.Out, file(d))
	}
	return nil
}

func writeFile(name string, d definition.Definition) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(writeDefinition(Terminal{Out: f}, d), f.Close())
}

// writeDefinition writes one, or a list of them, for people to edit.
func writeDefinition(t Terminal, v any) error {
	e := json.NewEncoder(t.Out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
