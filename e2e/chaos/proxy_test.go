package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// echo is a server that answers each line with the line, and tells what it got.
func echo(t *testing.T) (addr string, got <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	lines := make(chan string, 100)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for s := bufio.NewScanner(c); s.Scan(); {
					lines <- s.Text()
					if _, err := io.WriteString(c, s.Text()+"\n"); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String(), lines
}

// linked is a client of a server behind a link.
type linked struct {
	*proxy
	t *testing.T
	net.Conn
	answers *bufio.Reader
}

func link(t *testing.T, to string) *linked {
	t.Helper()
	p, err := newProxy(to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	l := &linked{proxy: p, t: t}
	l.connect()
	return l
}

func (l *linked) connect() {
	l.t.Helper()
	c, err := net.Dial("tcp", l.addr())
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { c.Close() })
	l.Conn, l.answers = c, bufio.NewReader(c)
}

// says sends a line and returns the answer.
func (l *linked) says(line string) (string, error) {
	l.t.Helper()
	if err := l.SetDeadline(time.Now().Add(patience)); err != nil {
		l.t.Fatal(err)
	}
	if _, err := io.WriteString(l.Conn, line+"\n"); err != nil {
		return "", err
	}
	answer, err := l.answers.ReadString('\n')
	return strings.TrimSpace(answer), err
}

func (l *linked) works() {
	l.t.Helper()
	for _, line := range []string{"one", strings.Repeat("long ", 10_000) + "end"} {
		if got, err := l.says(line); err != nil || got != line {
			l.t.Fatalf("the answer to %d bytes has %d, %v", len(line), len(got), err)
		}
	}
}

func TestLinkPassesAll(t *testing.T) {
	addr, _ := echo(t)
	l := link(t, addr)
	l.works()
	l.hold(time.Millisecond)
	l.works()
	l.hold(0)
	l.works()
}

func TestLinkIsCut(t *testing.T) {
	addr, _ := echo(t)
	l := link(t, addr)
	l.works()
	l.cutAll()
	if answer, err := l.says("anybody there?"); err == nil {
		t.Errorf("it answers %q", answer)
	}
	l.connect()
	l.works()
}

// What was asked for is done, nobody is told, and the connection is gone.
func TestLinkLosesAnswers(t *testing.T) {
	addr, got := echo(t)
	l := link(t, addr)
	l.loseAnswers("commit")
	l.works()
	for range 2 {
		<-got // what works said
	}
	answer, err := l.says("commit 1")
	if err == nil || answer != "" {
		t.Errorf("it answers %q", answer)
	}
	var silent net.Error
	if errors.As(err, &silent) && silent.Timeout() {
		t.Errorf("the connection is still there")
	}
	if done := <-got; done != "commit 1" {
		t.Errorf("the server was asked %q", done)
	}
	if lost := l.loseAnswers(""); lost != 1 {
		t.Errorf("%d answers were lost", lost)
	}
	l.connect()
	if answer, err := l.says("commit 2"); answer != "commit 2" {
		t.Errorf("it answers %q, %v", answer, err)
	}
}

// A client learns that nobody is there, and finds the server once it is.
func TestLinkToNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if answer, err := link(t, l.Addr().String()).says("anybody there?"); err == nil {
		t.Errorf("it answers %q", answer)
	}
}
