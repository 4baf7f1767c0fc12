package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// announce tells the person at the terminal where to go. A token that was given is
// known to them; ours is shown on a terminal, and elsewhere only where it is kept.
func announce(w io.Writer, set settings, own bool) {
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
	line("  token", tokenOf(set, own, isTerminal(w)))
	line("Data", set.Data)
	fmt.Fprintf(w, "\nCtrl-C ends it; every vote that was recorded is kept.\n\n")
}

// tokenOf says what the organiser's token is, or where.
func tokenOf(set settings, own, terminal bool) string {
	switch {
	case !own:
		return "the one that you gave"
	case terminal && set.Log.Format != "json":
		return set.AdminToken
	default:
		return "in " + filepath.Join(set.Data, tokenFile)
	}
}

// isTerminal reports whether a person reads w, and no log collector.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
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
