package admin

import (
	"net/http"
	"time"

	"popeye/store"
)

// oldAccount is when an account tells nothing of now.
const oldAccount = time.Minute

// lately is the account of a moment ago; an empty one if there is none. Its figures stand
// beside others, which are shown without them.
func (s *Station) lately(r *http.Request) store.Account {
	a, err := s.Store.Account(r.Context())
	if err != nil || time.Since(a.AsOf) > oldAccount {
		return store.Account{}
	}
	return a
}
