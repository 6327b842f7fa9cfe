#!/usr/bin/env bash
# Builds a Debian package: build.sh BINARY VERSION FOLDER
set -euo pipefail
binary=$1 version=$2 out=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
packaging=$(dirname "$here")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 0755 "$root"

install -D -m 0755 "$binary" "$root/usr/bin/parley"
install -D -m 0644 "$packaging/systemd/parley.service" "$root/usr/lib/systemd/system/parley.service"
install -D -m 0644 "$packaging/systemd/parley.socket" "$root/usr/lib/systemd/system/parley.socket"
install -D -m 0640 "$packaging/parley.toml" "$root/etc/parley/parley.toml"
install -D -m 0644 "$packaging/../docs/operating.md" "$root/usr/share/doc/parley/operating.md"
install -D -m 0644 "$packaging/../LICENSE" "$root/usr/share/doc/parley/copyright"
install -D -m 0755 "$here/postinst" "$root/DEBIAN/postinst"
install -D -m 0755 "$here/prerm" "$root/DEBIAN/prerm"
echo /etc/parley/parley.toml >"$root/DEBIAN/conffiles"
cat >"$root/DEBIAN/control" <<CONTROL
Package: parley
Version: $version
Section: web
Priority: optional
Architecture: $(dpkg --print-architecture)
Depends: adduser, ca-certificates
Installed-Size: $(du -sk "$root" | cut -f1)
Maintainer: The Parley maintainers <maintainers@parley.example>
Description: readers' discussions under news stories
 One program that serves discussions, the desk that moderates them and the
 embedding of both into a news site, on SQLite or PostgreSQL.
CONTROL
mkdir -p "$out"
dpkg-deb --root-owner-group --build "$root" "$out/parley_${version}_$(dpkg --print-architecture).deb"
