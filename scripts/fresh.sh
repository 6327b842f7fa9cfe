#!/usr/bin/env bash
# Writes all generated files anew and fails if that changes, adds or removes a
# file: what is committed is then not what its sources say. Changes not yet
# committed do not count, only those the generators make.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# snapshot prints a hash and the name of every file that git would keep.
snapshot() {
	git ls-files -z --cached --others --exclude-standard |
		sort -z -u | while IFS= read -r -d '' file; do [ ! -f "$file" ] || printf '%s\0' "$file"; done |
		xargs -0 sha256sum
}

before=$(snapshot)
make --no-print-directory generate >/dev/null
after=$(snapshot)

if [ "$before" != "$after" ]; then
	echo "Generated files were stale; they are written anew, commit them:"
	diff <(echo "$before") <(echo "$after") | sed -n 's/^[<>] [0-9a-f]*  //p' | sort -u
	exit 1
fi
