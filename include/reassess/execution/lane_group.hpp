// Lane groups: the lanes that process one row together, one lane on a host, several lanes of a warp on a device.
#pragma once

#include "../detail/config.hpp"
#include "../version.hpp"

#include <cstddef>
#include <type_traits>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {
namespace detail {

/// Whether greater_or_nan of such numbers is NaN if one of them is.
template <class T>
inline constexpr bool greatest_shows_nan = REASSESS_DEVICE_80 != 0 && std::is_same_v<T, float>;

template <class T>
[[nodiscard]] REASSESS_HOST_DEVICE T greater_or_nan(T a, T b) noexcept
{
#if REASSESS_DEVICE_80
    if constexpr (greatest_shows_nan<T>) {
        float greater;
        asm("max.NaN.f32 %0, %1, %2;" : "=f"(greater) : "f"(a), "f"(b));
        return greater;
    }
#endif
    return b > a ? b : a;
}

/// The lesser of two numbers that are not NaN.
template <class T>
[[nodiscard]] REASSESS_HOST_DEVICE T lesser(T a, T b) noexcept
{
#if REASSESS_DEVICE_CODE
    if constexpr (std::is_same_v<T, float>) return fminf(a, b);
#endif
    return b < a ? b : a;
}

}  // namespace detail

// Combinations for which a device has instructions.
struct sum_of_lanes {
    template <class T>
    [[nodiscard]] REASSESS_HOST_DEVICE T operator()(T a, T b) const noexcept
    {
        return a + b;
    }
};
struct least_of_lanes {
    template <class T>
    [[nodiscard]] REASSESS_HOST_DEVICE T operator()(T a, T b) const noexcept
    {
        return detail::lesser(a, b);
    }
};
/// For floats on a device, NaN if there is one, and then positive.
struct greatest_of_lanes {
    template <class T>
    [[nodiscard]] REASSESS_HOST_DEVICE T operator()(T a, T b) const noexcept
    {
        return detail::greater_or_nan(a, b);
    }
};

/// Group of one lane: plain loops. Defines the semantics of all other groups.
struct single_lane {
    static constexpr std::size_t lanes = 1;
    /// Whether lanes of other groups execute the same instructions: then it is faster to treat all rows alike.
    static constexpr bool shares_instructions = false;

    /// An object for each lane; of_lane functions access that of their own lane.
    template <class T>
    class per_lane {
    public:
        [[nodiscard]] REASSESS_HOST_DEVICE T& operator[](std::size_t) noexcept { return own_; }

    private:
        T own_{};
    };

    /// combine(of_lane(0), ..., of_lane(lanes - 1)), in any order, returned to every lane. combine must be commutative
    /// and associative, its values trivially copyable.
    template <class OfLane, class Combine>
    [[nodiscard]] REASSESS_HOST_DEVICE auto reduce(OfLane of_lane, Combine) const noexcept
    {
        return of_lane(std::size_t{0});
    }
    /// Calls f(lane) for every lane of the group, each by itself.
    template <class Function>
    REASSESS_HOST_DEVICE void for_each_lane(Function f) const noexcept
    {
        f(std::size_t{0});
    }
    /// Whether this lane writes the group's result.
    [[nodiscard]] REASSESS_HOST_DEVICE bool leads() const noexcept { return true; }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
