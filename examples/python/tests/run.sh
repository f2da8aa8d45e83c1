#!/usr/bin/env bash
# examples/python/tests/run.sh WORK_FOLDER [PYTEST_ARGUMENT...]: installs the package into a fresh virtual environment, as
# a user does, and runs its tests there. Packages come from PyPI.
#
# REASSESS_PROGRAMS names a folder with the programs evaluate and simulate_validation_set, REASSESS_DATA the folder of the
# released data; without them the tests that compare with these are skipped, and say so. Ends with 77 (skipped) and the
# reason where Python's venv module or PyPI is not available.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
rm -rf "$1"
mkdir -p "$1"
work=$(cd "$1" && pwd)
shift

skip() { echo "skipped: the Python package: $1"; exit 77; }
command -v python3 > /dev/null || skip "python3 is not installed"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || skip "python3 is older than 3.10"
python3 -m venv "$work/venv" > "$work/venv.log" 2>&1 || skip "python3 -m venv failed (install python3-venv)"
pip=("$work/venv/bin/pip" --disable-pip-version-check --quiet)
# Only reachability decides whether the test is skipped: a later failure of pip is a failure of the test.
"${pip[@]}" --retries 1 --timeout 10 download --no-deps --dest "$work/download" packaging > "$work/reach.log" 2>&1 ||
    skip "PyPI cannot be reached"

"${pip[@]}" install --no-compile "$here/..[test]"
# In another folder, so that the installed package is imported and not its source.
cd "$work"
"$work/venv/bin/python" -m pytest -q -rs -p no:cacheprovider "$here" "$@" | tee pytest.log
sed -n 's/^SKIPPED \[[0-9]*\] [^:]*:[0-9]*: /skipped: the Python package: /p' pytest.log
