package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// program is one of our services, as a process that is killed and started again.
type program struct {
	name string // as in worker-1
	path string
	env  []string
	url  string // of its site, "" if it has none
	ops  string // of its operators' pages
	log  string // the file that holds what it says, over all its lives

	mu   sync.Mutex
	cmd  *exec.Cmd     // nil while it should not run
	done chan struct{} // closed when cmd has ended
	how  error         // it did; may be read once done is closed
}

// start starts it; it may have run before.
func (p *program) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	log, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own
	cmd := exec.Command(p.path)
	cmd.Env, cmd.Stdout, cmd.Stderr = p.env, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // a storm that is killed leaves nothing behind
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	done := make(chan struct{})
	go func() { p.how = cmd.Wait(); close(done) }()
	p.cmd, p.done = cmd, done
	return nil
}

// kill ends it at once, as a crash would.
func (p *program) kill() { _ = p.end(syscall.SIGKILL) }

// stop asks it to end, and returns how it did: nil for exit code 0.
func (p *program) stop() error { return p.end(syscall.SIGTERM) }

func (p *program) end(s syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(s)
	<-p.done
	p.cmd = nil
	return p.how
}

// gone tells whether it has ended by itself.
func (p *program) gone() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return nil
	}
	select {
	case <-p.done:
		return fmt.Errorf("%s has ended by itself: %w", p.name, cmp.Or(p.how, errors.New("exit code 0")))
	default:
		return nil
	}
}

// pause stops its clock: connections stay, nothing answers. resume ends that.
func (p *program) pause()  { p.send(syscall.SIGSTOP) }
func (p *program) resume() { p.send(syscall.SIGCONT) }

func (p *program) send(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(s)
	}
}

// ready waits until it and all its backends answer.
func (p *program) ready(ctx context.Context) error {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	return eventually(ctx, p.name+" is ready", func() error {
		if err := p.gone(); err != nil {
			giveUp(err) // there is nothing to wait for, and who answers is somebody else
			return err
		}
		status, body, err := get(ctx, "http://"+p.ops+"/readyz")
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("readyz answered %d: %s", status, body)
		}
		return err
	})
}

// says counts how often a text is in its log.
func (p *program) says(text string) int {
	log, err := os.ReadFile(p.log)
	if err != nil {
		return 0
	}
	return bytes.Count(log, []byte(text))
}

// patience bounds every wait for something that must come. It says nothing about
// speed: machines are noisy.
const patience = 90 * time.Second

// eventually asks until the answer is good; its error says what was waited for.
func eventually(ctx context.Context, what string, ask func() error) error {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := ask()
		if err == nil {
			return nil
		}
		if wait(bounded, 20*time.Millisecond) == nil {
			continue
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("%s: not within %s: %w", what, patience, err)
	}
}

// asker is for questions to services; voters have a client of their own.
var asker = &http.Client{Timeout: 3 * time.Second}

func get(ctx context.Context, url string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	return ask(req)
}

func ask(req *http.Request) (int, []byte, error) {
	resp, err := asker.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}
