package main

import (
	"os/exec"
	"testing"

	"popeye/internal/testenv"
)

// A service that has ended by itself can't be killed: that is a charge.
func TestKillingWhatHasEnded(t *testing.T) {
	fails, err := exec.LookPath("false")
	if err != nil {
		t.Fatal(err)
	}
	p := testenv.NewProgram(t, fails).Start(t)
	<-p.Ended()
	l := newLedger()
	l.kills(p)
	if _, charges := l.all(); len(charges) != 1 || charges[0].Kind != rude {
		t.Errorf("charges %+v", charges)
	}
}
