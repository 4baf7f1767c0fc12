//go:build race && linux

package attacks

// The race detector makes filling a database ten times as slow.
func init() { rankings, voters = 30_000, 20_000 }
