#!/usr/bin/env bash
# bench/compile_time.sh: compile time of evaluate.hpp at -O2 with each installed compiler: seconds of processor time,
# median of three, and the limit. Returns 1 if a limit is exceeded.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo '#include <reassess/evaluate.hpp>' > "$work/include_alone.cpp"
cp "$root/tests/consumers/evaluate_only.cpp" "$work/first_evaluate.cpp"

TIMEFORMAT='%U %S'
within_limits=yes
# measure COMPILER PROGRAM LIMIT
measure() {
    local compile=("$1" -std=c++20 -O2 -I"$root/include" -c "$work/$2.cpp" -o "$work/$2.o")
    local seconds
    seconds=$(for _ in 1 2 3; do { time "${compile[@]}"; } 2>&1; done | awk '{ print $1 + $2 }' | sort -g | sed -n 2p)
    printf '%-10s %-16s %8s s %8s s\n' "$1" "$2" "$seconds" "$3"
    awk -v seconds="$seconds" -v limit="$3" 'BEGIN { exit !(seconds < limit) }' || within_limits=no
}

printf '%-10s %-16s %10s %10s\n' compiler program median limit
for compiler in g++ clang++; do
    command -v "$compiler" > /dev/null || { echo "$compiler is not installed"; continue; }
    measure "$compiler" include_alone 1.5
    measure "$compiler" first_evaluate 4
done
[[ $within_limits == yes ]] || { echo "a limit is exceeded"; exit 1; }
