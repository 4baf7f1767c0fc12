package deploy

import (
	"encoding/json"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// The container for developers has the Go release that go.mod asks for, and what
// it runs at first is there.
func TestDevContainer(t *testing.T) {
	var c struct {
		Image             string
		PostCreateCommand string
		ForwardPorts      []int
	}
	if err := json.Unmarshal([]byte(read(t, "../.devcontainer/devcontainer.json")), &c); err != nil {
		t.Fatal(err)
	}
	release := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod"))
	if !strings.Contains(c.Image, ":"+release[1]+"-") {
		t.Errorf("the image is %s, and go.mod asks for Go %s", c.Image, release[1])
	}
	for _, script := range regexp.MustCompile(`\./[\w./-]+`).FindAllString(c.PostCreateCommand, -1) {
		if err := exec.Command("bash", "-n", "../"+script).Run(); err != nil {
			t.Errorf("%s: %v", script, err)
		}
	}
	if len(c.ForwardPorts) < 2 || c.ForwardPorts[0] != 5000 || c.ForwardPorts[1] != 5001 {
		t.Errorf("ports %v, want poll's and result's first", c.ForwardPorts)
	}
}
