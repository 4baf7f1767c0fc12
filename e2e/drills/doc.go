// Package drills rehearses the bad nights: every server and service is started
// and stopped in any order, backed up, restored, filled up, emptied, moved in
// time and upgraded, while people vote. What enters is a stack of real programs
// and servers with a crowd before it; what leaves is that nothing answered
// "recorded" is lost, doubled or stale, or how much is, in figures.
//
// docs/operations.md is the same as a page for a person at three in the
// morning; docs_test.go keeps the two together.
//
//   - stack_test.go: the programs and servers; popeye_test.go: the one process
//   - crowd_test.go: those who vote, what they were answered, and how the store is
//     held to it; account_test.go: how the operator's account is
//   - start_test.go, stop_test.go: in any order
//   - postgres_test.go, redis_test.go: backups, restored; a Redis that lost all
//   - fsync_test.go: what Redis loses when it or the power dies, measured
//   - upgrade_test.go: an older schema, and a newer one; secrets_test.go: new secrets
//   - disk_test.go: full disks; clock_test.go: clocks that jump
package drills
