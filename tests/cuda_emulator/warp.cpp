#include "warp.hpp"

#include "report.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace cuda_emulator {
namespace {

template <class Function>
void for_each_lane(lane_mask lanes, Function f)
{
    for (; lanes != 0; lanes &= lanes - 1) f(static_cast<unsigned>(std::countr_zero(lanes)));
}

}  // namespace

bool& illegal_access()
{
    static bool happened = false;
    return happened;
}

void warp::start(const kernel& k, const std::byte* parameters, launch_shape shape, std::uint32_t block,
                 std::uint32_t first_thread)
{
    kernel_ = &k;
    parameters_ = parameters;
    shape_ = shape;
    block_ = block;
    first_thread_ = first_thread;
    // No register has a value that a program could rely on.
    registers_.assign(static_cast<std::size_t>(k.registers) * warp_size, 0xbadbadbadbadbadbU);
    predicates_.assign(static_cast<std::size_t>(k.predicates), 0);
    for (const constant& c : k.constants) {
        for (unsigned lane = 0; lane < warp_size; ++lane) lanes_of(c.place)[lane] = c.value;
    }
    for (const int place : k.true_predicates) predicate(place) = all_lanes;
    const std::uint32_t threads = shape.threads - first_thread;
    live_ = threads >= warp_size ? all_lanes : (1U << threads) - 1;
    waiting_ = 0;
    set_counters(all_lanes, 0);
}

std::uint64_t warp::special(special_register which, unsigned lane) const
{
    switch (which) {
        case special_register::thread:
            return first_thread_ + lane;
        case special_register::threads:
            return shape_.threads;
        case special_register::block:
            return block_;
        case special_register::blocks:
            return shape_.blocks;
        case special_register::lane:
            return lane;
        case special_register::zero:
            return 0;
        case special_register::one:
            break;
    }
    return 1;
}

std::string warp::place(const instruction& i) const
{
    return i.text + " in " + kernel_->name.substr(0, 300);
}

lane_mask warp::lanes_at(lane_mask among, std::uint32_t counter) const
{
    lane_mask lanes = 0;
    for_each_lane(among, [&](unsigned lane) { lanes |= static_cast<lane_mask>(counters_[lane] == counter) << lane; });
    return lanes;
}

void warp::set_counters(lane_mask lanes, std::uint32_t counter)
{
    for_each_lane(lanes, [&](unsigned lane) { counters_[lane] = counter; });
}

lane_mask warp::next_lanes() const
{
    const lane_mask ready = live_ & ~waiting_;
    if (ready == 0) return 0;
    if (chosen().lanes == lane_order::in_order) return lanes_at(ready, least_counter(ready));
    const std::uint64_t drawn = random_numbers()();
    lane_mask left = ready;
    for (std::uint64_t n = drawn % static_cast<unsigned>(std::popcount(ready)); n > 0; --n) left &= left - 1;
    const auto lane = static_cast<unsigned>(std::countr_zero(left));
    lane_mask lanes = lanes_at(ready, counters_[lane]);
    if (chosen().lanes == lane_order::split && (drawn >> 32) % 8 == 0)
        lanes = (lanes & static_cast<lane_mask>(random_numbers()())) | 1U << lane;
    return lanes;
}

std::uint32_t warp::least_counter(lane_mask lanes) const
{
    std::uint32_t least = std::numeric_limits<std::uint32_t>::max();
    for_each_lane(lanes, [&](unsigned lane) { least = std::min(least, counters_[lane]); });
    return least;
}

bool warp::run(std::int64_t budget)
{
    while (live_ != 0 && budget > 0) {
        const lane_mask lanes = next_lanes();
        if (lanes == 0) {
            const auto lane = static_cast<unsigned>(std::countr_zero(live_));
            report("lanes wait for each other for ever: " + place(kernel_->code[counters_[lane]]));
            illegal_access() = true;
            live_ = 0;
        } else {
            budget -= run_lanes(lanes, budget);
        }
    }
    return live_ == 0;
}

