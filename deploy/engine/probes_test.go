//go:build engine

package engine

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// probes are the demands on a running stack that have to be tried. Each returns
// nil, or what is wrong.
var probes = []struct {
	name string
	try  func(stack) error
}{
	{"the tiers hold", tiersHold},
	{"no process has a privilege", privilegesAreGone},
	{"no password by default", passwordsAreAsked},
	{"a service has its own rights, and no more", rightsAreFew},
	{"no secret where others read", secretsStayFiles},
}

// tiersHold is the promise that whoever breaks poll reaches Redis and nothing
// else, and whoever breaks result reaches the database and nothing else. What is
// asked is also asked where the answer has to be another.
func tiersHold(s stack) error {
	now, err := s.inspect()
	if err != nil {
		return err
	}
	found := map[string]container{} // one of each: replicas are alike
	for _, c := range now.Containers {
		found[c.service()] = c
	}
	// All at once: where nothing answers, asking takes its time.
	var errs [8]error
	var asking sync.WaitGroup
	for i, from := range []string{"poll", "result", "worker", "proxy"} {
		for j, to := range []string{"redis", "db"} {
			if _, ok := found[from]; !ok && from == "proxy" {
				continue // most stacks have none
			}
			allowed := from == "worker" || from == "poll" && to == "redis" || from == "result" && to == "db"
			asking.Go(func() { errs[2*i+j] = reachesSteadily(found[from], found[to], allowed) })
		}
	}
	asking.Wait()
	return errors.Join(errs[:]...)
}

// reachesSteadily asks twice if it has to: whenever an engine makes a network, for
// another test perhaps, it takes the jump to its isolation rules away, and puts it
// back a moment later. Who is reached in that moment only is not let in.
func reachesSteadily(from, to container, allowed bool) error {
	if reaches(from, to, allowed) == nil {
		return nil
	}
	return reaches(from, to, allowed)
}

// reaches asks from beside a service whether a backend's name resolves, and
// whether any of its addresses answers.
func reaches(from, to container, allowed bool) error {
	var ips []string
	for _, n := range to.NetworkSettings.Networks {
		ips = append(ips, n.IPAddress)
	}
	image, ask, answers := redisImage, "timeout 3 redis-cli -h $ip ping", "NOAUTH"
	if to.service() == "db" {
		image, ask, answers = postgresImage, "pg_isready -t 3 -h $ip", "accepting connections"
	}
	out := beside(from, image, fmt.Sprintf("{ timeout 5 getent hosts %s && echo resolves; for ip in %s; do %s; done; echo asked; }",
		to.service(), strings.Join(ips, " "), ask))
	resolves, answered := strings.Contains(out, "resolves"), strings.Contains(out, answers)
	if !strings.Contains(out, "asked") || resolves != allowed || answered != allowed {
		return fmt.Errorf("from %s, the name %s resolves: %t, an address of it answers: %t; want both %t\n%s",
			from.service(), to.service(), resolves, answered, allowed, out)
	}
	return nil
}

// look prints what the kernel says of a service's process, tries to write where
// it may not, and reads the first byte of each of its secrets.
const look = `look() {
	echo "== $1"
	pid=$2
	shift 2
	cat /proc/$pid/status
	touch /proc/$pid/root/tried 2>&1 && echo written
	for secret; do head -c 1 /proc/$pid/root/run/secrets/$secret >/dev/null && echo has $secret; done
	cd /proc/$pid/root/sys/fs/cgroup
	echo memory $(cat memory.max 2>/dev/null || cat memory/memory.limit_in_bytes)
	echo pids $(cat pids.max 2>/dev/null || cat pids/pids.max)
}
`

// privilegesAreGone looks at the process of each service as the kernel has it.
func privilegesAreGone(s stack) error {
	now, err := s.inspect()
	if err != nil {
		return err
	}
	script := look
	for _, c := range now.Containers {
		script += fmt.Sprintf("look %s %d %s\n", c.service(), c.State.Pid, strings.Join(secrets[c.service()], " "))
	}
	saw := map[string]string{}
	for _, part := range strings.Split(onHost(script), "== ") {
		name, text, _ := strings.Cut(part, "\n")
		saw[name] = text
	}
	return each(now, func(c container) error { return checkProcess(c, saw[c.service()]) })
}

func checkProcess(c container, saw string) error {
	wants := []string{
		`^Uid:\s+[1-9]\d*\s+[1-9]\d*\s+[1-9]`,
		`^CapInh:\s+0+$`, `^CapPrm:\s+0+$`, `^CapEff:\s+0+$`, `^CapBnd:\s+0+$`, `^CapAmb:\s+0+$`,
		`^NoNewPrivs:\s+1$`, `^Seccomp:\s+2$`, `Read-only file system`,
		fmt.Sprintf(`^memory %d$`, c.HostConfig.Memory),
		fmt.Sprintf(`^pids %d$`, c.HostConfig.PidsLimit),
	}
	for _, secret := range secrets[c.service()] {
		wants = append(wants, `^has `+secret+`$`)
	}
	for _, want := range wants {
		if !regexp.MustCompile(`(?m)` + want).MatchString(saw) {
			return fmt.Errorf("as the kernel has it lacks %s:\n%s", want, saw)
		}
	}
	return nil
}

