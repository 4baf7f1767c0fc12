//go:build unix

package main

import (
	"os"
	"testing"
)

func TestIsTerminalOfATerminal(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	if !isTerminal(terminal) {
		t.Error("a terminal is none")
	}
}
