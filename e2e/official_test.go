package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
)

// Viewers that others wrote, with the official client: what they get, over each
// transport, from the result service itself and across its restart.
func TestOfficialViewers(t *testing.T) {
	s := newStack(t, 1).Start(t)
	people.NewOrganiser(s.Results[0].URL).Makes(t, people.OpenPoll("lunch", "Where to?", "Pizza", "Sushi"))
	var viewers []*viewer
	for _, mode := range []string{"polling", "websocket", "upgrade"} {
		v := newViewer(t, s.Results[0].URL, mode)
		v.hears("message", `{"text":"Welcome!"}`)
		v.hears("scores", `"{\"a\":0,\"b\":0,\"c\":0,\"d\":0}"`)
		viewers = append(viewers, v)
	}
	if err := people.NewVoter(s.Polls[0].URL).Submit(t.Context(), "", "b"); err != nil {
		t.Fatal(err)
	}
	for _, v := range viewers {
		v.hears("scores", `"{\"a\":0,\"b\":1,\"c\":0,\"d\":0}"`)
		v.subscribe("lunch")
		v.hears("scores", `"{\"a\":0,\"b\":0}"`)
		v.hears("tally", `"poll":"lunch","status":"open","total":0,`)
		v.hears("ack", `{"channel":"lunch","status":"subscribed"}`)
	}
	if err := people.NewVoter(s.Polls[0].URL+"/p/lunch").Submit(t.Context(), "", "a"); err != nil {
		t.Fatal(err)
	}
	for _, v := range viewers {
		v.hears("scores", `"{\"a\":1,\"b\":0}"`)
		v.hears("tally", `"options":[{"id":"a","label":"Pizza","votes":1},{"id":"b","label":"Sushi","votes":0}]`)
	}
	if !viewers[2].upgraded {
		t.Error("no upgrade from polling to websocket")
	}
	s.Results[0].Kill()
	s.Results[0].Start(t).Ready(t)
	for _, v := range viewers {
		v.hears("disconnect", "")
		v.hears("message", `{"text":"Welcome!"}`)
		v.hears("scores", `"{\"a\":0,\"b\":1,\"c\":0,\"d\":0}"`)
	}
}

// viewer is a running viewer.mjs.
type viewer struct {
	t     *testing.T
	mode  string
	stdin io.Writer
	lines chan string

	upgraded bool // from polling to websocket, at any time
}

func newViewer(t *testing.T, url, mode string) *viewer {
	t.Helper()
	modules := testenv.NodeModules(t, "../internal/socketio/testdata/official")
	cmd := exec.Command("node", "testdata/viewer.mjs", url, mode)
	cmd.Env = append(os.Environ(), "CLIENT_MODULES="+modules)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	v := &viewer{t: t, mode: mode, stdin: stdin, lines: make(chan string, 100)}
	go func() {
		defer close(v.lines)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			v.lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		stdin.Close()
		for range v.lines { // until it has ended
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("viewer by %s: %v\n%s", mode, err, &stderr)
		}
	})
	return v
}

func (v *viewer) subscribe(slug string) { fmt.Fprintln(v.stdin, slug) }

// hears waits for the next event, which must be of that name and hold part.
func (v *viewer) hears(event, part string) {
	v.t.Helper()
	select {
	case line := <-v.lines:
		var said []json.RawMessage
		if err := json.Unmarshal([]byte(line), &said); err != nil || len(said) == 0 {
			v.t.Fatalf("viewer by %s: %q", v.mode, line)
		}
		if string(said[0]) == `"upgrade"` { // it comes when it comes
			v.upgraded = true
			v.hears(event, part)
			return
		}
		if string(said[0]) != `"`+event+`"` || !strings.Contains(line, part) {
			v.t.Fatalf("viewer by %s hears %s; want %s with %s", v.mode, line, event, part)
		}
	case <-time.After(testenv.Patience):
		v.t.Fatalf("viewer by %s does not hear %s", v.mode, event)
	}
}
