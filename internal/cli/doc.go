// Package cli holds the commands by which a person looks after a running
// system: the account, and the dead letters; and the one that counts a file of
// ballots. What enters is a command with its flags, and the queue, store or file it
// is about; what leaves is text or JSON for a terminal or a pipe, and an error where
// something is not as it should be.
//
//   - account.go: popeye account
//   - dead.go: popeye dead list, show, replay, drop
//   - count.go, count_*.go, grid.go, progress.go: popeye count
//   - polls/: popeye polls and popeye results, which speak to a server over its API
package cli
