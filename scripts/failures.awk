# Reads what `go test -v` says and prints, for each test that failed and for each
# package that ended without saying which, its name and the last that it said.
# Whoever sees only the end of a log learns from it what to look at.
/^=== (RUN|CONT|NAME) / { name = $3; more = 0; next }
/^ *--- / { more = 0 }
/^panic: |^fatal error: |WARNING: DATA RACE/ { said[name] = said[name] "\n      " $0 }
/_test\.go:[0-9]+: / { said[name] = said[name] "\n    " substr($0, 1, 300); more = 2; next }
more > 0 && /^        / { said[name] = said[name] "\n    " substr($0, 1, 300); more-- } # what it said goes on
/^ *--- FAIL: / { sub(/,$/, "", $4); failed[++n] = $3 ($4 ~ /^Fuzz/ ? " " $4 : "") }
/^FAIL\t/ {
	print "FAIL " $2 (n == 0 ? said[name] : "")
	for (i = 1; i <= n; i++) print "  " failed[i] last(said[failed[i]])
}
/^(FAIL|ok)\t/ { delete said; n = 0; name = "" }

# A fuzz target's failure names its package itself.
END { for (i = 1; i <= n; i++) print "FAIL " failed[i] last(said[failed[i]]) }

# last keeps three lines: the rest stands further up in the log.
function last(text,    lines, count, i, kept) {
	count = split(text, lines, "\n")
	for (i = (count > 3 ? count - 2 : 2); i <= count; i++) kept = kept "\n" lines[i]
	return kept
}
