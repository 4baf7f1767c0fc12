package pages

import (
	"context"
	"fmt"
	"os"
	"testing"

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
		defer testenv.StopShared()
		defer browser.StopShared()
		return m.Run()
	}())
}
