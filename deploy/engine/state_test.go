package engine

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// state is what the engine says about a running stack.
type state struct {
	Project    string
	Containers []container
	Networks   []network
}

// machine is where containers run.
type machine struct {
	name string
	dir  string // of what it keeps
	addr string // at which people reach what it publishes
	host string // of its engine, as in DOCKER_HOST; "" is the one that the tests were given
	stop func() // loses it
}

// container has the parts of `docker inspect` that are looked at here.
type container struct {
	at    *machine // on which it runs
	ID    string   `json:"Id"`
	State struct {
		Status string
		Pid    int
		Health struct{ Status string }
	}
	RestartCount int
	Config       struct {
		User   string
		Env    []string
		Labels map[string]string
	}
	HostConfig struct {
		Privileged, ReadonlyRootfs   bool
		CapAdd, CapDrop, SecurityOpt []string
		PidMode, IpcMode             string
		NetworkMode                  string
		Memory, PidsLimit            int64
		RestartPolicy                struct{ Name string }
		LogConfig                    struct {
			Type   string
			Config map[string]string
		}
	}
	Mounts []struct {
		Type, Name, Destination string
		RW                      bool
	}
	NetworkSettings struct {
		Ports    map[string][]struct{ HostPort string }
		Networks map[string]struct{ IPAddress string }
	}
}

// network has the parts of `docker network inspect` that are looked at here.
type network struct {
	Name     string
	Internal bool
}

func (c container) service() string {
	if name := c.Config.Labels["com.docker.swarm.service.name"]; name != "" { // of the stack, and in it
		return strings.TrimPrefix(name, c.Config.Labels["com.docker.stack.namespace"]+"_")
	}
	return c.Config.Labels["com.docker.compose.service"]
}

// service finds the one container of a service.
func (s state) service(name string) (container, error) {
	found := s.replicas(name)
	if len(found) != 1 {
		return container{}, fmt.Errorf("%s has %d containers, want one", name, len(found))
	}
	return found[0], nil
}

// replicas finds all containers of a service.
func (s state) replicas(name string) []container {
	var found []container
	for _, c := range s.Containers {
		if c.service() == name {
			found = append(found, c)
		}
	}
	return found
}

// short is a name without the project's name before it.
func (s state) short(name string) string { return strings.TrimPrefix(name, s.Project+"_") }

// recorded is the state of the stack at some time, as -record wrote it.
func recorded() (state, error) {
	text, err := os.ReadFile("testdata/inspect.json")
	if err != nil {
		return state{}, err
	}
	var s state
	return s, json.Unmarshal(text, &s)
}
