#!/bin/sh
# What the real image's entry point does, as far as our files ask for it.
set -e
case ${1:-} in
-* | *.conf) set -- redis-server "$@" ;;
esac
umask 0077
exec "$@"
