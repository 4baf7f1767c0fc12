package helm

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// A check is one demand on what the chart makes. It returns nil, or what is
// wrong and why it matters.
type check func(*release) error

// checks is everything that each set of values has to fulfil.
var checks = map[string]check{
	"services":    checkServices,
	"policies":    checkPolicies,
	"secrets":     checkSecrets,
	"users":       checkUsers,
	"volumes":     checkVolumes,
	"environment": checkEnvironment,
	"hardening":   checkHardening,
	"selectors":   checkSelectors,
	"sessions":    checkSessions,
	"ports":       checkPorts,
	"probes":      checkProbes,
	"budgets":     checkBudgets,
	"autoscalers": checkAutoscalers,
	"resources":   checkResources,
	"rollout":     checkRollout,
	"spread":      checkSpread,
	"names":       checkNames,
	"rules":       checkRules,
}

var stations = []string{"poll", "result", "worker"}

// bundled returns which of Redis and PostgreSQL belong to the release, by its
// values.
func (r *release) bundled() []string {
	var found []string
	for _, name := range []string{"db", "redis"} {
		if on, err := r.values.PathValue(name + ".bundled.enabled"); err == nil && on == true {
			found = append(found, name)
		}
	}
	return found
}

// on reports whether a value is true.
func (r *release) on(path string) bool {
	v, err := r.values.PathValue(path)
	return err == nil && v == true
}

