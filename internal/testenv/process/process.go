// Package process runs a server or a program as a child of this process. What enters is
// how to make its command; what leaves is a Process, which is signalled, killed and
// started again, and a Log of what it wrote. What each operating system does its own
// way is in system_*.go.
package process

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"
)

// Process is a server or a program that runs as a child of this process. It can
// be ended and started again, also when it has ended by itself. Safe for concurrent use.
type Process struct {
	Label  string           // what it is called in messages
	New    func() *exec.Cmd // makes the command for one life
	Output Log

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
func (p *Process) Name() string { return p.Label }

// Launch starts it and does not wait until it answers.
func (p *Process) Launch() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	cmd := p.New()
	out, err := p.Output.writer()
	if err != nil {
		return err
	}
	defer out.Close() // the child has its own
	cmd.Stdout, cmd.Stderr = out, out
	DiesWithUs(cmd) // a test that is killed leaves nothing behind
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.Label, err)
	}
	now := &life{cmd: cmd, done: make(chan struct{})}
	go func() { now.how = cmd.Wait(); close(now.done) }()
	p.now = now
	return nil
}

// Kill ends it at once, as a crash would, and waits until it is gone.
func (p *Process) Kill() { _ = p.End(os.Kill) }

// Stop asks it to end, and returns how it did: nil for exit code 0.
func (p *Process) Stop() error { return p.End(Term) }

// End sends a signal to it, waits until it is gone, and returns how it ended.
func (p *Process) End(s os.Signal) error {
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
func (p *Process) Signal(s os.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now != nil {
		_ = p.now.cmd.Process.Signal(s)
	}
}

// SignalTree sends a signal to it and to its children.
func (p *Process) SignalTree(s os.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now != nil {
		signalTree(p.now.cmd.Process, s)
	}
}

// Pause stops its clock: connections stay, nothing answers.
func (p *Process) Pause() { p.Signal(Freeze) }

// Resume ends a Pause.
func (p *Process) Resume() { p.Signal(Thaw) }

// Ended is closed when it has ended, by itself or because it was told to. It must
// have been started.
func (p *Process) Ended() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now.done
}

// ExitCode waits until it has ended, no longer than patience, and returns the exit code;
// -1 is the end by a signal. It must have been started.
func (p *Process) ExitCode(patience time.Duration) (code int, ended bool) {
	p.mu.Lock()
	now := p.now
	p.mu.Unlock()
	select {
	case <-now.done:
		return now.cmd.ProcessState.ExitCode(), true
	case <-time.After(patience):
		return 0, false
	}
}

// Gone tells whether it has ended by itself.
func (p *Process) Gone() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now == nil {
		return nil
	}
	select {
	case <-p.now.done:
		return fmt.Errorf("%s has ended by itself: %w", p.Label, cmp.Or(p.now.how, errors.New("exit code 0")))
	default:
		return nil
	}
}

// Pid is the number of the running process, 0 if there is none.
func (p *Process) Pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now == nil {
		return 0
	}
	return p.now.cmd.Process.Pid
}
