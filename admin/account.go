package admin

import (
	"context"
	"net/http"
	"time"

	"popeye/internal/web"
	"popeye/store"
)

// accountAge is when an account is old: workers report every few seconds.
const accountAge = 30 * time.Second

// account says where every vote is that was ever accepted, as the operator
// reads it.
type account struct {
	store.Account
	Difference int64   `json:"difference"` // 0 is the promise
	Balanced   bool    `json:"balanced"`
	LagSeconds float64 `json:"lag_seconds"` // age of the oldest vote that waits
	AgeSeconds float64 `json:"age_seconds"` // of this account
}

func newAccount(a store.Account, now time.Time) account {
	a.AsOf = a.AsOf.UTC()
	return account{
		Account: a, Difference: a.Difference(), Balanced: a.Difference() == 0,
		LagSeconds: seconds(a.Lag), AgeSeconds: seconds(now.Sub(a.AsOf)),
	}
}

// seconds rounds to what is worth reading. Two clocks may differ: nothing is
// from the future.
func seconds(d time.Duration) float64 { return max(0, d.Round(time.Millisecond).Seconds()) }

// recorded reports whether there is an account at all.
func (a account) recorded() bool { return !a.AsOf.IsZero() }

// old reports whether no worker has reported for too long.
func (a account) old() bool { return a.AgeSeconds > accountAge.Seconds() }

// waited returns how long the oldest vote has waited, in words.
func (a account) waited() string { return a.Lag.Round(time.Second).String() }

// account reads the account that a worker recorded last.
func (s *Station) account(ctx context.Context) (account, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	a, err := s.Store.Account(ctx)
	if err != nil {
		return account{}, err
	}
	return newAccount(a, time.Now()), nil
}

var errNoAccount = &web.Error{
	Status: http.StatusServiceUnavailable, Code: "no_account", RetryAfter: retryAfter,
	Message: "admin.error.no_account",
}

// showAccount tells it to a program.
func (s *Station) showAccount(w http.ResponseWriter, r *http.Request) error {
	a, err := s.account(r.Context())
	if err != nil {
		return err
	}
	if !a.recorded() {
		return errNoAccount
	}
	return web.JSON(w, http.StatusOK, a)
}
