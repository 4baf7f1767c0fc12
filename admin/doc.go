// Package admin is where organisers work: they make, change, open and close polls.
// What enters is their requests, as JSON or from a page; what leaves goes into the
// store, and tells them what they did, and what workers report of the votes. Its
// routes stand on the site of station 5, beside those of package result, which shows
// the count; neither knows the other.
//
// station.go names the routes, explain.go what each error is answered with, gate.go who
// may come in. organise.go, again.go and reveal.go are the API, and the rules for
// programs and people alike. The rest is for people: list.go and poll.go read what their
// pages show, votes.go how many have voted, ask.go and acts.go do what forms and buttons
// say, click.go only what the page said beside them.
//
// signin has the token and the sessions, form what organisers write of a poll, pages
// what they see, operator what workers report.
package admin
