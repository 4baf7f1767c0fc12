#!/bin/sh
# Starts redis-server with its users: start.sh [option of redis-server ...]
# Their passwords are files in $SECRETS; Redis gets hashes of them, by standard input: as an option, any list of
# processes would show them.
set -eu
secrets=${SECRETS:-/run/secrets}
users=${USERS:-$(dirname "$0")/users.conf}

hash_of() {
	password=$(cat "$secrets/$1")
	if [ -z "$password" ]; then
		echo "$secrets/$1 is empty: put a password there, see deploy/secrets.sh" >&2
		return 1
	fi
	printf %s "$password" | sha256sum | cut -c -64
}

operator=$(hash_of redis_password)
poll=$(hash_of redis_poll_password)
worker=$(hash_of redis_worker_password)
exec redis-server "$@" - <<END
user default on #$operator ~* &* +@all
$(sed -e "s/^user poll /&#$poll /" -e "s/^user worker /&#$worker /" "$users")
END
