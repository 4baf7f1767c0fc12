package testenv

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// process is a server or a program that runs as a child of this process. It can
// be ended and started again, also when it has ended by itself. Safe for concurrent use.
type process struct {
	name    string
	command func() *exec.Cmd
	ready   func(context.Context) error // asks it whether it answers
	log     Log

	mu  sync.Mutex
	now *life // nil while it should not run
}

// life is from one start to its end.
type life struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
	how  error         // it did; may be read once done is closed
}

// Name is what it is called in messages.
func (p *process) Name() string { return p.name }

// launch starts it and does not wait until it answers.
func (p *process) launch() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	cmd := p.command()
	out, err := p.log.writer()
	if err != nil {
		return err
	}
	defer out.Close() // the child has its own
	cmd.Stdout, cmd.Stderr = out, out
	DiesWithUs(cmd) // a test that is killed leaves nothing behind
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	now := &life{cmd: cmd, done: make(chan struct{})}
	go func() { now.how = cmd.Wait(); close(now.done) }()
	p.now = now
	return nil
}

// Kill ends it at once, as a crash would, and waits until it is gone.
func (p *process) Kill() { _ = p.end(os.Kill) }

// Stop asks it to end, and returns how it did: nil for exit code 0.
func (p *process) Stop() error { return p.end(sigTerm) }

func (p *process) end(s os.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now == nil {
		return nil
	}
	last := p.now
	_ = last.cmd.Process.Signal(s)
	<-last.done
	p.now = nil
	return last.how
}

// Signal sends a signal to it, if it was started.
func (p *process) Signal(s os.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now != nil {
		_ = p.now.cmd.Process.Signal(s)
	}
}

// Pause stops its clock: connections stay, nothing answers.
func (p *process) Pause() { p.Signal(sigStop) }

// Resume ends a Pause.
func (p *process) Resume() { p.Signal(sigCont) }

// Ended is closed when it has ended, by itself or because it was told to. It must
// have been started.
func (p *process) Ended() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now.done
}

// Gone tells whether it has ended by itself.
func (p *process) Gone() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now == nil {
		return nil
	}
	select {
	case <-p.now.done:
		return fmt.Errorf("%s has ended by itself: %w", p.name, cmp.Or(p.now.how, errors.New("exit code 0")))
	default:
		return nil
	}
}

// Pid is the number of the running process, 0 if there is none.
func (p *process) Pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now == nil {
		return 0
	}
	return p.now.cmd.Process.Pid
}

// WaitReady waits until it answers, and gives up when it has ended by itself:
// whoever answers then is somebody else.
func (p *process) WaitReady(ctx context.Context, patience time.Duration) error {
	return Until(ctx, patience, p.name+" is ready", func() error {
		if err := p.Gone(); err != nil {
			return Permanent(err)
		}
		return p.ready(ctx)
	})
}

// server is a process that is only of use once it answers.
type server struct{ process }

// Start starts the server and waits until it answers.
func (s *server) Start(t T) {
	t.Helper()
	if err := s.Up(); err != nil {
		t.Fatal(err)
	}
}

// Up is Start for goroutines that may not end whoever owns the server.
func (s *server) Up() error {
	s.log.reset()
	if err := s.launch(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := s.WaitReady(ctx, startTimeout); err != nil {
		return fmt.Errorf("start %s: %w\n%s", s.name, err, &s.log)
	}
	return nil
}

// Log returns what the server wrote since it was started.
func (s *server) Log() string { return s.log.String() }

// Log keeps what a process writes: in memory, or in a file.
type Log struct {
	file string // "" for memory

	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// String is all of it.
func (l *Log) String() string {
	if l.file != "" {
		text, err := os.ReadFile(l.file)
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Count is how often a text is in it.
func (l *Log) Count(text string) int { return bytes.Count([]byte(l.String()), []byte(text)) }

// writer is where a new process writes.
func (l *Log) writer() (io.WriteCloser, error) {
	if l.file == "" {
		return inMemory{l}, nil
	}
	return os.OpenFile(l.file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

// inMemory is a Log that goes on after it is closed.
type inMemory struct{ *Log }

func (inMemory) Close() error { return nil }

func (l *Log) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Reset()
}
