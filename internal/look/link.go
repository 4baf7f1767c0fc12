package look

import (
	"fmt"
	"net/url"
)

// CheckLink reports whether a setting can be a link on a page: "" for none, else
// an address of the web. A browser would run one that begins with "javascript:"
// as a program.
func CheckLink(name, link string) error {
	if link == "" {
		return nil
	}
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%s is %q: give a URL that begins with http:// or https:// and names a host", name, link)
	}
	return nil
}
