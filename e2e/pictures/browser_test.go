//go:build pictures

package pictures

import (
	"context"
	"fmt"
	"os"
	"testing"

	"popeye/e2e/scenes"
	"popeye/internal/testenv"
	"popeye/internal/testenv/browser"
	"popeye/internal/testenv/people"
)

// bin is the folder of the program under test.
var bin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var remove func()
		var err error
		bin, remove, err = testenv.Build(context.Background(), "popeye/cmd/popeye")
		defer remove()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// house starts a popeye with everything in it, whose public addresses are the same in each run.
func house(t *testing.T) *scenes.House {
	t.Helper()
	p := testenv.NewPopeye(t, bin, t.TempDir(), "DEV=true", "VOTE_RATE=0",
		"PUBLIC_POLL_URL=http://vote.example.org", "PUBLIC_RESULT_URL=http://watch.example.org")
	p.Start(t)
	h := scenes.Fill(t, p.URL, p.Result)
	testenv.Eventually(t, "all votes are counted", func() error {
		for slug, want := range map[string]int64{"hidden-after-vote": 5, "rule-star": 24, "mixed": 6} {
			if r, err := people.NewOrganiser(p.Result).Results(t.Context(), slug); err != nil || r.Total != want {
				return fmt.Errorf("%s has %d votes, %w", slug, r.Total, err)
			}
		}
		return nil
	})
	return h
}

// tab is a page of one person.
type tab struct{ browser.Tab }
