// Package app is what every program of Popeye does around its own work:
// signals, the log, the exit code. What enters is a run function; what leaves
// is a process that ends well.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"popeye/internal/config"
)

// Run is a program: it returns once it has drained, nil if ctx ended it.
type Run func(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error

// gcPercent lets the heap grow to four times of what is in use before Go collects: a
// program of ours keeps some megabytes, and a vote leaves a few kilobytes behind. Where
// memory is bounded, GOMEMLIMIT makes Go collect before that is reached; GOGC, if it is
// set, wins.
const gcPercent = 300

// Main runs a program and returns its exit code. The first SIGINT or SIGTERM
// ends ctx, so the program drains; the second ends the process at once.
func Main(run Run) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // from now on a signal has its default effect again

	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	err := run(ctx, os.Args[1:], config.Getenv, os.Stdout, os.Stderr)
	if err == nil || errors.Is(err, config.ErrHelp) {
		return 0
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
	return 1
}

// SetUpLog returns the program's logger, as the settings say. What libraries print
// by themselves goes through it too from now on, as warnings: a reader of JSON
// should meet no other line.
func SetUpLog(c config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // checked by the settings
	options := &slog.HandlerOptions{Level: level}
	log := slog.New(slog.NewTextHandler(w, options))
	if c.Format == "json" {
		log = slog.New(slog.NewJSONHandler(w, options))
	}
	slog.SetLogLoggerLevel(slog.LevelWarn)
	slog.SetDefault(log)
	return log
}

// minKey is the fewest bytes of a key that nobody guesses.
const minKey = 16

// KeyOr returns a source that gives the key that was set, or asks another.
func KeyOr(set string, other func(context.Context) ([]byte, error)) (func(context.Context) ([]byte, error), error) {
	switch {
	case set == "":
		return other, nil
	case len(set) < minKey:
		return nil, fmt.Errorf("COOKIE_KEY has %d bytes: give it %d or more", len(set), minKey)
	}
	return func(context.Context) ([]byte, error) { return []byte(set), nil }, nil
}
