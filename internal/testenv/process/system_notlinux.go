//go:build !linux

package process

import "os/exec"

// DiesWithUs does nothing where the system can't: only Cleanup ends what was started.
func DiesWithUs(*exec.Cmd) {}
