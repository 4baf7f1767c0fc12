//go:build race

package attacks

// The race detector makes everything ten times as slow.
func init() { rankings = 30_000 }
