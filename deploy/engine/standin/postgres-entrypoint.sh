#!/bin/sh
# What the real image's entry point does, as far as our files ask for it: the first start makes the database, as
# POSTGRES_USER, POSTGRES_DB and POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE say, and runs /docker-entrypoint-initdb.d.
set -eu
case ${1:-} in
-*) set -- postgres "$@" ;;
esac
if [ "${1:-}" != postgres ]; then
	exec "$@"
fi
if [ "$(id -u)" = 0 ]; then
	mkdir -p "$PGDATA"
	chown -R postgres "$PGDATA" /var/run/postgresql
	exec gosu postgres "$0" "$@"
fi

user=${POSTGRES_USER:-postgres}
db=${POSTGRES_DB:-$user}
method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
mkdir -p "$PGDATA"
chmod 700 "$PGDATA" 2>/dev/null || true

if [ ! -s "$PGDATA/PG_VERSION" ]; then
	password=${POSTGRES_PASSWORD:-}
	if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
		[ -z "$password" ] || { echo "both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are set" >&2; exit 1; }
		password=$(cat "$POSTGRES_PASSWORD_FILE")
	fi
	[ -n "$password" ] || [ "$method" = trust ] || { echo "the database has no password: set POSTGRES_PASSWORD" >&2; exit 1; }
	printf '%s\n' "$password" >/tmp/pwfile
	initdb --username "$user" --pwfile /tmp/pwfile
	rm /tmp/pwfile
	printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"

	# By the socket only: who waits for the port waits until all this is done.
	pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
	run() { psql -v ON_ERROR_STOP=1 --username "$user" --no-password --no-psqlrc "$@"; }
	[ "$db" = postgres ] || run --dbname postgres -v db="$db" <<-'END'
		CREATE DATABASE :"db";
	END
	for file in /docker-entrypoint-initdb.d/*; do
		case $file in
		*.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
		*.sql) run --dbname "$db" -f "$file" ;;
		*.sql.gz) gunzip -c "$file" | run --dbname "$db" ;;
		esac
	done
	pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
