package deploy

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/google/go-cmp/cmp"
)

// A check is one demand on the stack. It returns nil, or what is wrong and why
// it matters.
type check func(*types.Project) error

// stackChecks is what docker-compose.yml at the root has to fulfil, as far as its
// text shows it, or overlays could break it. Who reaches whom, what is published,
// what comes back after a crash and how long logs get, the engine is asked about
// the stack as it runs: see TestStack in deploy/engine.
var stackChecks = map[string]check{
	"services":    checkServices,
	"images":      checkImages,
	"volumes":     checkVolumes,
	"init script": checkInitScript,
	"environment": checkEnvironment,
	"secrets":     checkSecrets,
	"redis":       checkRedis,
	"health":      checkHealth,
	"order":       checkOrder,
	"hardening":   checkHardening,
	"limits":      checkLimits,
}

// ours are the services whose images this repository builds.
var ours = []string{"poll", "worker", "result"}

func checkServices(p *types.Project) error {
	return same("services", p.ServiceNames(), []string{"db", "poll", "redis", "result", "worker"})
}

func checkImages(p *types.Project) error {
	for _, name := range ours {
		if err := buildsFrom(p, name, name+"/Dockerfile"); err != nil {
			return err
		}
	}
	for name, image := range map[string]string{"redis": "redis:7.2-alpine", "db": "postgres:15.2-alpine"} {
		if got := p.Services[name].Image; got != image {
			return fmt.Errorf("%s runs %q, want %q", name, got, image)
		}
	}
	return nil
}

// buildArgs may be set for a build; what the stack runs with is no part of it.
var buildArgs = []string{"GOPROXY", "REVISION", "VERSION"}

// buildsFrom says whether a service is built by a Dockerfile of the root.
func buildsFrom(p *types.Project, service, dockerfile string) error {
	b := p.Services[service].Build
	if b == nil {
		return fmt.Errorf("%s is not built here", service)
	}
	if b.Dockerfile != dockerfile {
		return fmt.Errorf("%s is built by %q, want %q", service, b.Dockerfile, dockerfile)
	}
	if err := same("build arguments of "+service, slices.Sorted(maps.Keys(b.Args)), buildArgs); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(b.Context, b.Dockerfile)); err != nil {
		return fmt.Errorf("%s can't be built: %w", service, err)
	}
	return nil
}

// samePorts compares all published ports of the project, as published:target.
func samePorts(p *types.Project, want map[string][]string) error {
	got := map[string][]string{}
	for name, s := range p.Services {
		for _, port := range s.Ports {
			text := fmt.Sprintf("%s:%d", port.Published, port.Target)
			if port.HostIP != "" {
				text = port.HostIP + ":" + text
			}
			got[name] = append(got[name], text)
		}
		if s.NetworkMode == "host" {
			got[name] = append(got[name], "all, by the host's network")
		}
	}
	return same("published ports", got, want)
}

func checkVolumes(p *types.Project) error {
	if err := same("named volumes", p.VolumeNames(), []string{"db-data", "redis-data"}); err != nil {
		return err
	}
	for service, want := range map[string]types.ServiceVolumeConfig{
		"redis": {Source: "redis-data", Target: "/data"},
		"db":    {Source: "db-data", Target: "/var/lib/postgresql/data"},
	} {
		found := slices.ContainsFunc(p.Services[service].Volumes, func(v types.ServiceVolumeConfig) bool {
			return v.Type == types.VolumeTypeVolume && v.Source == want.Source && v.Target == want.Target && !v.ReadOnly
		})
		if !found {
			return fmt.Errorf("%s does not keep %s in the volume %s: its data would die with its container",
				service, want.Target, want.Source)
		}
	}
	return nil
}

// checkInitScript is about the schema and the users at the db's first start. A
// migration runs from top to bottom there, so a Down section would undo it.
func checkInitScript(p *types.Project) error {
	if _, err := mountedFiles(p, "/docker-entrypoint-initdb.d", "*.sh"); err != nil {
		return err
	}
	files, err := mountedFiles(p, "/migrations", "*.sql")
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if strings.Contains(strings.ToLower(string(text)), "+goose down") {
			return fmt.Errorf("%s has a Down section: the db would run it at its first start", file)
		}
	}
	return nil
}

// mountedFiles returns those of a folder that the db can read, and not change.
func mountedFiles(p *types.Project, target, pattern string) ([]string, error) {
	volumes := p.Services["db"].Volumes
	i := slices.IndexFunc(volumes, func(v types.ServiceVolumeConfig) bool { return v.Target == target })
	if i < 0 {
		return nil, fmt.Errorf("nothing is mounted at %s: the db starts without its schema, or its users", target)
	}
	v := volumes[i]
	if v.Type != types.VolumeTypeBind || !v.ReadOnly {
		return nil, fmt.Errorf("%s is not a read-only mount of a folder", target)
	}
	files, err := filepath.Glob(filepath.Join(v.Source, pattern))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s holds no %s file", v.Source, pattern)
	}
	return files, err
}

