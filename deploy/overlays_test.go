package deploy

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/template"
)

// Each overlay alone, and with others as documents combine them.
func TestOverlays(t *testing.T) {
	files, err := filepath.Glob("../docker-compose.*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d overlays: %v", len(files), err)
	}
	stacks := documented(t)
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			if !slices.ContainsFunc(stacks, func(s []string) bool { return slices.Equal(s[1:], []string{name}) }) {
				t.Errorf("nothing says how to use it: docker compose -f docker-compose.yml -f %s", name)
			}
			if err := unknownVariables(t, read(t, file)); err != nil {
				t.Error(err)
			}
		})
	}
	for _, stack := range stacks {
		t.Run(strings.Join(stack, " "), func(t *testing.T) {
			o := loadOverlaid(t, stack...)
			if err := unknownPassed(t, o); err != nil {
				t.Error(err)
			}
			for name, check := range overlayChecks {
				if err := check(o); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

var command = regexp.MustCompile(`docker compose((?: -f docker-compose[\w.-]*\.yml)+)`)

// documented finds the stacks that the overlays and the documents tell people to
// start.
func documented(t *testing.T) (stacks [][]string) {
	t.Helper()
	var files []string
	for _, pattern := range []string{"../docker-compose*.yml", "../*.md", "../docs/*.md", "../docs/*/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	seen := map[string]bool{}
	for _, file := range files {
		for _, m := range command.FindAllStringSubmatch(read(t, file), -1) {
			stack := strings.Fields(strings.ReplaceAll(m[1], "-f", ""))
			if len(stack) > 1 && !seen[m[1]] {
				seen[m[1]] = true
				stacks = append(stacks, stack)
			}
		}
	}
	return stacks
}

// loadOverlaid loads files of the root over each other.
func loadOverlaid(t *testing.T, files ...string) overlaid {
	t.Helper()
	var o overlaid
	var paths []string
	for _, file := range files {
		if !filepath.IsAbs(file) {
			file = absolute(t, filepath.Join("..", file))
		}
		paths = append(paths, file)
		o.heads += headOf(read(t, file))
	}
	options, err := cli.NewProjectOptions(paths, cli.WithWorkingDirectory(absolute(t, "..")),
		cli.WithEnv([]string{"GOPROXY=direct", "VERSION=1.2.3", "REVISION=0123abc"}))
	if err != nil {
		t.Fatal(err)
	}
	if o.Project, err = options.LoadProject(t.Context()); err != nil {
		t.Fatal(err)
	}
	return o
}

// headOf is the comment at the top of a file.
func headOf(text string) (head string) {
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			break
		}
		head += line
	}
	return head
}

// offered are the variables that .env.example names.
func offered(t *testing.T) map[string]string {
	t.Helper()
	text := regexp.MustCompile(`(?m)^#([A-Z_]+=)`).ReplaceAllString(read(t, "../.env.example"), "$1")
	names, err := dotenv.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// unknownVariables wants each variable that a file puts into its text to have a
// default or a place in .env.example: Compose puts nothing in the place of any
// other.
func unknownVariables(t *testing.T, text string) error {
	t.Helper()
	known := offered(t)
	text = regexp.MustCompile(`(?m)^ *#.*$`).ReplaceAllString(text, "")
	for name, v := range template.ExtractVariables(map[string]any{"": text}, template.DefaultPattern) {
		if _, is := known[name]; !is && v.DefaultValue == "" {
			return fmt.Errorf("%s has no default, and is not in .env.example", name)
		}
	}
	return nil
}

// unknownPassed wants the same of each variable that is passed on to what overlays
// add.
func unknownPassed(t *testing.T, o overlaid) error {
	t.Helper()
	known := offered(t)
	for _, service := range added(o) {
		for name, value := range o.Services[service].Environment {
			if _, is := known[name]; !is && value == nil {
				return fmt.Errorf("%s is passed on to %s, and is not in .env.example", name, service)
			}
		}
	}
	return nil
}

// Each check is shown an overlay that is broken in a way it is there to notice.
func TestOverlayChecksConvict(t *testing.T) {
	const good = `# Its port is 8080.
services:
  extra:
    image: extra:1.2
    restart: unless-stopped
    read_only: true
    user: "1000"
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    mem_limit: 64m
    pids_limit: 64
    logging: { options: { max-size: 1m, max-file: "1" } }
    ports: ["8080:80"]
    networks: [extra-front]
  poll:
    networks: [extra-front]
networks:
  extra-front:
`
	overlay := func(t *testing.T, text string) overlaid {
		file := filepath.Join(t.TempDir(), "overlay.yml")
		write(t, file, text)
		return loadOverlaid(t, "docker-compose.yml", file)
	}
	for name, check := range overlayChecks {
		if err := check(overlay(t, good)); err != nil {
			t.Errorf("%s refuses a good overlay: %v", name, err)
		}
	}
	five := func(service, lines string) func(string) string {
		return replacer("  poll:\n    networks: [extra-front]\n", "  "+service+":\n"+lines)
	}
	convicted := map[string]bool{}
	for _, b := range []struct {
		name, check, says string
		do                func(string) string
	}{
		{"Redis that forgets", "five services", "redis runs without", five("redis", "    command: redis-server\n")},
		{"Redis without its volume", "five services", "redis", five("redis", "    volumes: !reset []\n")},
		{"another poll", "five services", "poll", five("poll", "    build: !reset null\n    image: poll:1\n")},
		{"poll that may write", "five services", "write", five("poll", "    read_only: false\n")},
		{"db on a new network", "tiers", "db is on the network extra-front", five("db", "    networks: [extra-front]\n")},
		{"Redis on a new network", "tiers", "redis is on the network", five("redis", "    networks: [extra-front]\n")},
		{"a stranger on a tier", "tiers", "extra", replacer("networks: [extra-front]", "networks: [poll-tier]")},
		{"result beside Redis", "tiers", "result", five("result", "    networks: [poll-tier]\n")},
		{"the network of another", "tiers", "service:redis", replacer("networks: [extra-front]", "network_mode: service:redis")},
		{"open back-tier", "tiers", "back-tier", replacer("  extra-front:\n", "  extra-front:\n  back-tier: { internal: false }\n")},
		{"a port nobody speaks of", "ports", "9000", replacer("8080:80", "9000:80")},
		{"any port", "ports", "extra publishes", replacer(`"8080:80"`, `"80"`)},
		{"metrics published", "ports", "9090", five("poll", "    ports: [\"8080:9090\"]\n")},
		{"db published", "ports", "db publishes", five("db", "    ports: [\"8080:5432\"]\n")},
		{"the latest image", "images", "version", replacer("extra:1.2", "extra:latest")},
		{"any image", "images", "version", replacer("extra:1.2", "registry:5000/extra")},
		{"built from nothing", "images", "extra", replacer("image: extra:1.2", "build: ./nowhere")},
		{"capabilities kept", "hardening", "capabilities", replacer("cap_drop: [ALL]", "cap_drop: []")},
		{"a capability added", "hardening", "capabilities", replacer("cap_drop: [ALL]", "cap_drop: [ALL]\n    cap_add: [SYS_ADMIN]")},
		{"root", "hardening", "root", replacer(`user: "1000"`, "user: root")},
		{"an own image's root", "hardening", "root", replacer("image: extra:1.2\n    restart: unless-stopped\n    read_only: true\n    user: \"1000\"",
			"build: ./poll\n    restart: unless-stopped\n    read_only: true")},
		{"writable", "hardening", "write", replacer("read_only: true", "read_only: false")},
		{"any memory", "limits", "memory", replacer("mem_limit: 64m", "")},
		{"any number of processes", "limits", "processes", replacer("pids_limit: 64", "")},
		{"an own image that can't drain", "limits", "drain", replacer("image: extra:1.2", "build: ./poll")},
		{"endless logs", "logs", "bound", replacer(", max-file: \"1\"", "")},
		{"no restart", "restart", "extra", replacer("restart: unless-stopped", "")},
		{"a password in sight", "secrets", "ADMIN_PASSWORD", replacer("read_only: true", "read_only: true\n    environment: { ADMIN_PASSWORD: x }")},
	} {
		t.Run(b.name, func(t *testing.T) {
			broken := b.do(good)
			if broken == good {
				t.Fatal("nothing was broken")
			}
			if err := overlayChecks[b.check](overlay(t, broken)); err == nil || !strings.Contains(err.Error(), b.says) {
				t.Errorf("the check %q says %v, want something about %q", b.check, err, b.says)
			}
		})
		convicted[b.check] = true
	}
	for name := range overlayChecks {
		if !convicted[name] {
			t.Errorf("nothing shows that the check %q can fail", name)
		}
	}
}

func TestVariablesOfOverlaysConvict(t *testing.T) {
	for text, want := range map[string]bool{
		"a: ${SECRETS_DIR}": true, "a: ${OTHER:-x}": true, "  # ${OTHER}": true, "a: $$OTHER": true,
		"a: ${OTHER}": false, "a: $OTHER": false, "a: ${OTHER:?set it}": false,
	} {
		if err := unknownVariables(t, text); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	o := loadOverlaid(t, "docker-compose.yml", "docker-compose.demo.yml")
	o.Services["demo"].Environment["OTHER"] = nil
	if err := unknownPassed(t, o); err == nil || !strings.Contains(err.Error(), "OTHER") {
		t.Errorf("a variable that is passed on: %v", err)
	}
}

// The demo's image is made like those of the five.
func TestDemoDockerfile(t *testing.T) {
	err := checkDockerfile("demo", "./deploy/demo", "", read(t, "demo/Dockerfile"))
	if err != nil {
		t.Error(err)
	}
	letsIn, _ := dockerignore(t)
	for _, line := range packages(t, "./deploy/demo") {
		pkg, _, _ := strings.Cut(strings.TrimPrefix(line, "popeye/"), " ")
		folder, _, _ := strings.Cut(pkg, "/")
		if !letsIn[folder] && !letsIn[pkg] {
			t.Errorf(".dockerignore keeps out %s, which is built", pkg)
		}
	}
}

// Behind TLS each site is told the address that people know, and nothing else is
// open.
func TestTLSOverlay(t *testing.T) {
	o := loadOverlaid(t, "docker-compose.yml", "docker-compose.tls.yml")
	if err := samePorts(o.Project, map[string][]string{"proxy": {"80:80", "443:443"}}); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"poll", "result"} {
		env := o.Services[name].Environment
		for key, want := range map[string]string{
			"PUBLIC_POLL_URL": "https://vote.localhost", "PUBLIC_RESULT_URL": "https://result.localhost", "MAX_CONNS_PER_ADDRESS": "0",
			"TRUSTED_PROXIES": "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7",
		} {
			if got := env[key]; got == nil || *got != want {
				t.Errorf("%s has %s %v, want %s", name, key, got, want)
			}
		}
	}
	// The proxy of the overlay for several replicas gives way entirely.
	both := loadOverlaid(t, "docker-compose.yml", "docker-compose.scale.yml", "docker-compose.tls.yml")
	if err := same("the proxy over several replicas", both.Services["proxy"], o.Services["proxy"]); err != nil {
		t.Error(err)
	}
}
