//go:build engine

package engine

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
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
		jar, _ := cookiejar.New(nil) // without options it can't fail
		v := voter{client: &http.Client{Jar: jar}, site: poll, name: "alone"}
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
		resp, err := http.Get(result + "/api/v1/polls/default/results.csv")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		count, err := io.ReadAll(resp.Body)
		if err == nil && (!strings.Contains(string(count), "\nb,Chef,1,") || !strings.Contains(string(count), "\na,Ansible,0,")) {
			err = fmt.Errorf("the count is answered %s: %s", resp.Status, count)
		}
		return err
	})
}
