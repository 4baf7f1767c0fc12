// Package metrics is what stations count, for Prometheus to read. What enters is
// a metric under a name and a help text, said once where it is made; what leaves
// is the text that a scraper reads. Labels have values that the code knows, never
// a poll, a voter or an address.
//
// The metrics themselves are those of VictoriaMetrics/metrics, which weighs a
// sixth of Prometheus' own client; this package adds HELP and TYPE, which it
// can't say.
package metrics

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/VictoriaMetrics/metrics"
)

// The kinds of metric. To change one is safe for concurrent use and looks nothing up.
type (
	// Counter only grows: Inc, Add.
	Counter = metrics.Counter
	// Gauge is what was Set last.
	Gauge = metrics.Gauge
	// Histogram counts what it is given, by Update, in buckets with a bound.
	Histogram = metrics.PrometheusHistogram
)

// Label is one label of a metric.
type Label struct{ Name, Value string }

// Registry holds the metrics of one process, or of one test; there is no global
// one. Safe for concurrent use. A metric that is registered twice, or a name with
// two meanings, is a fault of the program and panics.
type Registry struct {
	mu       sync.Mutex
	families map[string]*family // by name
}

// family is every metric of one name: they differ in their labels.
type family struct {
	help, kind string
	set        *metrics.Set
}

// NewRegistry returns an empty registry.
func NewRegistry() *Registry { return &Registry{families: map[string]*family{}} }

// Counter registers a counter, whose name ends in _total.
func (r *Registry) Counter(name, help string, labels ...Label) *Counter {
	return r.family(name, help, "counter").NewCounter(series(name, labels))
}

// Gauge registers a gauge that is Set.
func (r *Registry) Gauge(name, help string, labels ...Label) *Gauge {
	return r.family(name, help, "gauge").NewGauge(series(name, labels), nil)
}

// GaugeFunc registers a gauge that asks for its value whenever it is read. f is
// called by several goroutines and must not wait for anything.
func (r *Registry) GaugeFunc(name, help string, f func() float64, labels ...Label) {
	r.family(name, help, "gauge").NewGauge(series(name, labels), f)
}

// Histogram registers a histogram with the upper bounds of its buckets, which
// grow; the last bucket, without a bound, comes by itself.
func (r *Registry) Histogram(name, help string, bounds []float64, labels ...Label) *Histogram {
	return r.family(name, help, "histogram").NewPrometheusHistogramExt(series(name, labels), bounds)
}

// Counters registers a counter for each value of a label, so that each is there
// from the start, as 0. Nobody may change the map.
func (r *Registry) Counters(name, help, label string, values ...string) map[string]*Counter {
	all := map[string]*Counter{}
	for _, v := range values {
		all[v] = r.Counter(name, help, Label{label, v})
	}
	return all
}

// Gauges is Counters for gauges.
func (r *Registry) Gauges(name, help, label string, values ...string) map[string]*Gauge {
	all := map[string]*Gauge{}
	for _, v := range values {
		all[v] = r.Gauge(name, help, Label{label, v})
	}
	return all
}

// Build registers which program this is.
func (r *Registry) Build(station, version, revision string) {
	r.Gauge("popeye_build_info", "Which program this is; always 1.",
		Label{"station", station}, Label{"version", version}, Label{"revision", revision}).Set(1)
}

// family returns the metrics of a name, new or as they were registered before.
func (r *Registry) family(name, help, kind string) *metrics.Set {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.families[name]
	if f == nil {
		f = &family{help: help, kind: kind, set: metrics.NewSet()}
		r.families[name] = f
	}
	if f.help != help || f.kind != kind {
		panic(fmt.Sprintf("metrics: %s is registered as the %s %q and as the %s %q", name, f.kind, f.help, kind, help))
	}
	return f.set
}

// Write writes every metric in Prometheus' text format, families by name.
func (r *Registry) Write(w io.Writer) error {
	r.mu.Lock()
	families := maps.Clone(r.families)
	r.mu.Unlock()
	var text bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(families)) {
		f := families[name]
		fmt.Fprintf(&text, "# HELP %s %s\n# TYPE %s %s\n", name, escape.Replace(f.help), name, f.kind)
		f.set.WritePrometheus(&text)
	}
	_, err := text.WriteTo(w)
	return err
}

// WriteProcess writes the metrics of the process and the Go runtime, under the
// names that dashboards know; of these there are no HELP and TYPE.
func WriteProcess(w io.Writer) {
	metrics.WriteGoMetrics(w)
	metrics.WriteProcMetrics(w)
	metrics.WriteFDMetrics(w)
}

// series names a metric with its labels, as in `name{label="value"}`.
func series(name string, labels []Label) string {
	var pairs []string
	for _, l := range labels {
		pairs = append(pairs, l.Name+`="`+escapeValue.Replace(l.Value)+`"`)
	}
	if pairs == nil {
		return name
	}
	return name + "{" + strings.Join(pairs, ",") + "}"
}

// What the text format wants escaped, in a help text and in a label's value.
var (
	escape      = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	escapeValue = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)
