package ui

import (
	"cmp"
	"fmt"
	"net/url"

	"popeye/vote"
)

// PagePath returns where a poll's page is, on either station.
func PagePath(slug string) string {
	if slug == vote.DefaultSlug {
		return "/"
	}
	return "/p/" + slug
}

// EventPath returns where an event's page is, on either station.
func EventPath(code string) string { return "/e/" + code }

// CheckLinks reports whether the settings that say how people reach the two sides
// can be links on a page, under the names that an operator gave them by: "" for
// none, else an address of the web. A browser would run one that begins with
// "javascript:" as a program.
func CheckLinks(poll, result string) error {
	return cmp.Or(checkLink("PUBLIC_POLL_URL", poll), checkLink("PUBLIC_RESULT_URL", result))
}

func checkLink(name, link string) error {
	if link == "" {
		return nil
	}
	u, err := url.Parse(link)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%s is %q: give a URL that begins with http:// or https:// and names a host", name, link)
	}
	return nil
}
