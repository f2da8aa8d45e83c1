#!/usr/bin/env bash
# tests/consumers/check.sh HOW WORK_FOLDER: uses the library as a dependency, builds programs and
# runs them. HOW is one of
#   vendored_g++, vendored_clang++                a copy of include/ and a bare compiler
#   add_subdirectory, fetch_content               CMake, from the source folder
#   find_package                                  CMake, after installation
#   add_subdirectory_without_boost, find_package_without_boost
#                                                 the same on a machine without Boost: reassess::evaluate alone
#   mixed_objects                                 one program of a plain and a -march=native object
#   cuda                                          the same with a third object by nvcc, the umbrella by nvcc, and
#                                                 every kernel compiled for sm_90 and PTX; also for sm_80 with
#                                                 REASSESS_TEST_ALL
#   cuda_run                                      the kernels that `cuda` compiled, run on a GPU
#   thrust_systems                                one program of seq, par and two systems of Thrust, with every Thrust
#                                                 on the machine, by g++; also by clang++ with REASSESS_TEST_ALL
#   programs_clang++                              the programs of examples/ without a warning by clang++, which reads
#                                                 them only: what they compute is g++'s and the sanitizers' to test
#   two_versions                                  one program of two copies of the library that differ, linked in both
#                                                 orders
#   readme                                        the README's C++: its program is examples/first_program.cpp, its
#                                                 snippets compile and run
#   extern_templates                              a program of two sources: one has the kernels and special functions of
#                                                 both, and the other is as small as that promises
#   refused                                       programs that must not compile, and what the compiler says of them
# Ends with 77 (skipped) and the reason where the machine lacks what it takes. `tests/run.sh --all` sets REASSESS_TEST_ALL.
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
        echo "evaluate.hpp includes a library other than the standard library"
        return 1
    fi
    "${compile[@]}" "$here/evaluate_only.cpp" -o evaluate_only
    ./evaluate_only
    "${compile[@]}" -E "$here/umbrella.cpp" | grep -E '^# [0-9]+ "' > reached.txt
    if grep -nE 'nlohmann|csv\.h|thrust|tbb' reached.txt; then
        echo "reassess.hpp includes a library other than the standard library and Boost"
        return 1
    fi
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

# host_objects makes plain.o, native.o and fast_math.o, or takes those that the test mixed_objects has made.
host_objects() {
    if [[ $how != mixed_objects && -f ../mixed_objects/complete ]]; then
        cp ../mixed_objects/{plain,native,fast_math}.o .
        return
    fi
    local compile=(g++ -std=c++20 -I"$root/include" -c "$here/mixed_objects/score.cpp")
    "${compile[@]}" -O1 -DRIGHT=plain_is_right -o plain.o
    "${compile[@]}" -O1 -march=native -DRIGHT=native_is_right -o native.o
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
    touch complete
}
kernels_of() { nm -C "$1" | grep -oE '(baseline|avx2)_row_kernel_built_for_[a-z0-9]+' | sort -u; }

# Folders of Thrust's headers: a system's own, and a CUDA toolkit's.
thrust_folders() {
    local folder
    for folder in /usr/include "$(dirname "$(command -v nvcc || echo /none)")/../include/cccl" /usr/local/cuda/include/cccl; do
        if [[ -f $folder/thrust/version.h ]]; then realpath "$folder"; fi
    done | sort -u
}

# refuses CASE WORDS: the case must fail to compile, with these words.
refuses() {
    if g++ -std=c++20 -fsyntax-only -I"$root/include" -DCASE="$1" "$here/refused.cpp" 2> said.txt; then
        echo "case $1 of refused.cpp compiles"
        return 1
    fi
    grep -qF -- "$2" said.txt || { echo "case $1 of refused.cpp is refused without \"$2\":"; cat said.txt; return 1; }
}

