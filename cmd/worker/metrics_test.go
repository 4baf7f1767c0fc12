package main

import (
	"testing"

	"popeye/internal/metrics/metricstest"
	"popeye/internal/testserver"
)

func TestMetricsAreDocumented(t *testing.T) {
	redis, postgres := testserver.StartRedis(t, "--appendfsync", "no"), testserver.StartPostgres(t)
	metricstest.Documented(t, "../../docs/metrics.md", metricstest.Program{
		Name: "worker", Run: run,
		Env: map[string]string{
			"METRICS_ADDR": metricstest.Addr(t), "REDIS_URL": redis.URL(), "DATABASE_URL": postgres.Database(t),
		},
	})
}
