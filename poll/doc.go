// Package poll is station 1: it takes votes from people and programs over
// HTTP. What enters is a form or a JSON body; what leaves is a vote, cast into
// the queue in one atomic step, and an answer that says "recorded" only after
// the queue has said so.
//
// A request's way: station.go names the routes; page.go and api.go read the
// request; cast.go reads the published poll, asks package voter who votes in it, checks
// the ballot and casts it; package ballotpage is the page. This station can't read the
// store, so the voter's own browser remembers what was recorded. follow.go tells an open
// page what becomes of its poll.
package poll
