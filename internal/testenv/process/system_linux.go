package process

import (
	"os/exec"
	"syscall"
)

// DiesWithUs makes the system end a command when this process ends, however it does.
func DiesWithUs(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}
