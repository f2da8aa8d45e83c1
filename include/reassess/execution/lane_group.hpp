// Lane groups: the lanes that process one row together, one lane on a host, several lanes of a warp on a device.
#pragma once

#include "../detail/config.hpp"
#include "../version.hpp"

#include <cstddef>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Group of one lane: plain loops. Defines the semantics of all other groups.
struct single_lane {
    static constexpr std::size_t lanes = 1;

    /// combine(of_lane(0), ..., of_lane(lanes - 1)), in any order, returned to every lane. combine must be commutative
    /// and associative, its values trivially copyable.
    template <class OfLane, class Combine>
    [[nodiscard]] REASSESS_HOST_DEVICE auto reduce(OfLane of_lane, Combine) const noexcept
    {
        return of_lane(std::size_t{0});
    }
    /// Whether this lane writes the group's result.
    [[nodiscard]] REASSESS_HOST_DEVICE bool leads() const noexcept { return true; }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
