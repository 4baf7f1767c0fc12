package scenes

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// ready is the condition of a page that needs nothing but to be there.
const ready = `document.readyState === "complete"`

// Styleguide is the name of the scene that shows every piece of the design system.
const Styleguide = "styleguide"

// telling are one of each make of page.
var telling = map[string]bool{
	"ballot-single": true, "ballot-multiple": true, "ballot-ranked": true, "ballot-score": true, "ballot-mixed": true, "ballot-closed": true, "ballot-noted": true,
	"answer-recorded": true, "answer-recorded-ranked": true, "answer-offline": true, "front": true, "join": true, "event-open": true,
	"result-rule-plurality": true, "result-rule-irv": true, "result-rule-schulze": true, "result-rule-median": true, "result-hidden-manual": true,
	"wall-rule-plurality": true, "wall-closed": true, "wall-hidden-manual": true, "wall-event-waiting": true,
	"admin-list": true, "admin-poll": true, "admin-settings": true, "presenter": true,
}

// All is the table.
func (h *House) All() []Scene {
	all := slices.Concat(h.ballots(), h.answers(), h.joining(), h.results(), h.walls(), h.organisers(), h.organisersEvents(), h.others())
	for i := range all {
		all[i].Shows = cmp.Or(all[i].Shows, ready)
		all[i].Device = cmp.Or(all[i].Device, Phone)
		all[i].Status = cmp.Or(all[i].Status, http.StatusOK)
		all[i].Telling = telling[all[i].Name]
	}
	return all
}

// ballots are what voters are asked with, and what is there instead.
func (h *House) ballots() []Scene {
	p := h.Poll + "/p/"
	form := has("form[method=post]")
	return []Scene{
		{Name: "ballot-single", URL: p + slugOf("plurality/1"), Shows: form},
		{Name: "ballot-multiple", URL: p + slugOf("approval/1"), Shows: form},
		{Name: "ballot-ranked", URL: p + slugOf("stv/1"), Shows: all(form, has(".pick"))},
		{Name: "ballot-ranked-equal", URL: p + slugOf("borda/1"), Shows: form},
		{Name: "ballot-score", URL: p + slugOf("score/1"), Shows: form},
		{Name: "ballot-many", URL: p + "many", Shows: form},
		{Name: "ballot-mixed", URL: p + "mixed", Shows: form},
		{Name: "ballot-noted", URL: p + "noted-single", Shows: form},
		{Name: "ballot-noted-multiple", URL: p + "noted-multiple", Shows: form},
		{Name: "ballot-noted-ranked", URL: p + "noted-ranked", Shows: all(form, has(".pick"))},
		{Name: "ballot-noted-score", URL: p + "noted-score", Shows: form},
		{Name: "ballot-hidden", URL: p + "hidden-manual", Shows: form},
		{Name: "ballot-draft", URL: p + "draft"},
		{Name: "ballot-closed", URL: p + "closed"},
		{Name: "ballot-not-found", URL: p + "nowhere", Status: http.StatusNotFound},
	}
}

// What a voter does on a ballot, and scripts that take the page's network away, or keep
// its answer back for ever.
const (
	tapsFirst  = `document.querySelector("form[method=post] button[name=vote]").click();`
	ticksFirst = `document.querySelector("form[method=post] input[name=vote]:not(:checked)")?.click();`
	ranks      = `document.querySelector(".rank:not(.ranked) .pick")?.click();`
	givesFive  = `document.querySelector("[name^=score-][value='5']").click();`
	sends      = `document.querySelector("form[method=post] .primary").click();`
	noNetwork  = `window.fetch = () => Promise.reject(new TypeError("no network")); Object.defineProperty(navigator, "onLine", { get: () => false });`
	noAnswer   = `window.fetch = () => new Promise(() => {});`
)

