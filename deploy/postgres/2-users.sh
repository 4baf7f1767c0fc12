#!/bin/sh
# Makes the database's users for worker and result, with the passwords that are files in $SECRETS, and gives them what
# each needs. It may run again at any time: on a database from before there were such users, and to change a password.
#
#   docker compose exec db sh /docker-entrypoint-initdb.d/2-users.sh
set -eu
secrets=${SECRETS:-/run/secrets}
for user in worker result; do
	if [ -z "$(cat "$secrets/postgres_${user}_password")" ]; then
		echo "$secrets/postgres_${user}_password is empty: put a password there, see deploy/secrets.sh" >&2
		exit 1
	fi
done
files=$(dirname "$0")
[ -e "$files/users.psql" ] || files=/docker-entrypoint-initdb.d # the image's entry point may read this file in
export worker_password="$(cat "$secrets/postgres_worker_password")" result_password="$(cat "$secrets/postgres_result_password")"
psql --no-psqlrc --quiet --output=/dev/null -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -f "$files/users.psql"
