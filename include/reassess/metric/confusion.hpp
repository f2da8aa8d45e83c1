// confusion: sparse confusion counts of (original label, prediction).
#pragma once

#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "pair_counts.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Number of images of original label `label` that are predicted as `prediction`.
struct confusion_entry {
    class_index label = 0;
    class_index prediction = 0;
    std::uint64_t images = 0;

    friend bool operator==(const confusion_entry&, const confusion_entry&) = default;
};

/// Sparse counts of (original label, prediction); memory grows with the number of pairs that occur. Images with a
/// missing label or excluded because of a NaN are not counted.
class confusion {
public:
    /// `hits` is the diagonal, one number per class; `mistakes` has the other entries.
    confusion(std::vector<std::uint64_t> hits, pair_counts mistakes)
        : hits_(std::move(hits)), mistakes_(std::move(mistakes))
    {
    }

    [[nodiscard]] std::size_t classes() const noexcept { return hits_.size(); }

    /// Number of images of original label `label` that are predicted as `prediction`. Throws std::out_of_range for a
    /// class outside [0, classes()).
    [[nodiscard]] std::uint64_t operator()(class_index label, class_index prediction) const
    {
        const auto in_range = [&](class_index c) { return c >= 0 && static_cast<std::size_t>(c) < classes(); };
        detail::expects<std::out_of_range>(in_range(label) && in_range(prediction), "confusion: (", label, ", ",
                                           prediction, ") is not a pair of classes in [0, ", classes(), ")");
        return label == prediction
                   ? hits_[static_cast<std::size_t>(label)]
                   : mistakes_(static_cast<std::uint32_t>(label), static_cast<std::uint32_t>(prediction));
    }

    /// The entries of mistakes that occur, by label, then by prediction. O(pairs log pairs).
    [[nodiscard]] std::vector<confusion_entry> mistakes() const
    {
        std::vector<confusion_entry> entries;
        for (const pair_count& pair : mistakes_.sorted()) {
            entries.push_back(
                {static_cast<class_index>(pair.first), static_cast<class_index>(pair.second), pair.count});
        }
        return entries;
    }

    /// The `most` most frequent mistakes, in descending order of images, then ascending by label and prediction.
    /// O(pairs log pairs).
    [[nodiscard]] std::vector<confusion_entry> top_mistakes(std::size_t most) const
    {
        std::vector<confusion_entry> entries = mistakes();
        std::stable_sort(entries.begin(), entries.end(),
                         [](const auto& a, const auto& b) { return a.images > b.images; });
        if (entries.size() > most) entries.resize(most);
        return entries;
    }

    /// The dense confusion matrix, classes x classes, one row per original label; 8 bytes per cell. Throws
    /// std::length_error for more than 2^31 - 1 classes.
    [[nodiscard]] std::vector<std::uint64_t> dense() const
    {
        detail::expects<std::length_error>(classes() <= std::numeric_limits<std::uint32_t>::max() / 2,
                                           "confusion: ", classes(), " classes are too many for a dense matrix");
        std::vector<std::uint64_t> matrix(classes() * classes());
        for (std::size_t c = 0; c < classes(); ++c) matrix[c * classes() + c] = hits_[c];
        for (const pair_count& pair : mistakes_.sorted()) {
            detail::expects<std::out_of_range>(pair.first < classes() && pair.second < classes(), "confusion: (",
                                               pair.first, ", ", pair.second, ") is not a pair of classes in [0, ",
                                               classes(), ")");
            matrix[pair.first * classes() + pair.second] = pair.count;
        }
        return matrix;
    }

private:
    std::vector<std::uint64_t> hits_;
    pair_counts mistakes_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
