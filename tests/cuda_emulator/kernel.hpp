// Kernels as the emulator runs them: registers and instructions, made from PTX text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace cuda_emulator {

inline constexpr unsigned warp_size = 32;
/// A bit for each lane of a warp.
using lane_mask = std::uint32_t;
inline constexpr lane_mask all_lanes = 0xffffffffU;

class warp;
struct instruction;
/// Executes an instruction for some lanes of a warp.
using execute_function = void (*)(warp&, const instruction&, lane_mask);

/// What follows an instruction.
enum class flow {
    next,
    branch,
    /// The lanes that its mask names meet first.
    meet,
    leave
};

/// Numbers of registers or predicates; `none` where an operand is not there or its value is not wanted.
inline constexpr int none = -1;

struct instruction {
    execute_function execute = nullptr;
    flow then = flow::next;
    int to[4] = {none, none, none, none};
    int from[4] = {none, none, none, none};
    /// The mask of an instruction that meets.
    int mask = none;
    /// A predicate that an instruction writes in addition to a register.
    int to_predicate = none;
    int predicate = none;
    bool if_not = false;
    int target = none;
    /// Of an address; of packing, the number of bits of each part.
    std::int64_t offset = 0;
    /// Number of values that a load, store or packing moves.
    int values = 1;
    /// One of several ways that an operation has, e.g. of a shuffle.
    int variant = 0;
    /// How often a warp has executed it.
    mutable std::uint64_t executed = 0;
    std::string text;
};

struct parameter {
    std::size_t offset = 0;
    std::size_t bytes = 0;
};

struct constant {
    int place = none;
    std::uint64_t value = 0;
};

struct kernel_counts {
    std::uint64_t launches = 0, instructions = 0, load_sectors = 0, store_sectors = 0, atomics = 0;
};

struct kernel {
    std::string name;
    std::vector<parameter> parameters;
    std::unordered_map<std::string, std::size_t> offset_of_parameter;
    std::size_t parameter_bytes = 0;
    unsigned most_threads = 1024;
    /// The text between the braces, until it is parsed.
    std::string body;
    std::vector<instruction> code;
    int registers = 0;
    int predicates = 0;
    /// Values of registers that stand for numbers in the text, and predicates that are always true.
    std::vector<constant> constants;
    std::vector<int> true_predicates;
    mutable kernel_counts counts;

    /// Parses the body. Ends the program at an operation that is not emulated.
    void prepare();
};

/// All kernels of the PTX files, by mangled name. References stay valid.
std::unordered_map<std::string, kernel>& kernels();
/// Reads the PTX files of the settings; a kernel that several files have is taken from the first.
void load_kernels();

/// How an operation, e.g. "add.f32", is executed.
struct operation {
    execute_function execute = nullptr;
    flow then = flow::next;
    int variant = 0;
    int values = 1;
};
/// Ends the program if the operation is not emulated.
const operation& find_operation(const std::string& name);
/// "mov.b64 r, {a, b}" and the reverse.
void pack(warp& w, const instruction& i, lane_mask lanes);
void unpack(warp& w, const instruction& i, lane_mask lanes);

enum class special_register { thread, threads, block, blocks, lane, zero, one };
/// The instruction's variant is a special_register.
void read_special(warp& w, const instruction& i, lane_mask lanes);

}  // namespace cuda_emulator
