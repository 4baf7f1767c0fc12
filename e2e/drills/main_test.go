//go:build linux

package drills

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"popeye/internal/testenv"
)

// bin is the folder of the programs under test.
var bin string

func TestMain(m *testing.M) {
	// A drill waits most of the time, so more of them than there are cores run at once.
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	os.Exit(func() int {
		var remove func()
		var err error
		bin, remove, err = testenv.Build(context.Background(), "popeye/cmd/...")
		defer remove()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		code := m.Run()
		testenv.StopShared()
		if code == 0 {
			if err := goleak.Find(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
		}
		return code
	}())
}
