package helm

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// portOf returns the number of a port of the container, by name or number.
func portOf(c *corev1.Container, port intstr.IntOrString) (int32, error) {
	for _, p := range c.Ports {
		if p.Name == port.StrVal && port.Type == intstr.String || p.ContainerPort == port.IntVal && port.Type == intstr.Int {
			return p.ContainerPort, nil
		}
	}
	return 0, fmt.Errorf("%s has no port %s", c.Name, port.String())
}

// listens are the ports at which each service's program is, as it is told, or
// as its image has it.
func listens(w workload) map[string]string {
	switch w.service {
	case "redis":
		return map[string]string{"redis": ":6379"}
	case "db":
		return map[string]string{"postgres": ":5432"}
	}
	ports := map[string]string{"metrics": variable(w, "METRICS_ADDR")}
	if addr := variable(w, "ADDR"); addr != "" {
		ports["http"] = addr
	}
	return ports
}

// checkPorts follows each way in to where a program listens.
func checkPorts(r *release) error {
	for _, w := range workloads(r) {
		got := map[string]string{}
		for _, p := range w.main().Ports {
			got[p.Name] = fmt.Sprintf(":%d", p.ContainerPort)
		}
		if want := listens(w); !maps.Equal(got, want) {
			return fmt.Errorf("%s names the ports %v, and listens at %v", w.service, got, want)
		}
	}
	for _, s := range all[*corev1.Service](r) {
		if err := servicePorts(r, s); err != nil {
			return err
		}
	}
	for _, i := range all[*networkingv1.Ingress](r) {
		for _, rule := range i.Spec.Rules {
			if err := ingressPorts(r, rule); err != nil {
				return fmt.Errorf("the Ingress %s: %w", i.Name, err)
			}
		}
	}
	return monitored(r)
}

func servicePorts(r *release, s *corev1.Service) error {
	targets, err := selected(r, &metav1.LabelSelector{MatchLabels: s.Spec.Selector})
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return fmt.Errorf("the Service %s selects nothing", s.Name)
	}
	for _, p := range s.Spec.Ports {
		if _, err := portOf(targets[0].main(), p.TargetPort); err != nil {
			return fmt.Errorf("the Service %s: %w", s.Name, err)
		}
		if s.Spec.Type != "" && s.Spec.ClusterIP != "None" && p.Name != "http" {
			return fmt.Errorf("the Service %s may be open to the world, and shows %s", s.Name, p.Name)
		}
	}
	return nil
}

func ingressPorts(r *release, rule networkingv1.IngressRule) error {
	if rule.Host == "" {
		return errors.New("it takes every host there is")
	}
	for _, p := range rule.HTTP.Paths {
		to := p.Backend.Service
		found := slices.ContainsFunc(all[*corev1.Service](r), func(s *corev1.Service) bool {
			return s.Name == to.Name && slices.ContainsFunc(s.Spec.Ports, func(p corev1.ServicePort) bool { return p.Name == to.Port.Name })
		})
		if !found {
			return fmt.Errorf("there is no Service %s with a port %s", to.Name, to.Port.Name)
		}
	}
	return nil
}

// checkSessions makes sure that a client that begins by polling meets the pod of
// result that has its session: by way of the Service, and past it from an Ingress.
func checkSessions(r *release) error {
	if w := workloadOf(r, "result"); w.replicas != nil && *w.replicas == 1 {
		return nil
	}
	for _, s := range all[*corev1.Service](r) {
		if s.Labels["app.kubernetes.io/component"] == "result" && s.Spec.ClusterIP != "None" && s.Spec.SessionAffinity != corev1.ServiceAffinityClientIP {
			return fmt.Errorf("the Service %s forgets who polls", s.Name)
		}
	}
	for _, i := range all[*networkingv1.Ingress](r) {
		if i.Labels["app.kubernetes.io/component"] != "result" || i.Spec.IngressClassName == nil || *i.Spec.IngressClassName != "nginx" {
			continue
		}
		if by := i.Annotations["nginx.ingress.kubernetes.io/upstream-hash-by"]; by != "$remote_addr" {
			return fmt.Errorf("the Ingress %s sends who polls to a pod by %q", i.Name, by)
		}
	}
	return nil
}

// monitored makes sure that a ServiceMonitor finds all three stations.
func monitored(r *release) error {
	for _, c := range r.customs {
		m, ok := c.(*serviceMonitor)
		if !ok {
			continue
		}
		selector, err := metav1.LabelSelectorAsSelector(&m.Spec.Selector)
		if err != nil {
			return err
		}
		var found []string
		for _, s := range all[*corev1.Service](r) {
			if selector.Matches(labels.Set(s.Labels)) && len(s.Spec.Ports) == 1 && s.Spec.Ports[0].Name == m.Spec.Endpoints[0].Port {
				found = append(found, s.Labels["app.kubernetes.io/component"])
			}
		}
		slices.Sort(found)
		if !slices.Equal(found, stations) {
			return fmt.Errorf("the ServiceMonitor finds %v, want %v", found, stations)
		}
	}
	return nil
}
