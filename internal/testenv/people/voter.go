package people

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"popeye/api"
	"popeye/client"
	"popeye/internal/testenv"
	"popeye/vote"
)

// Voter is one person, who keeps the same cookies by whatever way they vote.
type Voter struct{ *client.Client }

// NewVoter returns somebody who was never at a voting site, with a testenv.Network of no
// kept connections.
func NewVoter(site string) *Voter { return NewVoterOver(site, testenv.Network) }

// NewVoterOver is NewVoter over connections that others share.
func NewVoterOver(site string, network http.RoundTripper) *Voter {
	return &Voter{client.New(client.Config{URL: site, Transport: network})}
}

// At returns the same voter at another replica.
func (v *Voter) At(site string) *Voter { return &Voter{v.Client.At(site)} }

// Cast sends a choice to the API once, and fails unless it is recorded as it is.
func (v *Voter) Cast(ctx context.Context, slug string, choice vote.Ballot, id string) error {
	r, err := v.Vote(ctx, slug, api.Cast{Vote: client.Choice(choice), ID: id})
	if err == nil && (r.Vote != choice || id != "" && r.ID != id) {
		err = fmt.Errorf("a vote for %s is answered %+v", choice, r)
	}
	return err
}

// Votes casts a choice in the default poll until it is recorded.
func (v *Voter) Votes(t testenv.T, choice vote.Ballot) {
	t.Helper()
	id := rand.Text()
	testenv.Eventually(t, fmt.Sprintf("a vote for %s is recorded", choice), func() error {
		return v.Cast(context.Background(), vote.DefaultSlug, choice, id)
	})
}

// Opens opens a page, which tells a voter who they are.
func (v *Voter) Opens(ctx context.Context, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.URL()+path, http.NoBody)
	if err != nil {
		return err
	}
	status, _, err := v.page(req)
	if err == nil && (status != http.StatusOK || v.VoterID() == "") {
		err = fmt.Errorf("%s is answered %d, to the voter %q", path, status, v.VoterID())
	}
	return err
}

// Submit votes by the form of a page, as a browser without JavaScript does. It fails
// unless the page on which that ends says that the vote is recorded.
func (v *Voter) Submit(ctx context.Context, path string, choice vote.Ballot) error {
	form := strings.NewReader(url.Values{"vote": {string(choice)}}.Encode())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.URL()+path, form)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, page, err := v.page(req)
	if err == nil && (status != http.StatusOK || !bytes.Contains(page, []byte("Recorded"))) {
		err = fmt.Errorf("status %d, and the page does not say that it is recorded", status)
	}
	return err
}

// page follows a request to the page where it ends.
func (v *Voter) page(req *http.Request) (status int, page []byte, err error) {
	browser := *v.HTTP()
	browser.CheckRedirect = nil
	resp, err := browser.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	page, err = io.ReadAll(resp.Body)
	return resp.StatusCode, page, err
}