std::int64_t warp::run_lanes(lane_mask lanes, std::int64_t budget)
{
    const bool in_order = chosen().lanes == lane_order::in_order;
    const bool together = lanes == live_ && chosen().lanes != lane_order::split;
    // In order, lanes go on until they reach those that are ahead.
    const std::uint32_t ahead = in_order ? least_counter(live_ & ~waiting_ & ~lanes) : 0;
    std::uint32_t counter = counters_[std::countr_zero(lanes)];
    std::int64_t executed = 0;
    do {
        const instruction& i = kernel_->code[counter];
        ++executed;
        ++kernel_->counts.instructions;
        ++i.executed;
        const lane_mask taken =
            i.predicate == none ? lanes : lanes & (i.if_not ? ~predicate(i.predicate) : predicate(i.predicate));
        switch (i.then) {
            case flow::next:
                if (taken != 0) i.execute(*this, i, taken);
                ++counter;
                break;
            case flow::branch:
                if (taken != 0 && taken != lanes) {
                    set_counters(taken, static_cast<std::uint32_t>(i.target));
                    set_counters(lanes & ~taken, counter + 1);
                    return executed;
                }
                counter = taken == 0 ? counter + 1 : static_cast<std::uint32_t>(i.target);
                break;
            case flow::leave:
                set_counters(lanes, counter + 1);
                live_ &= ~taken;
                return executed;
            case flow::meet:
                if (taken != lanes) report("a .sync instruction under a predicate: " + place(i));
                set_counters(lanes, counter);
                meet(lanes, i, counter);
                if (!together || (waiting_ & lanes) != 0) return executed;
                ++counter;
                break;
        }
    } while ((together || counter < ahead) && executed < budget);
    set_counters(lanes, counter);
    return executed;
}

/// Executes the instruction for each set of lanes that are here and wait for exactly each other.
void warp::meet(lane_mask lanes, const instruction& i, std::uint32_t counter)
{
    for_each_lane(lanes, [&](unsigned lane) {
        wanted_[lane] = static_cast<lane_mask>(lanes_of(i.mask)[lane]);
        if ((wanted_[lane] >> lane & 1) == 0) report("a lane is not in its own mask: " + place(i));
    });
    waiting_ |= lanes;
    lane_mask left = lanes_at(live_ & waiting_, counter);
    while (left != 0) {
        const lane_mask wanted = wanted_[std::countr_zero(left)];
        lane_mask here = 0;
        for_each_lane(left, [&](unsigned lane) { here |= static_cast<lane_mask>(wanted_[lane] == wanted) << lane; });
        left &= ~here;
        if ((wanted & ~live_) != 0) report("the mask of a .sync instruction names a lane that has left: " + place(i));
        if ((wanted & live_ & ~here) != 0) continue;
        i.execute(*this, i, here);
        waiting_ &= ~here;
        set_counters(here, counter + 1);
    }
}

void run_kernel(const kernel& k, launch_shape shape, const std::byte* parameters)
{
    const std::uint64_t warps_of_block = (shape.threads + warp_size - 1) / warp_size;
    const std::uint64_t warps = shape.blocks * warps_of_block;
    const auto start = [&](warp& w, std::uint64_t number) {
        w.start(k, parameters, shape, static_cast<std::uint32_t>(number / warps_of_block),
                static_cast<std::uint32_t>(number % warps_of_block * warp_size));
    };
    if (chosen().lanes == lane_order::in_order) {
        static warp w;
        for (std::uint64_t number = 0; number < warps; ++number) {
            start(w, number);
            w.run(std::numeric_limits<std::int64_t>::max());
        }
        return;
    }
    constexpr std::size_t at_once = 12;
    std::vector<std::unique_ptr<warp>> running;
    std::uint64_t next = 0;
    while (next < warps || !running.empty()) {
        while (running.size() < at_once && next < warps) {
            running.push_back(std::make_unique<warp>());
            start(*running.back(), next++);
        }
        auto& drawn = running[random_numbers()() % running.size()];
        if (!drawn->run(static_cast<std::int64_t>(20 + random_numbers()() % 200))) continue;
        std::swap(drawn, running.back());
        running.pop_back();
    }
}

}  // namespace cuda_emulator
