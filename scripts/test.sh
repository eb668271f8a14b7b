#!/usr/bin/env bash
# Runs all tests that need no licensed data; arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/environment.sh
use_environment requirements-dev.txt
# A file's tests share what is expensive to make; a worker takes up to 2 GB.
exec "$PYTHON" -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile "$@"
