#!/usr/bin/env bash
# Installs the servers and the browser that the tests start, where it may (root
# on Debian or a child of it); elsewhere it says exactly what is missing.
set -euo pipefail

has() { command -v "$1" >/dev/null 2>&1; }
may_install() { [ "$(id -u)" = 0 ] && has apt-get; }
packaged() { apt-cache show "$1" >/dev/null 2>&1; }
browser() { has chromium || has chromium-browser || has google-chrome; }

missing=()
has redis-server || missing+=(redis-server)
has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
has pgbouncer || [ -x /usr/sbin/pgbouncer ] || missing+=(pgbouncer)
# Chromium without a window around it: the same engine, for a third less work. A whole browser will do.
if [ ! -x /usr/lib/chromium/chromium-headless-shell ]; then
	! may_install || packaged chromium-headless-shell || apt-get update >/dev/null 2>&1 || true
	if may_install && packaged chromium-headless-shell; then
		missing+=(chromium-headless-shell)
	else
		browser || missing+=(chromium)
	fi
fi
has npm || missing+=(npm)
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv) # for what tries the HTTP API
has promtool || missing+=(prometheus) # tests the alerts
has node_exporter || has prometheus-node-exporter || missing+=(prometheus-node-exporter)
has gcc || missing+=(gcc libc6-dev) # the race detector links with it
[ ${#missing[@]} -gt 0 ] || exit 0

if may_install; then
	echo "installing what the tests need: ${missing[*]}"
	# RUNLEVEL=1: the packages' own servers are not started; the tests start theirs.
	export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
	log=$(mktemp)
	if ! { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
		cat "$log"
		exit 1
	fi
	rm -f "$log"
	exit 0
fi
echo "The tests need programs that are not here. Install these packages (names as in Debian):" >&2
printf '  %s\n' "${missing[@]}" >&2
exit 1
