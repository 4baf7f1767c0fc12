// Package admin is where organisers work: they make, change, open and close polls.
// What enters is their requests, as JSON or from a page; what leaves goes into the
// store, and tells them what they did, and what workers report of the votes. Its
// routes stand on the site of station 5, beside those of package result, which shows
// the count; neither knows the other.
//
// station.go names the routes, explain.go what each error is answered with.
// organise.go is the API, and the rules for programs and people alike; admin.go is
// the same for people: page.go and polls.go are the page, ask.go reads the form that
// asks a question, click.go makes sure that a click does what the page said. auth.go
// lets organisers in. account.go, risk.go and new_voters.go tell what workers report.
package admin
