package main

import (
	"testing"

	"popeye/internal/metrics/metricstest"
	"popeye/internal/testenv"
)

// A Redis that deletes votes makes the program unready, in words.
func TestNotReadyWhereRedisDeletesVotes(t *testing.T) {
	for policy, says := range map[string]string{
		"allkeys-lru": "queue settings: redis may delete votes that were recorded: its maxmemory-policy is allkeys-lru", "volatile-ttl": "queue settings: ok",
	} {
		redis := testenv.StartRedis(t, "--maxmemory-policy", policy)
		metricstest.Says(t, metricstest.Program{Name: "poll", Run: run, Env: map[string]string{
			"ADDR": metricstest.Addr(t), "METRICS_ADDR": metricstest.Addr(t), "REDIS_URL": redis.URL(),
		}}, "/readyz", says)
	}
}
