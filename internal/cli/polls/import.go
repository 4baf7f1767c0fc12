package polls

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"time"

	"popeye/api"
	"popeye/client"
	"popeye/vote"
	"popeye/vote/definition"
)

const (
	// maxFile bounds a file of definitions, maxDefinitions how many one import makes.
	maxFile        = 16 << 20
	maxDefinitions = 1000
)

// Import is "polls import".
type Import struct {
	Named struct {
		Files []string `positional-arg-name:"file" description:"Files with definitions; - for the standard input." required:"1"`
	} `positional-args:"yes" required:"yes"`
	Check bool `long:"check" description:"Only check: make nothing."`
	JSON  bool `long:"json" description:"Print one JSON object for each poll, on a line of its own."`
}

func (m Import) run(ctx context.Context, c *client.Client, t Terminal) error {
	all, unread := m.read(t)
	there, err := c.Polls(ctx)
	if err != nil {
		return errors.Join(unread, err)
	}
	if err := errors.Join(unread, validate(all, there, time.Now())); err != nil {
		return fmt.Errorf("%w\nnothing was made", err)
	}
	if m.Check {
		fmt.Fprintf(t.Out, "%d polls can be made\n", len(all))
		return nil
	}
	return m.make(ctx, c, t, all)
}

// read reads all files, and says everything that is wrong with any.
func (m Import) read(t Terminal) (all []entry, err error) {
	var wrong []error
	for _, name := range m.Named.Files {
		raw, err := readFile(name, t.In)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		some, err := parse(name, raw)
		all, wrong = append(all, some...), append(wrong, err)
	}
	if len(all) > maxDefinitions {
		wrong = append(wrong, fmt.Errorf("these are %d polls: at most %d at once", len(all), maxDefinitions))
	}
	return all, errors.Join(wrong...)
}

func readFile(name string, stdin io.Reader) ([]byte, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err == nil && len(raw) > maxFile {
		err = fmt.Errorf("%s is larger than %d MB", name, maxFile>>20)
	}
	return raw, err
}

// validate says everything that is wrong with the definitions: what the server would
// refuse, as far as can be known before.
func validate(all []entry, there []api.OwnPoll, now time.Time) error {
	var wrong []error
	taken := map[string]string{} // slug -> where it is said
	for i, e := range all {
		fail := func(err error) { wrong = append(wrong, fmt.Errorf("%s: %w", e.at, err)) }
		p, err := e.poll(now)
		if err != nil {
			fail(err)
			continue
		}
		if e.definition.Slug == "" {
			continue // the server makes a free one
		}
		if other, twice := taken[p.Slug]; twice {
			fail(fmt.Errorf("the name %q is that of %s too", p.Slug, other))
			continue
		}
		taken[p.Slug] = e.at
		j := slices.IndexFunc(there, func(o api.OwnPoll) bool { return o.Slug == p.Slug })
		switch {
		case j >= 0 && same(p, there[j]):
			all[i].made = &there[j]
		case j >= 0:
			fail(fmt.Errorf("there is another poll of the name %q", p.Slug))
		}
	}
	return errors.Join(wrong...)
}

// same reports whether a poll that is there could have been made from p's definition.
func same(p vote.Poll, there api.OwnPoll) bool {
	p.LotSeed = there.LotSeed // each is drawn
	return p.Question == there.Question && p.Kind == there.Kind && p.Min == there.Min && p.Max == there.Max &&
		slices.Equal(p.Options, there.Options) && reflect.DeepEqual(p.Settings, there.Settings)
}

// make makes the polls that are not there yet. Each has an id, so that one whose answer
// was lost is not made twice when the command is called again.
func (m Import) make(ctx context.Context, c *client.Client, t Terminal, all []entry) error {
	for i, e := range all {
		var made api.OwnPoll
		if e.made != nil {
			made = *e.made
		} else {
			var err error
			if made, err = c.CreatePoll(ctx, withID(e.definition)); err != nil {
				return fmt.Errorf("%s: %w\n%d of %d polls are made; call it again for the others, which makes none twice", e.at, err, i, len(all))
			}
		}
		if err := show(t, m.JSON, made); err != nil {
			return err
		}
	}
	return nil
}

// withID gives a definition without an id the one that says what it asks for.
func withID(d definition.Definition) definition.Definition {
	if d.ID == "" {
		words, _ := json.Marshal(d) // plain data: it can't fail
		digest := sha256.Sum256(words)
		d.ID = "import-" + hex.EncodeToString(digest[:16])
	}
	return d
}
