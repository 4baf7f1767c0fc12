//go:build engine

package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The images that our files name, and whose programs ask questions here.
const (
	redisImage    = "redis:7.2-alpine"
	postgresImage = "postgres:15.2-alpine"
	goImage       = "golang:1.26-alpine"
	proxyImage    = "caddy:2.11.9-alpine"
)

// stack is a compose file as it is, perhaps with another over it, as a project of
// these tests.
type stack struct {
	project string
	dir     string // of the compose file, "" for the repository
	files   []string
	env     []string
	swarm   bool       // it is a stack of a Swarm; its tasks that ended are not looked at
	others  []*machine // of the Swarm, beside this one
	// patience with what was lost: it does not come by waiting
	patience time.Duration
}

var (
	popeye  = stack{project: "popeye-e2e", files: []string{"docker-compose.yml"}, patience: patience}
	hello   = stack{project: "popeye-e2e-hello", files: []string{"hello/docker-compose.yml", "deploy/engine/testdata/hello.yml"}}
	broken  = stack{project: "popeye-e2e-broken", files: []string{"docker-compose.yml", "deploy/engine/testdata/broken.yml"}, patience: 10 * time.Second}
	scaled  = stack{project: "popeye-e2e-scale", files: []string{"docker-compose.yml", "docker-compose.scale.yml", "deploy/engine/testdata/ports.yml"}, patience: patience}
	alone   = stack{project: "popeye-e2e-alone", files: []string{"deploy/engine/testdata/alone.yml"}, patience: patience}
	swarmed = stack{project: "popeye-e2e-swarm", swarm: true, patience: patience}
	// These are only built.
	foreign     = stack{project: "popeye-e2e-foreign", files: popeye.files}
	contextOnly = stack{project: "popeye-e2e-context", files: []string{"deploy/engine/testdata/context.yml"}}
)

// changed is the stack whose source is in another folder.
func changed(dir string) stack {
	return stack{project: "popeye-e2e-changed", dir: dir, files: popeye.files}
}

// compose runs a command of Compose on the stack, and returns what it prints.
func (s stack) compose(args ...string) (string, error) {
	dir := s.dir
	if dir == "" {
		dir = root
	}
	all := append(compose[1:len(compose):len(compose)], "--project-name", s.project, "--progress", "plain", "--env-file", os.DevNull)
	for _, file := range s.files {
		all = append(all, "--file", filepath.Join(dir, file))
	}
	cmd := exec.Command(compose[0], append(all, args...)...)
	cmd.Dir = dir
	cmd.Env = s.environment()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("compose %s: %w\n%s", args[0], err, out)
	}
	return string(out), nil
}

func (s stack) environment() []string {
	env := append(environment(), "SECRETS_DIR="+secretsDir(), "VERSION=e2e", "REVISION="+revision)
	return append(env, s.env...)
}

// environment is ours without the variables that would change the stack.
func environment() []string {
	var env []string
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		switch {
		case name == "PATH", name == "HOME", name == "GOPROXY", strings.HasPrefix(name, "XDG_"),
			strings.HasPrefix(name, "DOCKER_"), strings.HasSuffix(strings.ToUpper(name), "_PROXY"):
			env = append(env, pair)
		}
	}
	return env
}

// build builds the images of the stack, of all services or of these.
func (s stack) build(services ...string) (string, error) {
	args := []string{"build"}
	for _, pair := range environment() { // the way out of a network that has only a proxy
		if name, _, _ := strings.Cut(pair, "="); strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			args = append(args, "--build-arg", name)
		}
	}
	return s.compose(append(args, services...)...)
}

func (s stack) up() error {
	_, err := s.compose("up", "--wait", "--wait-timeout", "180")
	return err
}

// down ends the stack and keeps its volumes.
func (s stack) down() error {
	_, err := s.compose("down")
	return err
}

