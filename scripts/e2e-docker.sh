#!/usr/bin/env bash
# Tries the five services as containers: builds the images, starts the stack on
# a real Docker engine, votes, breaks things, and looks into everything that
# docs and compose file promise. It leaves nothing running.
set -uo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# What a build of the images would look up here anyway.
export GOPROXY=${GOPROXY:-$(go env GOPROXY)}
deploy/engine/with-engine.sh go test -tags engine -count 1 -v -parallel 4 -timeout 20m "$@" ./deploy/engine 2>&1 | tee "$log" |
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
