package vote

import (
	"sync"
	"time"
	_ "time/tzdata" // every program knows the same zones, wherever it runs
)

// MaxTimeZone bounds the name of a time zone, in bytes.
const MaxTimeZone = 40

// zones keeps those that were loaded: reading one means reading a file.
var zones sync.Map // name -> *time.Location

// LoadZone returns the time zone of a name in IANA's list, such as Europe/Paris; UTC
// for "". An error is an *Error.
func LoadZone(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), nil
	}
	// Names that begin in lower case are files of some systems, which other machines
	// lack or read otherwise ("right/" counts leap seconds). Local is each machine's own.
	if len(name) > MaxTimeZone || name[0] < 'A' || name[0] > 'Z' || name == "Local" {
		return nil, noZone(name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, noZone(name)
	}
	zones.Store(name, zone)
	return zone, nil
}

func noZone(name string) error { return invalid("poll.time_zone", Args{"Zone": clip(name)}) }

// Zone returns the time zone in which p's organiser tells its times.
func (p Poll) Zone() *time.Location {
	zone, err := LoadZone(p.TimeZone)
	if err != nil { // Validate refuses it
		return time.UTC
	}
	return zone
}

// clockTimes are how a clock time is written, to the minute and to the second.
var clockTimes = [2]string{"2006-01-02T15:04", "2006-01-02T15:04:05"}

// ClockTime returns when a clock in a zone shows what text says, as in
// 2026-10-25T02:30. Of a time that comes twice, when clocks are set back, it is the
// first; one that never comes, when they are set forward, is an *Error. ok reports
// whether text is a clock time at all.
func ClockTime(text string, zone *time.Location) (t time.Time, ok bool, err error) {
	for _, layout := range clockTimes {
		shown, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		// The zone's offset then is the one a day earlier, or a day later.
		for _, day := range []int{-1, 1} {
			_, offset := shown.AddDate(0, 0, day).In(zone).Zone()
			t := shown.Add(-time.Duration(offset) * time.Second)
			if t.In(zone).Format(layout) == text {
				return t.UTC(), true, nil
			}
		}
		return time.Time{}, true, invalid("definition.no_such_time",
			Args{"Time": shown.Format("2 January 2006, 15:04"), "Zone": zone.String()})
	}
	return time.Time{}, false, nil
}

// ShowClockTime writes t as a clock in a zone shows it; "" for never. If ClockTime
// reads it as another moment, somebody else has to say which of the two is meant.
func ShowClockTime(t time.Time, zone *time.Location) string {
	switch {
	case t.IsZero():
		return ""
	case t.Second() == 0:
		return t.In(zone).Format(clockTimes[0])
	default:
		return t.In(zone).Format(clockTimes[1])
	}
}
