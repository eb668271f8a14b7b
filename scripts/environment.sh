# Sourced by demo.sh and test.sh: sets PYTHON to an environment that has what they need.
#
# use_environment [EXTRA_REQUIREMENTS ...]
#   SIMMC_VENV  folder of the environment (default .venv), made where it is not there
#   PYTHON      interpreter to make it with (default python3)

use_environment() {
  local folder="${SIMMC_VENV:-.venv}" base="${PYTHON:-python3}" stack=requirements-cpu.txt
  if nvidia-smi -L > /dev/null 2>&1; then
    stack=requirements.txt
  fi
  if [ ! -x "$folder/bin/python" ]; then
    if ! command -v "$base" > /dev/null; then
      echo "error: there is no $base; install Python 3.11 or newer, or name one: PYTHON=..." >&2
      exit 2
    fi
    if ! "$base" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      echo "error: $("$base" --version) is too old; Python 3.11 or newer is needed (PYTHON=...)" >&2
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
  local stamp="$folder/installed-$stack${*:+-$*}" wanted
  wanted="$(cat "$stack" requirements-common.txt "$@")"
  if [ "$(cat "$stamp" 2> /dev/null)" = "$wanted" ]; then
    return
  fi
  if [ -z "$(ls "$folder/installed-$stack"* 2> /dev/null)" ] &&
     [ -n "$(ls "$folder"/installed-* 2> /dev/null)" ]; then
    # The machine has gained or lost its GPU: both faiss packages are one module.
    "$PYTHON" -m pip uninstall --quiet --yes faiss-cpu faiss-gpu
    rm -f "$folder"/installed-*
  fi
  echo "installing $stack $* (one to five minutes where nothing is there yet)"
  local arguments=(-r "$stack") extra
  for extra in "$@"; do
    arguments+=(-r "$extra")
  done
  "$PYTHON" -m pip install --quiet --disable-pip-version-check "${arguments[@]}" || {
    echo "error: the requirements could not be installed; see the lines above" >&2
    exit 2
  }
  echo "$wanted" > "$stamp"
}
