// class_groups: the groups of each class, for example superclasses; a class may be in several groups, or in none.
#pragma once

#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "label_sets.hpp"
#include "labels.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The index of a group of classes: 0 .. groups - 1.
using group_index = std::int32_t;

/// 128 bits that are equal for equal groups and, except with a probability of 2^-128, different for others.
struct groups_fingerprint {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    friend bool operator==(const groups_fingerprint&, const groups_fingerprint&) = default;
};

/// The groups of each class as pointers, not owned, on a host or in a device's memory. Trivially copyable. The result
/// of class_groups::view(); valid as long as the class_groups, or the copy in the device's memory.
struct class_groups_view {
    std::size_t classes = 0;
    std::size_t groups = 0;
    /// Class c has the groups members[offsets[c]] .. members[offsets[c + 1] - 1], ascending and unique.
    const std::uint64_t* offsets = nullptr;
    const group_index* members = nullptr;
    groups_fingerprint fingerprint{};

    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t count(class_index c) const noexcept
    {
        return static_cast<std::size_t>(offsets[c + 1] - offsets[c]);
    }
    [[nodiscard]] REASSESS_HOST_DEVICE const group_index* groups_of(class_index c) const noexcept
    {
        return members + offsets[c];
    }
    [[nodiscard]] REASSESS_HOST_DEVICE bool is_in(class_index c, group_index group) const noexcept
    {
        return detail::is_among(groups_of(c), count(c), group);
    }
    /// Whether two classes have a group in common. A class that is in no group has none in common with itself.
    [[nodiscard]] REASSESS_HOST_DEVICE bool share_group(class_index a, class_index b) const noexcept
    {
        const group_index* const of_a = groups_of(a);
        const std::size_t groups_of_a = count(a);
        for (std::size_t i = 0; i < groups_of_a; ++i) {
            if (is_in(b, of_a[i])) return true;
        }
        return false;
    }
};

/// The groups of each class. Always valid.
class class_groups {
public:
    class_groups() = default;

    /// From one list of groups per class, in any order. Throws std::out_of_range, naming the class, for a group outside
    /// [0, groups). O(classes + members log members).
    template <std::integral Integer>
    class_groups(const std::vector<std::vector<Integer>>& groups_of_class, std::size_t groups) : groups_(groups)
    {
        for (std::size_t c = 0; c < groups_of_class.size(); ++c) {
            for (const Integer group : groups_of_class[c]) {
                detail::expects<std::out_of_range>(std::cmp_greater_equal(group, 0) && std::cmp_less(group, groups),
                                                   "class groups: group ", group, " of class ", c, " is outside [0, ",
                                                   groups, ")");
            }
            of_class_.append(std::span<const Integer>(groups_of_class[c]));
        }
        compute_fingerprint();
    }

    /// From the one group of each class; -1 for a class that is in no group. Throws std::out_of_range, naming the
    /// class, for another value outside [0, groups). O(classes).
    template <std::integral Integer>
    [[nodiscard]] static class_groups by_map(std::span<const Integer> group_of_class, std::size_t groups)
    {
        std::vector<std::vector<Integer>> lists(group_of_class.size());
        for (std::size_t c = 0; c < lists.size(); ++c) {
            if (!std::cmp_equal(group_of_class[c], -1)) lists[c].push_back(group_of_class[c]);
        }
        return class_groups(lists, groups);
    }

    [[nodiscard]] std::size_t classes() const noexcept { return of_class_.images(); }
    [[nodiscard]] std::size_t groups() const noexcept { return groups_; }
    /// The groups of one class, ascending. Throws std::out_of_range for a class outside [0, classes()).
    [[nodiscard]] std::span<const group_index> groups_of(class_index c) const
    {
        detail::expects<std::out_of_range>(c >= 0 && std::cmp_less(c, classes()), "class groups: class ", c,
                                           " is outside [0, ", classes(), ")");
        return of_class_[static_cast<std::size_t>(c)];
    }
    [[nodiscard]] class_groups_view view() const noexcept
    {
        return {classes(), groups_, of_class_.offsets().data(), of_class_.classes().data(), fingerprint_};
    }
    operator class_groups_view() const noexcept { return view(); }

    friend bool operator==(const class_groups&, const class_groups&) = default;

private:
    void compute_fingerprint() noexcept
    {
        fingerprint_ = {0x243f6a8885a308d3U, 0x13198a2e03707344U};
        const auto mix = [](std::uint64_t& state, std::uint64_t value, std::uint64_t factor) {
            state = (state ^ value) * factor;
            state ^= state >> 29;
        };
        const auto add = [&](std::uint64_t value) {
            mix(fingerprint_.low, value, 0x9e3779b97f4a7c15U);
            mix(fingerprint_.high, value + 0x452821e638d01377U, 0xbf58476d1ce4e5b9U);
        };
        add(groups_);
        for (const std::uint64_t offset : of_class_.offsets()) add(offset);
        for (const group_index group : of_class_.classes()) add(static_cast<std::uint64_t>(group));
    }

    label_sets of_class_{};
    std::size_t groups_ = 0;
    groups_fingerprint fingerprint_{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
