// preference_counts: whether the label set contains the model's prediction or the original label, if these differ (Fig.
// 1 of the paper).
#pragma once

#include "../data/proportion.hpp"
#include "../version.hpp"

#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Counts of the images whose prediction differs from their original label, by which of the two is in the label set
/// (Fig. 1 of "Are we done with ImageNet?"). Images with a missing label are excluded.
struct preference_counts {
    std::uint64_t model_preferred = 0;  ///< only the prediction is in the set
    std::uint64_t label_preferred = 0;  ///< only the original label is in the set
    std::uint64_t both_correct = 0;     ///< both are in the set; not in ratio()
    std::uint64_t both_wrong = 0;       ///< neither is in the set; not in ratio()
    /// Of both_wrong, the images whose set is empty.
    std::uint64_t both_wrong_without_labels = 0;

    /// model_preferred / (model_preferred + label_preferred). Above one half, raters prefer the model's predictions to
    /// the original labels. 0 of 0 if both counts are 0.
    [[nodiscard]] proportion ratio() const noexcept { return {model_preferred, model_preferred + label_preferred}; }

    friend bool operator==(const preference_counts&, const preference_counts&) = default;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
