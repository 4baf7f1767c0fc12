package main

import (
	"net/http"
	"net/url"
	"strings"
)

// jar keeps the cookies of one voter, who knows one site and asks it one thing
// at a time. Unlike that of net/http it also gives back what is for TLS only:
// where a proxy ends TLS, the crowd may stand behind it.
type jar map[string]string

// SetCookies implements http.CookieJar.
func (j jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		if c.MaxAge < 0 {
			delete(j, c.Name)
			continue
		}
		j[strings.Clone(c.Name)] = strings.Clone(c.Value) // the rest of the answer need not stay in memory
	}
}

// Cookies implements http.CookieJar.
func (j jar) Cookies(*url.URL) []*http.Cookie {
	var all []*http.Cookie
	for name, value := range j {
		all = append(all, &http.Cookie{Name: name, Value: value})
	}
	return all
}
