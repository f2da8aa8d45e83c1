// Label sets packed into one 64-bit word per image, for fast ReaL accuracy of many stored predictions.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "label_sets.hpp"
#include "labels.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Label sets packed once and used for many models: up to four labels of 16 bits in one 64-bit word per image. Images
/// with more labels (1.5 % of ImageNet's) are in a separate list, 16 bytes for every four labels.
class packed_label_sets {
public:
    /// The value of unused 16-bit fields; not a class.
    static constexpr std::uint16_t no_label = 0xffff;
    static constexpr std::size_t labels_each = 4;
    static constexpr std::size_t most_classes = 0xfffe;

    /// Up to four labels of an image that has more than four.
    struct large_word {
        std::uint64_t image;
        std::uint64_t labels;
    };

    /// No images.
    packed_label_sets() = default;

    /// Throws std::invalid_argument if `classes` is 0 or greater than `most_classes`; std::out_of_range for a label
    /// outside [0, classes). O(labels).
    packed_label_sets(const label_sets_view& sets, std::size_t classes) : classes_(classes)
    {
        detail::expects(classes >= 1 && classes <= most_classes, "packed label sets: ", classes,
                        " classes, expected 1 to ", most_classes);
        words_.reserve(sets.images());
        for (std::size_t image = 0; image < sets.images(); ++image) {
            const std::span<const class_index> set = sets[image];
            detail::expects<std::out_of_range>(set.empty() || static_cast<std::size_t>(set.back()) < classes, "label ",
                                               set.empty() ? 0 : set.back(), " of image ", image, " is outside [0, ",
                                               classes, ")");
            images_with_labels_ += !set.empty();
            words_.push_back(set.size() > labels_each ? word_of({}) : word_of(set));
            if (set.size() <= labels_each) continue;
            for (std::size_t first = 0; first < set.size(); first += labels_each)
                large_.push_back({image, word_of(set.subspan(first, std::min(labels_each, set.size() - first)))});
        }
    }

    [[nodiscard]] std::size_t images() const noexcept { return words_.size(); }
    /// Images with a non-empty set.
    [[nodiscard]] std::uint64_t with_real_labels() const noexcept { return images_with_labels_; }
    [[nodiscard]] std::size_t classes() const noexcept { return classes_; }
    /// One word per image. The word of an image in large_words() has no labels.
    [[nodiscard]] std::span<const std::uint64_t> words() const noexcept { return words_; }
    /// All labels of the images with more than `labels_each` labels, in ascending order of images.
    [[nodiscard]] std::span<const large_word> large_words() const noexcept { return large_; }

private:
    static std::uint64_t word_of(std::span<const class_index> labels) noexcept
    {
        std::uint64_t word = ~std::uint64_t{0};
        for (const class_index label : labels) word = word << 16 | static_cast<std::uint64_t>(label);
        return word;
    }

    std::vector<std::uint64_t> words_;
    std::vector<large_word> large_;
    std::size_t classes_ = 0;
    std::uint64_t images_with_labels_ = 0;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
