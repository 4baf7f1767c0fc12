// Package operator shows what operators look at: where every vote is that was ever
// accepted, and what may go wrong with the next ones. What enters is the account that
// a worker recorded last; what leaves is its JSON, and parts of pages.
package operator

import (
	"time"

	"popeye/store"
)

// OldAge is when an account is old: workers report every few seconds.
const OldAge = 30 * time.Second

// Account says where every vote is that was ever accepted, as the operator
// reads it.
type Account struct {
	store.Account
	Difference int64   `json:"difference"` // 0 is the promise
	Balanced   bool    `json:"balanced"`
	LagSeconds float64 `json:"lag_seconds"` // age of the oldest vote that waits
	AgeSeconds float64 `json:"age_seconds"` // of this account
}

// New says what an account means by now.
func New(a store.Account, now time.Time) Account {
	a.AsOf = a.AsOf.UTC()
	return Account{
		Account: a, Difference: a.Difference(), Balanced: a.Difference() == 0,
		LagSeconds: seconds(a.Lag), AgeSeconds: seconds(now.Sub(a.AsOf)),
	}
}

// seconds rounds to what is worth reading. Two clocks may differ: nothing is
// from the future.
func seconds(d time.Duration) float64 { return max(0, d.Round(time.Millisecond).Seconds()) }

// Recorded reports whether there is an account at all.
func (a Account) Recorded() bool { return !a.AsOf.IsZero() }

// Old reports whether no worker has reported for too long.
func (a Account) Old() bool { return a.AgeSeconds > OldAge.Seconds() }

// waited returns how long the oldest vote has waited, in words.
func (a Account) waited() string { return a.Lag.Round(time.Second).String() }
