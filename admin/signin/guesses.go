package signin

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"popeye/store"
)

// TriesPerMinute bounds how fast a token, or a session, can be guessed through this
// process.
const TriesPerMinute = 60

// guesses counts wrong tokens and cookies. A limiter of golang.org/x/time/rate would
// say whether there were too many; the log and the trail need to know how many.
type guesses struct {
	mu    sync.Mutex
	wrong int       // in the minute that ends at until
	until time.Time //
}

// miss counts a wrong one, and returns how many there were in this minute.
func (g *guesses) miss() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := time.Now(); now.After(g.until) {
		g.wrong, g.until = 0, now.Add(time.Minute)
	}
	g.wrong++
	return g.wrong
}

// Refuse counts a try that was wrong, tells of it, and returns what to answer. Of
// many within a minute each doubling is kept in the audit trail, and beyond the
// limit none is logged: guessing must not fill a disk.
func (d *Gate) Refuse(r *http.Request, by string) error {
	n := d.guesses.miss()
	if n <= TriesPerMinute {
		d.Log.Warn("a sign-in was refused", "by", by, "from", d.Origin(r), "wrong_this_minute", n)
	}
	if n&(n-1) == 0 && n <= 2*TriesPerMinute {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeTimeout)
		defer cancel()
		err := d.Sessions.RecordAct(ctx, store.Record{
			Who: "stranger", From: d.Origin(r), What: "refused",
			After: fmt.Appendf(nil, `{"by":%q,"wrong_this_minute":%d}`, by, n),
		})
		if err != nil {
			d.Log.Warn("a refused sign-in is not in the audit trail", "error", err)
		}
	}
	if n > TriesPerMinute {
		return ErrSlow
	}
	return ErrWho
}
