package scenes

import (
	"net/url"
	"strings"
)

// Device is what a scene is looked at with.
type Device string

// The devices.
const (
	Phone  Device = "phone"
	Laptop Device = "laptop"
	Wall   Device = "wall"
)

// Size is that of its screen, in CSS pixels.
func (d Device) Size() (width, height int64) {
	switch d {
	case Phone:
		return 390, 844
	case Wall:
		return 1920, 1080
	case Laptop:
	}
	return 1280, 900
}

// Scene is a page in a state.
type Scene struct {
	Name   string // fit for a file: lower-case letters, digits and dashes
	URL    string
	Device Device
	// Organiser says that the browser is signed in; other scenes are a voter's.
	Organiser bool
	// Do is a script that brings the page into its state; "" for none.
	Do string
	// Shows is a JavaScript condition that holds when the page is in its state.
	Shows string
	// Status is that of the answer.
	Status int
	// Telling marks one scene of each make of page: those who look at few look at these.
	Telling bool
}

// In is the scene's address in a language.
func (s Scene) In(language string) string {
	u, err := url.Parse(s.URL)
	if err != nil {
		panic(err) // we have written it
	}
	q := u.Query()
	q.Set("lang", language)
	u.RawQuery = q.Encode()
	return u.String()
}

// Languages are the tags of the languages that pages have.
var Languages = []string{"en", "fr", "ar"}

// has is the condition that an element is there and not hidden.
func has(selector string) string {
	return "!!document.querySelector(`" + selector + "`)?.checkVisibility()"
}

// hasText is the condition that a text is on the page.
func hasText(text string) string { return "document.body.innerText.includes(`" + text + "`)" }

// above is the condition that an option has overtaken another on the big screen.
func above(id, other string) string {
	top := func(id string) string {
		return "document.querySelector(`[data-id=" + id + "]`).getBoundingClientRect().top"
	}
	return top(id) + " < " + top(other)
}

// all is the condition that several hold.
func all(conditions ...string) string { return strings.Join(conditions, " && ") }
