package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
)

const (
	// numbered is how many names with a number are tried before random ones.
	numbered = 9
	// maxTries bounds the search: by then something else is wrong.
	maxTries = numbered + 3
)

// UnderFreeSlug calls do with a slug, then with the same and a number behind it
// (lunch-2, lunch-3 ...), at last with random letters, until do returns anything
// but ErrExists: that is what it returns.
func UnderFreeSlug(slug string, do func(slug string) error) error {
	for n := 1; ; n++ {
		suffix := ""
		switch {
		case n > numbered:
			suffix = "-" + strings.ToLower(rand.Text()[:6])
		case n > 1:
			suffix = fmt.Sprintf("-%d", n)
		}
		if err := do(slug + suffix); !errors.Is(err, ErrExists) || n == maxTries {
			return err
		}
	}
}
