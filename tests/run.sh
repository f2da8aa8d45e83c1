#!/usr/bin/env bash
# tests/run.sh [--all]: sets up, builds and passes every test.
# --all also installs the second compiler, runs the suite under it with sanitizers, has it read the programs, compiles each
# header alone, and checks formatting and spelling.
# With REASSESS_DATA naming the folder of the real data, the tests on it run too.
set -euo pipefail

case "${1:-} $#" in
    " 0") goal=tests presets=(release) leave_out=(--label-exclude alone) ;;
    "--all 1") goal=all presets=(release asan-ubsan tsan) leave_out=() ;;
    *)
        echo "usage: tests/run.sh [--all]" >&2
        exit 2
        ;;
esac

if [[ -n ${REASSESS_DATA:-} ]]; then REASSESS_DATA=$(realpath -e "$REASSESS_DATA"); fi
# Read by tests/consumers/check.sh.
if [[ $goal == all ]]; then export REASSESS_TEST_ALL=1; else unset REASSESS_TEST_ALL; fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash cmake/setup.sh "$goal"

# The thread sanitizer of these compilers does not start where addresses are spread more widely than it knows
# ("unexpected memory mapping"), so its tests run with a fixed layout where the machine lets them.
fixed_layout=()
if setarch "$(uname -m)" --addr-no-randomize true 2> /dev/null; then
    fixed_layout=(setarch "$(uname -m)" --addr-no-randomize)
fi

# counts_of LOG: how many test cases and assertions passed, summed over the test programs that ctest ran.
counts_of() {
    awk '/^\[doctest\] test cases:/ { split($0, part, "|"); cases += part[2] }
         /^\[doctest\] assertions:/ { split($0, part, "|"); assertions += part[2] }
         END { printf "%d test cases, %d assertions", cases, assertions }' "$1"
}

summary=()
for preset in "${presets[@]}"; do
    echo
    echo "== $preset"
    start=$SECONDS
    log=build/$preset/Testing/Temporary/LastTest.log
    cmake --preset "$preset" > /dev/null
    cmake --build --preset "$preset"
    wrapper=()
    if [[ $preset == tsan ]]; then wrapper=("${fixed_layout[@]}"); fi
    "${wrapper[@]}" ctest --preset "$preset" "${leave_out[@]}" -j "$(nproc)"
    summary+=("$(printf '%-10s %4d s, %s' "$preset" $((SECONDS - start)) "$(counts_of "$log")")")
    while read -r line; do summary+=("           $line"); done < <(grep -hE '^(skipped|left out): ' "$log" | sort -u)
done

echo
echo "Every test passed:"
printf '  %s\n' "${summary[@]}"
if [[ $goal == tests ]]; then
    echo "Not run: asan-ubsan by clang++, tsan, the programs by clang++, each header alone, style (bash tests/run.sh --all)"
fi
