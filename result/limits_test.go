package result

import (
	"popeye/result/audience"
	"popeye/result/live"
)

// The limits that the tests of the whole station hold it to.
const (
	minPause         = live.MinPause
	lookAnyway       = live.LookAnyway
	firstWait        = live.FirstWait
	complainEvery    = live.ComplainEvery
	maxSubscriptions = live.MaxSubscriptions
	maxAsks          = live.MaxAsks
	askWindow        = live.AskWindow
	maxPackets       = live.MaxPackets

	storeTimeout  = audience.StoreTimeout
	dearVoters    = audience.DearVoters
	lookupTimeout = audience.LookupTimeout
	maxLookups    = audience.MaxLookups
	maxLate       = audience.MaxLate
	keepFor       = audience.KeepFor
)
