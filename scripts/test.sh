#!/usr/bin/env bash
# Runs every test and prints a line for each package as it ends, what was
# measured, and on failure all that the failed tests said. A test that was
# skipped is a failure here: everything that tests need is installed. Then each
# fuzz target gets two seconds, unless arguments ask for certain tests only.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/progress.sh

# Measured on two cores with nothing else to do.
takes="about 15 minutes, the first time 10 more to compile"
if [ $# -eq 0 ]; then
	echo "make test: every test, with the race detector, on servers that it starts; $takes$(took test)"
fi
scripts/test-needs.sh || exit 1

log=$(mktemp)
programs=$(mktemp -d /tmp/popeye-programs.XXXXXX)
ticker='' chart=''
leave() {
	kill "$ticker"
	[ -z "$chart" ] || { kill -- "-$chart" && wait "$chart"; }
	rm -rf "$log" "$log.chart" "$programs"
} 2>/dev/null
trap leave EXIT

packages=$(go list ./... | wc -l)
echo "compiling; then a line for each of $packages packages"
# A sign of life each half minute: packages are told in their order, and some take minutes.
sign_of_life() {
	local never
	exec {never}<> <(:)
	while ! read -rt 30 -u "$never"; do # a sleep would outlive this script
		echo "... $(grep -cE '^(ok|FAIL|\?)\s+popeye' "$log") of $packages packages have ended" | told
	done
}
sign_of_life &
ticker=$!

# Once, for all packages that start them. The folder is new each time: Go must not take
# the result of a run with other programs for that of this one.
go build -trimpath -o "$programs/" ./cmd/... ./e2e/chaos/broken && export POPEYE_TEST_PROGRAMS=$programs

if [ $# -eq 0 ]; then
	# A module of its own, which takes minutes to compile at first: beside the others, which often wait.
	set -m # in a process group of its own, to be ended with all it started
	nice go test -C deploy/helm -trimpath -v -timeout 30m ./... >"$log.chart" 2>&1 </dev/null &
	chart=$!
	set +m
fi
# All Go code of ours, of the SQLite driver and of every other library is watched for
# races. SQLite itself is C made into Go: watched, it is five times as slow, and its
# locks are not ours to try (docs/decisions/testing.md).
race=(-race -gcflags='modernc.org/sqlite/lib=-race=false' -gcflags='modernc.org/libc/...=-race=false')
# Half as many again as there are cores: many wait, for a browser, a server or a clock.
# The longest begin first. Those that time what they do to whole programs begin far
# apart, so that no more than two of them meet.
at_once=$(($(getconf _NPROCESSORS_ONLN) * 3 / 2))
order=(./e2e/chaos ./e2e ./e2e/pages ./poll ./admin ./result ./cmd/... ./deploy/... ./e2e/attacks ./store/... ./internal/... ./e2e/drills ./...)
go test -trimpath "${race[@]}" -p "$at_once" -v -timeout 30m "$@" "${order[@]}" 2>&1 | tee "$log" |
	grep --line-buffered -E '^(ok|FAIL|panic:)|MEASURED|^\s*--- (FAIL|SKIP)' | told
status=${PIPESTATUS[0]}
kill "$ticker"

if [ $# -eq 0 ]; then
	echo
	echo "the Helm chart, a module of its own"
	wait "$chart" || status=1
	chart=''
	tee -a "$log" <"$log.chart" | grep -E '^(ok|FAIL|panic:)|^\s*--- (FAIL|SKIP)|_test.go:' | told
fi
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
if [ $# -eq 0 ] && [ "$status" -eq 0 ]; then
	echo
	echo "each fuzz target, for ${FUZZTIME:=2s}"
	FUZZTIME=$FUZZTIME ./scripts/fuzz.sh | tee -a "$log" | told
	[ "${PIPESTATUS[0]}" -eq 0 ] || status=1
	[ "$status" -ne 0 ] || took test "$SECONDS"
fi
passed=$(grep -cE '^\s*--- PASS' "$log")
failed=$(grep -cE '^\s*--- FAIL' "$log")
skipped=$(grep -cE '^\s*--- SKIP' "$log")
echo
# Once more, for whoever sees only the end of this.
[ "$status" -eq 0 ] || awk -f scripts/failures.awk "$log" | tail -n 40
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
