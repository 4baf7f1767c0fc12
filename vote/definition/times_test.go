package definition

import (
	"testing"
	"time"

	"popeye/vote"
)

// The hours at which clocks are changed, in a zone of each side of the ocean.
func TestAClockTimeIsTheMomentThatItsZoneMeans(t *testing.T) {
	tests := []struct{ name, zone, text, want string }{
		{"UTC", "", "2026-03-29T02:30", "2026-03-29T02:30:00Z"},
		{"winter", "Europe/Paris", "2026-01-15T12:00", "2026-01-15T11:00:00Z"},
		{"summer", "Europe/Paris", "2026-07-15T12:00:30", "2026-07-15T10:00:30Z"},
		{"the last minute before the gap", "Europe/Paris", "2026-03-29T01:59", "2026-03-29T00:59:00Z"},
		{"the first one after the gap", "Europe/Paris", "2026-03-29T03:00", "2026-03-29T01:00:00Z"},
		{"twice: the first", "Europe/Paris", "2026-10-25T02:30", "2026-10-25T00:30:00Z"},
		{"before it comes twice", "Europe/Paris", "2026-10-25T01:59", "2026-10-24T23:59:00Z"},
		{"after it came twice", "Europe/Paris", "2026-10-25T03:00", "2026-10-25T02:00:00Z"},
		{"winter", "America/New_York", "2026-01-15T12:00", "2026-01-15T17:00:00Z"},
		{"the last minute before the gap", "America/New_York", "2026-03-08T01:59", "2026-03-08T06:59:00Z"},
		{"the first one after the gap", "America/New_York", "2026-03-08T03:00", "2026-03-08T07:00:00Z"},
		{"twice: the first", "America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z"},
		{"after it came twice", "America/New_York", "2026-11-01T02:00", "2026-11-01T07:00:00Z"},
		{"half an hour of summer time", "Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00Z"},
		{"a day that others skip", "Pacific/Apia", "2011-12-31T00:30", "2011-12-30T10:30:00Z"},
	}
	for _, tt := range tests {
		zone, err := vote.LoadZone(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, ok, err := ClockTime(tt.text, zone)
		if got := at.Format(time.RFC3339); !ok || err != nil || got != tt.want {
			t.Errorf("%s, %s in %q: %s, %t, %v; want %s", tt.name, tt.text, tt.zone, got, ok, err, tt.want)
		}
		if back := ShowClockTime(at, zone); back != tt.text {
			t.Errorf("%s in %q is shown as %s", tt.text, tt.zone, back)
		}
	}
}

func TestAClockTimeThatNeverComesIsRefused(t *testing.T) {
	for zone, text := range map[string]string{
		"Europe/Paris": "2026-03-29T02:30", "America/New_York": "2026-03-08T02:00", "Australia/Lord_Howe": "2026-10-04T02:15", "Pacific/Apia": "2011-12-30T12:00",
	} {
		in, err := vote.LoadZone(zone)
		if err != nil {
			t.Fatal(err)
		}
		if at, ok, err := ClockTime(text, in); !ok || !broke(err, "definition.no_such_time") {
			t.Errorf("%s in %s: %v, %t, %v", text, zone, at, ok, err)
		}
	}
	for _, text := range []string{"", "tomorrow", "2026-03-29T02:30Z", "2026-02-30T10:00", "2026-03-29"} {
		if _, ok, err := ClockTime(text, time.UTC); ok || err != nil {
			t.Errorf("%q is taken for a clock time: %v", text, err)
		}
	}
}
