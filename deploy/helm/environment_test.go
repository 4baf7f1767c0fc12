package helm

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const configuration = "../../docs/configuration.md"

var (
	section = regexp.MustCompile(`(?s)<!-- begin (\w+) -->(.*?)<!-- end \w+ -->`)
	row     = regexp.MustCompile("(?m)^\\| `([A-Z_]+)`(?: or `([A-Z_]+)`| … `OPTION_Z`)?")
)

// documented returns the variables of each program, as the table that is made
// from the code lists them.
func documented(text string) map[string][]string {
	programs := map[string][]string{}
	for _, s := range section.FindAllStringSubmatch(text, -1) {
		for _, m := range row.FindAllStringSubmatch(s[2], -1) {
			names := []string{m[1]}
			if m[2] != "" {
				names = append(names, m[2])
			}
			if m[1] == "OPTION_A" {
				for c := 'B'; c <= 'Z'; c++ {
					names = append(names, "OPTION_"+string(c))
				}
			}
			programs[s[1]] = append(programs[s[1]], names...)
		}
	}
	return programs
}

// known is documented, read once; TestMain fills it.
var known map[string][]string

// ofOthers are variables that are not the programs' own: those of PostgreSQL's
// image, and of Go itself.
var ofOthers = map[string][]string{
	"db":     {"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD_FILE", "PGDATA"},
	"poll":   {"GOMEMLIMIT"},
	"worker": {"GOMEMLIMIT"},
	"result": {"GOMEMLIMIT"},
}

// checkEnvironment makes sure that no variable is misspelt, given to the wrong
// program, or set twice, and that traces are of some votes only. Names that
// begin with OTEL_ are OpenTelemetry's.
func checkEnvironment(r *release) error {
	for _, w := range workloads(r) {
		seen := map[string]bool{}
		for _, v := range w.main().Env {
			if seen[v.Name] {
				return fmt.Errorf("%s is given %s twice", w.service, v.Name)
			}
			seen[v.Name] = true
			if !slices.Contains(known[w.service], v.Name) && !slices.Contains(ofOthers[w.service], v.Name) && !strings.HasPrefix(v.Name, "OTEL_") {
				return fmt.Errorf("%s is given %s, which it does not read", w.service, v.Name)
			}
			if v.Value == "" && v.ValueFrom == nil {
				return fmt.Errorf("%s is given an empty %s", w.service, v.Name)
			}
		}
		if seen["OTEL_EXPORTER_OTLP_ENDPOINT"] && !tracesFew(w) {
			return fmt.Errorf("%s traces every vote of a crowd", w.service)
		}
	}
	return nil
}

// tracesFew reports whether a program is told to trace no more than one vote in
// ten.
func tracesFew(w workload) bool {
	part, err := strconv.ParseFloat(variable(w, "OTEL_TRACES_SAMPLER_ARG"), 64)
	return err == nil && part <= 0.1 && variable(w, "OTEL_TRACES_SAMPLER") == "parentbased_traceidratio"
}

// Whatever the programs can be told, the chart can tell them: each variable of
// the documented ones is set with some of the values.
func TestEverySettingIsReachable(t *testing.T) {
	for _, name := range stations {
		if len(known[name]) < 5 {
			t.Fatalf("%s documents %v for %s", configuration, known[name], name)
		}
	}
	set := map[string]bool{}
	for name, values := range sets(t) {
		if name == "production" {
			values["urls"] = map[string]any{"poll": "https://vote.example.com", "result": "https://results.example.com"}
		}
		for _, w := range workloads(mustRender(t, values, options{})) {
			for _, v := range w.main().Env {
				set[w.service+" "+v.Name] = true
			}
		}
	}
	for _, service := range stations {
		for _, name := range known[service] {
			option := strings.HasPrefix(name, "OPTION_") && name > "OPTION_C"
			if name == "DEV" { // for whoever works on the program itself
				continue
			}
			if !set[service+" "+name] && !set[service+" "+name+"_FILE"] && !option && !strings.HasPrefix(name, "OTEL_") {
				t.Errorf("%s reads %s, and no value of the chart sets it", service, name)
			}
		}
	}
}

// Options have the letters of their places, and any text arrives as it is.
func TestDefaultPoll(t *testing.T) {
	question := `Is "yes" \ {no}: #1?` + "\n- { name: ADDR }"
	labels := []any{}
	for c := 'a'; c <= 'z'; c++ {
		labels = append(labels, string(c)+`: "'`)
	}
	r := mustRender(t, map[string]any{"defaultPoll": map[string]any{"question": question, "options": labels}}, options{})
	w := workloadOf(r, "worker")
	if got := variable(w, "QUESTION"); got != question {
		t.Errorf("the question arrives as %q", got)
	}
	for i, want := range labels {
		if got := variable(w, "OPTION_"+string(rune('A'+i))); got != want {
			t.Errorf("option %d arrives as %q, want %q", i, got, want)
		}
	}
}

func TestPublicURLs(t *testing.T) {
	ingress := func(secret string) map[string]any {
		site := func(host string) map[string]any { return map[string]any{"host": host, "tlsSecret": secret} }
		return map[string]any{"enabled": true, "poll": site("vote.test"), "result": site("see.test")}
	}
	for name, tt := range map[string]struct {
		values       map[string]any
		poll, result string
	}{
		"nobody says":   {nil, "", ""},
		"plain Ingress": {map[string]any{"ingress": ingress("")}, "http://vote.test", "http://see.test"},
		"TLS":           {map[string]any{"ingress": ingress("tls")}, "https://vote.test", "https://see.test"},
		"said": {
			map[string]any{"ingress": ingress(""), "urls": map[string]any{"poll": "https://x.test/vote"}},
			"https://x.test/vote", "http://see.test",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := mustRender(t, tt.values, options{})
			for _, service := range []string{"poll", "result"} {
				w := workloadOf(r, service)
				if got := variable(w, "PUBLIC_POLL_URL"); got != tt.poll {
					t.Errorf("%s sends voters to %q, want %q", service, got, tt.poll)
				}
				if got := variable(w, "PUBLIC_RESULT_URL"); got != tt.result {
					t.Errorf("%s sends the audience to %q, want %q", service, got, tt.result)
				}
			}
		})
	}
}
