package testenv

import (
	"context"
	"fmt"
	"time"

	"popeye/internal/testenv/process"
)

// child is a server or a program, which may be asked whether it answers.
type child struct {
	process.Process
	ready func(context.Context) error
}

// WaitReady waits until it answers, and gives up when it has ended by itself:
// whoever answers then is somebody else.
func (c *child) WaitReady(ctx context.Context, patience time.Duration) error {
	return Until(ctx, patience, c.Name()+" is ready", func() error {
		if err := c.Gone(); err != nil {
			return Permanent(err)
		}
		return c.ready(ctx)
	})
}

// server is a child that is only of use once it answers.
type server struct{ child }

// Start starts the server and waits until it answers.
func (s *server) Start(t T) {
	t.Helper()
	if err := s.Up(); err != nil {
		t.Fatal(err)
	}
}

// Up is Start for goroutines that may not end whoever owns the server.
func (s *server) Up() error {
	s.Output.Reset()
	if err := s.Launch(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := s.WaitReady(ctx, startTimeout); err != nil {
		return fmt.Errorf("start %s: %w\n%s", s.Name(), err, &s.Output)
	}
	return nil
}

// Log returns what the server wrote since it was started.
func (s *server) Log() string { return s.Output.String() }
