// The result of the heavy pass: ranks, one structure of arrays for all images.
#pragma once

#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The rank of a class in a row of scores: the number of classes with a greater score, plus the number with an equal
/// score and a lower index. The prediction is the class of rank 0.
using rank_index = std::uint32_t;

/// Stands for a rank that is not known: beyond the depth of a stored list, of a missing label, or of an image left out.
inline constexpr rank_index no_rank = std::numeric_limits<rank_index>::max();

/// What a NaN score does: it is an error that names image and class, or its image is left out of every metric and
/// counted.
enum class on_nan { error, exclude };

/// For every image the predicted class and the ranks of its labels; about 16 bytes an image. Belongs to the targets
/// that it was made with: label_rank lies parallel to the labels of the label sets.
struct rankings {
    std::size_t classes = 0;
    /// Ranks below this are known: `classes` from scores, k from top-k lists.
    std::size_t depth = 0;
    /// Whether ties are known: from scores they are, from stored lists they cannot be.
    bool ties_known = false;

    /// The class of rank 0; missing_label for an image left out because of a NaN.
    std::vector<class_index> prediction{};
    /// Rank of the original label, or no_rank. Empty where no original labels were given.
    std::vector<rank_index> original_rank{};
    /// 1 where another class has the same score as the original label. Empty where ties are not known.
    std::vector<std::uint8_t> original_tied{};
    /// Rank of every acceptable label, or no_rank: label j of image i is at offsets[i] - offsets[0] + j.
    /// Empty where no label sets were given.
    std::vector<rank_index> label_rank{};

    [[nodiscard]] std::size_t images() const noexcept { return prediction.size(); }

    /// Throws std::invalid_argument unless `targets` can be what these ranks were made with and their parts fit
    /// together; std::out_of_range for a prediction or label that is no class, where `first_image` is the number of the
    /// first image. O(labels).
    void expect_made_with(const targets_view& targets, std::uint64_t first_image = 0) const
    {
        detail::check_classes(classes);
        detail::expects(depth >= 1 && depth <= classes, "rankings: depth ", depth,
                        ", wanted 1 to the number of classes, ", classes);
        targets.expect_images(images(), "rankings");
        detail::check_labels(targets, classes, first_image);
        detail::expects(!targets.original || original_rank.size() == images(),
                        "rankings were made without original labels");
        detail::expects(!targets.real || label_rank.size() == targets.real->labels(), "rankings hold the ranks of ",
                        label_rank.size(), " labels, the label sets have ", targets.real ? targets.real->labels() : 0);
        detail::expects(!ties_known || original_tied.size() == original_rank.size(), "rankings hold ",
                        original_rank.size(), " ranks of original labels, but ", original_tied.size(), " ties of them");
        for (std::size_t image = 0; image < images(); ++image) {
            const class_index c = prediction[image];
            detail::expects<std::out_of_range>(c == missing_label || (c >= 0 && static_cast<std::size_t>(c) < classes),
                                               "prediction ", c, " of image ", first_image + image, " is not in [0, ",
                                               classes, ")");
        }
    }

    friend bool operator==(const rankings&, const rankings&) = default;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
