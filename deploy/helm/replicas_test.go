package helm

import (
	"encoding/json"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/scheme"
)

const scaled = "poll: {replicas: 2, autoscaling: {enabled: true, minReplicas: 3, maxReplicas: 30}}"

// running is a cluster in which a rendering was applied, and poll then had so
// many pods.
func running(r *release, pods int32) cluster {
	var there []runtime.Object
	for _, d := range all[*appsv1.Deployment](r) {
		d = d.DeepCopy()
		d.Namespace, d.Spec.Replicas = namespace, &pods
		there = append(there, d)
	}
	for _, h := range all[*autoscalingv2.HorizontalPodAutoscaler](r) {
		h = h.DeepCopy()
		h.Namespace = namespace
		there = append(there, h)
	}
	return cluster{fake.NewSimpleDynamicClient(scheme.Scheme, there...)}
}

// wantReplicas compares what the Deployment of poll says; -1 is nothing.
func wantReplicas(t *testing.T, about string, r *release, want int32) {
	t.Helper()
	got := int32(-1)
	if p := workloadOf(r, "poll").replicas; p != nil {
		got = *p
	}
	if got != want {
		t.Errorf("%s: the Deployment says %d replicas, want %d", about, got, want)
	}
}

// An upgrade that turns autoscaling on takes no pod away: a figure that was said
// and then is not is 1 to Kubernetes, until the autoscaler acts. Nor does any
// upgrade after it.
func TestAutoscalingTurnedOn(t *testing.T) {
	before := mustRender(t, parse(t, "poll: {replicas: 8}"), options{})
	wantReplicas(t, "before", before, 8)

	on := mustRender(t, parse(t, scaled), options{cluster: running(before, 8)})
	wantReplicas(t, "turned on", on, 8)
	if err := checkBudgets(on); err != nil {
		t.Error(err)
	}
	crowd := mustRender(t, parse(t, scaled), options{cluster: running(on, 20)})
	wantReplicas(t, "in a crowd", crowd, 20)
	wantReplicas(t, "after it", mustRender(t, parse(t, scaled), options{cluster: running(crowd, 4)}), 4)

	off := mustRender(t, parse(t, "poll: {replicas: 5}"), options{cluster: running(crowd, 20)})
	wantReplicas(t, "turned off", off, 5)
	if a := workloadOf(off, "poll").GetAnnotations(); len(a) > 0 {
		t.Errorf("turned off, it still remembers %v", a)
	}
}

// upgraded returns how many replicas the Deployment of poll has after an upgrade
// from one rendering to another, while it has so many: by the patch that Helm
// makes, and what Kubernetes takes a missing figure for.
func upgraded(t *testing.T, from, to *release, pods int32) int32 {
	t.Helper()
	deployment := func(r *release, pods *int32) []byte {
		for _, d := range all[*appsv1.Deployment](r) {
			if d.Labels["app.kubernetes.io/component"] != "poll" {
				continue
			}
			if d = d.DeepCopy(); pods != nil {
				d.Spec.Replicas = pods
			}
			text, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		t.Fatal("there is no poll")
		return nil
	}
	live := deployment(from, &pods)
	meta, err := strategicpatch.NewPatchMetaFromStruct(appsv1.Deployment{})
	if err != nil {
		t.Fatal(err)
	}
	patch, err := strategicpatch.CreateThreeWayMergePatch(deployment(from, nil), deployment(to, nil), live, meta, true)
	if err != nil {
		t.Fatal(err)
	}
	after, err := strategicpatch.StrategicMergePatch(live, patch, appsv1.Deployment{})
	if err != nil {
		t.Fatal(err)
	}
	var d appsv1.Deployment
	if err := json.Unmarshal(after, &d); err != nil {
		t.Fatal(err)
	}
	if d.Spec.Replicas == nil {
		return 1
	}
	return *d.Spec.Replicas
}

// What Helm makes of what is said, and of what is not.
func TestUpgradesKeepPods(t *testing.T) {
	fixed := mustRender(t, parse(t, "poll: {replicas: 8}"), options{})
	on := mustRender(t, parse(t, scaled), options{cluster: running(fixed, 8)})
	later := mustRender(t, parse(t, scaled), options{cluster: running(on, 20)})
	fresh := mustRender(t, parse(t, scaled), options{})
	for name, tt := range map[string]struct {
		from, to   *release
		pods, want int32
	}{
		"turned on":           {fixed, on, 8, 8},
		"in a crowd":          {on, later, 20, 20},
		"rolled back":         {later, on, 20, 8},
		"from the beginning":  {fresh, fresh, 20, 20},
		"if it were not said": {fixed, fresh, 8, 1},
	} {
		if got := upgraded(t, tt.from, tt.to, tt.pods); got != tt.want {
			t.Errorf("%s: of %d pods an upgrade leaves %d, want %d", name, tt.pods, got, tt.want)
		}
	}
}

// The autoscaler's least is there from the beginning.
func TestAutoscalingTurnedOnWithFewPods(t *testing.T) {
	before := mustRender(t, nil, options{})
	wantReplicas(t, "turned on", mustRender(t, parse(t, scaled), options{cluster: running(before, 1)}), 3)
}

// Where the autoscaler was there from the beginning, or nobody can look, nothing
// is said: it would be applied again and again, against the autoscaler.
func TestAutoscalingFromTheBeginning(t *testing.T) {
	nothing := cluster{fake.NewSimpleDynamicClient(scheme.Scheme)}
	first := mustRender(t, parse(t, scaled), options{cluster: nothing})
	wantReplicas(t, "an install", first, -1)
	wantReplicas(t, "an upgrade", mustRender(t, parse(t, scaled), options{cluster: running(first, 20)}), -1)
	wantReplicas(t, "a tool that can't look", mustRender(t, parse(t, scaled), options{}), -1)
	other := mustRender(t, parse(t, "poll: {replicas: 8}"), options{name: "other"})
	wantReplicas(t, "beside another release", mustRender(t, parse(t, scaled), options{cluster: running(other, 8)}), -1)
}

// No pods at all may be asked for.
func TestNoPods(t *testing.T) {
	wantReplicas(t, "none", mustRender(t, parse(t, "poll: {replicas: 0}"), options{}), 0)
}
