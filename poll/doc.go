// Package poll is station 1: it takes votes from people and programs over
// HTTP. What enters is a form or a JSON body; what leaves is a vote, cast into
// the queue in one atomic step, and an answer that says "recorded" only after
// the queue has said so.
//
// A request's way: station.go names the routes; page.go and api.go read the
// request; cast.go reads the published poll, asks voter.go who votes in it, checks the
// ballot and casts it; ballot_page.go is the page. choice.go lets it show
// what was recorded: this station can't read the store, so the voter's own
// browser remembers. follow.go tells an open page what becomes of its poll.
//
// Against those who take too much: limit.go bounds the votes of one voter,
// newcomers.go the new voters of one network, and tells organisers how many came.
package poll
