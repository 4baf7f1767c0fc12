# Sourced by scripts that take long. SECONDS is bash's own clock: it began with the script.

# told prints each line that comes in, with the time.
told() {
	local line
	while IFS= read -r line; do printf '%5ds  %s\n' "$SECONDS" "$line"; done
}

# took says how long the last run of something took on this machine, and keeps how
# long this one did: took NAME; took NAME SECONDS
took() {
	local kept=.cache/took-$1
	if [ $# -eq 2 ]; then
		mkdir -p .cache && echo "$2" >"$kept"
	elif [ -r "$kept" ]; then
		printf '; the last run here took %d min %d s' $(($(<"$kept") / 60)) $(($(<"$kept") % 60))
	fi
}
