// Several models evaluated against the same labels: the input of evaluation_json.hpp and evaluation_csv.hpp.
#pragma once

#include "../data/labels.hpp"
#include "../data/probability_check.hpp"
#include "../data/proportion.hpp"
#include "../metric/class_scores.hpp"
#include "../metric/evaluation.hpp"
#include "../metric/group_scores.hpp"
#include "../metric/label_summary.hpp"
#include "../metric/mistake_heights.hpp"
#include "../metric/prediction_agreement.hpp"
#include "../metric/selective_prediction.hpp"
#include "../metric/set_ranking.hpp"
#include "../statistics/model_comparison.hpp"
#include "../statistics/preference_test.hpp"
#include "../version.hpp"
#include "input_warnings.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// A result for each kind of labels; empty where the labels are not given.
template <class Result>
struct by_labels {
    std::optional<Result> original{};
    std::optional<Result> real{};
};

/// One model and its results.
struct evaluated_model {
    std::string name{};
    evaluation<> results{};
    /// Images with an original label and a non-empty label set, by the label kind for which the prediction is correct:
    /// the original label is the first, the label set the second. Empty if a kind of labels is not given.
    std::optional<paired_proportion> joint{};
    /// Rounding of the scores, if they are probabilities that are not normalised.
    std::optional<probability_check> rounding{};
    /// Metrics on request; empty if they were not requested.
    std::optional<set_rankings> ranking{};
    std::optional<by_labels<class_scores>> classes{};
    std::optional<by_labels<group_scores>> groups{};
    std::optional<by_labels<mistake_heights_result>> mistake_heights{};
    std::optional<by_labels<risk_coverage_curve>> selective{};
};

/// Agreement of several models.
struct models_agreement {
    /// prediction_agreements: every pair of models.
    std::vector<proportion> predictions{};
    /// The images by the number of models that are right.
    by_labels<images_by_models_right_result> right{};
};

/// Models evaluated against the same labels, and what compares them. What is not known is empty.
struct evaluated_models {
    label_summary labels{};
    std::vector<evaluated_model> models{};
    /// The k of the accuracies that are written, each in [1, depth of every evaluation].
    std::vector<std::size_t> ks{};
    /// Which classes are ambiguous: the oracle accuracy below which they are, and the classes left out.
    double ambiguity_threshold = ambiguity_options{}.threshold;
    std::vector<class_index> excluded_classes{};
    std::optional<preferences_result> preferences{};
    /// All pairs of models by accuracy on the original labels, and by ReaL accuracy.
    std::optional<model_comparison> by_original{};
    std::optional<model_comparison> by_real{};
    /// The names of the groups of evaluated_model::groups.
    std::vector<std::string> group_names{};
    /// Empty if it was not requested.
    std::optional<models_agreement> agreement{};
    /// Probable faults of the inputs.
    std::vector<input_warning> warnings{};

    /// Valid as long as this object lives and is not changed.
    [[nodiscard]] ambiguity_options ambiguity() const noexcept
    {
        return {.threshold = ambiguity_threshold, .excluded_classes = excluded_classes};
    }
    /// The names of the models.
    [[nodiscard]] std::vector<std::string> names() const
    {
        std::vector<std::string> result;
        for (const evaluated_model& model : models) result.push_back(model.name);
        return result;
    }
};

/// preference_over_models of evaluations, by top-1 accuracy on the original labels. Empty if a model has no such
/// accuracy (no original labels, or 0 of 0) or no label sets. O(models log models).
[[nodiscard]] inline std::optional<preferences_result> compare_preferences(std::span<const evaluated_model> models)
{
    std::vector<preference_point> points;
    for (const evaluated_model& model : models) {
        const evaluation<>& results = model.results;
        if (!results.has_original() || !results.has_real() || results.top_k(1).total == 0) return std::nullopt;
        points.push_back({results.top_k(1).value(), results.preference().ratio()});
    }
    return preference_over_models(points);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
