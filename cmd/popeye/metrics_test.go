package main

import (
	"testing"

	"popeye/internal/metrics/metricstest"
)

func TestMetricsAreDocumented(t *testing.T) {
	site := metricstest.Addr(t)
	metricstest.Documented(t, "../../docs/metrics.md", metricstest.Program{
		Name: "popeye", Run: run, Site: site,
		Env: map[string]string{
			"POLL_ADDR": site, "RESULT_ADDR": metricstest.Addr(t), "METRICS_ADDR": metricstest.Addr(t), "DATA_DIR": t.TempDir(),
		},
	})
}