# Every kernel for one generation of GPUs (or two) and, as PTX, for later ones and the emulator. None may keep registers
# in local memory.
cuda_backend() {
    local generations=sm_90
    if [[ -n ${REASSESS_TEST_ALL:-} ]]; then generations=sm_80,sm_90; fi
    nvcc -std=c++20 -O1 -gencode "arch=compute_80,code=[$generations,compute_80]" --Werror all-warnings --keep \
        -Xptxas -v -I"$root/include" -c "$root/tests/cuda/backend.cu" -o backend.o > ptxas.txt 2>&1 \
        || { cat ptxas.txt; return 1; }
    awk -v generations="$generations" \
        '/Compiling entry function/ { ours = /reassess/; rows += /for_rows/; name = $0 }
         /bytes stack frame/ && ours && !/ 0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads/ {
             print "keeps registers in local memory:" $0 " " name; spills = 1 }
         match($0, /Used [0-9]+ registers/) && ours { used = substr($0, RSTART + 5) + 0; if (used > most) most = used }
         END { print rows " kernels over rows for " generations ", " most " registers at most"
               exit spills || rows == 0 }' ptxas.txt
    touch complete
}

# The emulator of a CUDA runtime, as one program with the tests of CUDA.
cuda_emulator() {
    local toolkit
    toolkit=$(dirname "$(realpath "$(command -v nvcc)")")/..
    printf '%s\0' "$root"/tests/cuda_emulator/*.cpp \
        | xargs -0 -n 1 -P "$(nproc)" g++ -std=c++20 -O2 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
            -Werror -isystem "$toolkit/include" -c
    g++ ../cuda/backend.o ./*.o -o backend_emulated
}
# emulated HOW LANES STREAMS SEED: any report of the emulator is an error.
emulated() {
    echo "lanes $2, streams $3, seed $4:"
    CUDA_EMULATOR_PTX=../cuda/backend.ptx CUDA_EMULATOR_LANES=$2 CUDA_EMULATOR_STREAMS=$3 CUDA_EMULATOR_SEED=$4 \
        ./backend_emulated "$1"
}

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
        nvcc -std=c++20 -O2 -arch=sm_80 --Werror all-warnings -I"$root/include" "$root/examples/gpu.cu" -o gpu
        cuda_backend
        ;;
    cuda_run)
        need nvcc
        if [[ ! -f ../cuda/complete ]]; then echo "cuda_run: the test cuda has not compiled the kernels"; exit 1; fi
        nvcc ../cuda/backend.o -o backend
        result=0
        ./backend || result=$?
        if ((result != 77)); then exit "$result"; fi
        echo "left out: cuda_run: there is no GPU; the kernels run on an emulator"
        cuda_emulator
        emulated all in_order lazy 1
        emulated short random newest_late 2
        emulated short split newest_early 3
        if [[ -n ${REASSESS_TEST_ALL:-} ]]; then
            seed=10
            for order in "random lazy" "split eager" "random random" "split newest_late" "random newest_early"; do
                # shellcheck disable=SC2086
                emulated short $order $((seed++))
            done
        fi
        ;;
    thrust_systems)
        folders=$(thrust_folders)
        if [[ -z $folders ]]; then echo "skipped: thrust_systems: no Thrust is installed"; exit 77; fi
        compilers=(g++)
        if [[ -n ${REASSESS_TEST_ALL:-} ]]; then compilers=(g++ clang++); fi
        for compiler in "${compilers[@]}"; do
            if ! "$compiler" -fopenmp -x c++ -o /dev/null - <<< 'int main() {}' 2> /dev/null; then
                echo "left out: thrust_systems: no $compiler with OpenMP is installed"
                continue
            fi
            for folder in $folders; do
                include=(-isystem "$folder")
                if [[ $folder == /usr/include ]]; then include=(); fi
                "$compiler" -std=c++20 -O1 -fopenmp -DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP -I"$root/include" \
                    "${include[@]}" "$here/thrust_systems.cpp" -o systems -ltbb
                ./systems
            done
        done
        ;;
    programs_clang++)
        need clang++
        # The headers are parsed once: they take most of the time.
        cat > all.hpp << 'END'
#include <reassess/io/io.hpp>
#include <reassess/reassess.hpp>
#include <reassess/report/report.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
END
        compile=(clang++ -std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
                 -DREASSESS_EXTERN_TEMPLATES -DREASSESS_EXAMPLES_DATA_DIR='""' -I"$root/include" -I"$root/examples")
        "${compile[@]}" -x c++-header all.hpp -o all.pch
        # Each program as one source.
        for main in "$root"/examples/*.cpp; do
            name=$(basename "$main" .cpp)
            for source in "$main" "$root/examples/$name"/*.cpp; do
                if [[ -f $source ]]; then echo "#include \"$source\""; fi
            done > "$name.cpp"
            printf '%s\0' "$name.cpp"
        done | xargs -0 -n 1 -P "$(nproc)" "${compile[@]}" -include-pch all.pch -fsyntax-only
        ;;
    readme)
        awk '/^```cpp$/ { file = "block_" ++n ".txt"; printf "" > file; next }
             /^```$/ { file = "" }
             file != "" { print > file }' "$root/README.md"
        diff block_1.txt "$root/examples/first_program.cpp"
        {
            cat << 'END'
#include <reassess/reassess.hpp>

namespace ra = reassess;

END
            sed '/^};$/q' block_3.txt
            cat << 'END'
void snippets(const float* data, const std::vector<float>& vector, std::size_t images, std::size_t classes, std::size_t half,
              const std::vector<ra::class_index>& original, const std::vector<std::vector<int>>& lists)
{
END
            cat block_2.txt
            sed '1,/^};$/d' block_3.txt
            cat << 'END'
    if (!(total == result)) throw 1;
}

void by_id(const std::vector<float>& data, const ra::targets_view& targets, const std::vector<std::uint64_t>& ids,
           const std::vector<std::byte>& bytes)
{
    const ra::scores_view<float> scores(data, 6);
END
            cat block_4.txt
            cat << 'END'
    if (mine.images() != 3 || mine.repeated_images() != 3) throw 2;
    if (!(once == ra::evaluate(ra::logits(scores), targets))) throw 3;
}

int main()
{
    const std::vector<float> data{1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1, 1, 3, 5, 2, 4, 6};
    snippets(data.data(), data, 3, 6, 2, {5, 1, 5}, {{5}, {0, 1}, {}});
    const std::vector<ra::class_index> original{5, 1, 5};
    const std::vector<std::uint64_t> ids{7, 8, 9};
    ra::results_by_id other;
    other.add(ra::rank(ra::logits(ra::scores_view<float>(data, 6)), {.original = original}), {.original = original}, ids);
    by_id(data, {.original = original}, ids, other.to_bytes());
}
END
        } > readme.cpp
        g++ -std=c++20 -O1 -Wall -Wextra -Wno-unused-value -Wno-unused-result -I"$root/include" -pthread readme.cpp -o readme
        ./readme
        # The table of tasks: the first code of each row, where it needs no CUDA.
        {
            cat << 'END'
#include <reassess/io/io.hpp>
#include <reassess/reassess.hpp>

namespace ra = reassess;

END
            sed '/^};$/q' block_3.txt
            cat << 'END'
void tasks(const ra::scores_view<float>& scores, const ra::scores_view<float>& batch, const ra::targets_view& targets,
           const std::vector<std::int64_t>& int64_labels, const std::vector<ra::class_index>& original,
           const std::vector<std::int64_t>& lists, std::size_t k, std::size_t classes, std::size_t first, std::size_t count,
           const ra::evaluation<>& result, ra::evaluation<>& total, const std::vector<std::byte>& bytes,
           const ra::image_results& a, const ra::image_results& b, const std::vector<double>& x,
           const std::vector<double>& y, const std::vector<ra::rated_pair>& pairs, const ra::annotations& votes,
           const std::vector<std::vector<ra::image_outcome>>& outcomes, const std::vector<double>& hits,
           const ra::halves_result& halves, const std::vector<std::size_t>& families, std::size_t models,
           const ra::class_groups& groups, const ra::class_taxonomy& taxonomy,
           const std::vector<double>& image_weights, const std::vector<ra::assessed_mistake>& assessed,
           ra::results_by_id& mine, const std::vector<std::uint64_t>& ids)
{
    const auto run_blocks = [](std::size_t blocks, auto&& run) {
        for (std::size_t i = 0; i < blocks; ++i) run(i);
    };
    ra::evaluator e(ra::par);
END
            awk -F'|' 'NF == 6 && $4 ~ /hpp/ && !/nvcc/ { split($3, code, "`"); print "    (void)(" code[2] ");"; ++rows }
                 END { exit rows < 15 }' "$root/README.md"
            echo "}"
        } > tasks.cpp
        g++ -std=c++20 -fsyntax-only -Wall -Wextra -I"$root/include" tasks.cpp
        ;;
    two_versions)
        cp -r "$root/include" first
        cp -r "$root/include" second
        # Another snapshot of the library, which counts one hit more.
        sed -i 's/^#define REASSESS_VERSION_SNAPSHOT \([0-9]*\)$/#define REASSESS_VERSION_SNAPSHOT 9\1/' \
            second/reassess/version.hpp
        sed -i 's/return {sum(at().original_rank(0), k), /return {sum(at().original_rank(0), k) + 1, /' \
            second/reassess/metric/evaluation.hpp
        for copy in first second; do
            g++ -std=c++20 -O0 -I"$copy" -DUSER="${copy}_user" -c "$here/two_versions/user.cpp" -o "$copy.o"
        done
        g++ -std=c++20 -pthread "$here/two_versions/main.cpp" first.o second.o -o in_order
        g++ -std=c++20 -pthread "$here/two_versions/main.cpp" second.o first.o -o reversed
        ./in_order
        ./reversed
        ;;
    extern_templates)
        compile=(g++ -std=c++20 -O0 -I"$root/include")
        "${compile[@]}" -c "$here/extern_templates.cpp" -o whole.o
        compile+=(-DREASSESS_EXTERN_TEMPLATES)
        "${compile[@]}" -MD -c "$here/extern_templates.cpp" -o user.o
        echo '#include <reassess/instantiate.inl>' > instantiate.cpp
        "${compile[@]}" -c instantiate.cpp
        if grep -F boost/ user.d || [[ -n $(kernels_of user.o) ]]; then
            echo "a source with REASSESS_EXTERN_TEMPLATES includes Boost or compiles kernels"
            exit 1
        fi
        g++ -pthread whole.o -o whole
        g++ -pthread user.o instantiate.o -o parts
        ./whole > whole.txt
        ./parts > parts.txt
        diff whole.txt parts.txt
        test "$(wc -l < whole.txt)" -eq 14
        ;;
    refused)
        g++ -std=c++20 -fsyntax-only -I"$root/include" -DCASE=0 "$here/refused.cpp"
        refuses 1 "use staged(scores, {.buffer_bytes = ...})"
        refuses 2 "a host cannot read scores in a device's memory"
        refuses 4 "use staged(scores, {.buffer_bytes = ...})"
        refuses 5 "use staged(scores, {.buffer_bytes = ...})"
        refuses 6 "8-bit integer scores have an order only"
        refuses 7 "a metric needs the member: static constexpr std::uint32_t version"
        refuses 8 "a metric needs the member: static constexpr std::uint32_t version"
        refuses 9 "two metrics have the same name"
        for case in 10 11 12 13 14; do refuses $case "use scores_view<T>(data, images, classes)"; done
        for case in 15 16 17; do refuses $case "the first argument is not an execution policy of reassess"; done
        refuses 21 "use label_sets sets(lists) and {.real = sets}"
        for case in 18 19 20; do refuses $case "use {.original = labels}, {.real = sets.view()} or both"; done
        refuses 3 "-DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP"
        if command -v clang++ > /dev/null; then
            dangling=(clang++ -std=c++20 -fsyntax-only -Werror=dangling -I"$root/include" "$here/dangling.cpp")
            "${dangling[@]}" -DCASE=0
            for case in 1 2; do
                if "${dangling[@]}" -DCASE="$case" 2> message.txt; then
                    echo "clang++ accepts a named view of temporary labels (case $case)"
                    exit 1
                fi
                grep -F "destroyed at the end of the full-expression" message.txt
            done
        else
            echo "left out: refused: views of temporaries, which only clang++ sees"
        fi
        ;;
    *)
        echo "tests/consumers/check.sh: no such way: $how"
        exit 2
        ;;
esac
