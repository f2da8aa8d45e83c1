// Sorted class accuracies of a model and of the unbiased oracle (Fig. 6 of "Are we done with ImageNet?").
#pragma once

#include "../data/labels.hpp"
#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "evaluation.hpp"
#include "label_summary.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Class accuracies of the oracle and of a model, with the same length, each sorted independently in descending order.
struct class_curves {
    std::vector<double> oracle{};
    std::vector<double> model{};
    /// Requested classes without a value: no image has this original label in its label set.
    std::size_t classes_left_out = 0;

    /// The proportion of positions at which the model's curve is at or above the oracle's. 0 of 0 if there are no
    /// classes.
    [[nodiscard]] proportion at_or_above_oracle() const noexcept
    {
        proportion positions{0, oracle.size()};
        for (std::size_t i = 0; i < oracle.size(); ++i) positions.hits += model[i] >= oracle[i];
        return positions;
    }
    /// Whether the model's curve is at or above the oracle's at every position. False if there are no classes.
    [[nodiscard]] bool dominates() const noexcept
    {
        return !oracle.empty() && at_or_above_oracle().hits == oracle.size();
    }
};

/// Sorted class accuracies over `classes`, for example targets.ambiguous_classes(). Both arguments must have counted
/// the same labels. Classes without a value are excluded and counted. Throws std::invalid_argument if the numbers of
/// classes differ or a kind of labels is missing, std::out_of_range for a class outside [0, classes). O(classes log
/// classes).
[[nodiscard]] inline class_curves sorted_class_curves(const label_summary& targets,
                                                      const detail::evaluation_results& model,
                                                      std::span<const class_index> classes)
{
    detail::expects(targets.classes() == model.classes(), "class curves: the labels have ", targets.classes(),
                    " classes, the model has ", model.classes());
    const std::vector<class_oracle> oracle = targets.oracle();
    class_curves curves;
    for (const class_index c : classes) {
        const std::optional<double> accuracy = model.confirmed_class_accuracy(c).try_value();
        const std::optional<double> expected = oracle[static_cast<std::size_t>(c)].accuracy;
        if (accuracy && expected) {
            curves.model.push_back(*accuracy);
            curves.oracle.push_back(*expected);
        } else {
            ++curves.classes_left_out;
        }
    }
    std::sort(curves.model.rbegin(), curves.model.rend());
    std::sort(curves.oracle.rbegin(), curves.oracle.rend());
    return curves;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