// answers are what voters meet after a tap.
func (h *House) answers() []Scene {
	p := h.Poll + "/p/"
	recorded, sending := has(".notice.good"), has("form[aria-busy]")
	return []Scene{
		{Name: "answer-recorded", URL: p + "empty", Do: tapsFirst, Shows: recorded},
		{Name: "answer-recorded-multiple", URL: p + slugOf("approval/1"), Do: ticksFirst + sends, Shows: recorded},
		{Name: "answer-recorded-ranked", URL: p + slugOf("ranked-pairs/1"), Do: ranks + sends, Shows: recorded},
		{Name: "answer-recorded-score", URL: p + slugOf("star/1"), Do: givesFive + sends, Shows: recorded},
		{Name: "answer-unsent-ranked", URL: p + slugOf("stv/1"), Do: ranks},
		{Name: "answer-sending", URL: p + slugOf("plurality/1"), Do: noAnswer + tapsFirst, Shows: sending},
		{Name: "answer-offline", URL: p + slugOf("plurality/1"), Do: noNetwork + tapsFirst, Shows: sending},
		{Name: "answer-after-vote", URL: p + "hidden-after-vote", Do: tapsFirst, Shows: recorded},
	}
}

// joining is how voters come in, and how an evening goes on.
func (h *House) joining() []Scene {
	e := h.Poll + "/e/"
	return []Scene{
		{Name: "front", URL: h.Poll + "/"},
		{Name: "join", URL: h.Poll + "/join"},
		{Name: "join-unknown", URL: h.Poll + "/join?code=999999", Status: http.StatusNotFound},
		{Name: "event-waiting", URL: e + h.lobby},
		{Name: "event-open", URL: e + h.running, Shows: has("form[method=post]")},
		{Name: "event-together", URL: e + h.together},
		{Name: "event-closed", URL: e + h.over},
		{Name: "event-not-found", URL: e + "999999", Status: http.StatusNotFound},
	}
}

// results are what the audience sees: one of each rule, and each state.
func (h *House) results() (all []Scene) {
	for _, slug := range []string{
		slugOf("plurality/1"), slugOf("approval/1"), slugOf("irv/1"), slugOf("stv/1"), slugOf("schulze/1"), slugOf("ranked-pairs/1"),
		slugOf("borda/1"), slugOf("score/1"), slugOf("median/1"), slugOf("star/1"),
		"closed", "tie", "empty", "draft", "many", "mixed", "noted-single", "hidden-closed", "hidden-manual", "hidden-after-vote",
	} {
		all = append(all, Scene{Name: "result-" + slug, URL: h.Result + "/p/" + slug, Device: Laptop})
	}
	return append(all,
		Scene{Name: "result-phone", URL: h.Result + "/p/" + slugOf("irv/1")},
		Scene{Name: "result-event", URL: h.Result + "/e/" + h.running, Device: Laptop},
		Scene{Name: "result-event-waiting", URL: h.Result + "/e/" + h.lobby, Device: Laptop},
		Scene{Name: "result-not-found", URL: h.Result + "/p/nowhere", Status: http.StatusNotFound},
	)
}

// walls are what a room sees, and other sites' pages.
func (h *House) walls() (scenes []Scene) {
	for _, slug := range []string{slugOf("plurality/1"), slugOf("irv/1"), slugOf("score/1"), "closed", "tie", "empty", "draft", "many", "mixed", "hidden-manual"} {
		scenes = append(scenes, Scene{Name: "wall-" + slug, URL: h.Result + "/p/" + slug + "/present", Device: Wall, Shows: has("main[data-scene]")})
	}
	return append(scenes,
		h.rounds("wall-rule-stv", 0, `document.querySelectorAll("#step > i").length > 1`),
		h.rounds("wall-rounds-first", 1, all(`document.querySelector("#step > i:nth-of-type(2)").className === "on"`, above("e", "c"))),
		h.rounds("wall-rounds-last", 20, all(`document.querySelector("#step > i:last-of-type").className === "on"`, above("e", "b"))),
		Scene{Name: "wall-event", URL: h.Result + "/e/" + h.running + "/present", Device: Wall, Shows: has("main[data-scene]")},
		Scene{Name: "wall-event-waiting", URL: h.Result + "/e/" + h.lobby + "/present", Device: Wall},
		Scene{Name: "embed", URL: h.Result + "/embed/" + slugOf("plurality/1"), Device: Laptop},
		Scene{Name: "embed-closed", URL: h.Result + "/embed/closed", Device: Laptop},
	)
}

