package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/types"
)

const (
	stackFile = "../docker-compose.yml"
	helloFile = "../hello/docker-compose.yml"
)

func TestStack(t *testing.T) {
	p := load(t, stackFile)
	for name, check := range stackChecks {
		t.Run(name, func(t *testing.T) {
			if err := check(p); err != nil {
				t.Error(err)
			}
		})
	}
}

// A check that can't fail promises nothing: each one is shown a stack that is
// broken in a way it is there to notice.
func TestChecksConvict(t *testing.T) {
	of := func(name string, change func(*types.ServiceConfig)) func(*types.Project) {
		return func(p *types.Project) {
			s := p.Services[name]
			change(&s)
			p.Services[name] = s
		}
	}
	set := func(key, value string) func(*types.ServiceConfig) {
		return func(s *types.ServiceConfig) { s.Environment[key] = &value }
	}
	hour := types.Duration(3600e9)
	breaks := []struct {
		name, check, says string
		do                func(*types.Project)
	}{
		{"service removed", "services", "worker", func(p *types.Project) { delete(p.Services, "worker") }},
		{"service added", "services", "shell", func(p *types.Project) { p.Services["shell"] = types.ServiceConfig{Name: "shell"} }},
		{"other Redis", "images", "redis", of("redis", func(s *types.ServiceConfig) { s.Image = "redis:latest" })},
		{"no build", "images", "poll", of("poll", func(s *types.ServiceConfig) { s.Build = nil })},
		{"no revision for the label", "images", "REVISION", of("poll", func(s *types.ServiceConfig) { delete(s.Build.Args, "REVISION") })},
		{"secret in the image", "images", "ADMIN_TOKEN", of("result", func(s *types.ServiceConfig) { s.Build.Args["ADMIN_TOKEN"] = nil })},
		{"no such Dockerfile", "images", "poll", of("poll", func(s *types.ServiceConfig) { s.Build.Context = "/nowhere" })},
		{"redis volume undeclared", "volumes", "redis-data", func(p *types.Project) { delete(p.Volumes, "redis-data") }},
		{"redis volume unmounted", "volumes", "redis", of("redis", func(s *types.ServiceConfig) { s.Volumes = nil })},
		{"db volume elsewhere", "volumes", "db-data", of("db", func(s *types.ServiceConfig) { s.Volumes[0].Target = "/data" })},
		{"no schema", "init script", "without its schema", of("db", func(s *types.ServiceConfig) { s.Volumes = s.Volumes[:1] })},
		{"schema writable", "init script", "read-only", of("db", func(s *types.ServiceConfig) { s.Volumes[1].ReadOnly = false })},
		{"schema elsewhere", "init script", "no *.sql file", of("db", func(s *types.ServiceConfig) { s.Volumes[2].Source = "/nowhere" })},
		{"no users", "init script", "no *.sh file", of("db", func(s *types.ServiceConfig) { s.Volumes[1].Source = "/nowhere" })},
		{"everybody is the superuser", "environment", "POSTGRES_USER", of("result", set("POSTGRES_USER", "postgres"))},
		{"poll is the operator", "secrets", "redis_password", of("poll", func(s *types.ServiceConfig) { s.Secrets[0].Source = "redis_password" })},
		{"poll knows the db", "environment", "POSTGRES_HOST", of("poll", set("POSTGRES_HOST", "db"))},
		{"a crowd of one address", "environment", "4096", of("poll", set("MAX_CONNS_PER_ADDRESS", "4096"))},
		{"poll lacks Redis", "environment", "REDIS_HOST", of("poll", func(s *types.ServiceConfig) { delete(s.Environment, "REDIS_HOST") })},
		{"password in sight", "secrets", "POSTGRES_PASSWORD_FILE", of("db", set("POSTGRES_PASSWORD", "password"))},
		{"URL with a password", "secrets", "DATABASE_URL", of("worker", set("DATABASE_URL", "postgres://u:p@db/"))},
		{"secret for poll", "secrets", "admin_token", of("poll", func(s *types.ServiceConfig) {
			s.Secrets = append(s.Secrets, types.ServiceSecretConfig{Source: "admin_token"})
		})},
		{"secret from a variable", "secrets", "not a file", func(p *types.Project) { p.Secrets["admin_token"] = types.SecretConfig{Environment: "X"} }},
		{"fsync now and then", "redis", "always", of("redis", replaceCommand("always", "everysec"))},
		{"no append-only file", "redis", "appendonly", of("redis", replaceCommand("--appendonly", ""))},
		{"eviction", "redis", "volatile-ttl", of("redis", replaceCommand("volatile-ttl", "allkeys-lru"))},
		{"messages of any size", "redis", "proto-max-bulk-len", of("redis", replaceCommand("proto-max-bulk-len", ""))},
		{"open Redis", "redis", "start.sh", of("redis", replaceCommand("/etc/popeye/start.sh", "-c"))},
		{"password on the command line", "redis", "list of processes", of("redis", replaceCommand("--save", "--requirepass"))},
		{"no health check", "health", "db", of("db", func(s *types.ServiceConfig) { s.HealthCheck = nil })},
		{"health check off", "health", "db", of("db", func(s *types.ServiceConfig) { s.HealthCheck.Disable = true })},
		{"health by curl", "health", "own binary", of("poll", func(s *types.ServiceConfig) { s.HealthCheck.Test = []string{"CMD", "curl", "localhost"} })},
		{"health untimed", "health", "timing", of("redis", func(s *types.ServiceConfig) { s.HealthCheck.Interval = nil })},
		{"start_interval", "health", "start_interval", of("redis", func(s *types.ServiceConfig) { s.HealthCheck.StartInterval = &hour })},
		{"poll waits for the worker", "order", "worker", of("poll", func(s *types.ServiceConfig) {
			s.DependsOn["worker"] = types.ServiceDependency{Condition: types.ServiceConditionStarted}
		})},
		{"started is enough", "order", "service_started", of("result", func(s *types.ServiceConfig) {
			s.DependsOn["db"] = types.ServiceDependency{Condition: types.ServiceConditionStarted}
		})},
		{"writable", "hardening", "write", of("redis", func(s *types.ServiceConfig) { s.ReadOnly = false })},
		{"capabilities kept", "hardening", "capabilities", of("db", func(s *types.ServiceConfig) { s.CapDrop = nil })},
		{"capability added", "hardening", "capabilities", of("db", func(s *types.ServiceConfig) { s.CapAdd = []string{"NET_ADMIN"} })},
		{"new privileges", "hardening", "gain", of("poll", func(s *types.ServiceConfig) { s.SecurityOpt = nil })},
		{"privileged", "hardening", "host", of("poll", func(s *types.ServiceConfig) { s.Privileged = true })},
		{"image's root", "hardening", "root", of("db", func(s *types.ServiceConfig) { s.User = "" })},
		{"root by number", "hardening", "root", of("poll", func(s *types.ServiceConfig) { s.User = "0:0" })},
		{"no memory limit", "limits", "memory", of("result", func(s *types.ServiceConfig) { s.MemLimit = 0 })},
		{"no process limit", "limits", "processes", of("result", func(s *types.ServiceConfig) { s.PidsLimit = 0 })},
		{"soft limit above the hard", "limits", "GOMEMLIMIT", of("result", set("GOMEMLIMIT", "1GiB"))},
		{"no time to drain", "limits", "drain", of("worker", func(s *types.ServiceConfig) { s.StopGracePeriod = nil })},
	}
	convicted := map[string]bool{}
	for _, b := range breaks {
		t.Run(b.name, func(t *testing.T) {
			p := load(t, stackFile)
			b.do(p)
			err := stackChecks[b.check](p)
			if err == nil || !strings.Contains(err.Error(), b.says) {
				t.Errorf("the check %q says %v, want something about %q", b.check, err, b.says)
			}
		})
		convicted[b.check] = true
	}
	for name := range stackChecks {
		if !convicted[name] {
			t.Errorf("nothing shows that the check %q can fail", name)
		}
	}
}

