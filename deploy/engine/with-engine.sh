#!/usr/bin/env bash
# Runs a command where a Docker engine, Compose and the base images are at hand, and leaves the machine as it was.
#
#   IMAGES="redis:7.2-alpine ..." deploy/engine/with-engine.sh go test -tags engine ./deploy/engine
#
# IMAGES are those that base-images.sh has to see to.
#
# An engine that answers is used as it is, and keeps what it had. Where none does, one is started by hand, after
# Debian's package is installed if need be: with a socket of its own, and its images in the cache, for the next time.
# The command finds the engine by DOCKER_HOST as ever, and Compose in COMPOSE. POPEYE_ENGINE is own where it was started
# here, so that nobody else has anything in it.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache=${POPEYE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/popeye}
mkdir -p "$cache/bin"
: "${IMAGES:?says which images are needed}"
run=$(mktemp -d /tmp/popeye-engine.XXXXXX)
dockerd='' forward='' policy='' child='' group='' made=() began=$SECONDS

versions() { docker version -f 'Docker {{.Server.Version}}, asked by {{.Client.Version}}'; }
say() { printf '%4ds  %s\n' $((SECONDS - began)) "$*"; }
pause() { read -rt 0.2 <> <(:) || true; }
has() { command -v "$1" >/dev/null 2>&1; }
fail() { echo "with-engine.sh: $*" >&2 && exit 1; }

install_engine() {
	has dockerd && has docker && has ip && return
	[ "$(id -u)" = 0 ] && has apt-get || fail "no Docker engine answers: start one, or run this as root on Debian"
	say "installing docker.io"
	# RUNLEVEL=1: the package's own engine is not started.
	export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
	{ apt-get update && apt-get install -y --no-install-recommends docker.io iptables iproute2; } >"$run/apt.log" 2>&1 ||
		{ cat "$run/apt.log" && fail "docker.io can't be installed"; }
}

start_engine() {
	# One at a time on a machine: whatever folder they keep, engines share its bridge and its packet filter.
	exec 9>/run/popeye-engine.lock
	flock -n 9 || say "waiting for another run to end" && flock -w 1800 9 || fail "another run has had an engine for half an hour"
	for path in /etc/docker/key.json /etc/docker /run/docker/plugins /run/docker; do [ -e "$path" ] || made+=("$path"); done
	forward=$(cat /proc/sys/net/ipv4/ip_forward)
	policy=$(iptables -S FORWARD 2>/dev/null | awk '$1 == "-P" { print $3 }')
	export DOCKER_HOST=unix://$run/docker.sock POPEYE_ENGINE=own
	run_engine || { prefer_legacy && run_engine; } || { tail -n 20 "$run/dockerd.log" && fail "the engine does not start, see above"; }
	say "started an engine: $(versions)"
	# Where the other machines of a Swarm keep theirs, and nothing longer than the tests.
	export POPEYE_MACHINES=$cache/machines
	rm -rf "$POPEYE_MACHINES" && mkdir "$POPEYE_MACHINES"
}

# run_engine starts dockerd, in a session of its own: a Ctrl-C shall not end it before what runs in it.
run_engine() {
	setsid dockerd --data-root "$cache/docker" --exec-root "$run/exec" --pidfile "$run/docker.pid" -H "$DOCKER_HOST" \
		>"$run/dockerd.log" 2>&1 9>&- &
	dockerd=$!
	until docker info >/dev/null 2>&1; do
		kill -0 "$dockerd" 2>/dev/null || { dockerd='' && return 1; }
		pause
	done
}

# prefer_legacy is for kernels that know only the older of the two packet filters.
prefer_legacy() {
	has iptables-legacy || return 1
	mkdir "$run/bin"
	for name in '' -save -restore; do ln -s "$(command -v "iptables-legacy$name")" "$run/bin/iptables$name"; done
	export PATH="$run/bin:$PATH"
	policy=$(iptables -S FORWARD 2>/dev/null | awk '$1 == "-P" { print $3 }')
}

# stop_engine takes away what is left in our own engine, but for images, and what an engine leaves on the machine: its
# bridges, its rules of the packet filter, a key, empty folders.
stop_engine() {
	{
		docker swarm leave -f
		docker ps -aq | xargs -r docker rm -f
		docker network prune -f
		docker network rm docker_gwbridge
		docker volume ls -q | xargs -r docker volume rm -f
		docker image prune -f
		docker builder prune -f --keep-storage 4GB
	} >/dev/null 2>&1
	kill "$dockerd" && wait "$dockerd"
	for name in docker0 docker_gwbridge; do ! has ip || ip link delete "$name" 2>/dev/null; done
	for name in iptables ip6tables; do "$name-save" 2>/dev/null | grep -vi docker | "$name-restore" 2>/dev/null; done
	iptables -P FORWARD "$policy"
	echo "$forward" >/proc/sys/net/ipv4/ip_forward
	[ "${#made[@]}" = 0 ] || rm -df "${made[@]}"
}

# Compose from the machine, where it can merge our override files; otherwise built once, at the version of its go.mod,
# and but for Go's own library without optimising.
find_compose() {
	local have
	if have=$(docker compose version --short 2>/dev/null) && newer "${have#v}" 2.24.4; then
		export COMPOSE="docker compose"
		return
	fi
	have=$(go -C tools/compose list -m -f '{{.Version}}' github.com/docker/compose/v2)
	export COMPOSE=$cache/bin/docker-compose-$have
	[ -x "$COMPOSE" ] || {
		say "building Compose $have (once; some minutes)"
		go build -C tools/compose -gcflags 'all=-N -l -dwarf=false' -gcflags 'std=-dwarf=false' -ldflags "-s -w -X github.com/docker/compose/v2/internal.Version=$have" \
			-o "$COMPOSE.new" github.com/docker/compose/v2/cmd && mv "$COMPOSE.new" "$COMPOSE"
	}
}

newer() { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

# end_command ends the command's processes and gives them a minute to clean up.
end_command() {
	kill -- "-$child" 2>/dev/null || return 0
	for _ in $(seq 300); do
		kill -0 -- "-$child" 2>/dev/null || return 0
		pause
	done
}

leave() {
	local status=$?
	trap - EXIT
	trap '' INT TERM PIPE # nobody may read any more what this says
	set +e
	[ -z "$child" ] || end_command
	[ -z "$group" ] || kill -KILL -- "-$group" 2>/dev/null # what it left running
	if [ -n "$dockerd" ]; then
		stop_engine
		rm -rf "${POPEYE_MACHINES:-}"
		umount "$run"/exec/netns/* 2>/dev/null # of a Swarm's networks, where it was not left
		say "stopped the engine; its images stay in $cache/docker"
	else
		deploy/engine/base-images.sh --remove
	fi
	rm -rf "$run"
	exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if has docker && docker info >/dev/null 2>&1; then
	say "using the engine that runs here: $(versions)"
else
	install_engine
	start_engine
fi
# At once: the one computes and the other downloads.
deploy/engine/base-images.sh $IMAGES >"$run/images.log" 2>&1 &
images=$!
find_compose
say "the images that ours start from:"
wait "$images" && cat "$run/images.log" || { cat "$run/images.log" && fail "the base images are not there"; }
# In the background, so that this script hears a signal at once, and in a group of its own, which then gets it too.
set -m
"$@" &
child=$!
group=$child
set +m
wait "$child" && status=0 || status=$?
child=''
exit "$status"