// passwordsAreAsked tries, from beside the stations, what attackers try first.
func passwordsAreAsked(s stack) error {
	now, err := s.inspect()
	if err != nil {
		return err
	}
	poll, err1 := now.service("poll")
	result, err2 := now.service("result")
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	const (
		askRedis    = "REDISCLI_AUTH=$guess redis-cli -h redis ping"
		askPostgres = "PGPASSWORD=$guess psql -w -h db -U postgres -Atc 'SELECT 40+2'"
	)
	guesses := []string{"", "redis", "postgres", "password", "admin"}
	return errors.Join(
		answers(poll, redisImage, askRedis, "NOAUTH", guesses...),
		answers(result, postgresImage, askPostgres, "no password supplied|authentication failed", guesses...),
		// The same questions with the right ones: it is the password that decides.
		answers(poll, redisImage, askRedis, "PONG", values["redis_password"]),
		answers(result, postgresImage, askPostgres, "42", values["postgres_password"]),
	)
}

// rightsAreFew asks, with the passwords that the services hold, for what only a
// burglar in them would: whoever breaks one holds its rights, and no more.
func rightsAreFew(s stack) error {
	now, err := s.inspect()
	if err != nil {
		return err
	}
	for _, service := range []string{"poll", "worker", "result"} {
		at, err1 := now.service(service)
		err = errors.Join(err, err1)
		ask := func(wanted string, rights right) error {
			image, question := redisImage, "REDISCLI_AUTH=$guess redis-cli --user "+service+" -h redis "+rights.ask
			if rights.of == "postgres" {
				image, question = postgresImage, "PGPASSWORD=$guess psql -w -h db -U popeye_"+service+" -d postgres -Atc \""+rights.ask+"\""
			}
			return answers(at, image, question, wanted, values[rights.of+"_"+service+"_password"])
		}
		for _, r := range rights[service].has {
			err = errors.Join(err, ask(r.answer, r))
		}
		for _, r := range rights[service].lacks {
			err = errors.Join(err, ask("NOPERM|permission denied|must be superuser|must be owner", r))
		}
	}
	return err
}

// right is something that a service's user may ask Redis or PostgreSQL for.
type right struct{ of, ask, answer string }

var rights = map[string]struct{ has, lacks []right }{
	"poll": {
		has: []right{{"redis", "ping", "PONG"}},
		lacks: []right{
			{of: "redis", ask: "lrange votes 0 -1"},
			{of: "redis", ask: "lpop votes"},
			{of: "redis", ask: "del votes"},
			{of: "redis", ask: "xrange popeye:batches - +"},
			{of: "redis", ask: "hset popeye:gate default open"},
			{of: "redis", ask: "config set appendonly no"},
			{of: "redis", ask: "acl list"},
			{of: "redis", ask: "flushall"},
		},
	},
	"worker": {
		has: []right{{"redis", "llen votes", "[0-9]"}, {"postgres", "SELECT 40+2", "42"}},
		lacks: []right{
			{of: "redis", ask: "get popeye:cookie-key"},
			{of: "redis", ask: "config set appendonly no"},
			{of: "postgres", ask: "COPY catalog FROM PROGRAM 'id'"},
			{of: "postgres", ask: "CREATE ROLE guest"},
		},
	},
	"result": {
		has: []right{{"postgres", "SELECT count(*) > 0 FROM polls", "t"}},
		lacks: []right{
			{of: "postgres", ask: "COPY catalog FROM PROGRAM 'id'"},
			{of: "postgres", ask: "SELECT pg_read_file('/etc/passwd')"},
			{of: "postgres", ask: "INSERT INTO ballots (voter, ballot) VALUES ('x', 'a')"},
			{of: "postgres", ask: "UPDATE ballots SET ballot = 'a'"},
			{of: "postgres", ask: "UPDATE tallies SET voters = 9"},
			{of: "postgres", ask: "DELETE FROM audit"},
			{of: "postgres", ask: "DROP TABLE audit"},
			{of: "postgres", ask: "CREATE TEMP TABLE t (x int)"},
		},
	},
}

// answers asks with each of these passwords, and wants the same answer to all.
func answers(from container, image, ask, want string, guesses ...string) error {
	out := beside(from, image, `for guess; do echo "answer: $(`+ask+` 2>&1 | tr '\n' ' ')"; done`, guesses...)
	if got := len(regexp.MustCompile(`(?m)^answer: .*(`+want+`)`).FindAllString(out, -1)); got != len(guesses) {
		return fmt.Errorf("%s answers %d of %d passwords with %q:\n%s", ask, got, len(guesses), want, out)
	}
	return nil
}

// secretsStayFiles looks for the secrets where more people read than should know
// them: in what the engine says, in lists of processes, in logs.
func secretsStayFiles(s stack) error {
	now, err := s.inspect()
	if err != nil {
		return err
	}
	return each(now, func(c container) error {
		said, err1 := docker("inspect", c.ID)
		logs, err2 := logsOf(c)
		list, err3 := docker("top", c.ID)
		if err := errors.Join(err1, err2, err3); err != nil {
			return err
		}
		if logs == "" {
			return errors.New("has no log to look into")
		}
		for name, value := range values {
			for where, text := range map[string]string{"`docker inspect`": said, "its log": logs, "the list of processes": list} {
				if strings.Contains(text, value) {
					return fmt.Errorf("shows %s in %s", name, where)
				}
			}
		}
		return nil
	})
}
