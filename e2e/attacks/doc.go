// Package attacks holds what one hostile machine does to Popeye, each attack as a
// test that says what has to hold. They are bounded, and reach loopback only. The
// programs are started by program_test.go, in a memory cgroup if need be
// (cgroup_test.go). table/ runs these and others, and writes docs/reliability.md.
package attacks
