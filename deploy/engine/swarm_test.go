//go:build engine

package engine

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// registry stands before the names of the images that the Swarm runs.
const registry = "popeye-e2e/"

// The stack on a Swarm of three machines: an upgrade, the way back, the way back by
// itself, and the loss of a machine, while people vote. Only where the engine is
// ours: no other is made a Swarm.
func TestSwarm(t *testing.T) {
	if os.Getenv("POPEYE_ENGINE") != "own" {
		progress("NOT TRIED: the Swarm, since the engine is not ours")
		return
	}
	// Its services and the other machines go now. It is left in the end: on leaving, the engine forgets the names in all
	// its networks.
	t.Cleanup(func() {
		_, _ = docker("stack", "rm", swarmed.project)
		stopMachines()
	})
	t.Cleanup(func() {
		if t.Failed() {
			services, _ := docker("service", "ls")
			tasks, _ := docker("stack", "ps", "--no-trunc", swarmed.project)
			t.Log(services, tasks)
			for _, m := range started.all {
				t.Log(m.lastWords())
			}
		}
	})
	if err := makeSwarm(); err != nil {
		t.Fatal(err)
	}
	progress("starting deploy/swarm/stack.yml")
	if err := deploy("one"); err != nil {
		t.Fatal(err)
	}
	if err := eventually(func() error { return allRun(replicated) }); err != nil {
		t.Fatal(err)
	}
	progress("healthy is deploy/swarm/stack.yml")
	try(t, "all machines take part", allHaveWork)
	try(t, "the tiers hold", func() error { return tiersHold(swarmed) })
	seen, err := newVoters(swarmed, "seen", 1)
	if err != nil {
		t.Fatal(err)
	}
	try(t, "a vote is seen", func() error { return voteIsSeen(swarmed, seen[0]) })
	votes, err := newStream(swarmed, "steady")
	if err != nil {
		t.Fatal(err)
	}
	try(t, "an upgrade", upgrade)
	try(t, "back to what ran before", goBack)
	try(t, "a bad image is taken back", badUpgrade)
	try(t, "one replica more", oneMore)
	try(t, "nobody is refused", func() error { return votes.end(swarmed, longestRefusal) })
	voters := append(votes.voters, seen...)
	try(t, "nothing is lost", func() error {
		return errors.Join(ballotsAre(swarmed, voters), accountBalances(swarmed))
	})
	try(t, "a machine is lost", func() error { return machineIsLost(&voters) })
	try(t, "nothing is lost with it", func() error {
		return errors.Join(ballotsAre(swarmed, voters), accountBalances(swarmed))
	})
}

// allHaveWork wants poll, and the proxy, on every machine.
func allHaveWork() error {
	now, err := swarmed.inspect()
	if err != nil {
		return err
	}
	for _, service := range []string{"poll", "proxy"} {
		at := map[string]bool{}
		for _, c := range now.replicas(service) {
			at[c.at.name] = true
		}
		if len(at) != 1+len(swarmed.others) {
			err = errors.Join(err, fmt.Errorf("%s runs on %v only", service, at))
		}
	}
	return err
}

// machineIsLost cuts the power of a machine while people vote at the others: what
// ran there has to run elsewhere. Who they were joins the voters.
func machineIsLost(voters *[]*voter) error {
	if err := eventually(allHaveWork); err != nil {
		return err
	}
	lost := swarmed.others[len(swarmed.others)-1]
	swarmed.others = swarmed.others[:len(swarmed.others)-1]
	votes, err := newStream(swarmed, "remaining")
	if err != nil {
		return err
	}
	*voters = append(*voters, votes.voters...)
	began := time.Now()
	lost.stop()
	err = eventually(func() error { return allRun(afterScaling) })
	progress("%s: all replicas run elsewhere %.0f s after a machine was lost", swarmed.project, time.Since(began).Seconds())
	return errors.Join(err, votes.end(swarmed, longestWithoutMachine))
}

// upgrade deploys the next version, which replaces all replicas.
func upgrade() error {
	before, err := swarmed.inspect()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := deploy("two"); err != nil {
		return err
	}
	for service := range replicated {
		if err := eventually(func() error { return updated(service, "completed") }); err != nil {
			return err
		}
	}
	progress("%s: all replicas were replaced within %.0f s", swarmed.project, time.Since(began).Seconds())
	// The last of the old ones may be ending.
	return eventually(func() error {
		after, err := swarmed.inspect()
		return errors.Join(err, replaced(before, after, "two"))
	})
}

// goBack gives poll its old version back.
func goBack() error {
	if _, err := docker("service", "rollback", "--detach", swarmed.project+"_poll"); err != nil {
		return err
	}
	if err := eventually(func() error { return updated("poll", "rollback_completed") }); err != nil {
		return err
	}
	return eventually(func() error {
		after, err := swarmed.inspect()
		for _, c := range after.replicas("poll") {
			err = errors.Join(err, same("version of poll", c.Config.Labels["org.opencontainers.image.version"], "one"))
		}
		return errors.Join(err, allRun(replicated))
	})
}

