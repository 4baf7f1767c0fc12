package main

import (
	"context"
	"log/slog"
	"math"
	"sync/atomic"
	"time"
)

// reportEvery is how often the crowd says how it goes.
const reportEvery = 5 * time.Second

// sum counts what became of votes. In the end each that was offered is recorded,
// refused or unknown.
type sum struct {
	offered, recorded, refused, unknown atomic.Int64
	why                                 atomic.Pointer[string] // of the last that was not recorded
}

func (s *sum) count(o outcome, err error) {
	switch o {
	case recorded:
		s.recorded.Add(1)
	case refused:
		s.refused.Add(1)
	case unknown:
		s.unknown.Add(1)
	}
	if err != nil {
		why := err.Error()
		s.why.Store(&why)
	}
}

// keepReporting says every few seconds how it goes.
func (s *sum) keepReporting(ctx context.Context, log *slog.Logger) {
	for last, began := s.recorded.Load(), time.Now(); sleep(ctx, reportEvery); {
		now := s.recorded.Load()
		rate := float64(now-last) / time.Since(began).Seconds()
		log.Info("voting", append(s.attrs(), "votes_per_second", math.Round(rate*10)/10)...)
		last, began = now, time.Now()
	}
}

// end says what became of all.
func (s *sum) end(log *slog.Logger) { log.Info("the crowd has left", s.attrs()...) }

func (s *sum) attrs() []any {
	attrs := []any{
		"offered", s.offered.Load(), "recorded", s.recorded.Load(),
		"refused", s.refused.Load(), "unknown", s.unknown.Load(),
	}
	if why := s.why.Swap(nil); why != nil {
		attrs = append(attrs, "last_failure", *why)
	}
	return attrs
}
