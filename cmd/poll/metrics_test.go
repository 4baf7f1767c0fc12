package main

import (
	"testing"

	"popeye/internal/metrics/metricstest"
	"popeye/internal/testenv"
)

func TestMetricsAreDocumented(t *testing.T) {
	redis, site := testenv.StartRedis(t, "--appendfsync", "no"), metricstest.Addr(t)
	metricstest.Documented(t, "../../docs/metrics.md", metricstest.Program{
		Name: "poll", Run: run, Site: site,
		Env: map[string]string{"ADDR": site, "METRICS_ADDR": metricstest.Addr(t), "REDIS_URL": redis.URL()},
	})
}
