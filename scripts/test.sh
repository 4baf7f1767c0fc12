#!/usr/bin/env bash
# Runs every test and prints a line for each package as it ends, what was
# measured, and on failure all that the failed tests said. A test that was
# skipped is a failure here: everything that tests need is installed.
#
#   scripts/test.sh             both halves, one after the other:
#   scripts/test.sh packages    packages that time nothing and start no service, the Helm chart, and each fuzz
#                               target for two seconds: what may run beside tests that do
#   scripts/test.sh programs    the others: they look at whole programs, with clocks and browsers
#   scripts/test.sh -run TestX  certain tests: arguments of go test
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/progress.sh

if [ $# -eq 0 ]; then
	failed=()
	for half in packages programs; do scripts/test.sh "$half" || failed+=("$half"); done
	[ "${#failed[@]}" -eq 0 ] || { echo "failed, see above: ${failed[*]}" && exit 1; }
	exit
fi
case $1 in
packages | programs) part=$1 && shift ;;
*) part=certain ;;
esac
# Measured on two cores with nothing else to do.
declare -A takes=([packages]="less than 10 minutes" [programs]="about 10 minutes")
if [ "$part" != certain ]; then
	echo "every test of $part, on servers that it starts; ${takes[$part]}, the first time more to compile$(took "test-$part")"
fi
scripts/test-needs.sh || exit 1

# The longest begin first. What looks at whole programs from outside is compiled without
# the race detector, which would watch the tests alone (docs/decisions/testing.md).
quiet=(./store/... ./deploy ./deploy/dist ./admin/... ./count/... ./vote/... ./export ./api/... ./internal/archtest ./internal/i18n/... ./internal/ui/... ./internal/apidoc)
outside=()
case $part in
packages) mapfile -t packages < <(go list "${quiet[@]}") ;;
programs)
	mapfile -t packages < <(go list ./poll ./result ./cmd/... ./deploy/... ./internal/... ./... | grep -vxFf <(go list "${quiet[@]}" ./e2e/...))
	mapfile -t outside < <(go list ./e2e/chaos ./e2e ./e2e/pages ./e2e/attacks ./e2e/drills ./e2e/...)
	;;
*) mapfile -t packages < <(go list ./...) ;;
esac

log=$(mktemp)
programs=$(mktemp -d /tmp/popeye-programs.XXXXXX)
memory='' ticker='' chart='' second=''
leave() {
	kill "$ticker"
	for job in $chart $second; do kill -- "-$job" && wait "$job"; done
	rm -rf "$log" "$log.chart" "$log.outside" "$programs" ${memory:+"$memory"}
} 2>/dev/null
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# What tests and their servers write is thrown away soon. In memory, where there is room for
# it, nothing waits for a disk; what Go compiles stays on it.
in_memory() {
	local free
	free=$({ df --output=avail /dev/shm | tail -n 1 && awk '/^MemAvailable/ { print $2 }' /proc/meminfo; } 2>/dev/null | sort -n | head -n 1)
	[ "${free:-0}" -gt $((8 * 1024 * 1024)) ] && memory=$(mktemp -d /dev/shm/popeye-test.XXXXXX) || return
	chmod 755 "$memory" # servers that are not root have folders there
	cp "$(type -P true)" "$memory/true" && "$memory/true" || return # it may be mounted noexec
	export TMPDIR=$memory GOTMPDIR=${GOTMPDIR:-/tmp}
}
in_memory || true

