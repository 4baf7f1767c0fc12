package faults

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"popeye/internal/testenv"
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

// linked is a client of a server behind a proxy.
type linked struct {
	*Proxy
	t *testing.T
	net.Conn
	answers *bufio.Reader
}

func link(t *testing.T, to string) *linked {
	t.Helper()
	l := &linked{Proxy: NewProxy(t, to), t: t}
	l.connect()
	return l
}

func (l *linked) connect() {
	l.t.Helper()
	c, err := net.Dial("tcp", l.Addr())
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { c.Close() })
	l.Conn, l.answers = c, bufio.NewReader(c)
}

// says sends a line and returns the answer.
func (l *linked) says(line string) (string, error) {
	l.t.Helper()
	if err := l.SetDeadline(time.Now().Add(testenv.Patience)); err != nil {
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

func TestProxyPassesAll(t *testing.T) {
	addr, _ := echo(t)
	l := link(t, addr)
	l.works()
	l.Delay(time.Millisecond)
	l.works()
	l.Delay(0)
	l.works()
}

func TestProxyIsCut(t *testing.T) {
	addr, _ := echo(t)
	l := link(t, addr)
	l.works()
	l.CutAll()
	if answer, err := l.says("anybody there?"); err == nil {
		t.Errorf("it answers %q", answer)
	}
	l.connect()
	l.works()
}

// What was asked for is done, nobody is told, and the connection is gone.
func TestProxyLosesAnswers(t *testing.T) {
	addr, got := echo(t)
	l := link(t, addr)
	l.LoseAnswers("commit")
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
	if lost := l.LoseAnswers(""); lost != 1 {
		t.Errorf("%d answers were lost", lost)
	}
	l.connect()
	if answer, err := l.says("commit 2"); answer != "commit 2" {
		t.Errorf("it answers %q, %v", answer, err)
	}
}

// A client learns that nobody is there, and finds the server once it is.
func TestProxyToNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if answer, err := link(t, l.Addr().String()).says("anybody there?"); err == nil {
		t.Errorf("it answers %q", answer)
	}
}

// One answer or one request is lost, and whoever caused it learns when.
func TestProxyLosesOne(t *testing.T) {
	addr, got := echo(t)
	l := link(t, addr)
	lost := l.LoseNextAnswer("commit")
	if answer, err := l.says("commit 1"); err == nil {
		t.Errorf("it answers %q", answer)
	}
	<-lost
	if done := <-got; done != "commit 1" {
		t.Errorf("the server was asked %q", done)
	}
	l.connect()
	lost = l.LoseNextRequest("commit")
	if answer, err := l.says("commit 2"); err == nil {
		t.Errorf("it answers %q", answer)
	}
	<-lost
	l.connect()
	if answer, err := l.says("commit 3"); answer != "commit 3" {
		t.Errorf("it answers %q, %v", answer, err)
	}
	if done := <-got; done != "commit 3" {
		t.Errorf("the server was asked %q", done)
	}
}

// What the server says is kept back, in part or whole.
func TestProxyKeepsBack(t *testing.T) {
	addr, _ := echo(t)
	l := link(t, addr)
	l.Unsay("secret ")
	if answer, err := l.says("a secret word"); answer != "a word" {
		t.Errorf("it answers %q, %v", answer, err)
	}
	l.Swallow()
	if err := l.SetDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(l.Conn, "anybody there?\n")
	var silent net.Error
	if _, err := l.answers.ReadString('\n'); !errors.As(err, &silent) || !silent.Timeout() {
		t.Errorf("the connection ends: %v", err)
	}
}
