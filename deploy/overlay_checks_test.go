package deploy

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// overlaid is a stack of several files, and what they say of themselves.
type overlaid struct {
	*types.Project
	heads string // the comments at the tops of the files
}

// overlayChecks is everything that a stack with overlays has to fulfil.
var overlayChecks = map[string]func(overlaid) error{
	"five services": checkFive,
	"tiers":         checkTiersStay,
	"ports":         checkDocumentedPorts,
	"images":        checkPinned,
	"hardening":     checkAllHardened,
	"limits":        checkAllLimited,
	"logs":          func(o overlaid) error { return checkLogs(o.Project) },
	"restart":       func(o overlaid) error { return checkRestart(o.Project) },
	"secrets":       func(o overlaid) error { return secretsOnlyInFiles(o.Project) },
}

// five is the stack without what overlays add to it.
func five(o overlaid) *types.Project {
	p := *o.Project
	p.Services = types.Services{}
	for _, name := range []string{"poll", "redis", "worker", "db", "result"} {
		if s, ok := o.Services[name]; ok {
			p.Services[name] = s
		}
	}
	return &p
}

// added names the services that only overlays have.
func added(o overlaid) []string {
	return slices.DeleteFunc(o.ServiceNames(), func(name string) bool {
		_, is := five(o).Services[name]
		return is
	})
}

// checkFive wants the five as they are without an overlay, but for networks,
// ports, and variables that are no secret.
func checkFive(o overlaid) error {
	p := five(o)
	p.Volumes = types.Volumes{"db-data": o.Volumes["db-data"], "redis-data": o.Volumes["redis-data"]}
	for _, name := range []string{
		"services", "images", "volumes", "init script", "secrets", "redis", "health", "order", "hardening", "limits",
	} {
		if err := stackChecks[name](p); err != nil {
			return err
		}
	}
	return nil
}

// tiers are who is on each, with any overlay.
var tiers = map[string][]string{
	"poll-tier": {"poll", "redis"}, "back-tier": {"db", "redis", "worker"}, "result-tier": {"db", "result"},
}

// checkTiersStay wants nobody new beside the backends: who is added to a network
// of theirs, or shares one with them, is a way around the worker.
func checkTiersStay(o overlaid) error {
	got := map[string][]string{}
	for _, name := range o.ServiceNames() { // sorted
		s := o.Services[name]
		for network := range s.Networks {
			backend := name == "redis" || name == "db"
			if _, tier := tiers[network]; tier {
				got[network] = append(got[network], name)
			} else if backend {
				return fmt.Errorf("%s is on the network %s: a backend stays on its tiers", name, network)
			}
		}
		if s.NetworkMode != "" {
			return fmt.Errorf("%s has the network of something else, %s", name, s.NetworkMode)
		}
	}
	if !o.Networks["back-tier"].Internal {
		return errors.New("back-tier is not internal: nothing on it needs a way out")
	}
	return same("members of the tiers", got, tiers)
}

// checkDocumentedPorts wants no port open but those of the two sites, and those
// that the head of a file speaks of.
func checkDocumentedPorts(o overlaid) error {
	sites := map[string]string{"poll": "5000:80", "result": "5001:80"}
	for name, s := range o.Services {
		for _, port := range s.Ports {
			text := fmt.Sprintf("%s:%d", port.Published, port.Target)
			spoken := regexp.MustCompile(`\b` + regexp.QuoteMeta(port.Published) + `\b`).MatchString(o.heads)
			switch _, base := five(o).Services[name]; {
			case text == sites[name]:
			case base:
				return fmt.Errorf("%s publishes %s: nothing of the five but the two sites is public", name, text)
			case port.Published == "" || !spoken:
				return fmt.Errorf("%s publishes %s, of which the head of no file speaks", name, text)
			}
		}
	}
	return nil
}

// checkPinned wants every image to be built here, or to have a version in its tag.
func checkPinned(o overlaid) error {
	for _, name := range added(o) {
		s := o.Services[name]
		if s.Build != nil {
			if _, err := os.Stat(filepath.Join(s.Build.Context, s.Build.Dockerfile)); err != nil {
				return fmt.Errorf("%s can't be built: %w", name, err)
			}
			continue
		}
		_, tag, _ := strings.Cut(filepath.Base(s.Image), ":")
		if !strings.ContainsAny(tag, "0123456789") {
			return fmt.Errorf("%s runs %q: name a version", name, s.Image)
		}
	}
	return nil
}

// checkAllHardened is checkHardening for what overlays add. Two things differ: a
// proxy may keep the right to open low ports, without which some programs do not
// start; and an image that is made elsewhere may say itself who it runs as.
func checkAllHardened(o overlaid) error {
	p := *o.Project
	p.Services = maps.Clone(o.Services)
	for _, name := range added(o) {
		s := p.Services[name]
		s.CapAdd = slices.DeleteFunc(slices.Clone(s.CapAdd), func(c string) bool { return c == "NET_BIND_SERVICE" })
		if s.User == "" && s.Build == nil {
			s.User = "its own"
		}
		p.Services[name] = s
	}
	return checkHardening(&p)
}

// checkAllLimited is checkLimits for what overlays add. What is made elsewhere may
// end as fast as it likes.
func checkAllLimited(o overlaid) error {
	p := *o.Project
	p.Services = maps.Clone(o.Services)
	for _, name := range added(o) {
		s := p.Services[name]
		if s.Build == nil {
			s.StopGracePeriod = new(types.Duration)
		}
		p.Services[name] = s
	}
	return checkLimits(&p)
}
