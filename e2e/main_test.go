package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"popeye/internal/testenv"
)

// bin is the folder of the binaries under test.
var bin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if bin, err = os.MkdirTemp("", "popeye-bin-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(bin)
		if out, err := exec.Command("go", "build", "-o", bin, "popeye/cmd/...").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build the programs: %v\n%s", err, out)
			return 1
		}
		defer testenv.StopShared()
		return m.Run()
	}())
}
