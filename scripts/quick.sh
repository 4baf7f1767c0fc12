#!/usr/bin/env bash
# Runs what a contributor wants to know after each change: the tests of one
# package each, and the suites of queues and stores on the servers that are
# installed. No race detector, and none of the long ones: see make test.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/progress.sh

echo "make quick: every package's own tests, without the race detector$(took quick)"
mapfile -t packages < <(go list ./... | grep -vE '/(e2e|deploy|internal/testenv)(/|$)')
log=$(mktemp)
trap 'rm -f "$log"' EXIT
go test -v "${packages[@]}" 2>&1 | tee "$log" | grep --line-buffered -E '^(ok|FAIL|panic:)|^\s*--- FAIL' | told
status=${PIPESTATUS[0]}
if [ "$status" -ne 0 ]; then
	echo
	echo "What the failures said:"
	grep -vE '^\s*(=== (RUN|PAUSE|CONT|NAME)|--- (PASS|SKIP))|^(ok|PASS|\?)' "$log" | tail -n 200
fi
sed -nE 's/.*_test\.go:[0-9]+: (.* is not installed): .*/left out: \1/p' "$log" | sort -u
echo "$(grep -cE '^\s*--- PASS' "$log") passed, $(grep -cE '^\s*--- FAIL' "$log") failed, $(grep -cE '^\s*--- SKIP' "$log") left out, in $SECONDS s"
[ "$status" -ne 0 ] || took quick "$SECONDS"
exit "$status"
