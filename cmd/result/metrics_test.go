package main

import (
	"testing"

	"popeye/internal/metrics/metricstest"
	"popeye/internal/testenv"
)

func TestMetricsAreDocumented(t *testing.T) {
	postgres, site := testenv.StartPostgres(t), metricstest.Addr(t)
	metricstest.Documented(t, "../../docs/metrics.md", metricstest.Program{
		Name: "result", Run: run, Site: site,
		Env: map[string]string{"ADDR": site, "METRICS_ADDR": metricstest.Addr(t), "DATABASE_URL": postgres.Database(t)},
	})
}
