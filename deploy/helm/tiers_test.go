package helm

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// surroundings are the places around a release, and where they listen.
func surroundings() map[string]place {
	pod := func(ns string, labels map[string]string, ports ...int32) place {
		return place{namespace: ns, pod: labels, ports: ports}
	}
	return map[string]place{
		"visitors":    pod("ingress-nginx", nil, 80),
		"prometheus":  pod("monitoring", nil, 9090),
		"dns":         pod("kube-system", map[string]string{"k8s-app": "kube-dns"}, 53),
		"node's dns":  {ip: netip.MustParseAddr("169.254.20.10"), ports: []int32{53}},
		"collector":   pod("observability", nil, 4318),
		"neighbour":   pod(namespace, map[string]string{"app.kubernetes.io/name": "popeye", "app.kubernetes.io/instance": "other"}, 6379, 5432),
		"stranger":    pod("elsewhere", nil, 6379, 5432, 443),
		"the world":   {ip: netip.MustParseAddr("203.0.113.9"), ports: []int32{80, 443, 53, 5432, 6379}},
		"redis apart": {ip: netip.MustParseAddr("10.20.0.5"), ports: []int32{6379, 6380, 5432}},
		"db apart":    {ip: netip.MustParseAddr("10.30.0.5"), ports: []int32{5432, 5433, 6379}},
		"db next":     pod("databases", map[string]string{"cluster": "voting"}, 5432),
		"next to db":  pod("databases", map[string]string{"cluster": "other"}, 5432),
	}
}

// checkTiers asks the policies, as a network would, about every way between two
// places of which one is in the release, and wants to hear the tiers: no way
// more, and none less.
func checkTiers(r *release) error {
	policies := all[*networkingv1.NetworkPolicy](r)
	if !r.on("networkPolicy.enabled") {
		if len(policies) > 0 {
			return fmt.Errorf("there are %d policies that nobody wants", len(policies))
		}
		return nil
	}
	got, want := ways(r, policies), tiers(r)
	if open := beyond(got, want); len(open) > 0 {
		return fmt.Errorf("the policies leave open %s", join(open))
	}
	if shut := beyond(want, got); len(shut) > 0 {
		return fmt.Errorf("the policies shut %s", join(shut))
	}
	return nil
}

// beyond returns what is in a and not in b, in order.
func beyond(a, b map[string]bool) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(a)), func(key string) bool { return b[key] })
}

// ways returns every way that the policies leave open.
func ways(r *release, policies []*networkingv1.NetworkPolicy) map[string]bool {
	places := surroundings()
	own := map[string]bool{}
	for _, w := range workloads(r) {
		p := place{namespace: namespace, pod: w.pod.Labels, named: map[string]int32{}}
		for _, port := range w.main().Ports {
			p.ports = append(p.ports, port.ContainerPort)
			p.named[port.Name] = port.ContainerPort
		}
		places[w.service], own[w.service] = p, true
	}
	open := map[string]bool{}
	for from, a := range places {
		for to, b := range places {
			if from == to || !own[from] && !own[to] {
				continue
			}
			for _, port := range b.ports {
				for _, protocol := range []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP} {
					if passes(policies, a, b, port, protocol) {
						open[fmt.Sprintf("%s -> %s:%d/%s", from, to, port, protocol)] = true
					}
				}
			}
		}
	}
	return open
}

// tiers returns the ways that there have to be.
func tiers(r *release) map[string]bool {
	want := map[string]bool{}
	way := func(from, to string, port any, protocol string) {
		want[fmt.Sprintf("%s -> %s:%v/%s", from, to, port, protocol)] = true
	}
	collector, _ := r.values.PathValue("networkPolicy.extraEgress")
	for _, station := range stations {
		way("prometheus", station, 9090, "TCP")
		for _, protocol := range []string{"UDP", "TCP"} {
			way(station, "dns", 53, protocol)
			way(station, "node's dns", 53, protocol)
		}
		if list, _ := collector.([]any); len(list) > 0 {
			way(station, "collector", 4318, "TCP")
		}
	}
	way("visitors", "poll", 8080, "TCP")
	way("visitors", "result", 8080, "TCP")
	for backend, clients := range map[string][]string{"redis": {"poll", "worker"}, "db": {"worker", "result"}} {
		to, port := backend, any(map[string]int{"redis": 6379, "db": 5432}[backend])
		if !slices.Contains(r.bundled(), backend) {
			port, _ = r.values.PathValue(backend + ".external.port")
			to = backend + " apart"
			peers, _ := r.values.PathValue(backend + ".external.peers")
			if _, next := peers.([]any)[0].(map[string]any)["namespaceSelector"]; next {
				to = backend + " next"
			}
		}
		for _, client := range clients {
			way(client, to, port, "TCP")
		}
	}
	return want
}