func replaceCommand(was, now string) func(*types.ServiceConfig) {
	return func(s *types.ServiceConfig) {
		for i := range s.Command {
			s.Command[i] = strings.ReplaceAll(s.Command[i], was, now)
		}
	}
}

func TestHello(t *testing.T) {
	p := load(t, helloFile)
	for name, err := range map[string]error{
		"services": same("services", p.ServiceNames(), []string{"db", "hello-world"}),
		"ports":    samePorts(p, map[string][]string{"hello-world": {"8080:3000"}, "db": {"5432:5432"}}),
		"image":    same("image", p.Services["db"].Image, "postgres:15.2-alpine"),
		"build":    buildsFrom(p, "hello-world", "hello/Dockerfile"),
		"volumes":  same("volumes", p.VolumeNames(), []string{"db-data", "password"}),
		"secrets":  secretsOnlyInFiles(p),
		"restart":  checkRestart(p),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, s := range p.Services {
		if s.HealthCheck == nil {
			t.Errorf("%s has no health check", name)
		}
	}
}

// What .env.example offers is what the stack takes from outside, and it
// arrives.
func TestEnvExample(t *testing.T) {
	text := read(t, "../.env.example")
	if set, err := dotenv.Parse(strings.NewReader(text)); err != nil || len(set) > 0 {
		t.Fatalf("a copy of it is not a file that changes nothing: %v, %v", set, err)
	}
	// With the # taken away from each assignment.
	offered, err := dotenv.Parse(strings.NewReader(regexp.MustCompile(`(?m)^#([A-Z_]+=)`).ReplaceAllString(text, "$1")))
	if err != nil {
		t.Fatal(err)
	}

	if err := same("what a shell reads of it", sourced(t, text), offered); err != nil {
		t.Error(err)
	}

	taken := map[string]bool{
		"SECRETS_DIR": true, "MAX_CONNS_PER_ADDRESS": true, // these have a default
		"COMPOSE_FILE": true, // Compose itself reads it
	}
	for _, s := range load(t, stackFile).Services {
		for name, value := range s.Environment {
			if value == nil {
				taken[name] = true
			}
		}
		if s.Build != nil {
			for name := range s.Build.Args {
				taken[name] = true
			}
		}
	}
	overlays, err := filepath.Glob("../docker-compose.*.yml")
	if err != nil || len(overlays) == 0 {
		t.Fatalf("there are no overlays: %v", err)
	}
	for _, file := range append(overlays, swarmFile) {
		for _, m := range regexp.MustCompile(`[^$]\$\{([A-Z_]+)`).FindAllStringSubmatch(read(t, file), -1) {
			taken[m[1]] = true
		}
	}
	for name := range taken {
		// Four options show how to name the other letters.
		if _, ok := offered[name]; !ok && !(strings.HasPrefix(name, "OPTION_") && name > "OPTION_D") {
			t.Errorf("%s may be set, and .env.example does not say so", name)
		}
	}
	for name := range offered {
		if !taken[name] {
			t.Errorf("%s is in .env.example, and nothing reads it", name)
		}
	}

	offered["SECRETS_DIR"] = "/elsewhere"
	p := load(t, stackFile, types.Mapping(offered).Values()...)
	for _, s := range p.Services {
		for name, value := range s.Environment {
			if want, ok := offered[name]; ok && (value == nil || *value != want) {
				t.Errorf("%s reaches %s as %v, want %q", name, s.Name, value, want)
			}
		}
	}
	if got := p.Secrets["admin_token"].File; got != "/elsewhere/admin_token" {
		t.Errorf("with SECRETS_DIR set, the token is read from %s", got)
	}
}

// sourced is what the assignments set when a shell reads them, as for Swarm.
func sourced(t *testing.T, text string) map[string]string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "env")
	write(t, file, regexp.MustCompile(`(?m)^#([A-Z_]+=)`).ReplaceAllString(text, "$1"))
	cmd := exec.Command("sh", "-euc", `set -a; . "$0"; exec env -0`, file)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]string{}
	for pair := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if name, value, _ := strings.Cut(pair, "="); name != "PATH" && name != "PWD" {
			set[name] = value
		}
	}
	return set
}

func load(t *testing.T, file string, env ...string) *types.Project {
	t.Helper()
	// Neither the environment of this process nor a .env beside the file
	// takes part. What is not set is no argument of a build, so these are.
	env = append([]string{"GOPROXY=direct", "VERSION=1.2.3", "REVISION=0123abc"}, env...)
	files := strings.Split(file, ":") // each over those before
	o, err := cli.NewProjectOptions(files, cli.WithWorkingDirectory(filepath.Dir(files[0])), cli.WithEnv(env))
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