// passed stands for a variable that has its value from the shell or .env.
const passed = "(passed on)"

func checkEnvironment(p *types.Project) error {
	// Each reaches Redis and PostgreSQL as itself.
	redis := func(user string) map[string]string {
		return map[string]string{
			"REDIS_HOST": "redis", "REDIS_PORT": "6379", "REDIS_USER": user, "REDIS_PASSWORD_FILE": "/run/secrets/redis_" + user + "_password",
		}
	}
	postgres := func(user string) map[string]string {
		return map[string]string{
			"POSTGRES_HOST": "db", "POSTGRES_PORT": "5432", "POSTGRES_DB": "postgres",
			"POSTGRES_USER": "popeye_" + user, "POSTGRES_PASSWORD_FILE": "/run/secrets/postgres_" + user + "_password",
		}
	}
	superuser := map[string]string{
		"POSTGRES_DB": "postgres", "POSTGRES_USER": "postgres", "POSTGRES_PASSWORD_FILE": "/run/secrets/postgres_password",
	}
	urls := map[string]string{"PUBLIC_POLL_URL": passed, "PUBLIC_RESULT_URL": passed}
	limits := map[string]string{"MAX_CONNS": passed, "MAX_CONNS_PER_ADDRESS": "0"}
	program := map[string]string{"GOMEMLIMIT": "409MiB", "METRICS_ADDR": ":9090", "PPROF": passed, "LOG_FORMAT": passed, "LOG_LEVEL": passed}
	question := map[string]string{"QUESTION": passed}
	for letter := 'A'; letter <= 'Z'; letter++ {
		question["OPTION_"+string(letter)] = passed
	}
	organiser := map[string]string{"ADMIN_TOKEN_FILE": "/run/secrets/admin_token"}

	want := map[string]map[string]string{
		"poll":   union(redis("poll"), urls, limits, program, map[string]string{"NEW_VOTERS_PER_NETWORK": passed}),
		"redis":  {},
		"worker": union(redis("worker"), postgres("worker"), question, program),
		"db":     superuser,
		"result": union(postgres("result"), urls, limits, organiser, program),
	}
	got := map[string]map[string]string{}
	for name, s := range p.Services {
		got[name] = map[string]string{}
		for key, value := range s.Environment {
			if value == nil {
				got[name][key] = passed
			} else {
				got[name][key] = *value
			}
		}
	}
	return same("environment", got, want)
}

// checkSecrets wants each secret to be a file, given only to those who need it.
// Compose can't put one from a variable into a read-only container.
func checkSecrets(p *types.Project) error {
	got := map[string][]string{}
	for name, s := range p.Services {
		for _, secret := range s.Secrets {
			got[name] = append(got[name], secret.Source)
		}
		slices.Sort(got[name])
	}
	err := same("secrets of the services", got, map[string][]string{
		"poll":   {"redis_poll_password"},
		"redis":  {"redis_password", "redis_poll_password", "redis_worker_password"},
		"worker": {"postgres_worker_password", "redis_worker_password"},
		"db":     {"postgres_password", "postgres_result_password", "postgres_worker_password"},
		"result": {"admin_token", "postgres_result_password"},
	})
	if err != nil {
		return err
	}
	for name, secret := range p.Secrets {
		if secret.File == "" {
			return fmt.Errorf("the secret %s is not a file", name)
		}
	}
	return secretsOnlyInFiles(p)
}

// secretsOnlyInFiles refuses a password among the variables, where anyone who
// may inspect the container reads it.
func secretsOnlyInFiles(p *types.Project) error {
	for name, s := range p.Services {
		for key := range s.Environment {
			backend := strings.HasSuffix(key, "_URL") && !strings.HasPrefix(key, "PUBLIC_") // it may hold a password
			if backend || strings.HasSuffix(key, "PASSWORD") || strings.HasSuffix(key, "TOKEN") {
				return fmt.Errorf("%s has %s among its variables: give it as a file, by %s_FILE", name, key, key)
			}
		}
	}
	return nil
}