// An empty list of peers lets nobody in, and nobody's name be asked; to
// Kubernetes itself it would be everybody.
func TestNobodyIsNobody(t *testing.T) {
	r := mustRender(t, parse(t, "networkPolicy: {visitors: [], prometheus: [], dns: []}"), options{})
	open := slices.Sorted(maps.Keys(ways(r, all[*networkingv1.NetworkPolicy](r))))
	want := []string{"poll -> redis:6379/TCP", "result -> db:5432/TCP", "worker -> db:5432/TCP", "worker -> redis:6379/TCP"}
	if !slices.Equal(open, want) {
		t.Errorf("open are %v, want %v", open, want)
	}
}

// What the matcher says of policies is what Kubernetes documents.
func TestMatcher(t *testing.T) {
	const tcp, udp = corev1.ProtocolTCP, corev1.ProtocolUDP
	web := place{namespace: "a", pod: map[string]string{"app": "web"}, named: map[string]int32{"http": 80}}
	client := place{namespace: "b", pod: map[string]string{"app": "client"}}
	world := place{ip: netip.MustParseAddr("10.1.2.3")}
	to := func(rules ...networkingv1.NetworkPolicyIngressRule) *networkingv1.NetworkPolicy {
		p := &networkingv1.NetworkPolicy{Spec: networkingv1.NetworkPolicySpec{Ingress: rules}}
		p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		return p
	}
	rule := func(ports []networkingv1.NetworkPolicyPort, peers ...networkingv1.NetworkPolicyPeer) networkingv1.NetworkPolicyIngressRule {
		return networkingv1.NetworkPolicyIngressRule{From: peers, Ports: ports}
	}
	labels := func(k, v string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchLabels: map[string]string{k: v}}
	}
	everyNamespace := &metav1.LabelSelector{}
	named, end := intstr.FromString("http"), int32(90)
	from := intstr.FromInt32(80)
	cidr := func(cidr string, except ...string) networkingv1.NetworkPolicyPeer {
		return networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: cidr, Except: except}}
	}
	for name, tt := range map[string]struct {
		policy   *networkingv1.NetworkPolicy
		from     place
		port     int32
		protocol corev1.Protocol
		want     bool
	}{
		"no rule":                  {to(), client, 80, tcp, false},
		"an empty rule":            {to(rule(nil)), client, 80, udp, true},
		"pods of the same place":   {to(rule(nil, networkingv1.NetworkPolicyPeer{PodSelector: labels("app", "client")})), client, 80, tcp, false},
		"pods anywhere":            {to(rule(nil, networkingv1.NetworkPolicyPeer{PodSelector: labels("app", "client"), NamespaceSelector: everyNamespace})), client, 80, tcp, true},
		"other pods anywhere":      {to(rule(nil, networkingv1.NetworkPolicyPeer{PodSelector: labels("app", "x"), NamespaceSelector: everyNamespace})), client, 80, tcp, false},
		"a namespace":              {to(rule(nil, networkingv1.NetworkPolicyPeer{NamespaceSelector: labels(corev1.LabelMetadataName, "b")})), client, 80, tcp, true},
		"another namespace":        {to(rule(nil, networkingv1.NetworkPolicyPeer{NamespaceSelector: labels(corev1.LabelMetadataName, "c")})), client, 80, tcp, false},
		"no address is a pod":      {to(rule(nil, networkingv1.NetworkPolicyPeer{NamespaceSelector: everyNamespace})), world, 80, tcp, false},
		"an address":               {to(rule(nil, cidr("10.0.0.0/8"))), world, 80, tcp, true},
		"an address that is not":   {to(rule(nil, cidr("10.0.0.0/8", "10.1.0.0/16"))), world, 80, tcp, false},
		"another address":          {to(rule(nil, cidr("192.168.0.0/16"))), world, 80, tcp, false},
		"a port by name":           {to(rule([]networkingv1.NetworkPolicyPort{{Port: &named}})), client, 80, tcp, true},
		"another port":             {to(rule([]networkingv1.NetworkPolicyPort{{Port: &named}})), client, 81, tcp, false},
		"TCP unless it is said":    {to(rule([]networkingv1.NetworkPolicyPort{{Port: &from}})), client, 80, udp, false},
		"a range of ports":         {to(rule([]networkingv1.NetworkPolicyPort{{Port: &from, EndPort: &end}})), client, 90, tcp, true},
		"beyond the range":         {to(rule([]networkingv1.NetworkPolicyPort{{Port: &from, EndPort: &end}})), client, 91, tcp, false},
		"a policy for other pods":  {to(), client, 80, tcp, true},
		"a policy for another way": {to(), client, 80, tcp, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := tt.policy
			p.Namespace = "a"
			switch name {
			case "a policy for other pods":
				p.Spec.PodSelector = *labels("app", "x")
			case "a policy for another way":
				p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}
			}
			if got := passes([]*networkingv1.NetworkPolicy{p}, tt.from, web, tt.port, tt.protocol); got != tt.want {
				t.Errorf("it passes: %v, want %v", got, tt.want)
			}
		})
	}
}
