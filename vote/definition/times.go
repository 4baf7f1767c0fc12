package definition

import (
	"encoding/json"
	"time"

	"popeye/vote"
)

// Moment is a time as an organiser writes it: RFC 3339 with any offset, or null
// or "" for never. The zero Moment was not written at all.
type Moment struct {
	Given bool
	At    time.Time // UTC, to the microsecond; zero for never
}

// At returns the Moment of t, which is never if t is zero.
func At(t time.Time) Moment { return Moment{true, t.UTC().Truncate(time.Microsecond)} }

// ParseMoment reads what an organiser wrote; "" is never.
func ParseMoment(text string) (Moment, error) {
	var t time.Time
	if text == "" {
		return At(t), nil
	}
	if err := t.UnmarshalText([]byte(text)); err != nil {
		return Moment{}, vote.Refuse("definition.time", vote.Args{"Value": vote.Clip(text)})
	}
	return At(t), nil
}

// UnmarshalJSON reads a time, null or "".
func (m *Moment) UnmarshalJSON(raw []byte) (err error) {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	*m, err = ParseMoment(text)
	return err
}

// MarshalJSON writes what UnmarshalJSON reads.
func (m Moment) MarshalJSON() ([]byte, error) {
	if m.At.IsZero() {
		return []byte("null"), nil
	}
	return m.At.MarshalJSON()
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
		return time.Time{}, true, vote.Refuse("definition.no_such_time",
			vote.Args{"Time": shown.Format("2 January 2006, 15:04"), "Zone": zone.String()})
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
