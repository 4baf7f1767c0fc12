package main

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// device is a network interface, as far as it says whether others on the network
// reach this machine by it.
type device struct {
	name    string
	up      bool
	private bool // it leads to programs on this machine, or through a tunnel, whatever its name
	addrs   []netip.Addr
}

// outward returns an address at which others on the network reach this machine,
// "" if none is known.
func outward() string {
	ip := choose(devices(), routed())
	if !ip.IsValid() {
		return ""
	}
	return ip.String()
}

// choose picks the address that the default route leaves from; or where that one
// is no good, or there is no such route, the first of a device that is.
func choose(devices []device, routed netip.Addr) (found netip.Addr) {
	for _, d := range devices {
		if !d.up || d.private || isVirtual(d.name) {
			continue
		}
		for _, ip := range d.addrs {
			if !ip.Is4() || !ip.IsGlobalUnicast() {
				continue
			}
			if ip == routed {
				return ip
			}
			if !found.IsValid() {
				found = ip
			}
		}
	}
	return found
}

// virtual are the beginnings of the names of devices behind which no phone is:
// bridges to containers and virtual machines, and tunnels. A plain br0 may well
// be how a machine reaches its network.
var virtual = []string{
	"docker", "veth", "podman", "cni", "flannel", "cali", "kube", "lxc", "lxdbr", "incusbr", "virbr", "vmnet", "vboxnet", "bridge", "vethernet",
	"tun", "tap", "utun", "wg", "ppp", "ipsec", "gif", "tailscale", "zt", "nordlynx", "proton", "warp", "cloudflarewarp", "awdl", "llw", "anpi", "dummy", "ifb",
}

// dockerBridge names the bridge of a network that Docker made.
var dockerBridge = regexp.MustCompile("^br-[0-9a-f]{12}$")

func isVirtual(name string) bool {
	name = strings.ToLower(name)
	if dockerBridge.MatchString(name) {
		return true
	}
	for _, prefix := range virtual {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// devices returns this machine's interfaces; none if they can't be read.
func devices() []device {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var all []device
	for _, i := range interfaces {
		addrs, err := i.Addrs()
		if err != nil {
			continue // it has just gone
		}
		d := device{
			name: i.Name, up: i.Flags&(net.FlagUp|net.FlagRunning) == net.FlagUp|net.FlagRunning,
			private: i.Flags&(net.FlagLoopback|net.FlagPointToPoint) != 0 || isContainerEnd(i.Name),
		}
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok {
				ip, _ := netip.AddrFromSlice(n.IP)
				d.addrs = append(d.addrs, ip.Unmap())
			}
		}
		all = append(all, d)
	}
	return all
}

// isContainerEnd reports whether a device, whatever its name, is the inner end of
// a container's cable: outside nobody knows the address. On Linux such a device
// has its peer's number, and neither hardware nor a type of its own.
func isContainerEnd(name string) bool {
	dir := filepath.Join("/sys/class/net", name)
	peer, err := os.ReadFile(filepath.Join(dir, "iflink"))
	if err != nil {
		return false // no Linux
	}
	own, err := os.ReadFile(filepath.Join(dir, "ifindex"))
	if err != nil {
		return false
	}
	kind, err := os.ReadFile(filepath.Join(dir, "uevent"))
	_, hardware := os.Stat(filepath.Join(dir, "device"))
	return err == nil && hardware != nil && string(peer) != string(own) && !strings.Contains(string(kind), "DEVTYPE=")
}

// routed returns the address from which the system would send to the world at
// large; none without such a route. Nothing is sent: a UDP socket has no greeting.
func routed() netip.Addr {
	c, err := net.Dial("udp4", "192.0.2.1:9") // an address that belongs to nobody
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}
