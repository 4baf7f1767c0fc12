package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/metricsql"
	"go.yaml.in/yaml/v4"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
)

const (
	alertsFile = "../deploy/observability/alerts.yml"
	dashboards = "../deploy/observability/grafana/dashboards/*.json"
)

// Every figure that a dashboard or an alert names is shown by the programs as
// they run, with the labels that are asked for. So none can be renamed unnoticed.
func TestEveryFigureThatIsWatchedIsThere(t *testing.T) {
	s := newStack(t, 1).Start(t)
	one, poll, _ := onePopeye(t)
	for _, site := range []string{s.Polls[0].URL, poll} {
		if err := people.NewVoter(site).Submit(t.Context(), "", "a"); err != nil {
			t.Fatal(err)
		}
	}
	watch(t.Context(), t, s.Results[0].URL)
	sources := map[string]string{
		"poll": s.Polls[0].Health, "worker": s.Workers[0].Health, "result": s.Results[0].Health,
		"popeye": one.Health, "machine": nodeExporter(t),
	}
	watched := watchedExpressions(t)
	if len(watched) < 40 {
		t.Errorf("only %d expressions were found", len(watched))
	}
	testenv.Eventually(t, "everything that is watched is shown", func() error {
		shown, err := scrapeAll(sources)
		for where, expr := range watched {
			err = errors.Join(err, missing(where, expr, shown))
		}
		return err
	})
	shown, err := scrapeAll(sources)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{`popeye_lag`, `popeye_build_info{station="judge"}`, `sum(rate(popeye_worker_votes_total{outcome=~"dead|late"}[1m]))`} {
		if missing("a test", wrong, shown) == nil {
			t.Errorf("%s is found, and should not be", wrong)
		}
	}
}

// Each alert notices what it is there for, and is quiet otherwise: the rules'
// own tests, by Prometheus' own program.
func TestAlerts(t *testing.T) {
	for _, args := range [][]string{
		{"check", "rules", "alerts.yml"},
		{"test", "rules", "alerts_test.yml"},
		{"check", "config", "--syntax-only", "prometheus.yml"},
	} {
		cmd := exec.Command("promtool", args...)
		cmd.Dir = filepath.Dir(alertsFile)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	tests, err := os.ReadFile(strings.TrimSuffix(alertsFile, ".yml") + "_test.yml")
	if err != nil {
		t.Fatal(err)
	}
	for where := range alerts(t) {
		if !strings.Contains(string(tests), `"`+strings.TrimPrefix(where, "alert ")+`"`) {
			t.Errorf("%s has no test", where)
		}
	}
}

// watchedExpressions are those of all dashboards and alerts, by where they stand.
func watchedExpressions(t *testing.T) map[string]string {
	t.Helper()
	all := alerts(t)
	files, err := filepath.Glob(dashboards)
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no dashboards: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var dashboard struct {
			Panels []struct {
				Title   string
				Targets []struct{ RefID, Expr string }
			}
		}
		if err := json.Unmarshal(text, &dashboard); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, p := range dashboard.Panels {
			for _, target := range p.Targets {
				all[fmt.Sprintf("panel %q %s", p.Title, target.RefID)] = target.Expr
			}
		}
	}
	return all
}

func alerts(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(alertsFile)
	if err != nil {
		t.Fatal(err)
	}
	var rules struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	if err := yaml.Unmarshal(text, &rules); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			all["alert "+r.Alert] = r.Expr
		}
	}
	return all
}

// series is one figure as it is shown, its name under __name__ and where it was
// read under job.
type series map[string]string

// scrapeAll reads the metrics of programs, given where each shows them.
func scrapeAll(sources map[string]string) ([]series, error) {
	var all []series
	for job, addr := range sources {
		_, text, err := testenv.Get(context.Background(), "http://"+addr+"/metrics")
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			figure := strings.TrimSpace(line)
			if at := strings.LastIndex(figure, " "); at > 0 && !strings.HasPrefix(figure, "#") {
				found, err := selectors(figure[:at])
				if err != nil {
					return nil, err
				}
				shown := series{"job": job}
				for _, f := range found[0] {
					shown[f.Label] = f.Value
				}
				all = append(all, shown)
			}
		}
	}
	return all, nil
}

// selectors are the metrics that an expression names.
func selectors(expr string) ([][]metricsql.LabelFilter, error) {
	parsed, err := metricsql.Parse(expr)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", expr, err)
	}
	var all [][]metricsql.LabelFilter
	metricsql.VisitAll(parsed, func(e metricsql.Expr) {
		if m, ok := e.(*metricsql.MetricExpr); ok {
			all = append(all, m.LabelFilterss...)
		}
	})
	if len(all) == 0 {
		return nil, fmt.Errorf("%s names no figure", expr)
	}
	return all, nil
}

// missing says which metrics of an expression nobody shows. Of alternatives, as
// in outcome=~"dead|refused", each has to be there.
func missing(where, expr string, shown []series) error {
	all, err := selectors(expr)
	for _, filters := range all {
		if filters[0].Value == "ALERTS" { // Prometheus' own
			continue
		}
		for _, f := range alternatives(filters) {
			if !slices.ContainsFunc(shown, func(s series) bool { return matches(s, f) }) {
				err = errors.Join(err, fmt.Errorf("%s: nobody shows %v", where, f))
			}
		}
	}
	return err
}

var words = regexp.MustCompile(`^\w+(\|\w+)+$`)

// alternatives splits filters whose value is a choice of words.
func alternatives(filters []metricsql.LabelFilter) [][]metricsql.LabelFilter {
	for i, f := range filters {
		if !f.IsRegexp || f.IsNegative || !words.MatchString(f.Value) {
			continue
		}
		var all [][]metricsql.LabelFilter
		for word := range strings.SplitSeq(f.Value, "|") {
			one := slices.Clone(filters)
			one[i] = metricsql.LabelFilter{Label: f.Label, Value: word}
			all = append(all, alternatives(one)...)
		}
		return all
	}
	return [][]metricsql.LabelFilter{filters}
}

func matches(s series, filters []metricsql.LabelFilter) bool {
	for _, f := range filters {
		match := s[f.Label] == f.Value
		if f.IsRegexp {
			match = regexp.MustCompile("^(?:" + f.Value + ")$").MatchString(s[f.Label])
		}
		if match == f.IsNegative {
			return false
		}
	}
	return true
}

// nodeExporter starts the program that shows the machine's disks, as the overlay
// does, and returns where.
func nodeExporter(t *testing.T) string {
	t.Helper()
	program := "node_exporter"
	if _, err := exec.LookPath(program); err != nil {
		program = "prometheus-node-exporter" // Debian's name for it
	}
	addr := fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	cmd := exec.Command(program, "--web.listen-address="+addr, "--collector.disable-defaults", "--collector.filesystem")
	if err := cmd.Start(); err != nil {
		t.Fatalf("the machine's metrics: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return addr
}
