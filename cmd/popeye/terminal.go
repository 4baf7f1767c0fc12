package main

import (
	"io"
	"os"

	"golang.org/x/term"

	"popeye/internal/cli/polls"
)

// terminal is where a command runs that a person may look at.
func terminal(stdout, stderr io.Writer) polls.Terminal {
	t := polls.Terminal{In: os.Stdin, Out: stdout, Err: stderr}
	if f, ok := stdout.(*os.File); ok && isTerminal(stdout) {
		if width, height, err := term.GetSize(int(f.Fd())); err == nil {
			t.Width, t.Height = width, height
		}
	}
	return t
}
