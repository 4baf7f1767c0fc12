//go:build engine

package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// crash ends the process of a service as a crash would, and waits until the
// engine has started it again and it is healthy. `docker kill` would not do: to
// the engine it is a stop by hand, after which `unless-stopped` means stopped.
func crash(s stack, service string) error {
	now, err := s.inspect()
	if err != nil {
		return err
	}
	before, err := now.service(service)
	if err != nil {
		return err
	}
	return crashOf(s, before)
}

func crashOf(s stack, before container) error {
	if out := onHost(fmt.Sprintf("kill -9 %d && echo killed", before.State.Pid)); !strings.Contains(out, "killed") {
		return fmt.Errorf("%s can't be killed: %s", before.service(), out)
	}
	// An engine starts it again within moments, or not at all.
	if err := within(s.patience, func() error { return isBack(s, before, "starting", "healthy") }); err != nil {
		return err
	}
	return eventually(func() error { return isBack(s, before, "healthy") })
}

// isBack says whether a service runs as another process than before, in one of
// these states of health.
func isBack(s stack, before container, health ...string) error {
	now, err := s.inspect()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(now.Containers, func(c container) bool { return c.ID == before.ID })
	if i < 0 {
		return fmt.Errorf("%s after a crash is another container", before.service())
	}
	after := now.Containers[i]
	if after.RestartCount <= before.RestartCount || !slices.Contains(health, after.State.Health.Status) {
		return fmt.Errorf("%s after a crash is %s and %q, restarted %d times", before.service(),
			after.State.Status, after.State.Health.Status, after.RestartCount-before.RestartCount)
	}
	return nil
}

// crashes lets these vote while each service in turn crashes. It returns when
// everybody has been told that their last vote is recorded.
func crashes(s stack, voters []*voter) error {
	c := newCrowd(voters, 100*time.Millisecond)
	var err error
	for _, service := range services {
		began := time.Now()
		if e := crash(s, service); e != nil {
			err = errors.Join(err, e)
			continue
		}
		progress("%s crashed and was back after %.1f s", service, time.Since(began).Seconds())
	}
	return errors.Join(err, c.end())
}

// downAndUp lets these vote while no worker runs, so that the votes wait in the
// queue, and takes the stack down and up again: the volumes have to bring back
// what is stored and what waits.
func downAndUp(s stack, waiting []*voter) error {
	if _, err := s.compose("stop", "worker"); err != nil {
		return err
	}
	for _, v := range waiting {
		if err := v.votes("c", 0); err != nil {
			return err
		}
	}
	return errors.Join(s.down(), s.up())
}
