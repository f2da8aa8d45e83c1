// What label_summary counts of the labels of one image: the same code on hosts and devices.
#pragma once

#include "../data/labels.hpp"
#include "../detail/config.hpp"
#include "../version.hpp"

#include <cstddef>
#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Counters of images: scalars, then one counter for each size of a label set.
struct label_counters {
    enum scalar : std::size_t {
        images,
        missing_labels,    ///< without an original label, where original labels were given
        with_both_labels,  ///< with an original label and a label set that is not empty
        confirmed,         ///< of these, the images whose original label is in their set
        scalars
    };
    [[nodiscard]] static REASSESS_HOST_DEVICE std::size_t set_size(std::size_t size) noexcept { return scalars + size; }
};

/// The labels of one image.
struct image_labels {
    bool has_original = false;
    class_index original = missing_label;
    bool has_real = false;
    const class_index* set = nullptr;
    std::size_t size = 0;
};

/// Counts one image: calls tally.add(counter) for label_counters and, if the original label is in the set,
/// pairs.add_size(original label, size of the set) and pairs.add_together(original label, other label) for each other
/// label of the set.
#if REASSESS_CUDA
#    pragma nv_exec_check_disable  // the tally and the pairs of a host are host functions
#endif
template <class Tally, class Pairs>
REASSESS_HOST_DEVICE void count_labels(const image_labels& image, const Tally& tally, const Pairs& pairs)
{
    tally.add(label_counters::images);
    if (image.has_original && image.original == missing_label) tally.add(label_counters::missing_labels);
    if (!image.has_real) return;
    tally.add(label_counters::set_size(image.size));
    if (!image.has_original || image.original == missing_label || image.size == 0) return;
    tally.add(label_counters::with_both_labels);
    if (!is_among(image.set, image.size, image.original)) return;
    tally.add(label_counters::confirmed);
    pairs.add_size(image.original, image.size);
    for (std::size_t j = 0; j < image.size; ++j) {
        if (image.set[j] != image.original) pairs.add_together(image.original, image.set[j]);
    }
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
