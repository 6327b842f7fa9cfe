#!/usr/bin/env bash
# Installs what the tests need and the machine lacks: on Debian and Ubuntu with
# apt, elsewhere it says what is missing. Does nothing on a machine that is
# ready.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

./scripts/go-version.sh

have() { command -v "$1" >/dev/null; }

missing=()
need() { missing+=("$@"); }

have git || need git
have make || need make
have awk || need mawk
# The race detector links with C.
have gcc || have clang || need gcc libc6-dev
[ -e /etc/ssl/certs/ca-certificates.crt ] || [ -d /etc/pki ] || [ "$(uname)" = Darwin ] || need ca-certificates
have initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || need postgresql
have pgbouncer || [ -x /usr/sbin/pgbouncer ] || need pgbouncer
have chromium || have chromium-browser || have google-chrome || need chromium
have node || need nodejs
# Without an Arabic font the right-to-left pages measure and show boxes.
have fc-list && [ -n "$(fc-list :lang=ar)" ] || need fontconfig fonts-noto-core

install() {
	if ! have apt-get; then
		echo "The tests need these, under the names Debian gives them: $*" >&2
		exit 1
	fi
	local as_root=()
	if [ "$(id -u)" -ne 0 ]; then
		have sudo || { echo "Installing $* needs root or sudo." >&2; exit 1; }
		as_root=(sudo)
	fi
	echo "setup: installing $*"
	"${as_root[@]}" apt-get update -q
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

[ ${#missing[@]} -eq 0 ] || install "${missing[@]}"
# Some packages of Node bring npm along and conflict with npm's own.
have npm || install npm

major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
if [ "$major" -lt 20 ]; then
	echo "The browser tests need Node 20 or newer, and this is $(node --version)." >&2
	exit 1
fi
