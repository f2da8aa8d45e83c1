// device_targets_view: targets (original and ReaL labels) in the memory of a device.
#pragma once

#include "../detail/expects.hpp"
#include "../detail/memory_space.hpp"
#include "../version.hpp"
#include "labels.hpp"
#include "targets.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <type_traits>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The labels of `images` images as pointers to a device's memory, not owned: data of the user's own, or of a
/// `device_targets` (device/). Trivially copyable. A null pointer means that these labels are not given, even if
/// `images` is 0.
///
/// The functions that rank the labels check that each is a class (an original label may be missing_label).
/// Precondition, not checked: `offsets` never decreases.
struct device_targets_view {
    std::size_t images = 0;
    /// One label per image.
    const class_index* original = nullptr;
    /// CSR form like label_sets_view: image i has classes[offsets[i]] .. classes[offsets[i + 1] - 1]; offsets[0] may
    /// differ from 0. The classes of a set are unique, in any order.
    const std::uint64_t* offsets = nullptr;
    const class_index* classes = nullptr;
    /// The number of labels of these images, offsets[images] - offsets[0]; a separate member, because the host cannot
    /// read `offsets`.
    std::uint64_t labels = 0;
    /// One weight per image, for metrics that request weights; see targets_view.
    const double* weights = nullptr;
};

/// The targets in a memory space: targets_view on the host, device_targets_view on a device.
template <class Space>
using targets_in = std::conditional_t<std::same_as<Space, host_space>, targets_view, device_targets_view>;

namespace detail {

inline void expect_images_of(const device_targets_view& targets, std::size_t images, const char* what)
{
    expects(targets.images == images, what, " have ", images, " images, the targets have ", targets.images);
    expects(targets.offsets == nullptr || targets.classes != nullptr || targets.labels == 0,
            "device targets: offsets are given for ", targets.labels, " labels, but the pointer classes is null");
}

/// Throws unless a device can process rows of so many scores: its lanes count comparisons in floats, and classes in 32
/// bits.
inline void check_device_classes(std::size_t classes)
{
    check_classes(classes);
    expects<std::out_of_range>(classes <= std::size_t{1} << 28, "the scores have ", classes,
                               " classes, expected at most 2^28 on a device");
}

}  // namespace detail

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
