#!/usr/bin/env bash
# Sees to it that the images ours start from are in the engine, under the very tags that our files name. They are
# pulled; where no registry answers, stand-ins take their place, made from Debian's packages, from this machine's Go and
# from the sources of Go programs, at the versions that tools/ names. A stand-in has the label popeye.stand-in, which
# says what it really holds.
#
#   base-images.sh tag...          makes these
#   base-images.sh --remove        takes the stand-ins away again
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
docker=${DOCKER:-docker}

recipe() { # the function that makes the stand-in of a tag
	case $1 in
	golang:1.26-alpine) echo standin_golang ;;
	redis:7.2-alpine) echo standin_redis ;;
	postgres:15.2-alpine) echo standin_postgres ;;
	caddy:*) echo standin_caddy ;;
	prom/prometheus:*) echo standin_prometheus ;;
	prom/node-exporter:*) echo standin_node_exporter ;;
	otel/opentelemetry-collector:*) echo standin_collector ;;
	jaegertracing/jaeger:*) echo standin_jaeger ;;
	*) echo "base-images.sh: nothing is known about $1: give it a recipe in $0" >&2 && return 1 ;;
	esac
}

# Go's toolchain is static: a shell and the certificates are all it needs beside it.
standin_golang() {
	local root=$1/root
	debian "$root" busybox-static
	mkdir -p "$root/go" "$root/usr/local/go" "$root/etc/ssl/certs"
	tar -C "$(go env GOROOT)" --exclude ./test --exclude ./api --exclude ./doc -c . | tar -x -C "$root/usr/local/go"
	cp "$(certificates)" "$root/etc/ssl/certs/ca-certificates.crt"
	load "$2" "$root" "$(go env GOVERSION) of this machine, on Debian's busybox" \
		"ENV PATH=/usr/local/go/bin:/bin GOPATH=/go GOTOOLCHAIN=local GOGC=${GOGC:-100}" 'WORKDIR /go' 'CMD ["sh"]'
}

standin_redis() {
	local root=$1/root
	debian "$root" busybox-static libc-bin redis-server redis-tools
	echo 'redis:x:999:1000::/data:/bin/sh' >>"$root/etc/passwd"
	echo 'redis:x:1000:' >>"$root/etc/group"
	entrypoint "$root" redis
	owned "$root" 999:1000 data
	load "$2" "$root" "Debian's Redis $(version redis-server)" \
		'ENV PATH=/usr/local/bin:/usr/bin:/bin' 'VOLUME /data' 'WORKDIR /data' 'EXPOSE 6379' \
		'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["redis-server"]'
}

standin_postgres() {
	local root=$1/root
	debian "$root" busybox-static libc-bin gosu postgresql-15 postgresql-client-15
	echo 'postgres:x:70:70::/var/lib/postgresql:/bin/sh' >>"$root/etc/passwd"
	echo 'postgres:x:70:' >>"$root/etc/group"
	sed -i "s/^#listen_addresses = .*/listen_addresses = '*'/" "$root/usr/share/postgresql/15/postgresql.conf.sample"
	entrypoint "$root" postgres
	mkdir -p "$root/docker-entrypoint-initdb.d"
	owned "$root" 70:70 var/lib/postgresql var/lib/postgresql/data run/postgresql
	chmod 777 "$root/var/lib/postgresql/data"
	chmod 2777 "$root/run/postgresql" # a tmpfs over it takes this mode, whatever else is asked, before runc 1.1.8
	load "$2" "$root" "Debian's PostgreSQL $(version postgresql-15)" \
		'ENV PATH=/usr/local/bin:/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin:/bin LANG=C.UTF-8' \
		'ENV PGDATA=/var/lib/postgresql/data' 'VOLUME /var/lib/postgresql/data' 'EXPOSE 5432' \
		'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["postgres"]'
	# As the real one has it. An import can't say so, and it has to be the classic builder, which asks no registry.
	printf 'FROM %s\nSTOPSIGNAL SIGINT\n' "$2" | DOCKER_BUILDKIT=0 "$docker" build -q -t "$2" - >/dev/null 2>&1
}

