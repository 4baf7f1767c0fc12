package result

import (
	"net/http"
	"strings"

	"popeye/internal/web"
	"popeye/result/audience"
)

// showEmbedded shows the big screen in a frame of slides, of OBS or of another site's page:
// of those sites that the organiser allows. It needs no cookie, and has no form: nobody
// can be made to click in it on what they do not see.
func (s *Station) showEmbedded(w http.ResponseWriter, r *http.Request) error {
	counted, err := s.snapshot(r, s.reader.Recent)
	if err != nil {
		return err
	}
	screen := s.wall(r, counted.For(audience.Anyone))
	screen.Frame, screen.Clear = true, r.URL.Query().Get("ground") == "transparent"
	screen.Join.URL = s.voteURL(r, counted.Poll().Slug)
	allow(w.Header(), counted.Poll().Embed)
	w.Header().Set("Cache-Control", "no-store") // figures of a moment
	return web.HTML(w, http.StatusOK, s.look.Page(screen.Page()))
}

const noFrames = "frame-ancestors 'none'"

// allow lets some sites frame the answer. The rest of the policy stays as it is for all
// pages.
func allow(h http.Header, sites []string) {
	const policy = "Content-Security-Policy"
	if len(sites) > 0 {
		h.Set(policy, strings.Replace(h.Get(policy), noFrames, "frame-ancestors "+strings.Join(sites, " "), 1))
	}
}
