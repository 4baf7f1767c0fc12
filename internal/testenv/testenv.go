// Package testenv starts the real servers that tests need, on free ports
// and temporary folders: Redis, PostgreSQL, PgBouncer. What enters is a test, or a program
// inside Outside; what leaves is an address. Every server ends with whoever
// started it, or with the process, and can be killed and started again on the
// same data in between.
package testenv

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// startTimeout bounds how long a server may take until it answers.
const startTimeout = 30 * time.Second

// T is whoever starts a server and owns it: a test, or a program (see Outside).
// Every testing.TB is one.
type T interface {
	Helper()
	Cleanup(func())
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// process is a server that runs as a child of this process.
type process struct {
	name    string
	command func() *exec.Cmd
	ready   func(context.Context) error // asks the server whether it answers

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
	log  *tail         // of the latest start
}

// Start starts the server and waits until it answers.
func (p *process) Start(t T) {
	t.Helper()
	if err := p.Up(); err != nil {
		t.Fatal(err)
	}
}

// Up is Start for goroutines that may not end whoever owns the server.
func (p *process) Up() error {
	if err := p.up(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	return nil
}

func (p *process) up() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	cmd := p.command()
	log := &tail{}
	cmd.Stdout, cmd.Stderr, p.log = log, log, log
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL // a test that is killed leaves nothing behind
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	p.cmd, p.done = cmd, done

	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		err := p.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-done:
			return fmt.Errorf("it ended at once:\n%s", log)
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w\n%s", err, log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Kill ends the server at once, as a crash would, and waits until it is gone.
func (p *process) Kill() { p.signal(syscall.SIGKILL) }

// Stop asks the server to end and waits until it has.
func (p *process) Stop() { p.signal(syscall.SIGTERM) }

// Log returns the last lines that the server wrote since it was started.
func (p *process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.log == nil {
		return ""
	}
	return p.log.String()
}

// Pause stops the server's clock: connections stay, nothing answers.
func (p *process) Pause() { p.send(syscall.SIGSTOP) }

// Resume ends a Pause.
func (p *process) Resume() { p.send(syscall.SIGCONT) }

func (p *process) send(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(s)
	}
}

func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(s)
	<-p.done
	p.cmd = nil
}

// Find returns the path of the first program that is installed, on PATH or in
// one of Debian's folders, or skips t and says what to install.
func Find(t T, pkg string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
		if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	t.Skipf("%s is not installed: install the package %q, or run make test, which does where it can", names[0], pkg)
	return ""
}

// tempDir makes a folder that outlives the test that asked first.
func tempDir(name string) (string, error) { return os.MkdirTemp("", "popeye-"+name+"-") }

// tail keeps the last lines that a server wrote, for the message when it fails.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (l *tail) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = append(l.buf, b...)
	if most := 8 << 10; len(l.buf) > most {
		l.buf = l.buf[len(l.buf)-most:]
	}
	return len(b), nil
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.buf)
}