standin_caddy() {
	local root=$1/root program
	program=$(built caddy github.com/caddyserver/caddy/v2 cmd/caddy)
	debian "$root" busybox-static
	install -D "$program" "$root/usr/bin/caddy"
	mkdir -p "$root/srv" "$root/config/caddy" "$root/data/caddy"
	# Marked as in the real one: it opens low ports, and does not start where that is taken from it.
	debian "$1/tools" busybox-static libcap2-bin
	"$1/tools/usr/sbin/setcap" cap_net_bind_service=+ep "$root/usr/bin/caddy"
	load "$2" "$root" "Caddy ${program##*-}, built here, on Debian's busybox" \
		'ENV PATH=/usr/sbin:/usr/bin:/bin XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data' 'WORKDIR /srv' \
		'EXPOSE 80 443 443/udp 2019' 'CMD ["caddy","run","--config","/etc/caddy/Caddyfile","--adapter","caddyfile"]'
}

standin_prometheus() {
	local root=$1/root
	debian "$root" busybox-static libc-bin prometheus
	nobody "$root"
	owned "$root" 65534:65534 prometheus
	load "$2" "$root" "Debian's Prometheus $(version prometheus)" \
		'ENV PATH=/usr/bin:/bin' 'VOLUME /prometheus' 'WORKDIR /prometheus' 'USER nobody' 'EXPOSE 9090' 'ENTRYPOINT ["prometheus"]'
}

standin_node_exporter() {
	local root=$1/root
	debian "$root" busybox-static libc-bin prometheus-node-exporter
	nobody "$root"
	load "$2" "$root" "Debian's node exporter $(version prometheus-node-exporter)" \
		'ENV PATH=/usr/bin:/bin' 'USER nobody' 'EXPOSE 9100' 'ENTRYPOINT ["prometheus-node-exporter"]'
}

# The collector's parts that we use are all in Jaeger, which is built on it.
standin_collector() {
	local root=$1/root program
	program=$(built jaeger github.com/jaegertracing/jaeger cmd/jaeger)
	install -D "$program" "$root/otelcol"
	load "$2" "$root" "Jaeger ${program##*-}, which is built on the collector $(of_module jaeger go.opentelemetry.io/collector/otelcol)" \
		'USER 10001' 'ENTRYPOINT ["/otelcol"]' 'CMD ["--config","/etc/otelcol/config.yaml"]' 'EXPOSE 4317 4318'
}

standin_jaeger() {
	local root=$1/root program
	program=$(built jaeger github.com/jaegertracing/jaeger cmd/jaeger)
	debian "$root" busybox-static
	install -D "$program" "$root/cmd/jaeger/jaeger-linux"
	load "$2" "$root" "Jaeger ${program##*-}, built here without its pages, on Debian's busybox" \
		'ENV PATH=/usr/bin:/bin JAEGER_LISTEN_HOST=0.0.0.0' 'VOLUME /tmp' 'USER 10001' \
		'ENTRYPOINT ["/cmd/jaeger/jaeger-linux"]' 'EXPOSE 4317 4318 13133 16686'
}

# built is the file of a Go program that a module in tools/ names, with the version at its end. It is compiled once,
# and but for Go's own library without optimising: that is quicker, and the program gets only a few requests.
built() {
	local name=$1 module=$2 version file
	version=$(of_module "$name" "$module") || return
	file=$cache/bin/$name-$version
	if [ ! -x "$file" ]; then
		mkdir -p "$cache/bin"
		CGO_ENABLED=0 go build -C "$here/../../tools/$name" -trimpath -gcflags 'all=-N -l -dwarf=false' -gcflags 'std=-dwarf=false' -ldflags "-s -w" \
			-o "$file.new" "$module/$3" || return
		mv "$file.new" "$file"
	fi
	echo "$file"
}

of_module() { go -C "$here/../../tools/$1" list -m -f '{{.Version}}' "$2"; }

nobody() {
	echo 'nobody:x:65534:65534::/:/bin/false' >>"$1/etc/passwd"
	echo 'nobody:x:65534:' >>"$1/etc/group"
}

