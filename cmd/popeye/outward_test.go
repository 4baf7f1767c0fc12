package main

import (
	"net/netip"
	"slices"
	"testing"
)

func TestChooseTheAddressThatPhonesReach(t *testing.T) {
	dev := func(name string, addrs ...string) device {
		d := device{name: name, up: true}
		for _, a := range addrs {
			d.addrs = append(d.addrs, netip.MustParseAddr(a))
		}
		return d
	}
	down := func(d device) device { d.up = false; return d }
	inside := func(d device) device { d.private = true; return d }
	lo := inside(dev("lo", "127.0.0.1", "::1"))
	wifi := dev("wlp3s0", "fe80::1", "192.168.1.23")
	for name, c := range map[string]struct {
		devices []device
		routed  string
		want    string
	}{
		"a laptop":                            {[]device{lo, wifi}, "192.168.1.23", "192.168.1.23"},
		"Docker comes first":                  {[]device{lo, dev("docker0", "172.17.0.1"), dev("br-0123456789ab", "172.18.0.1"), wifi}, "192.168.1.23", "192.168.1.23"},
		"two cards: the one that is routed":   {[]device{lo, dev("eno1", "10.0.0.5"), wifi}, "192.168.1.23", "192.168.1.23"},
		"two addresses of one card":           {[]device{dev("eno1", "10.0.0.5", "192.168.1.9")}, "192.168.1.9", "192.168.1.9"},
		"all goes through a VPN":              {[]device{lo, dev("tun0", "10.8.0.2"), wifi}, "10.8.0.2", "192.168.1.23"},
		"a VPN that is only known as a pipe":  {[]device{lo, inside(dev("corp", "10.8.0.2")), wifi}, "10.8.0.2", "192.168.1.23"},
		"WireGuard, Tailscale, macOS":         {[]device{dev("wg0", "10.1.0.2"), dev("tailscale0", "100.64.0.2"), dev("utun4", "10.2.0.2"), wifi}, "100.64.0.2", "192.168.1.23"},
		"no way out: the first that is good":  {[]device{lo, dev("virbr0", "192.168.122.1"), wifi, dev("eno1", "10.0.0.5")}, "", "192.168.1.23"},
		"one that is down":                    {[]device{lo, down(dev("eno1", "10.0.0.5")), wifi}, "", "192.168.1.23"},
		"only one that is down":               {[]device{lo, down(dev("eno1", "10.0.0.5"))}, "", ""},
		"a machine whose card is in a bridge": {[]device{lo, dev("docker0", "172.17.0.1"), dev("br0", "192.168.1.5")}, "192.168.1.5", "192.168.1.5"},
		"a router":                            {[]device{lo, dev("br-lan", "192.168.1.1")}, "192.168.1.1", "192.168.1.1"},
		"in a container":                      {[]device{lo, inside(dev("eth0", "172.17.0.2"))}, "172.17.0.2", ""},
		"no address but its own":              {[]device{lo, dev("eth0", "169.254.7.7", "fe80::2")}, "", ""},
		"nothing but localhost":               {[]device{lo}, "", ""},
		"Windows":                             {[]device{dev("vEthernet (WSL)", "172.22.0.1"), dev("Loopback Pseudo-Interface 1", "127.0.0.1"), dev("Wi-Fi", "192.168.1.23")}, "192.168.1.23", "192.168.1.23"},
		"none at all":                         {nil, "192.168.1.23", ""},
	} {
		routed := netip.Addr{}
		if c.routed != "" {
			routed = netip.MustParseAddr(c.routed)
		}
		got := choose(c.devices, routed)
		if c.want == "" && got.IsValid() || c.want != "" && got != netip.MustParseAddr(c.want) {
			t.Errorf("%s: got %v, want %q", name, got, c.want)
		}
	}
}

// Here, whatever this machine has, the choice is an address of a device that is up.
func TestOutwardIsAnAddressOfThisMachine(t *testing.T) {
	got := outward()
	if got == "" {
		return // nothing but localhost: the big screen says so
	}
	ip := netip.MustParseAddr(got)
	if !slices.ContainsFunc(devices(), func(d device) bool { return d.up && !d.private && slices.Contains(d.addrs, ip) }) {
		t.Errorf("%s is no address of %+v", got, devices())
	}
}
