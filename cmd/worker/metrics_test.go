package main

import (
	"testing"

	"popeye/internal/metrics/metricstest"
	"popeye/internal/testenv"
)

func TestMetricsAreDocumented(t *testing.T) {
	redis, postgres := testenv.StartRedis(t, "--appendfsync", "no"), testenv.StartPostgres(t)
	metricstest.Documented(t, "../../docs/metrics.md", metricstest.Program{
		Name: "worker", Run: run,
		Env: map[string]string{
			"METRICS_ADDR": metricstest.Addr(t), "REDIS_URL": redis.URL(), "DATABASE_URL": postgres.Database(t),
		},
	})
}
