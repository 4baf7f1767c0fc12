// Package metricstest reads values in tests as Prometheus would: what enters is
// the text of a scrape, what leaves are values by name.
package metricstest

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"popeye/internal/metrics"
)

// Values returns what a registry has, by "name value ...": the values of its
// labels, ordered by the labels' names. Of histograms it is the count.
func Values(t testing.TB, r *metrics.Registry) map[string]float64 {
	t.Helper()
	return Parse(t, Text(t, r))
}

// Text returns a registry as a scraper gets it.
func Text(t testing.TB, r *metrics.Registry) string {
	t.Helper()
	var text bytes.Buffer
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// Parse is Values of a scrape. A metric that comes twice is an error.
func Parse(t testing.TB, scrape string) map[string]float64 {
	t.Helper()
	values := map[string]float64{}
	for name, f := range read(t, scrape) {
		for _, m := range f.GetMetric() {
			full := strings.Join(append([]string{name}, labelValues(m)...), " ")
			if _, twice := values[full]; twice {
				t.Errorf("%q is there twice", full)
			}
			values[full] = m.GetCounter().GetValue() + m.GetGauge().GetValue() +
				m.GetUntyped().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return values
}

// Family is what a scrape says of a name.
type Family struct {
	Help, Type string
	Labels     []string // their names, without le
}

// Families returns the families of a scrape whose names begin with prefix, and
// wants HELP and TYPE of each. Of a family that begins twice the parser complains.
func Families(t testing.TB, scrape, prefix string) map[string]Family {
	t.Helper()
	found := map[string]Family{}
	for name, f := range read(t, scrape) {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		if f.GetHelp() == "" || f.GetType() == dto.MetricType_UNTYPED {
			t.Errorf("%s has no HELP or no TYPE", name)
		}
		family := Family{Help: f.GetHelp(), Type: strings.ToLower(f.GetType().String())}
		for _, l := range f.GetMetric()[0].GetLabel() {
			family.Labels = append(family.Labels, l.GetName())
		}
		slices.Sort(family.Labels)
		found[name] = family
	}
	return found
}

func read(t testing.TB, scrape string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(scrape))
	if err != nil {
		t.Fatalf("a scraper can't read this: %v", err)
	}
	return families
}

// labelValues returns the values of a metric's labels, ordered by the labels' names.
func labelValues(m *dto.Metric) []string {
	labels := slices.Clone(m.GetLabel())
	slices.SortFunc(labels, func(a, b *dto.LabelPair) int { return strings.Compare(a.GetName(), b.GetName()) })
	var all []string
	for _, l := range labels {
		all = append(all, l.GetValue())
	}
	return all
}
