// Settings of the emulator, which are environment variables, its random numbers and its reports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace cuda_emulator {

/// Which lanes of a warp run next.
enum class lane_order {
    /// Those with the lowest program counter.
    in_order,
    /// Those with the program counter of a random lane; warps take turns at random.
    random,
    /// Like random, and lanes at the same instruction are split at random.
    split
};

/// When enqueued work runs.
enum class stream_order {
    /// When somebody waits for it.
    lazy,
    /// At once.
    eager,
    /// A random part of it, of random streams, after each call.
    random,
    /// Work of the newest stream when somebody waits for it, all other work at once.
    newest_late,
    /// Work of the newest stream at once, all other work when somebody waits for it.
    newest_early
};

struct settings {
    lane_order lanes = lane_order::in_order;    // CUDA_EMULATOR_LANES
    stream_order streams = stream_order::lazy;  // CUDA_EMULATOR_STREAMS
    std::uint64_t seed = 1;                     // CUDA_EMULATOR_SEED
    std::string ptx;                            // CUDA_EMULATOR_PTX: files, separated by ':'
    std::string lines;                          // CUDA_EMULATOR_LINES: file for how often each line was executed
};

/// Throws std::invalid_argument for a value that is not one of a variable's.
const settings& chosen();
std::mt19937_64& random_numbers();

/// Records a fault of the program under test. The first of each kind is printed at once.
void report(const std::string& what);
std::size_t number_of_reports();
/// Prints how often each fault was reported.
void print_reports();

/// Ends the program: it needs something that the emulator lacks.
[[noreturn]] void not_emulated(const std::string& what);

}  // namespace cuda_emulator
