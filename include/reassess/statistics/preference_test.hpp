// Rater preference test: whether raters prefer models' predictions to the original labels, and from which accuracy on
// (Fig. 1).
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "confidence.hpp"
#include "mcnemar.hpp"
#include "multiple_testing.hpp"
#include "proportion_interval.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Input: one model of Fig. 1.
struct preference_point {
    double original_accuracy = 0;
    /// model_preferred / (model_preferred + label_preferred).
    proportion ratio{};
};

/// One model's preference ratio tested against one half.
struct preference_result {
    /// Index into the input.
    std::size_t model = 0;
    proportion ratio{};
    /// Wilson interval; absent for a ratio of 0 of 0, for which the test has no meaning either.
    std::optional<interval> bounds{};
    /// Test of the ratio against one half.
    sign_test_result test{};
    /// The mid-p value, corrected for the number of models by Holm's method; 1 for a ratio of 0 of 0.
    double adjusted_p_value = 1;
};

/// Result of preference_over_models.
struct preferences_result {
    /// In ascending order of original accuracy; equal accuracies in input order.
    std::vector<preference_result> models{};
    /// Index into `models` of the first one whose ratio is above one half.
    std::optional<std::size_t> first_above_half{};
    /// Index into `models` of the first one whose whole interval is above one half. Each interval is for its model
    /// alone: of many models some are above one half by chance.
    std::optional<std::size_t> first_clearly_above_half{};
    /// Index into `models` of the first one that is above one half after the correction for the number of models:
    /// adjusted_p_value <= 1 - level. At most 1 - level of samples have any model here that is not above one half (up
    /// to the mid-p value's own excess).
    std::optional<std::size_t> first_above_half_after_correction{};
};

/// Every model's preference ratio with its interval and its exact test against one half, in order of original accuracy.
///
/// Throws std::invalid_argument for an accuracy that is not finite and for more hits than total. A ratio of 0 of 0 has
/// no interval and is never above one half. O(models log models). Beyer, Hénaff, Kolesnikov, Zhai, van den Oord 2020,
/// Fig. 1, arXiv:2006.07159.
[[nodiscard]] inline preferences_result preference_over_models(std::span<const preference_point> points,
                                                               confidence_level level = confidence_level{0.95})
{
    std::vector<std::size_t> order(points.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = 0; i < points.size(); ++i) {
        detail::expects(std::isfinite(points[i].original_accuracy), "preference: the accuracy of model ", i,
                        " is not finite");
        detail::expects(points[i].ratio.hits <= points[i].ratio.total, "preference: ", points[i].ratio.hits, " of ",
                        points[i].ratio.total, " is not a valid ratio for model ", i);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return points[a].original_accuracy < points[b].original_accuracy;
    });
    preferences_result result;
    std::vector<double> p_values;
    for (const std::size_t model : order) {
        const proportion ratio = points[model].ratio;
        preference_result one{model, ratio, {}, sign_test(ratio.hits, ratio.total - ratio.hits), 1};
        p_values.push_back(one.test.mid_p_value);
        const std::size_t place = result.models.size();
        if (ratio.total != 0) {
            one.bounds = wilson_interval(ratio, level);
            if (!result.first_above_half && ratio.hits > ratio.total - ratio.hits) result.first_above_half = place;
            if (!result.first_clearly_above_half && one.bounds->lower > 0.5) result.first_clearly_above_half = place;
        }
        result.models.push_back(one);
    }
    const std::vector<double> adjusted = adjust_p_values(p_values, correction::holm);
    for (std::size_t place = 0; place < adjusted.size(); ++place) {
        preference_result& one = result.models[place];
        one.adjusted_p_value = adjusted[place];
        const bool above = one.ratio.hits > one.ratio.total - one.ratio.hits;
        if (above && adjusted[place] <= 1 - level.value() && !result.first_above_half_after_correction)
            result.first_above_half_after_correction = place;
    }
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
