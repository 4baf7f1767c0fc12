// Package testserver starts the real servers that tests need, on free ports
// and temporary folders: Redis, PostgreSQL. What enters is a test; what leaves
// is an address. Every server ends with its test, or with the test process,
// and can be killed and started again on the same data in between.
package testserver

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startTimeout bounds how long a server may take until it answers.
const startTimeout = 30 * time.Second

// process is a server that runs as a child of the test.
type process struct {
	name    string
	command func() *exec.Cmd
	ready   func(context.Context) error // asks the server whether it answers

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
}

// Start starts the server and waits until it answers.
func (p *process) Start(t testing.TB) {
	t.Helper()
	if err := p.start(); err != nil {
		t.Fatalf("start %s: %v", p.name, err)
	}
}

func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	cmd := p.command()
	log := &tail{}
	cmd.Stdout, cmd.Stderr = log, log
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

// FreePort returns a TCP port on loopback that nothing listened on a moment ago.
func FreePort(t testing.TB) int {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Find returns the path of the first program that is installed, on PATH or in
// one of Debian's folders, or skips the test and says what to install.
func Find(t testing.TB, pkg string, names ...string) string {
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
