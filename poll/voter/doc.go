// Package voter says who votes, and keeps what a voter's own browser remembers. What
// enters is a request; what leaves is the voter that it comes from, and cookies.
//
// A voter is a random id in a signed cookie (voter.go, key.go). Beside it the browser
// keeps what was recorded, for its own eyes (choice.go), and where a vote opens the
// results, the proof that it has voted (voted.go). newcomers.go bounds the new voters of
// one network, and tells organisers how many came.
package voter
