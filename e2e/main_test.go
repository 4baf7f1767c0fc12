package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"

	"popeye/internal/testenv"
	chrome "popeye/internal/testenv/browser"
)

// bin is the folder of the binaries under test.
var bin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var remove func()
		var err error
		bin, remove, err = testenv.Build(context.Background(), "popeye/cmd/...")
		defer remove()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer testenv.StopShared()
		defer chrome.StopShared()
		return m.Run()
	}())
}
