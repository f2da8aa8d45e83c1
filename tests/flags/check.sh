#!/usr/bin/env bash
# tests/flags/check.sh SET WORK_FOLDER SOURCE OBJECT...: builds SOURCE, the tests of the row kernels, as a user with other
# flags would, links it with the objects, and runs every path of the kernels. SET is one of
#   O0, O3_native                          not optimised, and optimised for this processor
#   fast_math_g++, fast_math_clang++       where arithmetic may be reordered and denormals are flushed
#   portable_vectors, plain_loops          what other processors and other compilers get (REASSESS_KERNELS 1 and 0)
# -O2 and the sanitizers are whole presets. Ends with 77 (skipped) and the reason where the compiler is missing.
set -euo pipefail

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
compiler=g++
case $1 in
    O0) flags=(-O0) ;;
    O3_native) flags=(-O3 -march=native -Wno-error=restrict) ;; # of which GCC 12 warns in its own std::string
    fast_math_*) compiler=${1#fast_math_} flags=(-O2 -ffast-math) ;;
    portable_vectors) flags=(-O1 -DREASSESS_KERNELS=1) ;;
    plain_loops) flags=(-O0 -DREASSESS_KERNELS=0) ;;
    *)
        echo "tests/flags/check.sh: no such set of flags: $1"
        exit 2
        ;;
esac
command -v "$compiler" > /dev/null || { echo "skipped: flags $1: $compiler is not installed"; exit 77; }
mkdir -p "$2"
cd "$2"

compile=("$compiler" -std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -I"$tests/../include" -I"$tests")
"${compile[@]}" "${flags[@]}" "$3" "${@:4}" -pthread -o tests
./tests
