package deploy

import (
	"fmt"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// images are our images, where each is described, and how it is built and listens.
var images = []struct{ name, file, pkg, expose string }{
	{"poll", "poll/Dockerfile", "./cmd/poll", "80"},
	{"worker", "worker/Dockerfile", "./cmd/worker", ""},
	{"result", "result/Dockerfile", "./cmd/result", "80"},
	{"hello", "hello/Dockerfile", "./hello", "3000"},
	{"popeye", "cmd/popeye/Dockerfile", "./cmd/popeye", "5000 5001"},
}

func TestDockerfiles(t *testing.T) {
	for _, image := range images {
		if err := checkDockerfile(image.name, image.pkg, image.expose, read(t, "../"+image.file)); err != nil {
			t.Errorf("%s: %v", image.file, err)
		}
	}
}

func TestDockerfileCheckConvicts(t *testing.T) {
	good := read(t, "../poll/Dockerfile")
	for name, change := range map[string]func(string) string{
		"frontend from a registry": func(s string) string { return "# syntax=docker/dockerfile:1\n" + s },
		"emulated build":           replacer("--platform=$BUILDPLATFORM ", ""),
		"modules with the source":  replacer("COPY go.mod go.sum ./\n", ""),
		"cgo":                      replacer("CGO_ENABLED=0", "CGO_ENABLED=1"),
		"own architecture":         replacer("GOARCH=$TARGETARCH", ""),
		"paths in the binary":      replacer("-trimpath ", ""),
		"symbols in the binary":    replacer(`-s -w `, ""),
		"gRPC's pages of traces":   replacer("-tags=grpcnotrace ", ""),
		"other package":            replacer("./cmd/poll", "./cmd/popeye"),
		"with an operating system": replacer("FROM scratch", "FROM alpine"),
		"source in the image":      replacer("FROM scratch", "FROM scratch\nCOPY . /src"),
		"no certificates":          replacer("COPY --from=build /etc/ssl", "# COPY --from=build /etc/ssl"),
		"root":                     replacer("USER 65532:65532", "USER 0:0"),
		"user by name":             replacer("USER 65532:65532", "USER nobody"),
		"no user":                  replacer("USER 65532:65532", ""),
		"other port":               replacer("EXPOSE 80", "EXPOSE 8080"),
		"metrics exposed":          replacer("EXPOSE 80", "EXPOSE 80 9090"),
		"no health check":          replacer("HEALTHCHECK", "# HEALTHCHECK"),
		"health check by a shell":  replacer(`CMD ["/poll", "healthcheck"]`, "CMD /poll healthcheck"),
		"entry point by a shell":   replacer(`ENTRYPOINT ["/poll"]`, "ENTRYPOINT /poll"),
		"no licence":               replacer("org.opencontainers.image.licenses", "licenses"),
		"no revision":              replacer("org.opencontainers.image.revision", "revision"),
	} {
		t.Run(name, func(t *testing.T) {
			broken := change(good)
			if broken == good {
				t.Fatal("nothing was broken")
			}
			if checkDockerfile("poll", "./cmd/poll", "80", broken) == nil {
				t.Error("it passes")
			}
		})
	}
}

// popeye's image differs by its data: a folder that its user may write to, and a
// volume.
func TestDockerfileOfOneProcessConvicts(t *testing.T) {
	good := read(t, "../cmd/popeye/Dockerfile")
	for name, change := range map[string]func(string) string{
		"data of root":           replacer("--chown=65532:65532 ", ""),
		"no folder for the data": replacer("COPY --from=build --chown=65532:65532 /data /data\n", ""),
		"data in the container":  replacer("VOLUME /data\n", ""),
		"data elsewhere":         replacer("DATA_DIR=/data", "DATA_DIR=/tmp"),
		"a token in the image":   replacer("ENV DATA_DIR=/data", "ENV DATA_DIR=/data ADMIN_TOKEN=secret"),
		"one port":               replacer("EXPOSE 5000 5001", "EXPOSE 5000"),
	} {
		t.Run(name, func(t *testing.T) {
			broken := change(good)
			if broken == good {
				t.Fatal("nothing was broken")
			}
			if checkDockerfile("popeye", "./cmd/popeye", "5000 5001", broken) == nil {
				t.Error("it passes")
			}
		})
	}
}

func replacer(was, now string) func(string) string {
	return func(s string) string { return strings.Replace(s, was, now, 1) }
}

// checkDockerfile wants a static binary, alone in its image, that is not root
// and checks on itself.
func checkDockerfile(name, pkg, expose, text string) error {
	if regexp.MustCompile(`(?mi)^#\s*syntax\s*=`).MatchString(text) {
		return fmt.Errorf("it names a frontend, which has to be pulled from a registry")
	}
	build, final, ok := strings.Cut(instructions(text), "\nFROM scratch\n")
	if !ok || strings.Contains(final, "\nFROM ") {
		return fmt.Errorf("its last stage is not the second, from scratch")
	}
	ldflags, tags := "-s -w", ""
	if name != "hello" { // which has no --version
		ldflags += ` -X popeye/internal/config.version=$VERSION -X popeye/internal/config.revision=$REVISION`
	}
	if name != "hello" && name != "demo" { // which send no traces
		tags = "-tags=grpcnotrace " // why: docs/decisions/traces.md
	}
	for _, want := range []string{
		`^FROM --platform=\$BUILDPLATFORM golang:1\.26-alpine AS build\n`,
		`\nCOPY go\.mod go\.sum \./\nRUN go mod download\nCOPY \. \.\n`,
		`\nRUN .*CGO_ENABLED=0 GOOS=\$TARGETOS GOARCH=\$TARGETARCH go build ` + tags + `-trimpath -ldflags="` +
			regexp.QuoteMeta(ldflags) + `" -o /out/` + name + ` ` + regexp.QuoteMeta(pkg) + `(\nRUN mkdir /data)?$`,
	} {
		if !regexp.MustCompile(want).MatchString(build) {
			return fmt.Errorf("its build stage lacks %s:\n%s", want, build)
		}
	}
	for _, key := range []string{"title", "description", "licenses", "version", "revision"} {
		if !strings.Contains(final, "org.opencontainers.image."+key+"=") {
			return fmt.Errorf("it has no label %s", key)
		}
	}
	// The rest of the image, exactly: what is not named here is not in it.
	want := []string{
		"COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/",
		fmt.Sprintf("COPY --from=build /out/%s /%s", name, name),
		"USER 65532:65532",
		"EXPOSE " + expose,
		fmt.Sprintf(`HEALTHCHECK CMD ["/%s", "healthcheck"]`, name),
		fmt.Sprintf(`ENTRYPOINT ["/%s"]`, name),
	}
	want = slices.DeleteFunc(want, func(s string) bool { return s == "EXPOSE " })
	if name == "popeye" { // which keeps its data beside
		want = slices.Insert(want, 2, "COPY --from=build --chown=65532:65532 /data /data")
		want = slices.Insert(want, 4, "ENV DATA_DIR=/data", "VOLUME /data")
	}
	var got []string
	for _, line := range strings.Split(strings.TrimSpace(final), "\n") {
		switch word, _, _ := strings.Cut(line, " "); word {
		case "ARG", "LABEL":
		case "HEALTHCHECK":
			got = append(got, regexp.MustCompile(` --\S+`).ReplaceAllString(line, ""))
		default:
			got = append(got, line)
		}
	}
	return same("the image's instructions", got, want)
}

// instructions is a Dockerfile without comments, one instruction a line.
func instructions(text string) string {
	text = regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(text, "")
	text = regexp.MustCompile(`\\\n\s*`).ReplaceAllString(text, "")
	return regexp.MustCompile(`\n+`).ReplaceAllString(text, "\n")
}

// The build context holds all that an image is built from: .dockerignore lets
// in the folder of every package, and keeps out no file that one embeds.
func TestBuildContext(t *testing.T) {
	letsIn, keepsOut := dockerignore(t)
	for _, image := range images {
		t.Run(image.name, func(t *testing.T) {
			for _, line := range packages(t, image.pkg) {
				fields := strings.Fields(line)
				_, inModule, _ := strings.Cut(fields[0], "/")
				if folder, _, _ := strings.Cut(inModule, "/"); !letsIn[folder] {
					t.Errorf(".dockerignore keeps out %s, which is built", fields[0])
				}
				for _, file := range fields[1:] {
					if matches(keepsOut, file) {
						t.Errorf(".dockerignore keeps out %s of %s, which is embedded", file, fields[0])
					}
				}
			}
		})
	}
}

// packages is this module's part of what a package is built from: one line
// each, the import path and the files that it embeds.
func packages(t *testing.T, pkg string) []string {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-f",
		`{{if .Module}}{{if .Module.Main}}{{.ImportPath}}{{range .EmbedFiles}} {{.}}{{end}}{{"\n"}}{{end}}{{end}}`, pkg)
	cmd.Dir = ".."
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return slices.DeleteFunc(strings.Split(string(out), "\n"), func(line string) bool { return line == "" })
}

// dockerignore reads .dockerignore, which keeps everything out, lets folders
// in, and keeps some names out again wherever they are.
func dockerignore(t *testing.T) (letsIn map[string]bool, keepsOut []string) {
	t.Helper()
	letsIn = map[string]bool{}
	for _, line := range strings.Split(read(t, "../.dockerignore"), "\n") {
		if folder, ok := strings.CutPrefix(line, "!"); ok {
			letsIn[folder] = true
		} else if name, ok := strings.CutPrefix(line, "**/"); ok {
			keepsOut = append(keepsOut, name)
		} else if line != "" && line != "*" && !strings.HasPrefix(line, "#") {
			t.Fatalf("this test can't read %q in .dockerignore", line)
		}
	}
	return letsIn, keepsOut
}

// matches says whether a pattern fits the file or a folder it is in.
func matches(patterns []string, file string) bool {
	for _, name := range strings.Split(file, "/") {
		for _, pattern := range patterns {
			if ok, _ := path.Match(pattern, name); ok {
				return true
			}
		}
	}
	return false
}
