package testenv

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"popeye/client"
	"popeye/vote"
)

// AdminToken is the organiser's, in every Stack and Popeye.
const AdminToken = "organiser-token-of-the-tests"

// StackConfig says what a Stack is made of. Only Bin has to be given.
type StackConfig struct {
	Bin      string    // folder of the programs, see Build
	Replicas int       // of each service; 0 for one
	Redis    *Redis    // nil for one of its own
	Postgres *Postgres // nil for one of its own; the database is its own in any case

	Env  map[string][]string // further settings, by the name of the service
	Path map[string]string   // another program in the place of a service's
	Logs string              // folder for what they write; "" for memory

	// Link leads a replica of a service to a server by another way than straight,
	// which is host:port. It is asked once for each server that the replica uses.
	Link func(service string, replica int, server string) (addr string)
}

// Stack is the services, on Redis and PostgreSQL, with the users and rights that
// the compose file gives them.
type Stack struct {
	Redis    *Redis
	Postgres *Postgres
	Database string // URL, for the superuser

	Polls, Workers, Results []*Program

	config StackConfig
}

// NewStack starts the servers that there are none of, and prepares the services.
// Start starts them.
func NewStack(t T, c StackConfig) *Stack {
	t.Helper()
	s := &Stack{Redis: c.Redis, Postgres: c.Postgres, config: c}
	if s.Redis == nil {
		s.Redis = StartRedis(t)
	}
	if s.Postgres == nil {
		s.Postgres = StartPostgres(t)
	}
	s.Database = s.Postgres.Database(t)
	worker, result := s.Postgres.Users(t, s.Database)
	for i := range max(1, c.Replicas) {
		redis := func(service string) string {
			return "REDIS_URL=" + s.link(service, i, s.Redis.URLOf(service), s.Redis.Addr())
		}
		database := func(service, url string) string {
			return "DATABASE_URL=" + s.link(service, i, url, s.Postgres.Addr())
		}
		s.Polls = append(s.Polls, s.program(t, "poll", i, redis("poll")))
		s.Workers = append(s.Workers, s.program(t, "worker", i, redis("worker"), database("worker", worker)))
		s.Results = append(s.Results, s.program(t, "result", i, database("result", result), "ADMIN_TOKEN="+AdminToken))
	}
	return s
}

// link leads a URL of a server by the way of a replica.
func (s *Stack) link(service string, replica int, url, server string) string {
	if s.config.Link == nil {
		return url
	}
	return strings.Replace(url, server, s.config.Link(service, replica, server), 1)
}

func (s *Stack) program(t T, service string, replica int, env ...string) *Program {
	t.Helper()
	path := s.config.Path[service]
	if path == "" {
		path = filepath.Join(s.config.Bin, service)
	}
	p := NewProgram(t, path, append(env, s.config.Env[service]...)...)
	p.Label = service
	if s.config.Replicas > 1 {
		p.Label = fmt.Sprintf("%s-%d", service, replica+1)
	}
	if s.config.Logs != "" {
		p.Output.File = filepath.Join(s.config.Logs, p.Name()+".log")
	}
	return p
}

// Programs are all services, replica by replica in the order in which a vote meets
// them.
func (s *Stack) Programs() []*Program {
	var all []*Program
	for i := range s.Polls {
		all = append(all, s.Polls[i], s.Workers[i], s.Results[i])
	}
	return all
}

// Start starts all services and waits until votes can be cast.
func (s *Stack) Start(t T) *Stack {
	t.Helper()
	if err := s.Up(context.Background(), Patience); err != nil {
		t.Fatal(err)
	}
	return s
}

// Up is Start for a program, with a patience of its own.
func (s *Stack) Up(ctx context.Context, patience time.Duration) error {
	for _, p := range s.Programs() {
		if err := p.Launch(); err != nil {
			return err
		}
	}
	for _, p := range s.Programs() {
		if err := p.WaitReady(ctx, patience); err != nil {
			return err
		}
	}
	return s.Published(ctx, patience, vote.DefaultSlug)
}

// Published waits until every replica of poll knows a poll.
func (s *Stack) Published(ctx context.Context, patience time.Duration, slug string) error {
	for _, p := range s.Polls {
		err := Until(ctx, patience, p.Name()+" knows the poll "+slug, func() error {
			_, err := client.New(client.Config{URL: p.URL, Transport: Network}).Poll(ctx, slug)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Popeye is everything in one process. Its URL is that of the voting site.
type Popeye struct {
	*Program
	Result string // URL of the other site
}

// NewPopeye prepares everything in one process, which keeps its data in a folder.
func NewPopeye(t T, bin, folder string, env ...string) *Popeye {
	t.Helper()
	p := &Popeye{Program: NewProgram(t, filepath.Join(bin, "popeye"))}
	result := loopback(t)
	p.Result = "http://" + result
	p.Env = append(p.Env, append([]string{
		"POLL_ADDR=" + strings.TrimPrefix(p.URL, "http://"), "RESULT_ADDR=" + result, "DATA_DIR=" + folder, "ADMIN_TOKEN=" + AdminToken,
	}, env...)...)
	return p
}

// Start starts it and waits until both sites answer.
func (p *Popeye) Start(t T) *Popeye {
	t.Helper()
	p.Program.Start(t)
	Answers(t, p.URL+"/")
	Answers(t, p.Result+"/")
	return p
}
