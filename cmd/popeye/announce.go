package main

import (
	"fmt"
	"io"
	"net"
	"strings"
)

// announce tells the person at the terminal where to go.
func announce(w io.Writer, set settings) {
	vote, watch := addresses(set.Poll.URL, set.PollAddr), addresses(set.Result.URL, set.ResultAddr)
	fmt.Fprintf(w, "\nPopeye is open.\n\n")
	line := func(what, where string) { fmt.Fprintf(w, "  %-10s%s\n", what, where) }
	for i := range vote {
		line([]string{"Vote", ""}[min(i, 1)], vote[i])
	}
	for i := range watch {
		line([]string{"Watch", ""}[min(i, 1)], watch[i])
	}
	line("Organise", watch[0]+"admin")
	line("  token", set.AdminToken)
	line("Data", set.Data)
	fmt.Fprintf(w, "\nCtrl-C ends it; every vote that was recorded is kept.\n\n")
}

// addresses returns how a site can be reached: by its public URL, or from this
// machine, and from others if it listens to them.
func addresses(public, addr string) []string {
	if public != "" {
		return []string{strings.TrimSuffix(public, "/") + "/"}
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return []string{addr}
	}
	if !everywhere(host) {
		return []string{"http://" + net.JoinHostPort(host, port) + "/"}
	}
	all := []string{"http://localhost:" + port + "/"}
	if ip := outward(); ip != "" {
		all = append(all, "http://"+net.JoinHostPort(ip, port)+"/   (from other devices)")
	}
	return all
}

// everywhere reports whether to listen at a host is to listen at all of this
// machine's addresses.
func everywhere(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

// outwardHost returns the host at which other devices reach a site that listens
// at addr, "" if they don't.
func outwardHost(addr string) string {
	if host, _, err := net.SplitHostPort(addr); err != nil || !everywhere(host) {
		return ""
	}
	return outward()
}
