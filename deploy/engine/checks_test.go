package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// services are the five, in the order in which a vote meets them.
var services = []string{"poll", "redis", "worker", "db", "result"}

// secrets says who is given which secret, as a file.
var secrets = map[string][]string{
	"poll":   {"redis_poll_password"},
	"redis":  {"redis_password", "redis_poll_password", "redis_worker_password"},
	"worker": {"postgres_worker_password", "redis_worker_password"},
	"db":     {"postgres_password", "postgres_result_password", "postgres_worker_password"},
	"result": {"admin_token", "postgres_result_password"},
}

// stateChecks are the demands on what the engine says. Each returns nil, or
// what is wrong.
var stateChecks = map[string]func(state) error{
	"services":   checkServices,
	"health":     checkHealth,
	"tiers":      checkTiers,
	"ports":      checkPorts,
	"volumes":    checkVolumes,
	"restart":    checkRestart,
	"privileges": checkPrivileges,
	"limits":     checkLimits,
	"logs":       checkLogs,
	"secrets":    checkSecrets,
}

func checkServices(s state) error {
	var got []string
	for _, c := range s.Containers {
		got = append(got, c.service())
	}
	slices.Sort(got)
	return same("services", got, slices.Sorted(slices.Values(services)))
}

func checkHealth(s state) error {
	return each(s, func(c container) error {
		if c.State.Status != "running" || c.State.Health.Status != "healthy" {
			return fmt.Errorf("is %s and %q, want running and healthy", c.State.Status, c.State.Health.Status)
		}
		return nil
	})
}

func checkTiers(s state) error {
	got := map[string][]string{}
	for _, c := range s.Containers {
		for name := range c.NetworkSettings.Networks {
			got[s.short(name)] = append(got[s.short(name)], c.service())
		}
	}
	for _, members := range got {
		slices.Sort(members)
	}
	err := same("members of the networks", got, map[string][]string{
		"poll-tier":   {"poll", "redis"},
		"back-tier":   {"db", "redis", "worker"},
		"result-tier": {"db", "result"},
	})
	for _, n := range s.Networks {
		if s.short(n.Name) == "back-tier" && !n.Internal {
			err = errors.Join(err, errors.New("back-tier has a way out to the world"))
		}
	}
	return err
}

// checkPorts wants nothing published but the two sites.
func checkPorts(s state) error {
	got := map[string][]string{}
	for _, c := range s.Containers {
		for inside, outside := range c.NetworkSettings.Ports {
			for _, port := range outside {
				got[c.service()] = append(got[c.service()], port.HostPort+":"+inside)
			}
		}
		if c.HostConfig.NetworkMode == "host" {
			got[c.service()] = append(got[c.service()], "all, by the host's network")
		}
	}
	for name := range got { // the same port on IPv4 and IPv6 is one
		slices.Sort(got[name])
		got[name] = slices.Compact(got[name])
	}
	return same("published ports", got, map[string][]string{"poll": {"5000:80/tcp"}, "result": {"5001:80/tcp"}})
}

func checkVolumes(s state) error {
	for service, want := range map[string][2]string{
		"redis": {"redis-data", "/data"},
		"db":    {"db-data", "/var/lib/postgresql/data"},
	} {
		c, err := s.service(service)
		if err != nil {
			return err
		}
		kept := false
		for _, m := range c.Mounts {
			kept = kept || m.Type == "volume" && s.short(m.Name) == want[0] && m.Destination == want[1] && m.RW
		}
		if !kept {
			return fmt.Errorf("%s does not keep %s in the volume %s: `down` would forget it", service, want[1], want[0])
		}
	}
	return nil
}

func checkRestart(s state) error {
	return each(s, func(c container) error {
		if got := c.HostConfig.RestartPolicy.Name; got != "unless-stopped" {
			return fmt.Errorf("has the restart policy %q, want unless-stopped", got)
		}
		return nil
	})
}

func checkPrivileges(s state) error {
	return each(s, func(c container) error {
		user, _, _ := strings.Cut(c.Config.User, ":")
		switch h := c.HostConfig; {
		case !h.ReadonlyRootfs:
			return errors.New("can write to its root file system")
		case !slices.Equal(h.CapDrop, []string{"ALL"}) || len(h.CapAdd) > 0:
			return fmt.Errorf("drops the capabilities %v and adds %v, want all dropped", h.CapDrop, h.CapAdd)
		case !slices.Contains(h.SecurityOpt, "no-new-privileges:true"):
			return errors.New("can gain privileges")
		case h.Privileged || h.PidMode == "host" || h.IpcMode == "host" || h.NetworkMode == "host":
			return errors.New("shares the host")
		case user == "" || user == "root" || user == "0":
			return fmt.Errorf("runs as the user %q", user)
		}
		return nil
	})
}

func checkLimits(s state) error {
	return each(s, func(c container) error {
		if c.HostConfig.Memory <= 0 || c.HostConfig.PidsLimit <= 0 {
			return fmt.Errorf("may use %d bytes of memory and %d processes, want limits", c.HostConfig.Memory, c.HostConfig.PidsLimit)
		}
		return nil
	})
}

func checkLogs(s state) error {
	return each(s, func(c container) error {
		l := c.HostConfig.LogConfig
		if l.Type != "json-file" || l.Config["max-size"] == "" || l.Config["max-file"] == "" {
			return fmt.Errorf("logs to %s without a bound: %v", l.Type, l.Config)
		}
		return nil
	})
}

// checkSecrets wants each secret as a file that can't be written, given to those
// who need it, and no variable or option that holds one.
func checkSecrets(s state) error {
	return each(s, func(c container) error {
		var got []string
		for _, m := range c.Mounts {
			if name, ok := strings.CutPrefix(m.Destination, "/run/secrets/"); ok && !m.RW {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		for _, pair := range c.Config.Env {
			name, _, _ := strings.Cut(pair, "=")
			backend := strings.HasSuffix(name, "_URL") && !strings.HasPrefix(name, "PUBLIC_") // it may hold a password
			if backend || strings.HasSuffix(name, "PASSWORD") || strings.HasSuffix(name, "TOKEN") {
				return fmt.Errorf("has %s among its variables", name)
			}
		}
		return same("secrets as files", got, secrets[c.service()])
	})
}

// each asks about every container, and names those of which something is wrong.
func each(s state, check func(container) error) error {
	wrong := map[string]error{}
	for _, c := range s.Containers {
		if err := check(c); err != nil {
			wrong[c.service()] = fmt.Errorf("%s %w", c.service(), err)
		}
	}
	var err error
	for _, name := range slices.Sorted(maps.Keys(wrong)) {
		err = errors.Join(err, wrong[name])
	}
	return err
}

func same(what string, got, want any) error {
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("%s differ (- wanted, + found):\n%s", what, diff)
	}
	return nil
}
