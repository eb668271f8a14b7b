#!/usr/bin/env bash
# Makes an environment, generates walkers, trains SimMC on them without a label,
# evaluates the best model, and says where the results lie.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/environment.sh
use_environment
models="${SIMMC_DEMO:-ReID_Models}"
run=("$PYTHON" SimMC.py --dataset Synthetic --model_root "$models")
run+=(--epochs "${SIMMC_DEMO_EPOCHS:-100}" "$@")
"${run[@]}" --overwrite  # Of an earlier demo.
echo
echo "evaluating the saved model again"
"${run[@]}" --mode Eval
echo
echo "results: $models/Synthetic/probe/metrics.csv (an epoch a row), best.json (final figures)"
