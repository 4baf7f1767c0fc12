#!/usr/bin/env bash
# Runs every test and prints a line for each package as it ends, what was
# measured, and on failure all that the failed tests said. A test that was
# skipped is a failure here: everything that tests need is installed. Then each
# fuzz target gets ten seconds, unless arguments ask for certain tests only.
set -uo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
go test -race -v -timeout 15m "$@" ./... 2>&1 | tee "$log" | grep --line-buffered -E '^(ok|FAIL|panic:)|MEASURED|^\s*--- (FAIL|SKIP)'
status=${PIPESTATUS[0]}

if [ "$status" -ne 0 ]; then
	echo
	echo "What the failures said:"
	grep -vE '^\s*(=== (RUN|PAUSE|CONT|NAME)|--- PASS)|^(ok|PASS|\?)' "$log" | tail -n 400
fi
if grep -qE '^\s*--- SKIP' "$log"; then
	echo
	echo "Tests were skipped:"
	grep -A3 -E '^\s*--- SKIP' "$log"
	status=1
fi
if [ $# -eq 0 ]; then
	echo
	echo "the Helm chart, a module of its own (to compile it takes minutes at first)"
	go test -C deploy/helm -v -timeout 15m ./... 2>&1 | tee -a "$log" | grep --line-buffered -E '^(ok|FAIL|panic:)|^\s*--- (FAIL|SKIP)|_test.go:'
	[ "${PIPESTATUS[0]}" -eq 0 ] || status=1
	echo
	FUZZTIME=${FUZZTIME:-10s} ./scripts/fuzz.sh | tee -a "$log"
	[ "${PIPESTATUS[0]}" -eq 0 ] || status=1
fi
passed=$(grep -cE '^\s*--- PASS' "$log")
failed=$(grep -cE '^\s*--- FAIL' "$log")
skipped=$(grep -cE '^\s*--- SKIP' "$log")
echo
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