func checkServices(r *release) error {
	var got []string
	for _, w := range workloads(r) {
		got = append(got, w.kind+" "+w.service)
		if n := len(w.pod.Spec.Containers) + len(w.pod.Spec.InitContainers); n != 1 {
			return fmt.Errorf("%s has %d containers, want one", w.service, n)
		}
	}
	var want []string
	for _, name := range stations {
		want = append(want, "Deployment "+name)
	}
	for _, name := range r.bundled() {
		want = append(want, "StatefulSet "+name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("it runs %v, want %v", got, want)
	}
	return nil
}

func checkHardening(r *release) error {
	for _, w := range workloads(r) {
		if err := hardened(w); err != nil {
			return fmt.Errorf("%s %w", w.service, err)
		}
	}
	return nil
}

func hardened(w workload) error {
	spec, main := w.pod.Spec, w.main()
	pod, own := spec.SecurityContext, main.SecurityContext
	switch is := func(p *bool, want bool) bool { return p != nil && *p == want }; {
	case pod == nil || own == nil:
		return errors.New("has no security context")
	case !is(pod.RunAsNonRoot, true) || pod.RunAsUser == nil || *pod.RunAsUser == 0 || own.RunAsUser != nil:
		return errors.New("may be root")
	case w.station() && *pod.RunAsUser != 65532:
		return fmt.Errorf("runs as %d, not as its image's user", *pod.RunAsUser)
	case pod.SeccompProfile == nil || pod.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault:
		return errors.New("may make any system call: it has no seccomp profile")
	case !is(own.ReadOnlyRootFilesystem, true):
		return errors.New("may write its own files")
	case !is(own.AllowPrivilegeEscalation, false) || own.Privileged != nil:
		return errors.New("may gain privileges")
	case own.Capabilities == nil || len(own.Capabilities.Add) > 0 || !slices.Equal(own.Capabilities.Drop, []corev1.Capability{"ALL"}):
		return errors.New("keeps capabilities")
	case !is(spec.AutomountServiceAccountToken, false):
		return errors.New("gets a token for Kubernetes, which it never asks")
	case !is(spec.EnableServiceLinks, false):
		return errors.New("gets variables of Services: one that is named redis would set REDIS_PORT")
	case spec.HostNetwork || spec.HostPID || spec.HostIPC:
		return errors.New("shares something with its node")
	}
	return nil
}

// checkSelectors makes sure that whatever selects pods selects those of one
// workload, and that a workload selects its own.
func checkSelectors(r *release) error {
	for _, w := range workloads(r) {
		if err := selectsOnly(r, w.selector, w.service); err != nil {
			return fmt.Errorf("%s: %w", w.service, err)
		}
	}
	for _, s := range all[*corev1.Service](r) {
		err := selectsOnly(r, &metav1.LabelSelector{MatchLabels: s.Spec.Selector}, s.Labels["app.kubernetes.io/component"])
		if err != nil {
			return fmt.Errorf("the Service %s: %w", s.Name, err)
		}
	}
	return nil
}

// selectsOnly wants the pods of one service, and no others.
func selectsOnly(r *release, by *metav1.LabelSelector, service string) error {
	got, err := selected(r, by)
	if err != nil {
		return err
	}
	if len(got) != 1 || got[0].service != service {
		return fmt.Errorf("it selects the pods of %s, want %s", services(got), service)
	}
	return nil
}

func selected(r *release, by *metav1.LabelSelector) ([]workload, error) {
	selector, err := metav1.LabelSelectorAsSelector(by)
	if err != nil {
		return nil, err
	}
	var found []workload
	for _, w := range workloads(r) {
		if selector.Matches(labels.Set(w.pod.Labels)) {
			found = append(found, w)
		}
	}
	return found, nil
}

func services(ws []workload) string {
	var names []string
	for _, w := range ws {
		names = append(names, w.service)
	}
	return fmt.Sprint(names)
}

func checkProbes(r *release) error {
	for _, w := range workloads(r) {
		c := w.main()
		if c.ReadinessProbe == nil {
			return fmt.Errorf("%s is ready whatever it does", w.service)
		}
		if !w.station() {
			if c.LivenessProbe != nil || c.ReadinessProbe.Exec == nil {
				return fmt.Errorf("%s would be killed while it recovers", w.service)
			}
			continue
		}
		if c.StartupProbe == nil || c.LivenessProbe == nil {
			return fmt.Errorf("%s is alive whatever it does", w.service)
		}
		ready, _ := r.values.PathValue(w.service + ".readinessPath")
		for probe, path := range map[*corev1.Probe]any{c.StartupProbe: "/healthz", c.LivenessProbe: "/healthz", c.ReadinessProbe: ready} {
			if probe.HTTPGet == nil || probe.HTTPGet.Path != path {
				return fmt.Errorf("%s has a probe that does not ask %v", w.service, path)
			}
			if _, err := portOf(c, probe.HTTPGet.Port); err != nil {
				return fmt.Errorf("a probe: %w", err)
			}
		}
	}
	return nil
}

// checkBudgets wants a budget for each station of more than one pod, and none
// for a single one.
func checkBudgets(r *release) error {
	budgets := map[string]bool{}
	for _, b := range all[*policyv1.PodDisruptionBudget](r) {
		service := b.Labels["app.kubernetes.io/component"]
		if err := selectsOnly(r, b.Spec.Selector, service); err != nil {
			return fmt.Errorf("the budget %s: %w", b.Name, err)
		}
		if b.Spec.MaxUnavailable == nil || b.Spec.MaxUnavailable.IntVal != 1 {
			return fmt.Errorf("the budget %s does not say one at a time", b.Name)
		}
		budgets[service] = true
	}
	for _, w := range workloads(r) {
		least := int32(0)
		if w.replicas != nil {
			least = *w.replicas
		}
		if h := autoscalerOf(r, w.GetName()); h != nil {
			least = *h.Spec.MinReplicas
		}
		if has := budgets[w.service]; has != (least > 1) {
			return fmt.Errorf("%s has %d pods or more; a budget: %v", w.service, least, has)
		}
	}
	return nil
}

func autoscalerOf(r *release, workload string) *autoscalingv2.HorizontalPodAutoscaler {
	for _, h := range all[*autoscalingv2.HorizontalPodAutoscaler](r) {
		if h.Spec.ScaleTargetRef.Name == workload {
			return h
		}
	}
	return nil
}

// labelsOfFigures are those that a ServiceMonitor gives all that it reads.
var labelsOfMetrics = []string{"namespace", "service", "job", "pod", "container", "endpoint", "instance", "app_kubernetes_io_component"}

func checkAutoscalers(r *release) error {
	targets := map[string]workload{}
	for _, w := range workloads(r) {
		targets[w.kind+"/"+w.GetName()] = w
		if scaled := autoscalerOf(r, w.GetName()) != nil; scaled != (w.replicas == nil) || scaled != r.on(w.service+".autoscaling.enabled") {
			return fmt.Errorf("%s: scaled by an autoscaler is %v, and by its own figure %v", w.service, scaled, w.replicas != nil)
		}
	}
	for _, h := range all[*autoscalingv2.HorizontalPodAutoscaler](r) {
		to, metric := h.Spec.ScaleTargetRef, h.Spec.Metrics[0]
		w, ok := targets[to.Kind+"/"+to.Name]
		switch {
		case !ok || to.APIVersion != "apps/v1":
			return fmt.Errorf("the autoscaler %s is for %s, which is not there", h.Name, to.Name)
		case h.Spec.MaxReplicas < *h.Spec.MinReplicas:
			return fmt.Errorf("the autoscaler %s wants %d pods or more and %d at most", h.Name, *h.Spec.MinReplicas, h.Spec.MaxReplicas)
		case metric.Resource != nil && w.main().Resources.Requests.Cpu().IsZero():
			return fmt.Errorf("the autoscaler %s wants a share of a CPU request that is not made", h.Name)
		case (w.service == "worker") != (metric.External != nil):
			return fmt.Errorf("%s is scaled by %s", w.service, metric.Type)
		}
		if e := metric.External; e != nil && e.Metric.Selector != nil {
			for label := range e.Metric.Selector.MatchLabels {
				if !slices.Contains(labelsOfMetrics, label) {
					return fmt.Errorf("%s is scaled by metrics with a label %s, and there are none", w.service, label)
				}
			}
		}
	}
	return nil
}

// checkSpread makes sure that what spreads pods counts the station's own, on
// nodes that would take them, and that no pod waits because of it.
func checkSpread(r *release) error {
	keys, err := r.values.PathValue("topologySpread.keys")
	if err != nil {
		keys = []any{}
	}
	for _, w := range workloads(r) {
		if got := len(w.pod.Spec.TopologySpreadConstraints); w.station() && got != len(keys.([]any)) {
			return fmt.Errorf("%s is spread by %d labels of nodes, want %v", w.service, got, keys)
		}
		for _, c := range w.pod.Spec.TopologySpreadConstraints {
			if err := selectsOnly(r, c.LabelSelector, w.service); err != nil {
				return fmt.Errorf("what spreads %s: %w", w.service, err)
			}
			if p := c.NodeTaintsPolicy; p == nil || *p != corev1.NodeInclusionPolicyHonor {
				return fmt.Errorf("%s is spread over nodes that don't take it", w.service)
			}
			if c.WhenUnsatisfiable != corev1.ScheduleAnyway {
				return fmt.Errorf("%s may wait for ever for a place that is far enough", w.service)
			}
		}
	}
	return nil
}

// variable returns what a variable of the container is set to.
func variable(w workload, name string) string {
	for _, v := range w.main().Env {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

// join is for lists in messages.
func join(names []string) string { return strings.Join(names, ", ") }
