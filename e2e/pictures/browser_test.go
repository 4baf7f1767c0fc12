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
	return scenes.Start(t, bin, t.TempDir(), "VOTE_RATE=0",
		"PUBLIC_POLL_URL=http://vote.example.org", "PUBLIC_RESULT_URL=http://watch.example.org")
}

// tab is a page of one person.
type tab struct{ browser.Tab }
