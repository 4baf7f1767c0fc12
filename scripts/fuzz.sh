#!/usr/bin/env bash
# Runs each fuzz target for FUZZTIME (a minute unless told), two at a time with half of
# the cores each, and prints a line for each. It ends at the first input that fails and
# says where that is kept: with the fix, it becomes one more case of every test run.
# Packages may be named, as in: FUZZTIME=10m scripts/fuzz.sh ./vote ./poll
set -uo pipefail
cd "$(dirname "$0")/.."

time=${FUZZTIME:-1m}
workers=$((($(getconf _NPROCESSORS_ONLN) + 1) / 2))
inputs=$(go env GOCACHE)/fuzz # where go test keeps them too
work=$(mktemp -d)
# Each target is a process group of its own, so none outlives this script.
trap 'for job in $(jobs -rp); do kill -- "-$job"; done 2>/dev/null; wait; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
set -m

packages=("$@")
if [ $# -eq 0 ]; then
	mapfile -t packages < <(grep -rlE --include='*_test.go' --exclude-dir=node_modules '^func Fuzz' . | xargs -n 1 dirname | sort -u)
fi

# What is watched for new paths while inputs are tried: every library too, where there is time to search; with
# FUZZ_OURS our own code alone, so that no library has to be compiled anew.
watched=(-fuzz .)
[ -z "${FUZZ_OURS:-}" ] || watched=(-gcflags=popeye/...=-d=libfuzzer)

# find_targets builds a package's targets, once for all of them, and adds each to $work/targets:
# its program, folder, package and name.
find_targets() {
	local program dir path names
	program=$(mktemp "$work/XXXXXX")
	read -r path dir < <(go list -f '{{.ImportPath}} {{.Dir}}' "$1") &&
		go test -c "${watched[@]}" -o "$program" "$1" && names=$(cd "$dir" && "$program" -test.list '^Fuzz') || return
	for name in $names; do echo "$program $path $name $dir" >>"$work/targets"; done
}

: >"$work/targets"
for package in "${packages[@]}"; do
	if ! find_targets "$package" >"$work/log" 2>&1; then
		cat "$work/log"
		echo "--- FAIL: the fuzz targets of $package could not be built"
		exit 1
	fi
done
if [ ! -s "$work/targets" ]; then
	echo "--- FAIL: there is no fuzz target in ${packages[*]}"
	exit 1
fi

# passed STATUS LOG says whether a run found nothing. At the end of its time Go may take
# its own deadline for a failure (go.dev/issue/75804): that one has no input.
passed() {
	[ "$1" -eq 0 ] || { grep -qE '^ *context deadline exceeded$' "$2" && ! grep -qE 'Failing input written|seed corpus entry' "$2"; }
}

# try runs one target and tells its figures, or leaves $work/failed.
try() {
	local program=$1 package=$2 name=$3 dir=$4 log kept figures
	log=$(mktemp "$work/log.XXXXXX")
	(cd "$dir" && exec "$program" -test.run '^$' -test.fuzz "^$name\$" -test.fuzztime "$time" -test.fuzzminimizetime 200x \
		-test.parallel "$workers" -test.fuzzcachedir "$inputs/$package") >"$log" 2>&1 </dev/null
	if passed $? "$log"; then
		figures=$(sed -nE 's/^fuzz: (elapsed: .*, execs: [0-9]+) \([0-9]+\/sec\)(, new .*)/\1\2/p' "$log" | tail -n 1)
		echo "--- PASS: $package $name, ${figures:-only the kept inputs were tried}"
		return
	fi
	kept=$(sed -nE 's/.*Failing input written to (.*)/\1/p' "$log")
	{
		sed 's/^/    /; s/--- FAIL/FAIL/' "$log" # the count of failures is by our lines
		[ -z "$kept" ] || echo "The input is kept in ${dir#"$PWD"/}/$kept"
		echo "--- FAIL: $package $name"
	} >"$log.said"
	cat "$log.said"
	touch "$work/failed"
}

while read -r program package name dir; do
	while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
	[ ! -e "$work/failed" ] || exit 1
	try "$program" "$package" "$name" "$dir" &
done <"$work/targets"
while [ -n "$(jobs -rp)" ] && [ ! -e "$work/failed" ]; do wait -n; done
[ ! -e "$work/failed" ]
