// What a model is scored against, in the memory of a device.
#pragma once

#include "../detail/memory_space.hpp"
#include "../version.hpp"
#include "labels.hpp"
#include "targets.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The labels of `images` images as pointers to a device's memory, not owned: whatever lies there already, or a
/// `device_targets` (device/) that was copied there. Trivially copyable. What is null, is not given, also where there
/// are no images.
///
/// The labels are checked where they are ranked: each must be a class, the original one may be missing_label. That
/// `offsets` never falls is for the caller to know.
struct device_targets_view {
    std::size_t images = 0;
    /// One label an image.
    const class_index* original = nullptr;
    /// CSR form as in label_sets_view: image i has classes[offsets[i]] .. classes[offsets[i + 1] - 1]; offsets[0] need
    /// not be 0. Each set without repetition, in any order.
    const std::uint64_t* offsets = nullptr;
    const class_index* classes = nullptr;
    /// The number of labels of these images, offsets[images] - offsets[0], which the host cannot read.
    std::uint64_t labels = 0;
};

/// The targets in a memory space: targets_view on the host, device_targets_view on a device.
template <class Space>
using targets_in = std::conditional_t<std::same_as<Space, host_space>, targets_view, device_targets_view>;

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