# debian unpacks packages, with all they depend on, into a folder. Nothing of them is run: what only serves to install
# packages is left out, and busybox is the shell and the commands.
debian() {
	local root=$1 status=$1.status debs=$1.debs names busybox=$1/bin/busybox name
	shift
	command -v apt-get >/dev/null || {
		echo "base-images.sh: no registry answers and this is no Debian: pull $tag where one does, and load it here" >&2
		return 1
	}
	mkdir -p "$root" "$debs"
	: >"$status" # as if nothing were installed
	names=$(apt-get -s -qq -o Dir::State::status="$status" -o Debug::NoLocking=1 --no-install-recommends install "$@" |
		awk '$1 == "Inst" && $2 !~ /perl|^(dpkg|debconf|adduser|passwd|locales|libc-l10n|usrmerge|ucf|tar)$/ { print $2 }')
	(cd "$debs" && apt-get -qq download $names 2>"$root.log") || { cat "$root.log" >&2 && return 1; }
	mkdir -p "$root"/usr/{bin,sbin,lib,lib64} "$root"/{etc,proc,sys,dev,root,var/lib}
	for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
	mkdir -m 1777 "$root/tmp"
	ln -s /run "$root/var/run" && mkdir "$root/run"
	for name in "$debs"/*.deb; do
		dpkg-deb --fsys-tarfile "$name" |
			tar -x -C "$root" --keep-directory-symlink --exclude ./usr/share/doc --exclude ./usr/share/man --exclude ./usr/share/locale
	done
	for name in $("$busybox" --list); do
		[ -e "$root/usr/bin/$name" ] || [ -e "$root/usr/sbin/$name" ] || ln -s busybox "$root/usr/bin/$name"
	done
	echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
	echo 'root:x:0:' >"$root/etc/group"
}

entrypoint() { install -D -m 755 "$here/standin/$2-entrypoint.sh" "$1/usr/local/bin/docker-entrypoint.sh"; }

# owned notes which folders belong to a user: in the image, whoever runs this.
owned() {
	local root=$1 owner=$2
	shift 2
	for folder; do mkdir -p "$root/$folder"; done
	echo "$owner $*" >"$root.owned"
}

# load puts a folder into the engine as the image of a tag.
load() {
	local tag=$1 root=$2 holds=$3 owner='' folders='' folder changes=() change apart=()
	shift 3
	for change; do changes+=(--change "$change"); done
	[ ! -e "$root.owned" ] || read -r owner folders <"$root.owned"
	for folder in $folders; do apart+=(--exclude "./$folder"); done
	tar -C "$root" --owner=0 --group=0 --numeric-owner --xattrs --xattrs-include=security.capability --anchored "${apart[@]}" -cf "$root.tar" .
	[ -z "$owner" ] || tar -C "$root" --owner="${owner%:*}" --group="${owner#*:}" --numeric-owner --no-recursion \
		-rf "$root.tar" $(printf './%s ' $folders)
	"$docker" import "${changes[@]}" --change "LABEL popeye.stand-in=\"$holds\"" "$root.tar" "$tag" >/dev/null
	echo "  $tag: a stand-in: $holds"
}

version() { apt-cache policy "$1" | awk '$1 == "Candidate:" { print $2 }'; }

# certificates is the file with those that this machine trusts.
certificates() {
	local file
	for file in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
		[ ! -s "$file" ] || { echo "$file" && return; }
	done
	echo "base-images.sh: no certificates are found here: install ca-certificates" >&2
	return 1
}

standin_in() { "$docker" image inspect -f '{{index .Config.Labels "popeye.stand-in"}}' "$1" 2>/dev/null; }

ensure() {
	local tag=$1 make holds work
	make=$(recipe "$tag")
	if holds=$(standin_in "$tag") && [ -z "$holds" ]; then
		echo "  $tag: is here"
		return
	fi
	if [ -z "${unreachable:-}" ]; then # also in a stand-in's place
		if timeout 300 "$docker" pull -q "$tag" >/dev/null 2>&1; then
			echo "  $tag: pulled"
			return
		fi
		unreachable=yes
	fi
	if [ -n "$holds" ]; then
		echo "  $tag: is here, a stand-in: $holds"
		return
	fi
	work=$(mktemp -d "$all/XXXXXX")
	"$make" "$work" "$tag"
	rm -rf "$work"
}

if [ "${1:-}" = --remove ]; then
	"$docker" image ls -q --filter label=popeye.stand-in | sort -u | xargs -r "$docker" image rm -f >/dev/null
	exit
fi
cache=${POPEYE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/popeye}
all=$(mktemp -d)
trap 'rm -rf "$all"' EXIT
for tag; do ensure "$tag"; done
