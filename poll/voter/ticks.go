package voter

import (
	"net/http"

	"popeye/vote"
)

// tickName names the cookie that lets a list of polls have a tick at one in which the
// browser has voted. It comes to the list's own address only, as the cookies of Remember
// come to the polls' pages only.
func tickName(slug string) string { return "tick_" + slug }

// Tick lets the list at a path show that this browser has voted in p.
func (c *Cookies) Tick(w http.ResponseWriter, r *http.Request, path string, p vote.Poll) {
	c.setCookie(w, r, tickName(p.Slug), p.CreatedKey(), path)
}

// Ticked reports whether the browser has voted in p, as it was created: one that was made
// anew has no tick. It is for the eye only.
func Ticked(r *http.Request, p vote.Poll) bool {
	c, err := r.Cookie(tickName(p.Slug))
	return err == nil && c.Value == p.CreatedKey()
}
