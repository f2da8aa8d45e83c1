#!/usr/bin/env bash
# tests/consumers/check.sh HOW WORK_FOLDER: takes the library as a guest does, builds the guest's programs and runs
# them. HOW is one of
#   vendored_g++, vendored_clang++                a copy of include/ and a bare compiler
#   add_subdirectory, fetch_content               CMake, from the source folder
#   find_package                                  CMake, after installation
#   add_subdirectory_without_boost, find_package_without_boost
#                                                 the same on a machine without Boost: reassess::evaluate alone
#   mixed_objects                                 one program of a plain and a -march=native object
#   cuda                                          the same with a third object by nvcc, and the umbrella by nvcc
# Ends with 77 (skipped) and the reason where the machine lacks what it takes.
set -euo pipefail

how=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
rm -rf "$2"
mkdir -p "$2"
work=$(cd "$2" && pwd)
cd "$work"

need() { command -v "$1" > /dev/null || { echo "skipped: $how: $1 is not installed"; exit 77; }; }

vendored() {
    local compiler=$1
    need "$compiler"
    cp -r "$root/include" include
    local compile=("$compiler" -std=c++20 -O2 -Iinclude -pthread)

    # All that evaluate.hpp reaches is its own copy and the compiler's: so it compiles where Boost is not.
    # (Not asked of -M: clang++ lists there what __has_include only looked for.)
    "${compile[@]}" -E "$here/evaluate_only.cpp" | grep -E '^# [0-9]+ "' > reached.txt
    if grep -nE '/boost/|nlohmann|csv\.h|thrust|tbb' reached.txt; then
        echo "evaluate.hpp reaches a library beside the standard one"
        return 1
    fi
    "${compile[@]}" "$here/evaluate_only.cpp" -o evaluate_only
    ./evaluate_only
    "${compile[@]}" "$here/umbrella.cpp" -o umbrella
    ./umbrella
}

cmake_project() {
    cmake -S "$here/cmake_project" -B build -G Ninja -DHOW="$how" -DREASSESS_SOURCE="$root" \
        -DCMAKE_PREFIX_PATH="$work/installed"
    cmake --build build
    ctest --test-dir build --output-on-failure
}

install() {
    cmake -S "$root" -B library -G Ninja -DCMAKE_INSTALL_PREFIX="$work/installed" \
        -DREASSESS_BUILD_TESTS=OFF -DREASSESS_BUILD_EXAMPLES=OFF
    cmake --install library
}

host_objects() {
    local compile=(g++ -std=c++20 -I"$root/include" -c "$here/mixed_objects/score.cpp")
    "${compile[@]}" -O2 -DRIGHT=plain_is_right -o plain.o
    "${compile[@]}" -O2 -march=native -DRIGHT=native_is_right -o native.o
    "${compile[@]}" -O1 -ffast-math -DRIGHT=fast_math_is_right -o fast_math.o

    # The linker would keep one of two kernels of the same name.
    if g++ -march=native -dM -E -x c++ /dev/null | grep __AVX__ > /dev/null; then
        kernels_of plain.o > plain.txt
        kernels_of native.o > native.txt
        if [[ ! -s plain.txt || -n $(comm -12 plain.txt native.txt) ]]; then
            echo "kernels of other flags have the same names:"
            comm -12 plain.txt native.txt
            return 1
        fi
    fi
}
kernels_of() { nm -C "$1" | grep -oE '(baseline|avx2)_row_kernel_built_for_[a-z0-9]+' | sort -u; }

case $how in
    vendored_*) vendored "${how#vendored_}" ;;
    add_subdirectory* | fetch_content) cmake_project ;;
    find_package*) install && cmake_project ;;
    mixed_objects)
        host_objects
        g++ -std=c++20 -O2 -I"$root/include" -pthread -x c++ "$here/mixed_objects/main.cu" -x none plain.o native.o fast_math.o -o mixed
        ./mixed
        ;;
    cuda)
        need nvcc
        host_objects
        nvcc -std=c++20 -O2 --Werror all-warnings -I"$root/include" "$here/mixed_objects/main.cu" plain.o native.o fast_math.o -o mixed
        ./mixed
        nvcc -std=c++20 -O1 --Werror all-warnings -I"$root/include" -x cu "$here/umbrella.cpp" -o umbrella
        ./umbrella
        ;;
    *)
        echo "tests/consumers/check.sh: no such way: $how"
        exit 2
        ;;
esac
