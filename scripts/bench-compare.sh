#!/usr/bin/env bash
# Compares the benchmarks of an old revision with those of this tree, as it is on the disk:
# each is run in turn, old, new, old, new, COUNT times (6 unless told), so that what else the
# machine does meets both; then benchstat prints the ratios, and "~" where the difference may
# be chance. No figure fails: it is for a person to judge.
#
#   scripts/bench-compare.sh BASE [BENCH [PKG...]]
#
# BENCH is a pattern of names as go test has it, all unless told; PKG are packages, all that
# have benchmarks unless told. BENCHTIME is go test's -benchtime.
set -euo pipefail
cd "$(dirname "$0")/.."

base=${1:?say what to compare with, as in: make bench-compare BASE=main}
bench=${2:-.}
packages=("${@:3}")
count=${COUNT:-6}
if [ ${#packages[@]} -eq 0 ]; then
	mapfile -t packages < <(git ls-files '*_test.go' | xargs grep -lE '^func Benchmark' | xargs -n 1 dirname | sort -u | sed 's#^#./#')
fi

commit=$(git rev-parse --verify --quiet "$base^{commit}") || {
	echo "there is no revision $base" >&2
	exit 2
}
work=$(mktemp -d)
trap 'git worktree remove --force "$work/old" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
git worktree add --quiet --detach "$work/old" "$commit"
ln -s "$PWD" "$work/new"
go build -C tools -o "$work/benchstat" golang.org/x/perf/cmd/benchstat

# prepare builds a package's tests in both trees, and adds it to $work/packages. One that is in
# one of them only has nothing to be compared with.
prepare() {
	local dir=${1#./} name side
	name=${dir//\//-}
	for side in old new; do
		if ! [ -d "$work/$side/$dir" ]; then
			echo "$1 is not there in the $side tree: left out" >&2
			return
		fi
		(cd "$work/$side" && go test -c -o "$work/$side-$name.test" "./$dir") || exit
		[ -e "$work/$side-$name.test" ] || return 0 # it has no tests
	done
	echo "$dir $name" >>"$work/packages"
}

: >"$work/packages"
for package in "${packages[@]}"; do prepare "$package"; done
for round in $(seq "$count"); do
	for side in old new; do
		echo "round $round of $count: $side" >&2
		while read -r dir name; do
			# In its folder, as go test does: tests build programs and read files of their own tree.
			(cd "$work/$side/$dir" && "$work/$side-$name.test" -test.run '^$' -test.bench "$bench" -test.benchmem \
				-test.timeout 60m ${BENCHTIME:+-test.benchtime "$BENCHTIME"}) >>"$work/$side.txt" </dev/null || {
				tail -n 20 "$work/$side.txt" >&2
				echo "a benchmark of $dir failed in the $side tree" >&2
				exit 1
			}
		done <"$work/packages"
	done
done
if ! grep -q '^Benchmark' "$work/old.txt" "$work/new.txt"; then
	echo "no benchmark is named $bench" >&2
	exit 1
fi
"$work/benchstat" "$base=$work/old.txt" "tree=$work/new.txt"
