// A warp while a kernel runs: the registers of its lanes, and which lane executes what next.
#pragma once

#include "kernel.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace cuda_emulator {

/// Sizes of a launch; grids and blocks have one dimension.
struct launch_shape {
    std::uint32_t blocks = 0;
    std::uint32_t threads = 0;
};

class warp {
public:
    /// The warp of a block that begins at `first_thread`.
    void start(const kernel& k, const std::byte* parameters, launch_shape shape, std::uint32_t block,
               std::uint32_t first_thread);
    /// Executes about `budget` instructions, or all. Whether every lane has left.
    bool run(std::int64_t budget);

    // For instructions.
    [[nodiscard]] std::uint64_t* lanes_of(int place) { return registers_.data() + place * static_cast<int>(warp_size); }
    [[nodiscard]] lane_mask& predicate(int place) { return predicates_[static_cast<std::size_t>(place)]; }
    void set_predicate(int place, lane_mask lanes, lane_mask values)
    {
        predicate(place) = (predicate(place) & ~lanes) | (values & lanes);
    }
    [[nodiscard]] const kernel& code_of() const { return *kernel_; }
    [[nodiscard]] const std::byte* parameters() const { return parameters_; }
    [[nodiscard]] std::uint64_t special(special_register which, unsigned lane) const;
    /// "instruction in kernel"
    [[nodiscard]] std::string place(const instruction& i) const;

private:
    /// Lanes that run next, all at the same instruction; 0 if none can.
    [[nodiscard]] lane_mask next_lanes() const;
    [[nodiscard]] lane_mask lanes_at(lane_mask among, std::uint32_t counter) const;
    void set_counters(lane_mask lanes, std::uint32_t counter);
    [[nodiscard]] std::uint32_t least_counter(lane_mask lanes) const;
    /// Executes instructions for lanes that are at the same one, until they part or may meet others; at most `budget`.
    /// Returns how many.
    std::int64_t run_lanes(lane_mask lanes, std::int64_t budget);
    void meet(lane_mask lanes, const instruction& i, std::uint32_t counter);

    const kernel* kernel_ = nullptr;
    const std::byte* parameters_ = nullptr;
    launch_shape shape_;
    std::uint32_t block_ = 0;
    std::uint32_t first_thread_ = 0;
    std::vector<std::uint64_t> registers_;
    std::vector<lane_mask> predicates_;
    /// Index of the next instruction of each lane.
    std::uint32_t counters_[warp_size];
    lane_mask live_ = 0;
    /// Lanes that wait at an instruction for others, and whom each waits for.
    lane_mask waiting_ = 0;
    lane_mask wanted_[warp_size];
};

/// Runs all warps of a launch, in the order that the settings say.
void run_kernel(const kernel& k, launch_shape shape, const std::byte* parameters);

/// Whether a kernel has accessed memory that it must not; stays set until cleared.
bool& illegal_access();

}  // namespace cuda_emulator
