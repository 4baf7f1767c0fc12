#!/usr/bin/env bash
# Tries the services as containers, on a real Docker engine: builds the images,
# votes, breaks things, and looks into everything that docs and compose files
# promise. It leaves nothing running.
#
#   scripts/e2e-docker.sh            the five services as docker-compose.yml has them, and their images
#   scripts/e2e-docker.sh overlays   what goes over it, and Swarm: replicas, upgrades, TLS, the demo, Prometheus
#   scripts/e2e-docker.sh TestTLS    these tests
set -uo pipefail
cd "$(dirname "$0")/.."

overlays='^(TestScale|TestSwarm|TestTLS|TestTLSOverReplicas|TestDemo|TestObservability)$'
export IMAGES="golang:1.26-alpine redis:7.2-alpine postgres:15.2-alpine"
more="caddy:2.11.9-alpine prom/prometheus:v3.16.0 prom/node-exporter:v1.12.1
	otel/opentelemetry-collector:0.140.0 jaegertracing/jaeger:2.13.0"
case ${1:-} in
'') choice=(-skip "$overlays") ;;
overlays) choice=(-run "$overlays") IMAGES="$IMAGES $more" ;;
*) choice=(-run "$1") IMAGES="$IMAGES $more" ;;
esac
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# What a build of the images would look up here anyway.
export GOPROXY=${GOPROXY:-$(go env GOPROXY)}
deploy/engine/with-engine.sh go test -tags engine -count 1 -v -parallel 4 -timeout 30m "${choice[@]}" ./deploy/engine 2>&1 | tee "$log" |
	grep --line-buffered -vE '^\s*=== (RUN|PAUSE|CONT|NAME)'
status=${PIPESTATUS[0]}

passed=$(grep -cE '^\s*--- PASS' "$log")
failed=$(grep -cE '^\s*--- FAIL' "$log")
if grep -qE '^\s*--- SKIP' "$log"; then
	echo "a test was skipped"
	status=1
fi
[ "$passed" -gt 0 ] || status=1
echo "$passed passed, $failed failed"
exit "$status"
