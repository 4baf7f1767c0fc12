#!/bin/sh
# Makes the secrets of docker-compose.yml and what goes over it, one random file for each, in deploy/secrets or in the
# folder that is named. Once: what is there stays, since the database's volume was made with it; also what is empty, as an
# admin_token that turns organising off.
set -eu
umask 022
dir=${1:-$(dirname "$0")/secrets}
mkdir -p "$dir"
# The services run as users of their own, so the files are readable by all;
# the folder keeps the other accounts of this machine out.
chmod 700 "$dir"
for name in redis_password redis_poll_password redis_worker_password \
	postgres_password postgres_worker_password postgres_result_password admin_token grafana_password; do
	file=$dir/$name
	if [ -e "$file" ]; then
		echo "kept $file"
		continue
	fi
	{ od -An -vtx1 -N24 /dev/urandom | tr -d ' \n' && echo; } >"$file.new"
	mv "$file.new" "$file"
	echo "made $file"
done
