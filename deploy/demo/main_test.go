package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"popeye/api"
	"popeye/internal/config"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
	"popeye/vote/definition"
)

func noVariables(string) string { return "" }

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"--help"}, noVariables, &out, io.Discard); !errors.Is(err, config.ErrHelp) {
		t.Fatal(err)
	}
	for _, want := range []string{"Examples:", "go run ./deploy/demo --url http://localhost:5000", "--rate", "DEMO_VOTERS", "--for", "--seed", "LOG_FORMAT"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the help does not say %q:\n%s", want, &out)
		}
	}
}

// A mistake is told at once, by the name of what is wrong.
func TestSettingsAreChecked(t *testing.T) {
	for _, args := range [][]string{
		{"--url", "localhost:5000"},
		{"--url", "ftp://localhost"},
		{"--poll", "../admin"},
		{"--rate", "0"},
		{"--rate", "NaN"},
		{"--rate", "1e9"},
		{"--voters", "0"},
		{"--voters", "1000000000"},
		{"--for", "-1s"},
		{"--seed", "x"},
		{"--log-format", "xml"},
	} {
		err := run(t.Context(), args, noVariables, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), strings.TrimLeft(args[0], "-")) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// A crowd at the real thing, one for each kind of poll: in the end every voter who
// was told so is counted, once.
func TestCrowdAtPopeye(t *testing.T) {
	poll, result := startPopeye(t)
	for _, p := range polls() {
		t.Run(string(p.Kind), func(t *testing.T) {
			organiser := people.NewOrganiser(result)
			organiser.Makes(t, definitionOf(p))
			log := new(logbook)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			c := newCrowd(newSite(poll, p.Slug), settings{Rate: 300, Voters: 100, Seed: 9}, log.logger())
			defer c.site.leave()
			done := make(chan error)
			go func() { done <- c.run(ctx) }()
			testenv.Eventually(t, "300 votes are recorded", func() error {
				if n := c.sum.recorded.Load(); n < 300 {
					return fmt.Errorf("%d votes are recorded", n)
				}
				return nil
			})
			cancel()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			checkSum(t, log, int(c.sum.recorded.Load()), 0, 0)
			if got, err := organiser.Results(t.Context(), p.Slug); err != nil || got.Total != 100 || len(c.idle) != 100 {
				t.Errorf("the result has %d voters, %v; %d know that they are recorded, want 100", got.Total, err, len(c.idle))
			}
		})
	}
	// As a container's health check asks.
	for slug, want := range map[string]string{"single": "", "nowhere": "no poll"} {
		err := run(t.Context(), []string{"healthcheck", "--url", poll, "--poll", slug}, noVariables, io.Discard, io.Discard)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("the health check of the poll %s: %v", slug, err)
		}
	}
	var out bytes.Buffer
	err := run(t.Context(), []string{"--url", poll, "--poll", "ranked", "--for", "300ms", "--log-format", "json"}, noVariables, io.Discard, &out)
	if err != nil || !strings.Contains(out.String(), `"msg":"the crowd has left"`) {
		t.Errorf("for a while: %v\n%s", err, &out)
	}
}

// startPopeye builds and starts the one process on a folder of its own.
func startPopeye(t *testing.T) (poll, result string) {
	t.Helper()
	bin, remove, err := testenv.Build(t.Context(), "popeye/cmd/popeye")
	t.Cleanup(remove)
	if err != nil {
		t.Fatal(err)
	}
	p := testenv.NewPopeye(t, bin, t.TempDir(), "LOG_LEVEL=warn").Start(t)
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Errorf("popeye ends with %v", err)
		}
	})
	return p.URL, p.Result
}

// definitionOf is a poll as an organiser would have made it.
func definitionOf(p vote.Poll) api.NewPoll {
	d := api.NewPoll{Slug: p.Slug, Question: p.Question, Kind: p.Kind, Status: vote.Open}
	for _, o := range p.Options {
		d.Options = append(d.Options, definition.OptionText(o))
	}
	if p.Max > 0 {
		d.Min, d.Max = new(vote.Limit(p.Min)), new(vote.Limit(p.Max))
	}
	return d
}
