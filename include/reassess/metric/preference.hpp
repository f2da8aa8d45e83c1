// Does the set of acceptable classes side with the model or with the original label, where the two differ?
#pragma once

#include "../data/proportion.hpp"
#include "../version.hpp"

#include <cstdint>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Images whose prediction is not their original label, by which of the two is in the label set (Fig. 1 of
/// "Are we done with ImageNet?"). Images with a missing label are in none of the counts.
struct preference_counts {
    std::uint64_t model_preferred = 0;  ///< only the prediction is in the set
    std::uint64_t label_preferred = 0;  ///< only the original label is in the set
    std::uint64_t both_correct = 0;     ///< both are in the set; discarded
    std::uint64_t both_wrong = 0;       ///< neither is in the set; discarded
    /// Of both_wrong, the images whose set is empty.
    std::uint64_t both_wrong_without_labels = 0;

    /// model / (model + label): above one half, raters prefer the model's predictions to the labels.
    /// 0 of 0, which has no value, where the two never differ or the set never decides.
    [[nodiscard]] proportion ratio() const noexcept { return {model_preferred, model_preferred + label_preferred}; }

    friend bool operator==(const preference_counts&, const preference_counts&) = default;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