// sites are where people reach a service of the stack: itself, or the proxy in front of it,
// once for each machine.
func (s stack) sites(service string) ([]string, error) {
	now, err := s.inspect()
	if err != nil {
		return nil, err
	}
	var found []string
	for _, c := range now.Containers {
		for inside, published := range c.NetworkSettings.Ports {
			if len(published) > 0 && (c.service() == service || c.service() == "proxy" && inside == proxied[service]) {
				found = append(found, "http://"+net.JoinHostPort(c.at.addr, published[0].HostPort))
			}
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s is published nowhere", service)
	}
	return found, nil
}

// site is the first of them.
func (s stack) site(service string) (string, error) {
	found, err := s.sites(service)
	if err != nil {
		return "", err
	}
	return found[0], nil
}

// published is where a port of a service's container is reached.
func (s stack) published(service, port string) (string, error) {
	now, err := s.inspect()
	if err != nil {
		return "", err
	}
	for _, c := range now.Containers {
		if at := c.NetworkSettings.Ports[port]; c.service() == service && len(at) > 0 {
			return "http://" + net.JoinHostPort(c.at.addr, at[0].HostPort), nil
		}
	}
	return "", fmt.Errorf("port %s of %s is published nowhere", port, service)
}

// proxied are the proxy's ports, inside its container, for the stations behind it.
var proxied = map[string]string{"poll": "5000/tcp", "result": "5001/tcp"}

// inspect asks the engine about the stack, or those of all machines.
func (s stack) inspect() (state, error) {
	found := state{Project: s.project}
	// Images that Compose built have the label of its project, and so has whatever is run of
	// them by hand; only the containers of its services are numbered.
	label := "label=com.docker.compose.project=" + s.project
	list := []string{"ps", "--all", "--quiet", "--filter", "label=com.docker.compose.container-number"}
	if s.swarm {
		label, list = "label=com.docker.stack.namespace="+s.project, []string{"ps", "--quiet"}
	}
	for _, m := range append([]*machine{&here}, s.others...) {
		var there []container
		if err := m.inspect(&there, "container", append(list, "--filter", label)...); err != nil {
			return found, err
		}
		for i := range there {
			there[i].at = m
		}
		found.Containers = append(found.Containers, there...)
	}
	slices.SortStableFunc(found.Containers, func(a, b container) int { return strings.Compare(a.service(), b.service()) })
	return found, here.inspect(&found.Networks, "network", "network", "ls", "--quiet", "--filter", label)
}

// docker runs a command of Docker on this machine, and returns what it prints.
func docker(args ...string) (string, error) { return here.docker(args...) }

// in runs a program within the container, and returns what it prints.
func (c container) in(program ...string) (string, error) {
	return c.at.docker(append([]string{"exec", c.ID}, program...)...)
}

// inspect asks about all of a kind that a command lists.
func (m *machine) inspect(into any, kind string, list ...string) error {
	ids, err := m.docker(list...)
	if err != nil || strings.TrimSpace(ids) == "" {
		return err
	}
	text, err := m.docker(append([]string{kind, "inspect"}, strings.Fields(ids)...)...)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), into)
}

func (m *machine) docker(args ...string) (string, error) {
	var errs bytes.Buffer
	cmd := exec.Command("docker", args...)
	if m.host != "" {
		cmd.Env = append(os.Environ(), "DOCKER_HOST="+m.host)
	}
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return string(out) + errs.String(), fmt.Errorf("docker %s: %w\n%s%s", args[0], err, out, errs.String())
	}
	return string(out), nil
}

// logsOf is all that a container has written; our programs write to the second of
// its two outputs.
func logsOf(c container) (string, error) {
	out, err := exec.Command("docker", "logs", c.ID).CombinedOutput()
	return string(out), err
}

// beside runs a script in a container of its own that shares the network of a
// service: it reaches what the service reaches. It returns all that is printed.
func beside(service container, image, script string, args ...string) string {
	run := []string{"run", "--rm", "--network", "container:" + service.ID, "--entrypoint", "sh", image, "-c", "{ " + script + "; } 2>&1", "sh"}
	out, _ := service.at.docker(append(run, args...)...) // what it printed, whether it succeeded or not
	return out
}

// onHost runs a script that sees all processes of the engine's host, may look into
// their files, and may end them.
func onHost(script string) string {
	out, _ := docker(
		"run", "--rm", "--pid", "host", "--network", "none", "--user", "0", "--cap-add", "SYS_PTRACE",
		"--security-opt", "apparmor=unconfined", "--entrypoint", "sh", redisImage, "-c", script,
	)
	return out
}
