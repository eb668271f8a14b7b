#!/usr/bin/env bash
# Runs all tests that need no licensed data, half of the files in each of two processes
# side by side; with arguments, which go to pytest, in one.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/environment.sh
use_environment requirements-dev.txt
if (($#)); then
  exec "$PYTHON" -m pytest "$@"
fi
# Most tests keep one core busy. Every other file, so that both halves take about as long.
first=() second=() turn=0
for file in tests/test_*.py; do
  if ((turn++ % 2)); then second+=("$file"); else first+=("$file"); fi
done
log="$(mktemp)"
set -m  # Else what runs in the background ignores Ctrl-C, which tests send.
"$PYTHON" -m pytest --durations=10 "${second[@]}" > "$log" 2>&1 &
other=$!
trap 'kill "$other" 2> /dev/null || true; rm -f "$log"' EXIT
status=0
"$PYTHON" -m pytest --durations=10 "${first[@]}" || status=$?
wait "$other" || status=$?
cat "$log"
exit "$status"
