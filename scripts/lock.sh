#!/usr/bin/env bash
# Writes requirements.lock and requirements-dev.lock: every package that the CPU stack and
# the tests take, pinned and with the hashes of its files, for Python 3.10 to 3.13 on Linux.
#
#   bash scripts/lock.sh             what the requirement files ask for, newer only where needed
#   bash scripts/lock.sh --upgrade   the newest that fits
#
# Arguments go to `uv pip compile`; uv is installed into a temporary environment.
set -euo pipefail
cd "$(dirname "$0")/.."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/uv"
"$work/uv/bin/python" -m pip install --quiet --disable-pip-version-check "uv>=0.9"
lock() {
  local lock="$1"
  shift
  "$work/uv/bin/uv" pip compile --quiet --no-config --universal \
    --python-version 3.10 --generate-hashes --no-annotate \
    --custom-compile-command "bash scripts/lock.sh" -o "$lock" "$@"
}
# The demo's packages are the tests' too, in the same versions.
lock requirements-dev.lock requirements-cpu.txt requirements-dev.txt "$@"
lock requirements.lock requirements-cpu.txt -c requirements-dev.lock "$@"
