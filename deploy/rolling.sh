#!/bin/sh
# Replaces the replicas of worker, poll and result, or of the services that are named, by ones of the image that the
# service has now. One by one: a new one starts and is ready, and only then an old one ends, once it has finished what
# was under way. People can vote and watch meanwhile.
#
#   export COMPOSE_FILE=docker-compose.yml:docker-compose.scale.yml      if .env does not say it: all files of your stack
#   docker compose build
#   sh deploy/rolling.sh
#
# A new replica that is not ready within a minute (ROLLING_PATIENCE, in seconds), or keeps ending, is taken away again,
# and the rest stay as they are. When the cause is mended, run it again.
set -eu
cd "$(dirname "$0")/.."
compose=${COMPOSE:-docker compose}

# ready asks the replica itself, until its backends answer too.
ready() {
	left=${ROLLING_PATIENCE:-60}
	until docker exec "$1" "/$service" healthcheck --ready >/dev/null 2>&1; do
		case $(docker inspect --format '{{.State.Status}}{{.RestartCount}}' "$1") in
		running[0-2] | restarting[0-2]) left=$((left - 1)) ;;
		*) return 1 ;;
		esac
		[ "$left" -gt 0 ] || return 1
		sleep 1
	done
}

replace() {
	known=$($compose ps --all --quiet "$service")
	said=$($compose up --detach --no-deps --no-build --no-recreate --scale "$service=$((count + 1))" "$service" 2>&1) || echo "$said" >&2
	new=$($compose ps --all --quiet "$service" | grep -vF "$known") || :
	if [ -z "$new" ] || ! ready "$new"; then
		echo "$service: the new replica does not get ready; the old ones go on:" >&2
		[ -z "$new" ] || { docker logs --tail 20 "$new" >&2 && docker rm --force "$new" >/dev/null; }
		exit 1
	fi
	docker stop "$1" >/dev/null # within its stop_grace_period
	docker rm "$1" >/dev/null
}

for service in ${*:-worker poll result}; do
	old=$($compose ps --quiet "$service")
	count=$(echo $old | wc -w)
	[ "$count" -gt 0 ] || { echo "$service does not run: start the stack first" >&2 && exit 1; }
	for one in $old; do
		replace "$one"
	done
	echo "$service: $count replaced"
done
