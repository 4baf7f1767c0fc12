//go:build engine

package engine

import (
	"context"
	"fmt"
	"testing"

	"popeye/client"
	"popeye/vote"
)

// popeye alone, in its one-file image: a person who is not root votes, and the
// volume keeps what was recorded when the container is another.
func TestOneFileImage(t *testing.T) {
	t.Parallel()
	mustBuild(t, alone)
	img, err := saved(alone.project + "-popeye")
	if err != nil {
		t.Fatal(err)
	}
	progress("the image of popeye has %.1f MB", float64(img.size)/1e6)
	try(t, "image", func() error { return checkImage(img, "popeye", "popeye/cmd/popeye", native) })
	start(t, alone)
	try(t, "a vote at 5000 is counted at 5001", func() error {
		poll, err := alone.published("popeye", "5000/tcp")
		if err != nil {
			return err
		}
		v := newVoter(poll, "alone")
		if err := v.votes("b", 1); err != nil {
			return err
		}
		return countsOne(alone)
	})
	try(t, "another container counts it too", func() error {
		if err := alone.down(); err != nil {
			return err
		}
		if err := alone.up(); err != nil {
			return err
		}
		return countsOne(alone)
	})
}

// countsOne wants one vote, for the second option.
func countsOne(s stack) error {
	result, err := s.published("popeye", "5001/tcp")
	if err != nil {
		return err
	}
	return eventually(func() error {
		r, err := client.New(client.Config{URL: result, Transport: lanes}).Results(context.Background(), vote.DefaultSlug)
		if err == nil && (r.Total != 1 || r.Options[0].Votes != 0 || r.Options[1].Votes != 1) {
			err = fmt.Errorf("the count is %+v", r)
		}
		return err
	})
}
