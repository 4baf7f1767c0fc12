package helm

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// custom is an object of Prometheus' operator, as far as the chart uses it:
// these types hold the fields of monitoring.coreos.com/v1 that it may write.
type custom interface{ head() metav1.ObjectMeta }

type serviceMonitor struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec struct {
		Selector        metav1.LabelSelector `json:"selector"`
		PodTargetLabels []string             `json:"podTargetLabels"`
		Endpoints       []struct {
			Port     string `json:"port"`
			Path     string `json:"path"`
			Interval string `json:"interval"`
		} `json:"endpoints"`
	} `json:"spec"`
}

type prometheusRule struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec struct {
		Groups []struct {
			Name     string `json:"name"`
			Interval string `json:"interval"`
			Rules    []struct {
				Alert         string            `json:"alert"`
				Record        string            `json:"record"`
				Expr          string            `json:"expr"`
				For           string            `json:"for"`
				KeepFiringFor string            `json:"keep_firing_for"`
				Labels        map[string]string `json:"labels"`
				Annotations   map[string]string `json:"annotations"`
			} `json:"rules"`
		} `json:"groups"`
	} `json:"spec"`
}

func (s *serviceMonitor) head() metav1.ObjectMeta { return s.ObjectMeta }
func (p *prometheusRule) head() metav1.ObjectMeta { return p.ObjectMeta }

func decodeCustom(kind, doc string) (custom, error) {
	var c custom
	switch kind {
	case "ServiceMonitor":
		c = &serviceMonitor{}
	case "PrometheusRule":
		c = &prometheusRule{}
	default:
		return nil, fmt.Errorf("%s is none of Prometheus' kinds that the chart may make", kind)
	}
	if err := yaml.UnmarshalStrict([]byte(doc), c); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return c, nil
}
