#!/usr/bin/env bash
# Checks form and the usual mistakes. The tools are built from tools/go.mod, at
# the versions that it names, and kept in bin/.
set -euo pipefail
cd "$(dirname "$0")/.."

tool=bin/golangci-lint
if [ ! -x "$tool" ] || [ tools/go.sum -nt "$tool" ]; then
	echo "building the linter (once; some minutes)"
	go build -C tools -o "../$tool" github.com/golangci/golangci-lint/v2/cmd/golangci-lint
fi
go mod verify >/dev/null
go mod tidy -diff
"$tool" run ./...
(cd deploy/helm && go mod tidy -diff && "../../$tool" run ./...)
scripts/eslint.sh
# What has files of its own for other systems builds there too, and so do the tests. Nobody
# runs or debugs what is compiled here, so it is not optimised and tells a debugger nothing.
fast='all=-N -l -dwarf=false'
for system in windows darwin; do
	GOOS=$system go build -gcflags "$fast" -ldflags '-s -w' ./cmd/...
	GOOS=$system go vet -gcflags "$fast" ./...
done
for script in scripts/*.sh deploy/*.sh deploy/*/*.sh .ci/run; do
	bash -n "$script"
done
echo "lint: clean"
