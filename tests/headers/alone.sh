#!/usr/bin/env bash
# tests/headers/alone.sh COMPILER: compiles every header on its own, with warnings as errors. 77 (skipped) without the
# compiler.
set -euo pipefail

compiler=$1
cd "$(dirname "${BASH_SOURCE[0]}")/../../include"
command -v "$compiler" > /dev/null || { echo "skipped: $compiler is not installed"; exit 77; }

# Thrust's headers, if there are any, want to know the device system.
flags="-std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -I . \
    -DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP"
headers=$(find reassess -name '*.hpp' | sort)
if ! "$compiler" -fsyntax-only -include thrust/version.h -x c++ /dev/null 2> /dev/null; then
    headers=$(grep -vE '^reassess/(execution/thrust\.hpp|device/)' <<< "$headers")
    echo "left out: execution/thrust.hpp and device/ alone: no Thrust is installed"
fi

# The headers of other libraries take most of the time, so they are precompiled for the folders that include them. In
# these folders a missing standard header is found only if none of those libraries includes it.
with_libraries=$(grep -E '^reassess/(statistics|io|report)/|^reassess/reassess\.hpp' <<< "$headers")
headers=$(grep -vxF "$with_libraries" <<< "$headers")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
grep -ohE '^#include <(boost|nlohmann)/[^>]*>' $with_libraries | sort -u > "$work/libraries.hpp"
# shellcheck disable=SC2086
"$compiler" $flags -x c++-header "$work/libraries.hpp" -o "$work/libraries.hpp.gch"

# compile HEADER [OPTION...]
compile() {
    # Included into an empty file: compiled directly, `#pragma once` would be a warning.
    # shellcheck disable=SC2086
    "$compiler" $flags -fsyntax-only "${@:2}" -include "$1" -x c++ /dev/null \
        || { echo "$1 does not compile alone with $compiler"; return 1; }
}
export -f compile
export compiler flags

xargs -n 1 -P "$(nproc)" bash -c 'compile "$1"' _ <<< "$headers"
xargs -n 1 -P "$(nproc)" bash -c 'compile "$2" -include "$1"' _ "$work/libraries.hpp" <<< "$with_libraries"
echo "$(wc -l <<< "$headers"$'\n'"$with_libraries") headers compile alone with $compiler"
