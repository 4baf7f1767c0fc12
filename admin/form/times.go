package form

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/vote"
	"popeye/vote/definition"
)

// zones are offered where a zone is asked for; any other of IANA's list may be typed.
var zones = strings.Fields(`
	Africa/Cairo Africa/Casablanca Africa/Johannesburg Africa/Lagos Africa/Nairobi Africa/Tunis
	America/Argentina/Buenos_Aires America/Bogota America/Chicago America/Denver America/Halifax America/Lima
	America/Los_Angeles America/Mexico_City America/New_York America/Santiago America/Sao_Paulo America/Toronto
	Asia/Bangkok Asia/Dhaka Asia/Dubai Asia/Hong_Kong Asia/Jakarta Asia/Jerusalem Asia/Karachi Asia/Kolkata
	Asia/Manila Asia/Riyadh Asia/Seoul Asia/Shanghai Asia/Singapore Asia/Tehran Asia/Tokyo
	Atlantic/Azores Atlantic/Reykjavik Australia/Adelaide Australia/Brisbane Australia/Perth Australia/Sydney
	Europe/Amsterdam Europe/Athens Europe/Berlin Europe/Brussels Europe/Bucharest Europe/Dublin Europe/Helsinki
	Europe/Istanbul Europe/Kyiv Europe/Lisbon Europe/London Europe/Madrid Europe/Moscow Europe/Paris Europe/Prague
	Europe/Rome Europe/Stockholm Europe/Vienna Europe/Warsaw Europe/Zurich Pacific/Auckland Pacific/Honolulu UTC`)

func zoneInput(c control) g.Node {
	return h.Input(c.name(), h.List("zones"), h.AutoComplete("off"), h.Placeholder("UTC"), h.MaxLength(strconv.Itoa(vote.MaxTimeZone)), h.Value(c.value), c.wrong())
}

// ZoneList is once on each page that asks for a zone.
func ZoneList() g.Node {
	return h.DataList(h.ID("zones"), g.Map(zones, func(z string) g.Node { return h.Option(h.Value(z)) }))
}

// ShowTime returns what a field shows for a time.
func ShowTime(t time.Time, zone *time.Location) string { return definition.ShowClockTime(t, zone) }

// Schedule reads the form of a schedule. A field that is left as it was shown
// changes nothing: somebody else may have changed it meanwhile. In another zone the
// same clock time is another moment.
func Schedule(form url.Values, p vote.Poll) (e definition.Edit, err error) {
	same := func(name string) bool { return form.Get(name) == form.Get("was_"+name) }
	zone := p.Zone()
	if form.Has("time_zone") {
		name := strings.TrimSpace(form.Get("time_zone"))
		if zone, err = vote.LoadZone(name); err != nil {
			return e, err
		}
		if !same("time_zone") {
			e.TimeZone = &name
		}
	}
	read := func(m *definition.Moment, name string) {
		text := form.Get(name)
		if err == nil && !(same(name) && (text == "" || same("time_zone"))) {
			if *m, err = typedTime(text, zone); err != nil {
				err = &Error{name, err}
			}
		}
	}
	read(&e.OpensAt, "opens_at")
	read(&e.ClosesAt, "closes_at")
	return e, err
}

// typedTime reads a time as a browser's field sends it, in a zone, or as a program
// writes it.
func typedTime(text string, zone *time.Location) (definition.Moment, error) {
	text = strings.TrimSpace(text)
	if t, ok, err := definition.ClockTime(strings.Replace(text, " ", "T", 1), zone); ok {
		return definition.At(t), err
	}
	return definition.ParseMoment(text)
}

// showTyped returns what a field shows again, after something was wrong.
func showTyped(text string, zone *time.Location) string {
	if _, ok, err := definition.ClockTime(strings.Replace(strings.TrimSpace(text), " ", "T", 1), zone); ok && err != nil {
		return text // there is no such time, which is said beside it
	}
	m, _ := typedTime(text, zone)
	return ShowTime(m.At, zone)
}
