#!/usr/bin/env bash
# tests/headers/alone.sh COMPILER: compiles every header on its own, with warnings as errors. 77 (skipped) without the
# compiler.
set -euo pipefail

compiler=$1
cd "$(dirname "${BASH_SOURCE[0]}")/../../include"
command -v "$compiler" > /dev/null || { echo "skipped: $compiler is not installed"; exit 77; }

compile() {
    # Included into an empty file: compiled directly, `#pragma once` would be a warning.
    "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -I . \
        -include "$1" -x c++ /dev/null || { echo "$1 does not compile alone with $compiler"; return 1; }
}
export -f compile
export compiler

find reassess -name '*.hpp' -print0 | sort -z | xargs -0 -n 1 -P "$(nproc)" bash -c 'compile "$1"' _
echo "$(find reassess -name '*.hpp' | wc -l) headers compile alone with $compiler"
