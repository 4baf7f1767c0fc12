package helm

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
)

var update = flag.Bool("update", false, "write what is expected of the network policies anew, to be read in the diff")

// The network policies are what a person has read and approved, rule by rule:
// nothing here can enforce them, and a cluster that does is not here.
func TestNetworkPolicies(t *testing.T) {
	all := sets(t)
	all["nobody"] = parse(t, "networkPolicy: {visitors: [], prometheus: [], dns: []}")
	for set, values := range all {
		t.Run(set, func(t *testing.T) {
			got := ruleByRule(t, mustRender(t, values, options{}))
			file := "testdata/policies-" + set + ".txt"
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := readFile(t, file); got != want {
				t.Errorf("the rules are\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// ruleByRule writes a line for each policy and each of its rules, in the order of
// the chart.
func ruleByRule(t *testing.T, r *release) string {
	t.Helper()
	var b strings.Builder
	line := func(name, what string, v any) {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s %s\n", name, what, text)
	}
	for _, p := range all[*networkingv1.NetworkPolicy](r) {
		line(p.Name, "holds", p.Spec.PolicyTypes)
		line(p.Name, "of", p.Spec.PodSelector)
		for _, rule := range p.Spec.Ingress {
			line(p.Name, "lets in", rule)
		}
		for _, rule := range p.Spec.Egress {
			line(p.Name, "lets out", rule)
		}
	}
	return b.String()
}

// checkPolicies wants each policy to be about pods of this release, whatever its
// name, and the one that denies to be about all.
func checkPolicies(r *release) error {
	policies := all[*networkingv1.NetworkPolicy](r)
	if wanted := r.on("networkPolicy.enabled"); wanted != (len(policies) > 0) {
		return fmt.Errorf("there are %d network policies", len(policies))
	}
	isolated := map[string]bool{}
	for _, p := range policies {
		of, err := selected(r, &p.Spec.PodSelector)
		if err != nil {
			return err
		}
		if len(of) == 0 {
			return fmt.Errorf("the policy %s is about no pod", p.Name)
		}
		for _, w := range of {
			isolated[w.service] = isolated[w.service] || len(p.Spec.Ingress)+len(p.Spec.Egress) == 0
		}
	}
	for _, w := range workloads(r) {
		if len(policies) > 0 && !isolated[w.service] {
			return fmt.Errorf("no policy denies anything to %s", w.service)
		}
	}
	return nil
}
