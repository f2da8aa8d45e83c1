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

# Standard headers, Boost and nlohmann/json take most of the time, so they are precompiled; that each header includes what
# it uses of the standard library is checked by include_rules. Where no Boost may be used, none is precompiled.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
grep -rohE '^#include <[a-z_]+>' reassess | sort -u > "$work/standard.hpp"
{
    cat "$work/standard.hpp"
    grep -rohE '^#include <(boost|nlohmann)/[^>]*>' reassess | sort -u
} > "$work/libraries.hpp"
for precompiled in standard libraries; do
    # shellcheck disable=SC2086
    "$compiler" $flags -x c++-header "$work/$precompiled.hpp" -o "$work/$precompiled.hpp.gch"
done
with_libraries=$(grep -E '^reassess/(statistics|io|report)/|^reassess/reassess\.hpp' <<< "$headers")

# compile HEADER
compile() {
    local precompiled=$work/standard.hpp
    if grep -qxF "$1" <<< "$with_libraries"; then precompiled=$work/libraries.hpp; fi
    # Included into an empty file: compiled directly, `#pragma once` would be a warning.
    # shellcheck disable=SC2086
    "$compiler" $flags -fsyntax-only -include "$precompiled" -include "$1" -x c++ /dev/null \
        || { echo "$1 does not compile alone with $compiler"; return 1; }
}
export -f compile
export compiler flags work with_libraries

xargs -n 1 -P "$(nproc)" bash -c 'compile "$1"' _ <<< "$headers"
echo "$(wc -l <<< "$headers") headers compile alone with $compiler"
