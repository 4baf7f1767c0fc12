package helm

import (
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

func checkResources(r *release) error {
	for _, w := range workloads(r) {
		have := w.main().Resources
		limit := have.Limits.Memory()
		switch {
		case limit.IsZero():
			return fmt.Errorf("%s may take all of its node's memory", w.service)
		case have.Requests.Memory().IsZero() || have.Requests.Cpu().IsZero():
			return fmt.Errorf("%s asks for nothing, and may end on a node that has nothing left", w.service)
		case have.Requests.Memory().Cmp(*limit) > 0:
			return fmt.Errorf("%s asks for more memory than it may have", w.service)
		}
		if err := goLimit(w, limit); w.station() && err != nil {
			return fmt.Errorf("%s %w", w.service, err)
		}
		for _, c := range w.claims {
			if c.Spec.Resources.Requests.Storage().IsZero() {
				return fmt.Errorf("%s claims a volume of no size", w.service)
			}
		}
	}
	return nil
}

// goLimit wants GOMEMLIMIT to be near the limit, with room for sockets below it.
func goLimit(w workload, limit *resource.Quantity) error {
	// Go writes MiB where Kubernetes writes Mi.
	soft, err := resource.ParseQuantity(strings.TrimSuffix(variable(w, "GOMEMLIMIT"), "B"))
	if err != nil {
		return fmt.Errorf("has no GOMEMLIMIT: %w", err)
	}
	if share := soft.AsApproximateFloat64() / limit.AsApproximateFloat64(); share < 0.75 || share > 0.8 {
		return fmt.Errorf("has a GOMEMLIMIT of %s with a limit of %s", &soft, limit)
	}
	return nil
}

// drainSeconds is how long a program drains at most, as docs/operations.md
// says.
const drainSeconds = 15

func checkRollout(r *release) error {
	for _, w := range workloads(r) {
		grace := int64(30)
		if g := w.pod.Spec.TerminationGracePeriodSeconds; g != nil {
			grace = *g
		}
		sleep := int64(0)
		if l := w.main().Lifecycle; l != nil {
			if l.PreStop.Sleep == nil {
				return fmt.Errorf("%s is stopped by what its image does not hold", w.service)
			}
			sleep = l.PreStop.Sleep.Seconds
		}
		switch {
		case grace < sleep+drainSeconds+5:
			return fmt.Errorf("%s sleeps %d s and is killed after %d s: too short to drain", w.service, sleep, grace)
		case w.station() && (w.rolling == nil || w.rolling.MaxUnavailable == nil || w.rolling.MaxUnavailable.String() != "0"):
			return fmt.Errorf("%s has fewer pods during an upgrade", w.service)
		case !w.station() && (w.replicas == nil || *w.replicas != 1):
			return fmt.Errorf("%s has not one replica, and they know nothing of each other", w.service)
		case !strings.ContainsAny(w.main().Image, ":@") || strings.HasSuffix(w.main().Image, ":latest"):
			return fmt.Errorf("%s runs whatever %s is today", w.service, w.main().Image)
		}
	}
	return nil
}

// checkNames makes sure that Kubernetes takes all names and labels.
func checkNames(r *release) error {
	seen := map[string]bool{}
	for _, o := range r.objects {
		m, err := meta.Accessor(o)
		if err != nil {
			return err
		}
		kind := o.GetObjectKind().GroupVersionKind().Kind
		if key := kind + " " + m.GetName(); seen[key] {
			return fmt.Errorf("%s is there twice", key)
		}
		seen[kind+" "+m.GetName()] = true
		if errs := validation.IsDNS1035Label(m.GetName()); len(errs) > 0 {
			return fmt.Errorf("%s %s: %s", kind, m.GetName(), join(errs))
		}
		if m.GetNamespace() != "" {
			return fmt.Errorf("%s %s says where it wants to be: that is the release's to say", kind, m.GetName())
		}
		if err := goodLabels(m.GetLabels()); err != nil {
			return fmt.Errorf("%s %s: %w", kind, m.GetName(), err)
		}
	}
	for _, w := range workloads(r) {
		// Kubernetes appends a hash of ten letters for a label of the pods.
		if w.kind == "StatefulSet" && len(w.GetName())+len("-0123456789") > validation.LabelValueMaxLength {
			return fmt.Errorf("the name %s is too long for a StatefulSet", w.GetName())
		}
		if err := goodLabels(w.pod.Labels); err != nil {
			return fmt.Errorf("the pods of %s: %w", w.service, err)
		}
	}
	return nil
}

func goodLabels(labels map[string]string) error {
	if labels["app.kubernetes.io/instance"] == "" || labels["app.kubernetes.io/component"] == "" {
		return errors.New("nothing says what it belongs to")
	}
	for key, value := range labels {
		if errs := append(validation.IsQualifiedName(key), validation.IsValidLabelValue(value)...); len(errs) > 0 {
			return fmt.Errorf("label %s=%s: %s", key, value, join(errs))
		}
	}
	return nil
}

// checkVolumes makes sure that what is mounted is there, and the other way
// round, and that data outlives its pod.
func checkVolumes(r *release) error {
	for _, w := range workloads(r) {
		have := map[string]bool{}
		for _, v := range w.pod.Spec.Volumes {
			have[v.Name] = true
		}
		for _, c := range w.claims {
			have[c.Name] = true
			if len(c.Spec.AccessModes) != 1 || c.Spec.AccessModes[0] != corev1.ReadWriteOnce {
				return fmt.Errorf("%s shares its data", w.service)
			}
		}
		mounts := map[string]string{}
		for _, m := range w.main().VolumeMounts {
			if !have[m.Name] {
				return fmt.Errorf("%s mounts %s, which is not there", w.service, m.Name)
			}
			mounts[m.Name] = m.MountPath
			delete(have, m.Name)
		}
		if len(have) > 0 {
			return fmt.Errorf("%s has volumes that it does not use: %v", w.service, have)
		}
		want := map[string]string{"redis": "/data", "db": "/var/lib/postgresql/data"}[w.service]
		if mounts["data"] != want || len(w.claims) != min(len(want), 1) {
			return fmt.Errorf("%s keeps its data in %q, want %q: it would die with its pod", w.service, mounts["data"], want)
		}
	}
	return nil
}
