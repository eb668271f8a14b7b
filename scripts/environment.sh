# Sourced by demo.sh and test.sh: sets PYTHON to an environment that has what they need.
#
# use_environment [EXTRA_REQUIREMENTS ...]
#   SIMMC_VENV  folder of the environment (default .venv), made where it is not there
#   PYTHON      interpreter to make it with (default python3)
#   SIMMC_LOCK  0: the newest packages that the requirement files allow, instead of those
#               of a lock file, which were tested together

# The lock file of a stack and what goes with it; nothing where there is none for them, or
# none for this machine and Python.
_lock_for() {
  local lock
  case "$*" in
    requirements-cpu.txt) lock=requirements.lock ;;
    "requirements-cpu.txt requirements-dev.txt") lock=requirements-dev.lock ;;
    *) return 0 ;;
  esac
  [ "${SIMMC_LOCK:-1}" != 0 ] || return 0
  "$PYTHON" -c 'import platform, sys
sys.exit(not (
    sys.platform == "linux"
    and platform.machine() in ("x86_64", "aarch64")
    and (3, 10) <= sys.version_info < (3, 14)
))' || {
    echo "$lock is for Python 3.10 to 3.13 on Linux: taking the newest packages that fit" >&2
    return 0
  }
  echo "$lock"
}

use_environment() {
  local folder="${SIMMC_VENV:-.venv}" base="${PYTHON:-python3}" stack=requirements-cpu.txt
  if nvidia-smi -L > /dev/null 2>&1; then
    stack=requirements.txt
  fi
  if [ ! -x "$folder/bin/python" ]; then
    if ! command -v "$base" > /dev/null; then
      echo "error: there is no $base; install Python 3.10 to 3.13, or name one: PYTHON=..." >&2
      exit 2
    fi
    # TensorFlow is made for no newer one.
    if ! "$base" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))'; then
      echo "error: $("$base" --version): Python 3.10 to 3.13 is needed; name one: PYTHON=..." >&2
      exit 2
    fi
    echo "making the environment $folder"
    "$base" -m venv "$folder" || {
      rm -rf "$folder"
      echo "error: no environment could be made; on Debian: apt install python3-venv" >&2
      exit 2
    }
  fi
  PYTHON="$folder/bin/python"
  # What is installed is written down, a file for each set, so that the index is not
  # asked again.
  local stamp="$folder/installed-$stack${*:+-$*}" wanted lock
  lock="$(_lock_for "$stack" "$@")"
  if [ -n "$lock" ]; then
    wanted="$(sha256sum "$lock")"
  else
    wanted="$(cat "$stack" requirements-common.txt "$@")"
  fi
  if [ "$(cat "$stamp" 2> /dev/null)" = "$wanted" ]; then
    return
  fi
  if [ -z "$(ls "$folder/installed-$stack"* 2> /dev/null)" ] &&
     [ -n "$(ls "$folder"/installed-* 2> /dev/null)" ]; then
    # The machine has gained or lost its GPU: both faiss packages are one module.
    "$PYTHON" -m pip uninstall --quiet --yes faiss-cpu faiss-gpu
    rm -f "$folder"/installed-*
  fi
  echo "installing ${lock:-$stack $*} (one to five minutes where nothing is there yet)"
  local arguments=(-r "$stack") extra
  for extra in "$@"; do
    arguments+=(-r "$extra")
  done
  if [ -n "$lock" ]; then
    arguments=(--require-hashes -r "$lock")
  fi
  "$PYTHON" -m pip install --quiet --disable-pip-version-check "${arguments[@]}" || {
    echo "error: the requirements could not be installed; see the lines above" >&2
    exit 2
  }
  echo "$wanted" > "$stamp"
}
