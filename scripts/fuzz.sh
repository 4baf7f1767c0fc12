#!/usr/bin/env bash
# Runs each fuzz target for FUZZTIME (a minute unless told), one after the other,
# and prints a line for each. It ends at the first input that fails and says
# where that is kept: with the fix, it becomes one more case of every test run.
# Packages may be named, as in: FUZZTIME=10m scripts/fuzz.sh ./vote ./poll
set -uo pipefail
cd "$(dirname "$0")/.."

time=${FUZZTIME:-1m}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

packages=("$@")
if [ $# -eq 0 ]; then
	mapfile -t packages < <(grep -rlE --include='*_test.go' '^func Fuzz' . | xargs -n 1 dirname | sort -u)
fi
if ! go test -list '^Fuzz' "${packages[@]}" >"$log" 2>&1; then
	cat "$log"
	echo "--- FAIL: the fuzz targets could not be listed"
	exit 1
fi
targets=$(awk '/^Fuzz/ { names[n++] = $1 } /^ok/ { for (i = 0; i < n; i++) print $2, names[i]; n = 0 }' "$log")
if [ -z "$targets" ]; then
	echo "--- FAIL: there is no fuzz target in ${packages[*]}"
	exit 1
fi

# passed says whether the run in $log found nothing. At the end of its time Go
# may take its own deadline for a failure (go.dev/issue/75804): that one has no input.
passed() {
	[ "$1" -eq 0 ] || { grep -qE '^ *context deadline exceeded$' "$log" && ! grep -qE 'Failing input written|seed corpus entry' "$log"; }
}

while read -r package name; do
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 200x -parallel 2 "$package" >"$log" 2>&1 </dev/null
	if ! passed $?; then
		sed 's/^/    /; s/--- FAIL/FAIL/' "$log" # the count of failures is by our lines
		kept=$(sed -nE 's/.*Failing input written to (.*)/\1/p' "$log")
		[ -z "$kept" ] || echo "The input is kept in $(go list -f '{{.Dir}}' "$package" | sed "s|^$PWD/||")/$kept"
		echo "--- FAIL: $package $name"
		exit 1
	fi
	figures=$(sed -nE 's/^fuzz: (elapsed: .*, execs: [0-9]+) \([0-9]+\/sec\)(, new .*)/\1\2/p' "$log" | tail -n 1)
	echo "--- PASS: $package $name, ${figures:-only the kept inputs were tried}"
done <<<"$targets"
