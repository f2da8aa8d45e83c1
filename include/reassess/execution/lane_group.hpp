// The lanes that share one row: one on a host, some of a warp on a device. What is written with a group runs on both.
#pragma once

#include "../detail/config.hpp"
#include "../version.hpp"

#include <cstddef>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A group of one lane: plain loops. It says what every other group must do.
struct single_lane {
    static constexpr std::size_t lanes = 1;

    /// combine(of_lane(0), ..., of_lane(lanes - 1)), in any order, for every lane: combine must be commutative and
    /// associative, what it combines trivially copyable.
    template <class OfLane, class Combine>
    [[nodiscard]] REASSESS_HOST_DEVICE auto reduce(OfLane of_lane, Combine) const noexcept
    {
        return of_lane(std::size_t{0});
    }
    /// Whether this lane is the one that writes what all of them found.
    [[nodiscard]] REASSESS_HOST_DEVICE bool leads() const noexcept { return true; }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
