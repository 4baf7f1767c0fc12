package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"popeye/api"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
)

// newStack prepares the five services on servers of their own, n of each of ours.
func newStack(t testing.TB, n int) *testenv.Stack {
	t.Helper()
	return testenv.NewStack(t, testenv.StackConfig{Bin: bin, Replicas: n})
}

// totals are the votes of a count, as in "a:1 b:0 c:0 d:0".
func totals(r api.Results) string {
	var parts []string
	for _, o := range r.Options {
		parts = append(parts, fmt.Sprintf("%s:%d", o.ID, o.Votes))
	}
	return strings.Join(parts, " ")
}

// results reads a poll's count from a result service.
func results(site, slug string) (api.Results, error) {
	return people.NewOrganiser(site).Results(context.Background(), slug)
}

// shows waits until a poll's count is as wanted.
func shows(t testing.TB, site, slug, want string) {
	t.Helper()
	testenv.Eventually(t, "the count is "+want, func() error {
		r, err := results(site, slug)
		if err == nil && totals(r) != want {
			err = errors.New("it is " + totals(r))
		}
		return err
	})
}
