package deploy

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
)

const (
	scaleFile = "../docker-compose.scale.yml"
	swarmFile = "swarm/stack.yml"
)

// replicas are the services of which several run, and how many.
var replicas = map[string]int{"poll": 3, "worker": 2, "result": 2}

// checksBehindProxy hold for several replicas, with Compose and on a Swarm.
var checksBehindProxy = map[string]func(*types.Project) error{
	"services":  func(p *types.Project) error { return same("services", p.ServiceNames(), withProxy) },
	"networks":  checkFronts,
	"replicas":  checkReplicas,
	"addresses": checkAddresses,
	"proxy":     checkProxy,
	"secrets":   checkSecrets,
	"redis":     checkRedis,
	"health":    checkHealth,
	"logs":      checkLogs,
}

var withProxy = []string{"db", "poll", "proxy", "redis", "result", "worker"}

func TestScale(t *testing.T) {
	p := load(t, stackFile+":"+scaleFile, "MAX_CONNS_PER_ADDRESS=4096")
	checks := maps.Clone(checksBehindProxy)
	checks["ports"] = func(p *types.Project) error {
		return samePorts(p, map[string][]string{"proxy": {"5000:5000", "5001:5001"}})
	}
	checks["volumes"], checks["init script"] = checkVolumes, checkInitScript
	checks["restart"], checks["hardening"], checks["limits"] = checkRestart, checkHardening, checkLimits
	for name, check := range checks {
		if err := check(p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	images := load(t, stackFile)
	for _, name := range ours {
		if err := same("what the image of "+name+" is built from", p.Services[name].Build, images.Services[name].Build); err != nil {
			t.Error(err)
		}
	}
}

func TestSwarm(t *testing.T) {
	p := load(t, swarmFile)
	checks := maps.Clone(checksBehindProxy)
	checks["updates"], checks["schema"], checks["as in Compose"], checks["config"] = checkUpdates, checkSchema, asInCompose(t), checkConfig
	for name, check := range checks {
		if err := check(p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func checkFronts(p *types.Project) error {
	got := map[string][]string{}
	for _, name := range p.ServiceNames() { // sorted
		for network := range p.Services[name].Networks {
			got[network] = append(got[network], name)
		}
	}
	err := same("members of the networks", got, map[string][]string{
		"edge": {"proxy"}, "poll-front": {"poll", "proxy"}, "result-front": {"proxy", "result"},
		"poll-tier": {"poll", "redis"}, "back-tier": {"db", "redis", "worker"}, "result-tier": {"db", "result"},
	})
	for name, n := range p.Networks {
		if n.Internal == (name == "edge") {
			err = errors.Join(err, fmt.Errorf("%s is internal: %t; only the proxy needs the world, by edge", name, n.Internal))
		}
	}
	return err
}

func checkReplicas(p *types.Project) error {
	got := map[string]int{}
	for name, s := range p.Services {
		switch {
		case s.Scale != nil:
			got[name] = *s.Scale
		case s.Deploy != nil && s.Deploy.Replicas != nil:
			got[name] = *s.Deploy.Replicas
		}
	}
	return same("replicas", got, replicas)
}

// checkAddresses wants no limit by address where all come from the proxy's,
// whatever is set for the sites without it.
func checkAddresses(p *types.Project) error {
	for _, name := range []string{"poll", "result"} {
		if got := p.Services[name].Environment["MAX_CONNS_PER_ADDRESS"]; got == nil || *got != "0" {
			return fmt.Errorf("%s limits connections by address, and behind the proxy there is one", name)
		}
	}
	return nil
}

// checkProxy wants the proxy to stand for the same ports with the same file, and
// that file to change nothing while it runs.
func checkProxy(p *types.Project) error {
	s := p.Services["proxy"]
	if !s.ReadOnly || isRoot(s.User) || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Equal(s.CapAdd, capabilities["proxy"]) {
		return errors.New("the proxy has privileges that it does not need")
	}
	source := ""
	for _, v := range s.Volumes {
		if v.Target == "/etc/caddy/Caddyfile" && v.ReadOnly {
			source = v.Source
		}
	}
	for _, c := range s.Configs {
		if c.Target == "/etc/caddy/Caddyfile" {
			source = p.Configs[c.Source].File
		}
	}
	want, err := filepath.Abs("proxy/Caddyfile")
	return errors.Join(err, same("what the proxy reads", source, want))
}

// checkUpdates wants replicas to be replaced one by one, by ones that are well, or
// all to go back; and what has data to end before it starts anew.
func checkUpdates(p *types.Project) error {
	for name, s := range p.Services {
		u := s.Deploy.UpdateConfig
		order := "stop-first"
		if replicas[name] > 0 {
			order = "start-first"
		}
		switch {
		case u == nil || u.Parallelism == nil || *u.Parallelism != 1 || u.FailureAction != "rollback" || u.Order != order:
			return fmt.Errorf("%s is not updated one by one, %s, and back if it fails", name, order)
		case s.Deploy.EndpointMode != "dnsrr":
			return fmt.Errorf("the name of %s does not resolve to its replicas", name)
		case s.Deploy.Resources.Limits == nil || s.Deploy.Resources.Limits.MemoryBytes <= 0 || s.Deploy.Resources.Limits.Pids <= 0:
			return fmt.Errorf("%s has no limit of memory or of processes", name)
		case len(s.Volumes) > 0 && s.Volumes[0].Type == types.VolumeTypeVolume && len(s.Deploy.Placement.Constraints) == 0:
			return fmt.Errorf("%s may start on a node that does not have its data", name)
		}
	}
	return nil
}

// checkSchema wants the database to have the same files at its first start as in
// Compose, each migration among them; and Redis those that it starts with.
func checkSchema(p *types.Project) error {
	want, got := map[string]string{}, map[string]string{}
	for pattern, target := range map[string]string{
		"../store/postgres/migrations/*.sql": "/migrations/",
		"postgres/*":                         "/docker-entrypoint-initdb.d/",
		"redis/*":                            "/etc/popeye/",
	} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, file := range files {
			full, err := filepath.Abs(file)
			if err != nil {
				return err
			}
			want[target+filepath.Base(file)] = full
		}
	}
	for _, c := range slices.Concat(p.Services["db"].Configs, p.Services["redis"].Configs) {
		if strings.HasPrefix(c.Target, "/docker-entrypoint") && strings.HasSuffix(c.Target, ".sh") && (c.Mode == nil || *c.Mode != 0o555) {
			return fmt.Errorf("%s can't be run", c.Target)
		}
		got[c.Target] = p.Configs[c.Source].File
	}
	return same("the schema's files", got, want)
}

// checkConfig wants the names of configs to say what is in them. Swarm never changes
// a config: another content under the same name can't be deployed. A migration
// never changes.
func checkConfig(p *types.Project) error {
	for key, c := range p.Configs {
		text, err := os.ReadFile(c.File)
		if err != nil {
			return err
		}
		want := fmt.Sprintf("popeye_%s_%.4x", key, sha256.Sum256(text))
		if !strings.HasPrefix(key, "schema_") && c.Name != want {
			return fmt.Errorf("the config %s is named %s, want %s", key, c.Name, want)
		}
	}
	return nil
}

// asInCompose wants what the two files say twice to be the same.
func asInCompose(t *testing.T) func(*types.Project) error {
	compose := load(t, stackFile+":"+scaleFile)
	return func(p *types.Project) error {
		var err error
		for name, s := range p.Services {
			c := compose.Services[name]
			about := func(what string, got, want any) { err = errors.Join(err, same(what+" of "+name, got, want)) }
			about("command", s.Command, c.Command)
			about("health check", s.HealthCheck, c.HealthCheck)
			about("environment", s.Environment, c.Environment)
			about("user", s.User, c.User)
			about("capabilities", append(s.CapDrop, s.CapAdd...), append(c.CapDrop, c.CapAdd...))
			about("read-only root", s.ReadOnly, c.ReadOnly)
			about("time to drain", s.StopGracePeriod, c.StopGracePeriod)
			about("log", s.Logging, c.Logging)
			about("memory", s.Deploy.Resources.Limits.MemoryBytes, c.MemLimit)
			if c.Build == nil {
				about("image", s.Image, c.Image)
			}
		}
		return err
	}
}

// Each check is shown a stack that is broken in a way it is there to notice.
func TestChecksBehindProxyConvict(t *testing.T) {
	of := func(name string, change func(*types.ServiceConfig)) func(*types.Project) {
		return func(p *types.Project) {
			s := p.Services[name]
			change(&s)
			p.Services[name] = s
		}
	}
	checks := maps.Clone(checksBehindProxy)
	checks["updates"], checks["schema"], checks["as in Compose"], checks["config"] = checkUpdates, checkSchema, asInCompose(t), checkConfig
	four, limit := 4, "4096"
	for _, b := range []struct {
		name, check, says string
		do                func(*types.Project)
	}{
		{"no proxy", "services", "proxy", func(p *types.Project) { delete(p.Services, "proxy") }},
		{"proxy beside the db", "networks", "proxy", of("proxy", func(s *types.ServiceConfig) { s.Networks["result-tier"] = nil })},
		{"poll has a way out", "networks", "poll-front", func(p *types.Project) { p.Networks["poll-front"] = types.NetworkConfig{} }},
		{"one more", "replicas", "poll", of("poll", func(s *types.ServiceConfig) { s.Deploy.Replicas = &four })},
		{"a crowd of one address", "addresses", "poll", of("poll", func(s *types.ServiceConfig) { s.Environment["MAX_CONNS_PER_ADDRESS"] = &limit })},
		{"another proxy", "as in Compose", "nginx", of("proxy", func(s *types.ServiceConfig) { s.Image = "nginx" })},
		{"a proxy with privileges", "proxy", "privileges", of("proxy", func(s *types.ServiceConfig) { s.CapDrop = nil })},
		{"a proxy with another file", "proxy", "reads", of("proxy", func(s *types.ServiceConfig) { s.Configs = nil })},
		{"stops first", "updates", "poll", of("poll", func(s *types.ServiceConfig) { s.Deploy.UpdateConfig.Order = "stop-first" })},
		{"stays broken", "updates", "result", of("result", func(s *types.ServiceConfig) { s.Deploy.UpdateConfig.FailureAction = "pause" })},
		{"two databases", "updates", "db", of("db", func(s *types.ServiceConfig) { s.Deploy.UpdateConfig.Order = "start-first" })},
		{"one address for all", "updates", "name of result", of("result", func(s *types.ServiceConfig) { s.Deploy.EndpointMode = "vip" })},
		{"data left behind", "updates", "does not have its data", of("redis", func(s *types.ServiceConfig) { s.Deploy.Placement.Constraints = nil })},
		{"a migration is missing", "schema", "migrations", of("db", func(s *types.ServiceConfig) { s.Configs = s.Configs[:len(s.Configs)-1] })},
		{"no users of the database", "schema", "2-users.sh", of("db", func(s *types.ServiceConfig) { s.Configs = slices.Delete(s.Configs, 1, 2) })},
		{"a script that can't be run", "schema", "can't be run", of("db", func(s *types.ServiceConfig) { s.Configs[0].Mode = nil })},
		{"no users of Redis", "schema", "users.conf", of("redis", func(s *types.ServiceConfig) { s.Configs = s.Configs[:1] })},
		{"a Caddyfile that Swarm would not take", "config", "popeye_caddyfile", func(p *types.Project) {
			c := p.Configs["caddyfile"]
			c.File = "tls/Caddyfile"
			p.Configs["caddyfile"] = c
		}},
		{"another Redis", "as in Compose", "command of redis", of("redis", func(s *types.ServiceConfig) { s.Command = nil })},
		{"another health check", "as in Compose", "health check of poll", of("poll", func(s *types.ServiceConfig) { s.HealthCheck = nil })},
	} {
		t.Run(b.name, func(t *testing.T) {
			p := load(t, swarmFile)
			b.do(p)
			if err := checks[b.check](p); err == nil || !strings.Contains(err.Error(), b.says) {
				t.Errorf("the check %q says %v, want something about %q", b.check, err, b.says)
			}
		})
	}
}
