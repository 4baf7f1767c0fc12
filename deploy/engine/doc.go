// Package engine tries Popeye as containers, on a real Docker engine. What
// enters: the Dockerfiles and compose files of this repository. What leaves is a
// verdict, and nothing on the machine.
//
// Its checks are functions, of what the engine says (checks_test.go) and of
// what is tried from inside and outside (probes_test.go). Each is also shown a
// stack that is broken in the way that it is there to notice.
//
// The checks of what the engine says are tried by plain `go test`, on what it
// said once (testdata/inspect.json). The rest has the build tag engine and needs
// an engine, Compose and the base images: scripts/e2e-docker.sh sees to them.
// docs/decisions/engine.md says what that was run on.
package engine
