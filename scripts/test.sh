#!/usr/bin/env bash
# Runs all tests that need no licensed data; arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/environment.sh
use_environment requirements-dev.txt
exec "$PYTHON" -m pytest "$@"
