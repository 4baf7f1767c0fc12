package helm

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The least fits into two cores and 2 GB beside what kubeadm's own pods and a
// network plugin ask for, also while an upgrade adds pods before it takes any
// away: on a node that has no room for those, it waits for ever.
func TestMinimalUpgradesOnOneNode(t *testing.T) {
	for name, room := range map[corev1.ResourceName]string{corev1.ResourceCPU: "1050m", corev1.ResourceMemory: "1500Mi"} {
		sum := asked(t, mustRender(t, sets(t)["minimal"], options{}), name, true)
		if sum.Cmp(resource.MustParse(room)) > 0 {
			t.Errorf("it asks for %s of %s, and there is %s", &sum, name, room)
		}
	}
}

// The README says how much room the defaults need.
func TestReadmeSaysTheRoom(t *testing.T) {
	r := mustRender(t, nil, options{})
	always, upgrade := asked(t, r, corev1.ResourceCPU, false), asked(t, r, corev1.ResourceCPU, true)
	if want := fmt.Sprintf("ask for %s of CPU, and for %s during an upgrade", &always, &upgrade); !strings.Contains(readFile(t, chartDir+"/README.md"), want) {
		t.Errorf("the README does not say that the defaults %s", want)
	}
}

// asked is what all pods request, in an upgrade with those that are there before
// old ones go.
func asked(t *testing.T, r *release, name corev1.ResourceName, upgrade bool) resource.Quantity {
	t.Helper()
	var sum resource.Quantity
	for _, w := range workloads(r) {
		pods := int(*w.replicas)
		if upgrade && w.station() {
			more, err := intstr.GetScaledValueFromIntOrPercent(w.rolling.MaxSurge, pods, true)
			if err != nil {
				t.Fatal(err)
			}
			pods += more
		}
		for range pods {
			sum.Add(w.main().Resources.Requests[name])
		}
	}
	return sum
}
