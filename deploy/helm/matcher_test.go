package helm

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// place is a pod, or an address outside of the cluster.
type place struct {
	namespace string
	pod       map[string]string // its labels
	ip        netip.Addr        // set for an address
	ports     []int32
	named     map[string]int32
}

// passes reports whether a connection gets through: whoever is selected by a
// policy for a direction may do in it what some policy allows, all others may
// do everything.
func passes(policies []*networkingv1.NetworkPolicy, from, to place, port int32, protocol corev1.Protocol) bool {
	out, leave := allowed(policies, networkingv1.PolicyTypeEgress, from, to, to, port, protocol)
	in, enter := allowed(policies, networkingv1.PolicyTypeIngress, to, from, to, port, protocol)
	return (!out || leave) && (!in || enter)
}

// allowed says whether one direction of self is held back at all, and if so,
// whether some rule lets other through. The port is always the target's.
func allowed(policies []*networkingv1.NetworkPolicy, way networkingv1.PolicyType, self, other, target place, port int32, protocol corev1.Protocol) (held, through bool) {
	for _, p := range policies {
		if !selects(p, self) || !slices.Contains(p.Spec.PolicyTypes, way) {
			continue
		}
		held = true
		var rules []networkingv1.NetworkPolicyIngressRule // an egress rule has the same parts
		if way == networkingv1.PolicyTypeIngress {
			rules = p.Spec.Ingress
		} else {
			for _, r := range p.Spec.Egress {
				rules = append(rules, networkingv1.NetworkPolicyIngressRule{From: r.To, Ports: r.Ports})
			}
		}
		for _, r := range rules {
			// A rule without peers is for all, and one without ports for every port.
			peer := len(r.From) == 0 || slices.ContainsFunc(r.From, func(p1 networkingv1.NetworkPolicyPeer) bool {
				return isPeer(p1, namespaceOf(p), other)
			})
			at := len(r.Ports) == 0 || slices.ContainsFunc(r.Ports, func(p networkingv1.NetworkPolicyPort) bool {
				return isPort(p, target, port, protocol)
			})
			through = through || peer && at
		}
	}
	return held, through
}

// namespaceOf is where a policy is: the chart's are in the release's namespace.
func namespaceOf(p *networkingv1.NetworkPolicy) string {
	if p.Namespace == "" {
		return namespace
	}
	return p.Namespace
}

func selects(p *networkingv1.NetworkPolicy, pl place) bool {
	return !pl.ip.IsValid() && pl.namespace == namespaceOf(p) && matches(&p.Spec.PodSelector, pl.pod)
}

func isPeer(peer networkingv1.NetworkPolicyPeer, policyNamespace string, p place) bool {
	if block := peer.IPBlock; block != nil {
		inside := func(cidr string) bool { return netip.MustParsePrefix(cidr).Contains(p.ip) }
		return p.ip.IsValid() && inside(block.CIDR) && !slices.ContainsFunc(block.Except, inside)
	}
	if p.ip.IsValid() {
		return false
	}
	if peer.NamespaceSelector == nil {
		return p.namespace == policyNamespace && matches(peer.PodSelector, p.pod)
	}
	// Kubernetes gives each namespace its name as a label.
	in := matches(peer.NamespaceSelector, map[string]string{corev1.LabelMetadataName: p.namespace})
	return in && (peer.PodSelector == nil || matches(peer.PodSelector, p.pod))
}

func isPort(want networkingv1.NetworkPolicyPort, target place, port int32, protocol corev1.Protocol) bool {
	if want.Protocol != nil && *want.Protocol != protocol || want.Protocol == nil && protocol != corev1.ProtocolTCP {
		return false
	}
	switch {
	case want.Port == nil:
		return true
	case want.Port.StrVal != "":
		return target.named[want.Port.StrVal] == port
	case want.EndPort != nil:
		return want.Port.IntVal <= port && port <= *want.EndPort
	}
	return want.Port.IntVal == port
}

// matches is false for a selector that is none: the chart has no use for one.
func matches(s *metav1.LabelSelector, set map[string]string) bool {
	selector, err := metav1.LabelSelectorAsSelector(s)
	return err == nil && selector.Matches(labels.Set(set))
}
