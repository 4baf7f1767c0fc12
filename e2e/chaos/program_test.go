package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Somebody else may answer at the address of a program that could not start.
func TestProgramThatEnds(t *testing.T) {
	fails, err := exec.LookPath("false")
	if err != nil {
		t.Fatal(err)
	}
	somebody := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(somebody.Close)
	t.Cleanup(asker.CloseIdleConnections)
	p := &program{name: "poll-1", path: fails, ops: strings.TrimPrefix(somebody.URL, "http://"), log: filepath.Join(t.TempDir(), "log")}
	if err := p.ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	<-p.done
	if err := p.ready(t.Context()); err == nil || !strings.Contains(err.Error(), "poll-1 has ended by itself: exit status 1") {
		t.Errorf("ready: %v", err)
	}
	l := newLedger()
	l.kills(p)
	if _, charges := l.all(); len(charges) != 1 || charges[0].Kind != rude {
		t.Errorf("charges %+v", charges)
	}
}

// Whoever waits learns why the waiting ended.
func TestEventually(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	asked := 0
	err := eventually(ctx, "something", func() error { asked++; return exec.ErrNotFound })
	if !errors.Is(err, context.DeadlineExceeded) || asked == 0 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	asked = 0
	if err := eventually(t.Context(), "something", func() error {
		if asked++; asked < 3 {
			return exec.ErrNotFound
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}
