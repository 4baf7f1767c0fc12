package deploy

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"popeye/internal/testenv"
	"popeye/internal/testenv/process"
)

// allSecrets names the files whose secrets there are.
const allSecrets = stackFile + ":../docker-compose.observability.yml"

// The secrets that the stack asks for are made once, and are then readable by
// the services and by no other account.
func TestSecretsScript(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "secrets")
	made := func() map[string]string {
		if out, err := exec.Command("sh", "secrets.sh", dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		files := map[string]string{}
		for name, secret := range load(t, allSecrets, "SECRETS_DIR="+dir).Secrets {
			files[name] = read(t, secret.File)
		}
		return files
	}
	first := made()
	seen := map[string]bool{}
	for name, secret := range first {
		if len(secret) != 49 || strings.Trim(secret, "0123456789abcdef") != "\n" || seen[secret] {
			t.Errorf("%s is %q, want 48 digits of its own and a newline", name, secret)
		}
		seen[secret] = true
		wantMode(t, filepath.Join(dir, name), 0o644)
	}
	wantMode(t, dir, fs.ModeDir|0o700)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != len(first) {
		t.Errorf("the folder holds %v, want a file for each of the stack's %d secrets (%v)", entries, len(first), err)
	}
	// Whoever wants no organiser empties their token: it stays so.
	write(t, filepath.Join(dir, "admin_token"), "")
	first["admin_token"] = ""
	if err := same("secrets after a second run", made(), first); err != nil {
		t.Error(err)
	}
}

func TestSecretsAreNotCommitted(t *testing.T) {
	lines := strings.Split(read(t, "secrets/.gitignore"), "\n")
	for name, secret := range load(t, allSecrets).Secrets {
		if secret.File != absolute(t, filepath.Join("secrets", name)) {
			t.Errorf("%s is in %s, want it in the folder that Git ignores", name, secret.File)
		}
	}
	if lines[1] != "*" || lines[2] != "!.gitignore" {
		t.Errorf("secrets/.gitignore lets secrets in: %q", lines)
	}
}

// Redis' command and health check, run as they stand but for port, folder and
// secret.
func TestRedisCommand(t *testing.T) {
	testenv.Find(t, "redis-server", "redis-server")
	cli := testenv.Find(t, "redis-server", "redis-cli")
	port := strconv.Itoa(testenv.FreePort(t))
	dir := t.TempDir()
	service := load(t, stackFile).Services["redis"]
	run := func(args ...string) *exec.Cmd {
		cmd := exec.Command("sh", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "SECRETS="+dir)
		process.DiesWithUs(cmd)
		return cmd
	}
	start := func() *exec.Cmd {
		args := append([]string{absolute(t, "redis/start.sh"), "--bind", "127.0.0.1", "--port", port}, service.Command[2:]...)
		return run(args...)
	}
	healthy := func() error {
		return run("-c", strings.NewReplacer("redis-cli", cli+" -p "+port, "/run/secrets", dir).Replace(service.HealthCheck.Test[1])).Run()
	}

	if out, err := start().CombinedOutput(); err == nil {
		t.Errorf("without its secrets it starts:\n%s", out)
	}
	users := []string{"redis_password", "redis_poll_password", "redis_worker_password"}
	for _, name := range users {
		write(t, filepath.Join(dir, name), name+"+/=\n")
	}
	for _, name := range users {
		write(t, filepath.Join(dir, name), "")
		if out, err := start().CombinedOutput(); err == nil || !strings.Contains(string(out), name+" is empty") {
			t.Errorf("with an empty secret: %v\n%s", err, out)
		}
		write(t, filepath.Join(dir, name), name+"+/=\n")
	}
	if healthy() == nil {
		t.Error("it is healthy before it runs")
	}

	cmd := start()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	log := bufio.NewScanner(out)
	for log.Scan() && !strings.Contains(log.Text(), "Ready to accept connections") {
	}
	if err := healthy(); err != nil {
		t.Errorf("the health check of a running Redis: %v", err)
	}
	if out, _ := exec.Command(cli, "-p", port, "ping").Output(); !strings.HasPrefix(string(out), "NOAUTH") {
		t.Errorf("without the password it answers %q", out)
	}
	for user, name := range map[string]string{"default": users[0], "poll": users[1], "worker": users[2]} {
		out, _ := exec.Command(cli, "-p", port, "--no-auth-warning", "--user", user, "--pass", name+"+/=", "ping").Output()
		if string(out) != "PONG\n" {
			t.Errorf("%s is answered %q", user, out)
		}
	}
	if line := read(t, fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid)); strings.Contains(line, "_password") {
		t.Errorf("the list of processes shows a password: %q", line)
	}
	// The process that the engine signals is Redis itself, not the shell.
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for log.Scan() { // what it says at the end, or the pipe fills up
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

// The bootstrap's database makes its password at the first start and keeps it.
func TestHelloPassword(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "password")
	// In the place of the image's own entry point.
	write(t, filepath.Join(dir, "docker-entrypoint.sh"), "#!/bin/sh\necho \"$@\"\n")
	if err := os.Chmod(filepath.Join(dir, "docker-entrypoint.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	command := load(t, helloFile).Services["db"].Command
	start := func() string {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "POSTGRES_PASSWORD_FILE=" + file}
		out, err := cmd.CombinedOutput()
		if err != nil || string(out) != "postgres\n" {
			t.Fatalf("it runs %q: %v", out, err)
		}
		return read(t, file)
	}
	first := start()
	if len(first) != 48 || strings.Trim(first, "0123456789abcdef") != "" {
		t.Errorf("the password is %q, want 48 digits", first)
	}
	if again := start(); again != first {
		t.Errorf("the second start changes the password from %q to %q", first, again)
	}
}

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != want {
		t.Errorf("%s has mode %v, want %v", path, info.Mode(), want)
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