// rounds is the big screen of an election of several, stepped on so often.
func (h *House) rounds(name string, steps int, condition string) Scene {
	const key = `document.dispatchEvent(new KeyboardEvent("keydown", { key: "PageDown", bubbles: true }));`
	return Scene{
		Name: name, URL: h.Result + "/p/" + slugOf("stv/1") + "/present", Device: Wall,
		Do: strings.Repeat(key, steps), Shows: all(has("main[data-scene]"), condition),
	}
}

// organisers are the pages of who asks.
func (h *House) organisers() []Scene {
	a := h.Result + "/admin"
	poll := a + "/polls/"
	return []Scene{
		{Name: "admin-sign-in", URL: a},
		{Name: "admin-list", URL: a, Device: Laptop, Organiser: true},
		{Name: "admin-list-phone", URL: a, Organiser: true},
		{Name: "admin-poll", URL: poll + slugOf("plurality/1"), Device: Laptop, Organiser: true},
		{Name: "admin-poll-phone", URL: poll + slugOf("plurality/1"), Organiser: true},
		{Name: "admin-poll-draft", URL: poll + "draft", Device: Laptop, Organiser: true},
		{Name: "admin-poll-closed", URL: poll + "closed", Device: Laptop, Organiser: true},
		{Name: "admin-poll-hidden", URL: poll + "hidden-manual", Device: Laptop, Organiser: true},
		{Name: "admin-settings", URL: poll + slugOf("irv/1") + "/settings", Device: Laptop, Organiser: true},
		{Name: "admin-settings-draft", URL: poll + "draft/settings", Organiser: true},
		{Name: "admin-rounds", URL: poll + slugOf("irv/1") + "/rounds", Device: Laptop, Organiser: true},
		{Name: "admin-trail", URL: poll + slugOf("irv/1") + "/trail", Device: Laptop, Organiser: true},
		{Name: "admin-minutes", URL: poll + slugOf("irv/1") + "/minutes", Device: Laptop, Organiser: true},
		{Name: "admin-not-found", URL: poll + "nowhere", Organiser: true, Status: http.StatusNotFound},
		{Name: "admin-operator", URL: a + "/operator", Device: Laptop, Organiser: true, Shows: hasText("popeye dead list")},
	}
}

// organisersEvents are the pages of an evening.
func (h *House) organisersEvents() []Scene {
	events := h.Result + "/admin/events"
	return []Scene{
		{Name: "admin-events", URL: events, Device: Laptop, Organiser: true},
		{Name: "admin-event", URL: events + "/" + h.running, Device: Laptop, Organiser: true},
		{Name: "presenter-waiting", URL: events + "/" + h.lobby + "/run", Organiser: true},
		{Name: "presenter", URL: events + "/" + h.running + "/run", Organiser: true},
		{Name: "presenter-laptop", URL: events + "/" + h.running + "/run", Device: Laptop, Organiser: true},
		{Name: "presenter-closed", URL: events + "/" + h.over + "/run", Organiser: true},
	}
}

// others are pages for programmers and for us.
func (h *House) others() []Scene {
	return []Scene{
		{Name: "api-poll", URL: h.Poll + "/api", Device: Laptop},
		{Name: "api-result", URL: h.Result + "/api", Device: Laptop},
		{Name: Styleguide, URL: h.Result + "/styleguide", Device: Laptop},
		{Name: "error", URL: h.Result + "/styleguide/error", Status: http.StatusConflict},
	}
}
