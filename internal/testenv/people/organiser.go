package people

import (
	"context"

	"popeye/api"
	"popeye/client"
	"popeye/internal/testenv"
	"popeye/vote"
	"popeye/vote/definition"
)

// Organiser asks questions, by the API.
type Organiser struct{ *client.Client }

// NewOrganiser speaks to a result site of a testenv.Stack or testenv.Popeye.
func NewOrganiser(result string) Organiser {
	return Organiser{client.New(client.Config{URL: result, Token: testenv.AdminToken, Transport: testenv.Network})}
}

// OpenPoll is a poll that is open at once. Its options get the ids a, b, c ...
func OpenPoll(slug, question string, labels ...string) api.NewPoll {
	d := api.NewPoll{Slug: slug, Question: question, Status: vote.Open}
	for _, l := range labels {
		d.Options = append(d.Options, definition.OptionText{Label: l})
	}
	return d
}

// Makes makes a poll.
func (o Organiser) Makes(t testenv.T, d api.NewPoll) {
	t.Helper()
	if _, err := o.CreatePoll(context.Background(), d); err != nil {
		t.Fatalf("make the poll %s: %v", d.Slug, err)
	}
}

// Opens opens a poll.
func (o Organiser) Opens(t testenv.T, slug string) {
	t.Helper()
	if _, err := o.OpenPoll(context.Background(), slug); err != nil {
		t.Fatalf("open the poll %s: %v", slug, err)
	}
}

// Closes begins to close a poll.
func (o Organiser) Closes(t testenv.T, slug string) {
	t.Helper()
	if _, err := o.ClosePoll(context.Background(), slug); err != nil {
		t.Fatalf("close the poll %s: %v", slug, err)
	}
}

// Deletes deletes a poll.
func (o Organiser) Deletes(t testenv.T, slug string) {
	t.Helper()
	if err := o.DeletePoll(context.Background(), slug); err != nil {
		t.Fatalf("delete the poll %s: %v", slug, err)
	}
}
