// Package admin is where organisers work: they make, change, open and close polls.
// What enters is their requests, as JSON or from a page; what leaves goes into the
// store, and tells them what they did, and what workers report of the votes. Its
// routes stand on the site of station 5, beside those of package result, which shows
// the count; neither knows the other.
//
// station.go names the routes, explain.go what each error is answered with.
// organise.go and again.go are the API, and the rules for programs and people alike;
// admin.go and acts.go are the same for people: page.go and polls.go are the page of all
// polls, poll_view.go and poll_page.go that of one. fields.go is the table of what a
// form asks of a poll, form.go what every form does with it, ask.go the one that asks a
// question. click.go makes sure that a click does what the page said. auth.go
// lets organisers in. account.go, risk.go and new_voters.go tell what workers report.
package admin
