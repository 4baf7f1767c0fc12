package main

import (
	"testing"

	"popeye/internal/metrics/metricstest"
	"popeye/internal/testenv"
)

// A Redis that deletes votes makes the program unready, in words.
func TestNotReadyWhereRedisDeletesVotes(t *testing.T) {
	postgres := testenv.StartPostgres(t)
	for policy, says := range map[string]string{
		"allkeys-lfu": "queue settings: redis may delete votes that were recorded: its maxmemory-policy is allkeys-lfu", "volatile-ttl": "queue settings: ok",
	} {
		redis := testenv.StartRedis(t, "--maxmemory-policy", policy)
		metricstest.Says(t, metricstest.Program{Name: "worker", Run: run, Env: map[string]string{
			"METRICS_ADDR": metricstest.Addr(t), "REDIS_URL": redis.URL(), "DATABASE_URL": postgres.Database(t),
		}}, "/readyz", says)
	}
}
