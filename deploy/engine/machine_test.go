//go:build engine

package engine

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"popeye/internal/testenv"
)

// here is this machine, whose engine the tests were given.
var here = machine{name: "here", addr: "127.0.0.1"}

// wire is the network between the machines of the Swarm: a bridge of this
// machine's engine, which keeps it apart from all others.
const wire = "popeye-wire"

// boot is what a machine is made of: network, processes, file systems and name of
// its own, and an engine. It waits until it is wired. When the outer of its
// processes ends, so do all at once: as if the power were cut.
const boot = `
mount --make-rprivate /
mount -t tmpfs tmpfs /run
hostname "$NAME"
ip link set lo up
echo started
read -r wired
ip addr add "$ADDR" dev wire
ip link set wire up
exec unshare --pid --fork --kill-child --mount-proc dockerd --data-root "$DIR/data" --exec-root "$DIR/exec" \
	--pidfile "$DIR/pid" --cgroup-parent "/popeye-e2e-$NAME" -H "$DOCKER_HOST" >&2
`

// started are all machines, so that none is left running.
var started struct {
	sync.Mutex
	all []*machine
}

// stopMachines loses them all.
func stopMachines() {
	started.Lock()
	defer started.Unlock()
	for _, m := range started.all {
		m.stop()
	}
}

// layWire returns the addresses on the wire: that of this machine, and others.
func layWire(others int) (mine string, theirs []netip.Prefix, err error) {
	if _, err := docker("network", "create", "--opt", "com.docker.network.bridge.name="+wire, wire); err != nil {
		return "", nil, err
	}
	said, err := docker("network", "inspect", "--format", "{{with index .IPAM.Config 0}}{{.Gateway}} {{.Subnet}}{{end}}", wire)
	if err != nil {
		return "", nil, err
	}
	mine, subnet, _ := strings.Cut(strings.TrimSpace(said), " ")
	whole, err := netip.ParsePrefix(subnet)
	if err != nil {
		return "", nil, err
	}
	addr, err := netip.ParseAddr(mine)
	for range others {
		addr = addr.Next()
		theirs = append(theirs, netip.PrefixFrom(addr, whole.Bits()))
	}
	return mine, theirs, err
}

// newMachine starts a machine on the wire.
func newMachine(name string, addr netip.Prefix) (*machine, error) {
	dir := filepath.Join(os.Getenv("POPEYE_MACHINES"), name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	m := &machine{name: name, dir: dir, addr: addr.Addr().String(), host: "unix://" + dir + "/docker.sock"}
	cmd := exec.Command("unshare", "--mount", "--uts", "--net", "sh", "-euc", boot)
	cmd.Env = append(os.Environ(), "NAME="+name, "ADDR="+addr.String(), "DIR="+dir, "DOCKER_HOST="+m.host)
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd.Stderr = log
	said, err1 := cmd.StdoutPipe()
	wired, err2 := cmd.StdinPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	m.stop = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = eventually(func() error { return removeGroups("/popeye-e2e-" + name) })
	})
	started.Lock()
	started.all = append(started.all, m)
	started.Unlock()
	if err := m.plugIn(cmd.Process.Pid, said, wired); err != nil {
		return nil, fmt.Errorf("wire the machine %s: %w", name, err)
	}
	return m, m.answers(ended)
}

// answers waits for its engine, unless that ends before.
func (m *machine) answers(ended <-chan error) error {
	return eventually(func() error {
		select {
		case err := <-ended:
			return testenv.Permanent(fmt.Errorf("the engine of the machine %s ended: %w\n%s", m.name, err, m.lastWords()))
		default:
		}
		_, err := m.docker("info")
		return err
	})
}

// plugIn waits until the machine has a network of its own, puts an end of the wire
// into it, and lets it go on.
func (m *machine) plugIn(pid int, said io.Reader, wired io.Writer) error {
	if _, err := bufio.NewReader(said).ReadString('\n'); err != nil {
		return err
	}
	out, err := exec.Command("ip", "link", "add", wire+"-"+m.name, "master", wire, "up", "type", "veth",
		"peer", "name", "wire", "netns", fmt.Sprint(pid)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	_, err = fmt.Fprintln(wired, "wired")
	return err
}

// lastWords are the last lines of what its engine said.
func (m *machine) lastWords() string {
	text, err := os.ReadFile(filepath.Join(m.dir, "log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(text), "\n")
	return m.name + ":\n" + strings.Join(lines[max(0, len(lines)-20):], "\n")
}

// removeGroups takes away the control groups of a machine's containers; there are none once all its processes have
// ended.
func removeGroups(name string) error {
	roots, err := filepath.Glob("/sys/fs/cgroup/*" + name)
	if err != nil {
		return err
	}
	for _, root := range append(roots, "/sys/fs/cgroup"+name) {
		groups := []string{}
		err = errors.Join(err, filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				groups = append(groups, path)
			}
			return nil // what is not there need not be removed
		}))
		for i := len(groups) - 1; i >= 0; i-- {
			err = errors.Join(err, os.Remove(groups[i]))
		}
	}
	return err
}

// bring copies images to the machines.
func bring(images []string, to ...*machine) error {
	file := filepath.Join(os.Getenv("POPEYE_MACHINES"), "images.tar")
	defer os.Remove(file)
	if _, err := docker(append([]string{"save", "--output", file}, images...)...); err != nil {
		return err
	}
	var loads []func() error
	for _, m := range to {
		loads = append(loads, func() error {
			_, err := m.docker("load", "--quiet", "--input", file)
			return err
		})
	}
	return together(loads...)
}
