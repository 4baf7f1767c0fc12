package helm

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/metricsql"
	"helm.sh/helm/v3/pkg/chart"
	"sigs.k8s.io/yaml"
)

// checkRules wants the alerts exactly where they are asked for, each about this
// release and no other.
func checkRules(r *release) error {
	found := 0
	for _, c := range r.customs {
		p, ok := c.(*prometheusRule)
		if !ok {
			continue
		}
		found++
		if len(p.Spec.Groups) == 0 {
			return errors.New("the PrometheusRule has no group")
		}
		watched := map[string]bool{}
		for _, g := range p.Spec.Groups {
			for _, rule := range g.Rules {
				if g.Name == "" || rule.Expr == "" || (rule.Alert == "") == (rule.Record == "") {
					return fmt.Errorf("the group %q has a rule that is none: %+v", g.Name, rule)
				}
				if rule.Labels["namespace"] != namespace {
					return fmt.Errorf("%s does not say whose it is", rule.Alert)
				}
				if err := ours(r, rule.Expr, watched); err != nil {
					return fmt.Errorf("%s %w", rule.Alert, err)
				}
			}
		}
		for _, claim := range claims(r) {
			if !watched[claim] {
				return fmt.Errorf("%s may fill up, and no alert says so", claim)
			}
		}
	}
	has := slices.ContainsFunc(r.chart.Files, func(f *chart.File) bool { return f.Name == alerts })
	if (found == 1) != (has && r.on("metrics.rules.enabled")) {
		return fmt.Errorf("there are %d PrometheusRules; the file of alerts: %v", found, has)
	}
	return nil
}

// ours wants each figure of an expression to be one of this release, and notes
// the volumes that it is about.
func ours(r *release, expr string, watched map[string]bool) error {
	parsed, err := metricsql.Parse(expr)
	if err != nil {
		return fmt.Errorf("can't be read: %w", err)
	}
	metricsql.VisitAll(parsed, func(e metricsql.Expr) {
		m, ok := e.(*metricsql.MetricExpr)
		if !ok {
			return
		}
		for _, filters := range m.LabelFilterss {
			here := metricsql.LabelFilter{Label: "namespace", Value: namespace}
			if !slices.Contains(filters, here) {
				err = errors.Join(err, fmt.Errorf("asks for %s of the whole cluster", filters[0].Value))
			}
			if strings.HasPrefix(filters[0].Value, "kubelet_volume_") {
				err = errors.Join(err, volumes(r, filters, watched))
			}
		}
	})
	return err
}

// volumes wants filters to choose volumes, all of this release, and notes which.
func volumes(r *release, filters []metricsql.LabelFilter, watched map[string]bool) error {
	for _, f := range filters {
		if f.Label != "persistentvolumeclaim" || f.IsNegative || !f.IsRegexp {
			continue
		}
		for name := range strings.SplitSeq(f.Value, "|") {
			if !slices.Contains(claims(r), name) {
				return fmt.Errorf("asks for the volume %s, which is not there", name)
			}
			watched[name] = true
		}
		return nil
	}
	return errors.New("asks for every volume")
}

// claims are the names that Kubernetes gives the release's claims of volumes.
func claims(r *release) (names []string) {
	for _, w := range workloads(r) {
		for _, c := range w.claims {
			names = append(names, fmt.Sprintf("%s-%s-0", c.Name, w.GetName()))
		}
	}
	return names
}

// The chart's alerts are those of everywhere else but for where they look, and
// for the one about disks.
func TestRulesAreThoseOfEverywhere(t *testing.T) {
	const disks = "PopeyeDiskNearlyFull"
	var want prometheusRule
	if err := yaml.UnmarshalStrict([]byte(readFile(t, "../observability/alerts.yml")), &want.Spec); err != nil {
		t.Fatal(err)
	}
	got := ruleOf(mustRender(t, sets(t)["production"], options{}))
	if n := len(want.Spec.Groups); n == 0 || n != len(got.Spec.Groups) {
		t.Fatalf("there are %d groups, want %d", len(got.Spec.Groups), n)
	}
	for i, g := range want.Spec.Groups {
		if len(g.Rules) != len(got.Spec.Groups[i].Rules) {
			t.Fatalf("of %d alerts in %s there are %d", len(g.Rules), g.Name, len(got.Spec.Groups[i].Rules))
		}
		for j, w := range g.Rules {
			is := got.Spec.Groups[i].Rules[j]
			delete(is.Labels, "namespace")
			is.Expr = strings.NewReplacer(`{namespace="voting"}`, "", `namespace="voting",`, "").Replace(is.Expr)
			if w.Alert == disks {
				if is.Expr == w.Expr || is.Annotations["summary"] == w.Annotations["summary"] {
					t.Errorf("it asks for the nodes' disks: %+v", is)
				}
				is.Expr, is.Annotations["summary"] = w.Expr, w.Annotations["summary"]
			}
			if !reflect.DeepEqual(is, w) {
				t.Errorf("it has\n%+v\nwant\n%+v", is, w)
			}
		}
	}
}

// Where no volume is the release's, its owner watches it.
func TestVolumesOfOthersAreTheirs(t *testing.T) {
	for set, want := range map[string]string{
		"{}": `"data-club-popeye-redis-0|data-club-popeye-db-0"`,
		"redis: {bundled: {enabled: false}, external: {host: r, peers: [{ipBlock: {cidr: 10.0.0.0/8}}]}}": `"data-club-popeye-db-0"`,
		readFile(t, "examples/external.yaml"): "",
	} {
		values := parse(t, set)
		values["metrics"] = map[string]any{"rules": map[string]any{"enabled": true}}
		r := mustRender(t, values, options{})
		if err := checkRules(r); err != nil {
			t.Error(err)
		}
		text := r.files["popeye/templates/prometheus-rule.yaml"]
		if strings.Contains(text, "kubelet") != (want != "") || !strings.Contains(text, want) {
			t.Errorf("want an alert for the volumes %q, have\n%s", want, text)
		}
	}
}

// As Prometheus itself reads them: what happens elsewhere in the cluster raises
// no alarm and hides none.
func TestRulesInACluster(t *testing.T) {
	var rule struct {
		Spec map[string]any `json:"spec"`
	}
	if err := yaml.Unmarshal([]byte(mustRender(t, sets(t)["production"], options{}).files["popeye/templates/prometheus-rule.yaml"]), &rule); err != nil {
		t.Fatal(err)
	}
	spec, err := yaml.Marshal(rule.Spec)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string][]byte{"rules.yml": spec, "test.yml": []byte(readFile(t, "testdata/rules.yml"))} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"check", "rules", "rules.yml"}, {"test", "rules", "test.yml"}} {
		cmd := exec.Command("promtool", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