// badUpgrade gives poll an image that ends at once: Swarm has to find out, and to
// leave all replicas as they are.
func badUpgrade() error {
	before, err := swarmed.inspect()
	if err != nil {
		return err
	}
	if _, err := docker("service", "update", "--detach", "--no-resolve-image", "--image", registry+"popeye-poll:bad", swarmed.project+"_poll"); err != nil {
		return err
	}
	if err := eventually(func() error { return updated("poll", "rollback_completed") }); err != nil {
		return err
	}
	if err := eventually(func() error { return allRun(replicated) }); err != nil {
		return err
	}
	after, err := swarmed.inspect()
	if err != nil {
		return err
	}
	return same("replicas of poll", ids(after.replicas("poll")), ids(before.replicas("poll")))
}

func ids(all []container) []string {
	var found []string
	for _, c := range all {
		found = append(found, c.ID)
	}
	slices.Sort(found)
	return found
}

func oneMore() error {
	if _, err := docker("service", "scale", "--detach", swarmed.project+"_poll=4"); err != nil {
		return err
	}
	return eventually(func() error { return allRun(afterScaling) })
}

// afterScaling are the replicas once there is one poll more.
var afterScaling = map[string]int{"poll": 4, "worker": 2, "result": 2}

// updated compares what the Swarm says of its last update of a service.
func updated(service, want string) error {
	said, err := docker("service", "inspect", "--format", "{{if .UpdateStatus}}{{.UpdateStatus.State}}: {{.UpdateStatus.Message}}{{end}}", swarmed.project+"_"+service)
	if err != nil {
		return err
	}
	if state, _, _ := strings.Cut(strings.TrimSpace(said), ":"); state != want {
		return fmt.Errorf("the update of %s is %q, want %s", service, said, want)
	}
	return nil
}

// allRun says whether so many replicas of each run and are healthy, a proxy on every
// machine, and one of all else.
func allRun(counts map[string]int) error {
	now, err := swarmed.inspect()
	if err != nil {
		return err
	}
	want := maps.Clone(counts)
	want["redis"], want["db"], want["proxy"] = 1, 1, 1+len(swarmed.others)
	for service, want := range want {
		if got := len(now.replicas(service)); got != want {
			err = errors.Join(err, fmt.Errorf("%s has %d replicas, want %d", service, got, want))
		}
	}
	return errors.Join(err, checkHealth(now))
}

// makeSwarm makes this machine and two more a Swarm, which nobody else hears of, and
// makes two versions of the images.
func makeSwarm() error {
	mine, theirs, err := layWire(2)
	if err != nil {
		return err
	}
	if _, err := docker("swarm", "init", "--advertise-addr", mine, "--listen-addr", mine); err != nil {
		return err
	}
	node, err := docker("info", "--format", "{{.Swarm.NodeID}}")
	if err != nil {
		return err
	}
	if _, err := docker("node", "update", "--label-add", "popeye.data=here", strings.TrimSpace(node)); err != nil {
		return err
	}
	const images = registry + "popeye-%s:"
	if err := errors.Join(version("one", images+"one"), version("two", images+"two"), badImage(registry+"popeye-poll:bad")); err != nil {
		return err
	}
	return addMachines(mine, theirs)
}

// addMachines starts machines, which join the Swarm of ours and have its images:
// there is no registry to get them from.
func addMachines(mine string, theirs []netip.Prefix) error {
	token, err := docker("swarm", "join-token", "--quiet", "worker")
	if err != nil {
		return err
	}
	for i, addr := range theirs {
		m, err := newMachine(fmt.Sprintf("m%d", 2+i), addr)
		if err != nil {
			return err
		}
		swarmed.others = append(swarmed.others, m)
		if _, err := m.docker("swarm", "join", "--advertise-addr", m.addr, "--token", strings.TrimSpace(token), mine+":2377"); err != nil {
			return err
		}
	}
	images := []string{redisImage, postgresImage, proxyImage, registry + "popeye-poll:bad"}
	for service := range replicated {
		images = append(images, registry+"popeye-"+service+":one", registry+"popeye-"+service+":two")
	}
	return bring(images, swarmed.others...)
}

// leaveSwarm ends the Swarm if it is ours, and takes away what it ran.
func leaveSwarm() {
	if os.Getenv("POPEYE_ENGINE") != "own" {
		return
	}
	_, _ = docker("stack", "rm", swarmed.project)
	stopMachines()
	_, _ = docker("swarm", "leave", "--force")
	_, _ = docker("network", "rm", wire)
	images, _ := docker("image", "ls", "--quiet", registry+"*")
	for _, id := range strings.Fields(images) {
		_, _ = docker("image", "rm", "--force", id)
	}
}

// deploy makes the Swarm run a version of the stack.
func deploy(version string) error {
	ports, err := freePorts()
	if err != nil {
		return err
	}
	cmd := exec.Command("docker", "stack", "deploy", "--resolve-image", "never",
		"--compose-file", filepath.Join(root, "deploy/swarm/stack.yml"), swarmed.project)
	cmd.Env = append(swarmed.environment(), "REGISTRY="+registry, "VERSION="+version,
		"POLL_PORT="+ports[0], "RESULT_PORT="+ports[1])
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("deploy the stack: %w: %s", err, out)
	}
	return nil
}

// freePorts are two ports at which nobody listens, the same each time: 5000 and
// 5001 may belong to a stack that is not ours.
var freePorts = sync.OnceValues(func() (found [2]string, err error) {
	for i := range found {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return found, err
		}
		defer l.Close()
		_, found[i], _ = net.SplitHostPort(l.Addr().String())
	}
	return found, nil
})
