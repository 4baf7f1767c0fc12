package result

import (
	"testing"

	"popeye/internal/fixture"
	"popeye/internal/metrics"
)

// site is a station over HTTP, with the real store.
type site struct {
	*fixture.Site
	station *Station
}

// newSite starts a station with the default poll. configure may be nil.
func newSite(t *testing.T, configure func(*Config)) *site {
	t.Helper()
	s := &site{Site: fixture.New(t)}
	c := Config{Store: s.Store, Registry: metrics.NewRegistry(), Log: s.Log.Logger()}
	if configure != nil {
		configure(&c)
	}
	var err error
	if s.station, err = New(c); err != nil {
		t.Fatal(err)
	}
	handler, err := s.station.Site().Handler()
	if err != nil {
		t.Fatal(err)
	}
	s.Serve(handler, s.station.CloseViewers)
	return s
}
