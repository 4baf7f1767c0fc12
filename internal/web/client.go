package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// Proxies are the networks whose word on who a client is counts.
type Proxies []netip.Prefix

// ParseProxies reads a list of networks and addresses, with commas or spaces
// between them; "" is none.
func ParseProxies(list string) (Proxies, error) {
	var all Proxies
	for _, s := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		network, err := netip.ParsePrefix(s)
		if addr, notNetwork := netip.ParseAddr(s); notNetwork == nil {
			network, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a network like 10.0.0.0/8", s)
		}
		all = append(all, network.Masked())
	}
	return all, nil
}

func (p Proxies) include(addr netip.Addr) bool {
	for _, network := range p {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

// Client returns the address that a request comes from: of X-Forwarded-For the last
// one that no trusted proxy has, as each proxy adds whom it saw. It is the zero Addr
// if nobody knows.
func (p Proxies) Client(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	client := plain(from.Addr())
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && p.include(client); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break // a proxy that does not tell
		}
		client = plain(next)
	}
	return client
}

func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// IsPublic reports whether an address is one of the world's. Behind another one may
// be anybody: a proxy, a container engine, a whole LAN.
func IsPublic(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !carrierNAT.Contains(a)
}

// carrierNAT are addresses between a carrier and its customers (RFC 6598).
var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")

// Customer returns what one customer has: the address, in IPv6 its /64.
func Customer(a netip.Addr) netip.Prefix {
	a = plain(a)
	if a.Is4() {
		return netip.PrefixFrom(a, 32)
	}
	network, _ := a.Prefix(64) // fails only for more bits than there are
	return network
}

// Network returns the network of an address, as it is given to an organisation: its
// /24, in IPv6 its /56.
func Network(a netip.Addr) netip.Prefix {
	a = plain(a)
	bits := 56
	if a.Is4() {
		bits = 24
	}
	network, _ := a.Prefix(bits) // the same
	return network
}
