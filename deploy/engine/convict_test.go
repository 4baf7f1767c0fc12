package engine

import (
	"strings"
	"testing"
)

// The checks accept what the engine once said about the stack as it is.
func TestChecksAcceptTheStack(t *testing.T) {
	s, err := recorded()
	if err != nil {
		t.Fatal(err)
	}
	for name, check := range stateChecks {
		if err := check(s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Each check is shown a state that is wrong in a way it is there to notice.
func TestChecksConvict(t *testing.T) {
	of := func(service string, change func(*container)) func(*state) {
		return func(s *state) {
			for i := range s.Containers {
				if s.Containers[i].service() == service {
					change(&s.Containers[i])
				}
			}
		}
	}
	breaks := []struct {
		name, check, says string
		do                func(*state)
	}{
		{"a service is missing", "services", "worker", func(s *state) { s.Containers = s.Containers[:4] }},
		{"a service runs twice", "services", "poll", func(s *state) { s.Containers = append(s.Containers, s.Containers[0]) }},
		{"not healthy", "health", "worker is running", of("worker", func(c *container) { c.State.Health.Status = "starting" })},
		{"stopped", "health", "db is exited", of("db", func(c *container) { c.State.Status = "exited" })},
		{"poll beside the db", "tiers", "poll", of("poll", func(c *container) {
			c.NetworkSettings.Networks["popeye-e2e_result-tier"] = struct{ IPAddress string }{}
		})},
		{"worker off its tier", "tiers", "worker", of("worker", func(c *container) { clear(c.NetworkSettings.Networks) })},
		{"open back-tier", "tiers", "way out", func(s *state) {
			for i := range s.Networks {
				s.Networks[i].Internal = false
			}
		}},
		{"db published", "ports", "5432", of("db", func(c *container) { publish(c, "5432", "5432/tcp") })},
		{"metrics published", "ports", "9090", of("poll", func(c *container) { publish(c, "9090", "9090/tcp") })},
		{"another port", "ports", "8080", of("result", func(c *container) { clear(c.NetworkSettings.Ports); publish(c, "8080", "80/tcp") })},
		{"the host's network", "ports", "host", of("worker", func(c *container) { c.HostConfig.NetworkMode = "host" })},
		{"redis without its volume", "volumes", "redis", of("redis", func(c *container) { c.Mounts = nil })},
		{"redis in an anonymous volume", "volumes", "redis", of("redis", func(c *container) {
			for i := range c.Mounts {
				c.Mounts[i].Name = "0123456789abcdef"
			}
		})},
		{"db without its volume", "volumes", "db", of("db", func(c *container) { c.Mounts = nil })},
		{"no restart", "restart", "worker", of("worker", func(c *container) { c.HostConfig.RestartPolicy.Name = "no" })},
		{"writable", "privileges", "write", of("redis", func(c *container) { c.HostConfig.ReadonlyRootfs = false })},
		{"capabilities kept", "privileges", "capabilities", of("db", func(c *container) { c.HostConfig.CapDrop = nil })},
		{"a capability added", "privileges", "capabilities", of("db", func(c *container) { c.HostConfig.CapAdd = []string{"NET_ADMIN"} })},
		{"new privileges", "privileges", "gain", of("poll", func(c *container) { c.HostConfig.SecurityOpt = nil })},
		{"privileged", "privileges", "host", of("poll", func(c *container) { c.HostConfig.Privileged = true })},
		{"root", "privileges", "user", of("redis", func(c *container) { c.Config.User = "" })},
		{"root by number", "privileges", "user", of("poll", func(c *container) { c.Config.User = "0:0" })},
		{"any memory", "limits", "memory", of("result", func(c *container) { c.HostConfig.Memory = 0 })},
		{"any number of processes", "limits", "processes", of("result", func(c *container) { c.HostConfig.PidsLimit = 0 })},
		{"endless logs", "logs", "bound", of("worker", func(c *container) { delete(c.HostConfig.LogConfig.Config, "max-size") })},
		{"a secret too many", "secrets", "poll", of("poll", func(c *container) {
			m := c.Mounts[0]
			m.Destination = "/run/secrets/admin_token"
			c.Mounts = append(c.Mounts, m)
		})},
		{"a secret that can be written", "secrets", "poll", of("poll", func(c *container) { c.Mounts[0].RW = true })},
		{"a password in a variable", "secrets", "POSTGRES_PASSWORD", of("db", func(c *container) { c.Config.Env = append(c.Config.Env, "POSTGRES_PASSWORD=postgres") })},
		{"a URL with a password", "secrets", "DATABASE_URL", of("result", func(c *container) { c.Config.Env = append(c.Config.Env, "DATABASE_URL=postgres://u:p@db/") })},
	}
	convicted := map[string]bool{}
	for _, b := range breaks {
		t.Run(b.name, func(t *testing.T) {
			s, err := recorded()
			if err != nil {
				t.Fatal(err)
			}
			b.do(&s)
			if err := stateChecks[b.check](s); err == nil || !strings.Contains(err.Error(), b.says) {
				t.Errorf("the check %q says %v, want something about %q", b.check, err, b.says)
			}
		})
		convicted[b.check] = true
	}
	for name := range stateChecks {
		if !convicted[name] {
			t.Errorf("nothing shows that the check %q can fail", name)
		}
	}
}

func publish(c *container, outside, inside string) {
	c.NetworkSettings.Ports[inside] = append(c.NetworkSettings.Ports[inside], struct{ HostPort string }{outside})
}
