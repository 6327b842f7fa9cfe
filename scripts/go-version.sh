#!/usr/bin/env bash
# Fails with one clear line unless a Go is there that can build the program.
set -euo pipefail
need=26

if ! command -v go >/dev/null; then
	echo "Parley needs Go 1.$need or newer, and there is no go on PATH: https://go.dev/dl" >&2
	exit 1
fi
# The installed one: an older Go would answer for a newer it first downloads.
have=$(GOTOOLCHAIN=local GOFLAGS= go version 2>/dev/null | awk '{ print $3 }' || true)
minor=$(sed -n 's/^go1\.\([0-9]*\).*/\1/p' <<<"$have")
if [ "${minor:-0}" -lt "$need" ]; then
	echo "Parley needs Go 1.$need or newer, and this is ${have:-an older one}: https://go.dev/dl" >&2
	exit 1
fi
