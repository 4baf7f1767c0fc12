package pages

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// findings are what judges say, each once, with where it was found. Safe for concurrent use.
type findings struct {
	looks atomic.Int64 // how often axe ran

	mu    sync.Mutex
	where map[string][]string
}

func (f *findings) add(where, what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.where == nil {
		f.where = map[string][]string{}
	}
	f.where[what] = append(f.where[what], where)
}

// report fails the test for each finding.
func (f *findings) report(t *testing.T) {
	t.Helper()
	for _, what := range slices.Sorted(maps.Keys(f.where)) {
		at := f.where[what]
		more := ""
		if len(at) > 4 {
			more = fmt.Sprintf(" and %d more", len(at)-4)
			at = at[:4]
		}
		t.Errorf("%s\n\ton %s%s", what, strings.Join(at, "; "), more)
	}
}
