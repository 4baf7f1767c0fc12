//go:build unix

package process

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// The signals that servers and programs are sent.
const (
	Term   = syscall.SIGTERM
	Quit   = syscall.SIGQUIT
	Freeze = syscall.SIGSTOP
	Thaw   = syscall.SIGCONT
)

// Owner is the account that runs a server; nil for our own.
type Owner = *syscall.Credential

// OwnerOf hands dir to the account that shall run PostgreSQL: it refuses to run as
// root, so root uses the account that the package brings.
func OwnerOf(dir string) (Owner, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root: %w", err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, uid, gid)
}

// As makes a command run in dir for its owner.
func As(o Owner, dir string, cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: o}
	cmd.Dir = dir
	return cmd
}

// signalTree sends a signal to a process and, where the system names them, to its
// children: PostgreSQL's are in sessions of their own. The parent is first, so that
// it makes no more of them.
func signalTree(p *os.Process, s os.Signal) {
	_ = p.Signal(s)
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", p.Pid, p.Pid))
	for _, child := range strings.Fields(string(children)) {
		if n, err := strconv.Atoi(child); err == nil {
			_ = syscall.Kill(n, s.(syscall.Signal))
		}
	}
}
