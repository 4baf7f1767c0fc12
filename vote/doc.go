// Package vote is Popeye's language: what a poll is, and what a voter may say in
// it.
//
// What enters: polls, as package definition or a store makes them, and the words of a
// voter, as text or JSON. What leaves: a ballot in canonical form, or an Error: a code
// and arguments, for which internal/i18n has the sentence.
//
// Everything here is plain data and pure functions over it. Queue and store
// carry ballots as opaque strings; only this package knows what they mean, and
// package count what they add up to.
//
//   - poll.go: Poll, Option, and what makes a definition valid
//   - settings.go: what an organiser decides beside words, kind and times
//   - definition: a poll as an organiser writes it, completed into a Poll
//   - event.go, code.go: Event, an ordered list of polls, and the codes that lead to either
//   - status.go: which status may follow which, by hand and by the schedule
//   - history.go: what keeps a ballot's words: corrections, reopenings, editions
//   - vote.go: Vote, one ballot of one voter on its way
//   - ballot.go: Ballot, the canonical form, from text, JSON or a form; distinct ones
//     with their voters
//   - kind.go: the table of kinds; kind_*.go have all that is one kind's own
//   - read.go: what a canonical ballot says
//   - lookalike: which texts show nothing, or look the same
package vote
