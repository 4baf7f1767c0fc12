#!/usr/bin/env bash
# Holds the pages' scripts to the browsers that docs/browsers.md names. The linter is
# installed as tools/eslint/package-lock.json says, once.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=tools/eslint
if [ ! -e "$tools/node_modules/.package-lock.json" ] || [ "$tools/package-lock.json" -nt "$tools/node_modules/.package-lock.json" ]; then
	echo "installing the linter of scripts (once)"
	npm ci --prefix "$tools" --ignore-scripts --no-audit --no-fund
fi
"$tools/node_modules/.bin/eslint" --config "$tools/eslint.config.js" \
	poll/ballotpage/static/*.js result/static/*.js admin/static/*.js internal/ui/static/*.js "$tools"/testdata/*.js
