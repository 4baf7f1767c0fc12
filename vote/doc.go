// Package vote is Popeye's language: what a poll is, what a voter may say in
// it, and how what they said is counted.
//
// What enters: a poll's definition and the words of a voter, as text or JSON.
// What leaves: a ballot in canonical form, or an error a person understands;
// and from a tally of ballots, the count.
//
// Everything here is plain data and pure functions over it. Queue and store
// carry ballots as opaque strings; only this package knows what they mean.
//
//   - poll.go: Poll, Option, Kind, Status and what makes a definition valid
//   - definition.go: a definition as an organiser writes it, completed into a Poll
//   - status.go: which status may follow which, by hand and by the schedule
//   - history.go: what keeps a ballot's words: corrections, reopenings, editions
//   - vote.go: Vote, one ballot of one voter on its way
//   - ballot.go: Ballot, the canonical form and its grammar
//   - choice.go: a Ballot from what a browser form or a JSON body says
//   - tally.go: Tally, and the count: plurality, approvals, first preferences,
//     points. A further counting rule is one more pure function of
//     (options, tally) in a file of its own beside it.
package vote