func checkRedis(p *types.Project) error {
	command := strings.Join(p.Services["redis"].Command, " ")
	for option, why := range map[string]string{
		"--appendonly yes":                "a restart would lose the votes",
		"--appendfsync always":            "a vote would be recorded before it is on the disk",
		"--maxmemory-policy volatile-ttl": "a full memory would drop votes, or stop at ids of retries",
		"--proto-max-bulk-len 1mb":        "one message could be too large to take",
		"sh /etc/popeye/start.sh ":        "anyone on the tier could read and change the queue",
	} {
		if !strings.Contains(command, option) {
			return fmt.Errorf("redis runs without %q: %s", option, why)
		}
	}
	if strings.Contains(command, "--requirepass") || strings.Contains(command, "--user") {
		return errors.New("redis gets its password as an option: any list of processes shows it")
	}
	return nil
}

func checkHealth(p *types.Project) error {
	for name, s := range p.Services {
		h := s.HealthCheck
		if h == nil || h.Disable || len(h.Test) == 0 || h.Test[0] == "NONE" {
			return fmt.Errorf("%s has no health check", name)
		}
		if h.Interval == nil || h.Timeout == nil || h.Retries == nil || h.StartPeriod == nil {
			return fmt.Errorf("the health check of %s leaves its timing to the engine", name)
		}
		if h.StartInterval != nil {
			return fmt.Errorf("the health check of %s has a start_interval, which an engine before 25 refuses", name)
		}
		if want := []string{"CMD", "/" + name, "healthcheck"}; slices.Contains(ours, name) && !slices.Equal(h.Test, want) {
			return fmt.Errorf("the health check of %s is %q, want its own binary: %q", name, h.Test, want)
		}
	}
	return nil
}

func checkOrder(p *types.Project) error {
	got := map[string]map[string]string{}
	for name, s := range p.Services {
		for other, d := range s.DependsOn {
			if got[name] == nil {
				got[name] = map[string]string{}
			}
			got[name][other] = d.Condition
		}
	}
	const healthy = types.ServiceConditionHealthy
	return same("depends_on", got, map[string]map[string]string{
		"poll":   {"redis": healthy},
		"worker": {"redis": healthy, "db": healthy},
		"result": {"db": healthy},
	})
}

func checkRestart(p *types.Project) error {
	for name, s := range p.Services {
		if s.Restart != types.RestartPolicyUnlessStopped {
			return fmt.Errorf("%s has restart %q, want unless-stopped: after a crash it would stay away", name, s.Restart)
		}
	}
	return nil
}

// capabilities are what a service may have because it does not start without.
var capabilities = map[string][]string{"proxy": {"NET_BIND_SERVICE"}}

func checkHardening(p *types.Project) error {
	for name, s := range p.Services {
		switch {
		case !s.ReadOnly:
			return fmt.Errorf("%s can write to its root file system", name)
		case !slices.Equal(s.CapDrop, []string{"ALL"}) || slices.ContainsFunc(s.CapAdd, func(c string) bool { return !slices.Contains(capabilities[name], c) }):
			return fmt.Errorf("%s keeps capabilities", name)
		case !slices.Contains(s.SecurityOpt, "no-new-privileges:true"):
			return fmt.Errorf("%s can gain privileges", name)
		case s.Privileged || s.Pid == "host" || s.Ipc == "host" || s.NetworkMode == "host":
			return fmt.Errorf("%s shares the host", name)
		// Our images say themselves that they are not root: see TestDockerfiles.
		case isRoot(s.User) && (s.User != "" || !slices.Contains(ours, name)):
			return fmt.Errorf("%s runs as root", name)
		}
	}
	return nil
}

func isRoot(user string) bool {
	name, _, _ := strings.Cut(user, ":")
	return name == "" || name == "root" || name == "0"
}

func checkLimits(p *types.Project) error {
	for name, s := range p.Services {
		if s.MemLimit <= 0 || s.PidsLimit <= 0 {
			return fmt.Errorf("%s has no limit of memory or of processes", name)
		}
		if soft := s.Environment["GOMEMLIMIT"]; soft != nil {
			text, ok := strings.CutSuffix(*soft, "iB") // Go's MiB is what Compose calls M
			var bytes types.UnitBytes
			if err := bytes.DecodeMapstructure(text); err != nil || !ok || bytes >= s.MemLimit {
				return fmt.Errorf("%s has GOMEMLIMIT %s, want less than its mem_limit of %d bytes", name, *soft, s.MemLimit)
			}
		}
		if s.StopGracePeriod == nil {
			return fmt.Errorf("%s has ten seconds to drain: give it a stop_grace_period", name)
		}
	}
	return nil
}

func checkLogs(p *types.Project) error {
	for name, s := range p.Services {
		if s.Logging == nil || s.Logging.Options["max-size"] == "" || s.Logging.Options["max-file"] == "" {
			return fmt.Errorf("the logs of %s grow without a bound", name)
		}
	}
	return nil
}

func same(what string, got, want any) error {
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("%s differ (- wanted, + found):\n%s", what, diff)
	}
	return nil
}

func union(parts ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}
