package client

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// jar keeps the cookies of one client, who knows one site and its replicas. Unlike
// that of net/http it also gives back what is for TLS only: where a proxy ends TLS,
// a client may stand behind it. Safe for concurrent use.
type jar struct {
	mu      sync.Mutex
	cookies map[string]string
	voter   string // the value of the voter's cookie that was set last
}

func newJar() *jar { return &jar{cookies: map[string]string{}} }

// SetCookies implements http.CookieJar.
func (j *jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range cookies {
		if c.MaxAge < 0 {
			delete(j.cookies, c.Name)
			continue
		}
		value := strings.Clone(c.Value) // the rest of the answer need not stay in memory
		j.cookies[strings.Clone(c.Name)] = value
		if isVoter(c.Name) {
			j.voter = value
		}
	}
}

// Cookies implements http.CookieJar.
func (j *jar) Cookies(*url.URL) []*http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []*http.Cookie
	for _, name := range slices.Sorted(maps.Keys(j.cookies)) {
		all = append(all, &http.Cookie{Name: name, Value: j.cookies[name]})
	}
	return all
}

// isVoter reports whether a cookie says who a voter is, of whichever instance.
func isVoter(name string) bool {
	_, name, prefixed := strings.Cut("-"+name, "-voter_")
	return prefixed && name != ""
}

func (j *jar) voterID() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	id, _, _ := strings.Cut(j.voter, ".") // what follows is the signature
	return id
}
