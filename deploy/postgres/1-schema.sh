#!/bin/sh
# Makes the schema, from the migrations of the worker, at the database's first start.
set -eu
for file in /migrations/*.sql; do
	psql --no-psqlrc --quiet --output=/dev/null -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -f "$file"
done
