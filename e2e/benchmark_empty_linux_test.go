package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"popeye/internal/load"
	"popeye/internal/testenv"
	"popeye/vote"
)

// BenchmarkPollBesideAnEmptyHandler lets the same crowd of 256 connections vote, and send
// a form to a handler that only reads it and sets a cookie, in turn. Redis is as in
// production: fsync always. What counts are the ratios; load and servers share the machine.
//
//	go test -run '^$' -bench PollBesideAnEmptyHandler -count 5 ./e2e
func BenchmarkPollBesideAnEmptyHandler(b *testing.B) {
	s := newStack(b, 1).Start(b)
	s.Workers[0].Kill() // it is no part of this
	besideAnEmptyHandler(b, s.Polls[0].URL, s.Polls[0].Pid(), s.Redis.Pid())
}

// BenchmarkPopeyeBesideAnEmptyHandler is the same for everything in one process: a vote is
// answered once it is in the database, and on the disk.
//
//	go test -run '^$' -bench PopeyeBesideAnEmptyHandler -count 5 ./e2e
func BenchmarkPopeyeBesideAnEmptyHandler(b *testing.B) {
	p, poll, _ := onePopeye(b, "VOTE_RATE=0")
	besideAnEmptyHandler(b, poll, p.Pid())
}

// besideAnEmptyHandler lets a crowd vote at a site, and send forms to the empty handler, in
// turn. The process of the site comes first, and Redis behind, if there is any.
func besideAnEmptyHandler(b *testing.B, site string, processes ...int) {
	empty := startEmptyHandler(b)
	c := load.Config{Voters: 256, Duration: 4 * time.Second, Timeout: 10 * time.Second, URL: site, Poll: vote.DefaultSlug}
	votes, err := load.NewCrowd(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	c.URL = empty.url
	requests, err := load.NewPlainCrowd(c, "/", "application/x-www-form-urlencoded", "vote=a")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		request := measured(b, requests, empty.cmd.Process.Pid)
		cast := measured(b, votes, processes...)
		b.ReportMetric(request.perSecond, "requests/s")
		b.ReportMetric(cast.perSecond, "votes/s")
		b.ReportMetric(cast.perSecond/request.perSecond, "votes/request")
		b.ReportMetric(request.cpu[0], "us-CPU/request")
		b.ReportMetric(cast.cpu[0], "us-CPU/vote")
		b.ReportMetric(cast.cpu[0]/request.cpu[0], "CPU-vote/CPU-request")
		if len(cast.cpu) > 1 {
			b.ReportMetric(cast.cpu[1], "us-CPU-of-redis/vote")
		}
	}
}

// cost is what a crowd got, and what each of its requests took of some processes.
type cost struct {
	perSecond float64
	cpu       []float64 // microseconds, in the order of the processes
}

func measured(b *testing.B, c *load.Crowd, processes ...int) cost {
	before := make([]time.Duration, len(processes))
	for i, pid := range processes {
		before[i] = cpuTime(b, pid)
	}
	r := c.Run(b.Context())
	if len(r.Failed) > 0 {
		b.Fatalf("not all were answered well: %v", r.Failed)
	}
	all := cost{perSecond: r.PerSecond()}
	for i, pid := range processes {
		used := cpuTime(b, pid) - before[i]
		all.cpu = append(all.cpu, float64(used.Microseconds())/float64(r.Recorded))
	}
	return all
}

type emptyHandler struct {
	cmd *exec.Cmd
	url string
}

func startEmptyHandler(b *testing.B) emptyHandler {
	path, remove, err := testenv.Build(b.Context(), "popeye/e2e/emptyhandler")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(remove)
	addr := fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(b))
	cmd := exec.Command(filepath.Join(path, "emptyhandler"), addr)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	testenv.Answers(b, "http://"+addr)
	return emptyHandler{cmd, "http://" + addr}
}

// cpuTime is what a process has used so far, of user and system time.
func cpuTime(b *testing.B, pid int) time.Duration {
	raw, err := os.ReadFile(stat(pid))
	if err != nil {
		b.Fatal(err)
	}
	_, own, _ := cpuTimes(b, raw)
	return own
}

// cpuOfAll is that of a process and its children, those that have ended included.
func cpuOfAll(b *testing.B, pid int) time.Duration {
	processes, err := filepath.Glob(stat("[0-9]*"))
	if err != nil {
		b.Fatal(err)
	}
	var all time.Duration
	for _, path := range processes {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		parent, own, ended := cpuTimes(b, raw)
		switch {
		case path == stat(pid):
			all += own + ended
		case parent == pid:
			all += own
		}
	}
	return all
}

func stat(pid any) string { return fmt.Sprintf("/proc/%v/stat", pid) }

// cpuTimes reads a process's parent, what it has used, and what its children have that
// have ended; proc_pid_stat(5).
func cpuTimes(b *testing.B, raw []byte) (parent int, own, ended time.Duration) {
	_, rest, _ := strings.Cut(string(raw), ") ") // the name of the program is before
	fields := strings.Fields(rest)
	const perSecond = 100 // USER_HZ is that on every architecture of Linux that we build for
	number := func(i int) int {
		n, err := strconv.Atoi(fields[i])
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	ticks := func(user, system int) time.Duration {
		return time.Duration(number(user)+number(system)) * time.Second / perSecond
	}
	return number(1), ticks(11, 12), ticks(13, 14)
}