count=$((${#packages[@]} + ${#outside[@]}))
echo "compiling; then a line for each of $count packages"
touch "$log.outside"
# A sign of life each half minute: packages are told in their order, and some take minutes.
sign_of_life() {
	local never
	exec {never}<> <(:)
	while ! read -rt 30 -u "$never"; do # a sleep would outlive this script
		echo "... $(cat "$log" "$log.outside" | grep -cE '^(ok|FAIL|\?)\s+popeye') of $count packages have ended" | told
	done
}
sign_of_life &
ticker=$!

# Once, for all packages that start them. The folder is new each time: Go must not take
# the result of a run with other programs for that of this one.
go build -ldflags "-s -w" -o "$programs/" ./cmd/... ./e2e/chaos/broken && export POPEYE_TEST_PROGRAMS=$programs

if [ "$part" = packages ]; then
	# A module of its own, which takes minutes to compile at first: beside the others, which often wait.
	set -m # in a process group of its own, to be ended with all it started
	nice go test -C deploy/helm -v -timeout 30m ./... >"$log.chart" 2>&1 </dev/null &
	chart=$!
	set +m
fi

# tests runs go test, keeps what it says and tells what ended, was measured or failed. Tests do
# not get GOGC, which .ci/run sets for the compiler: they measure memory. What they build
# themselves is built as around them, and only the race detector needs cgo.
cgo=${CGO_ENABLED:-1}
tests() { # tests LOG ARGUMENT...
	local kept=$1
	shift
	go test -exec "env -u GOGC CGO_ENABLED=$cgo" -v -timeout 30m "$@" 2>&1 | tee "$kept" |
		grep --line-buffered -E '^(ok|FAIL|panic:)|MEASURED|^\s*--- (FAIL|SKIP)' | told
	return "${PIPESTATUS[0]}"
}

# All Go code of ours, of the SQLite driver and of every other library is watched for
# races. SQLite itself is C made into Go: watched, it is five times as slow, and its
# locks are not ours to try.
race=(-race)
for c in modernc.org/sqlite/lib modernc.org/libc/... modernc.org/memory; do
	race+=(-gcflags="$c=-race=false -d=checkptr=0 -dwarf=false")
done
# More at once than there are cores: many wait, for a browser, a server or a clock.
cores=$(getconf _NPROCESSORS_ONLN)
if [ "${#outside[@]}" -gt 0 ]; then
	set -m
	tests "$log.outside" -p "$cores" "${outside[@]}" </dev/null &
	second=$!
	set +m
	CGO_ENABLED=1 tests "$log" "${race[@]}" -p "$cores" "${packages[@]}"
	status=$?
	wait "$second" || status=1
	second=''
	cat "$log.outside" >>"$log"
	: >"$log.outside"
else
	CGO_ENABLED=1 tests "$log" "${race[@]}" -p $((cores * 3 / 2)) "$@" "${packages[@]}"
	status=$?
fi
kill "$ticker"

if [ -n "$chart" ]; then
	echo
	echo "the Helm chart, a module of its own"
	wait "$chart" || status=1
	chart=''
	tee -a "$log" <"$log.chart" | grep -E '^(ok|FAIL|panic:)|^\s*--- (FAIL|SKIP)|_test.go:' | told
fi
if [ "$status" -ne 0 ]; then
	echo
	echo "What the failures said:"
	grep -vE '^\s*(=== (RUN|PAUSE|CONT|NAME)|--- PASS)|^(ok|PASS|\?)|found symbolic link in path' "$log" | tail -n 400
fi
if grep -qE '^\s*--- SKIP' "$log"; then
	echo
	echo "Tests were skipped:"
	grep -A3 -E '^\s*--- SKIP' "$log"
	status=1
fi
if [ "$status" -eq 0 ] && [ "$part" = packages ]; then
	echo
	echo "each fuzz target, for ${FUZZTIME:=2s}"
	FUZZ_OURS=1 FUZZTIME=$FUZZTIME ./scripts/fuzz.sh | tee -a "$log" | told
	[ "${PIPESTATUS[0]}" -eq 0 ] || status=1
fi
[ "$status" -ne 0 ] || [ "$part" = certain ] || took "test-$part" "$SECONDS"
passed=$(grep -cE '^\s*--- PASS' "$log")
failed=$(grep -cE '^\s*--- FAIL' "$log")
skipped=$(grep -cE '^\s*--- SKIP' "$log")
echo
# Once more, for whoever sees only the end of this.
[ "$status" -eq 0 ] || awk -f scripts/failures.awk "$log" | tail -n 40
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
