// Metrics on request as JSON: scores of classes and groups, mistakes in a taxonomy, selective prediction, agreement of
// models. Null for what is not defined.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../metric/class_scores.hpp"
#include "../metric/group_scores.hpp"
#include "../metric/mistake_heights.hpp"
#include "../metric/prediction_agreement.hpp"
#include "../metric/selective_prediction.hpp"
#include "../statistics/model_agreement.hpp"
#include "../statistics/model_comparison.hpp"
#include "../version.hpp"
#include "evaluated_models.hpp"
#include "json_values.hpp"

#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Adds `support`, `predicted`, `true_positives`, `precision`, `recall`, `f1`.
inline void add_class_score(io::ordered_json& object, const class_score& score)
{
    object["support"] = score.support;
    object["predicted"] = score.predicted;
    object["true_positives"] = score.true_positives;
    object["precision"] = io::number_or_null(score.precision().try_value());
    object["recall"] = io::number_or_null(score.recall().try_value());
    object["f1"] = io::number_or_null(score.f1().try_value());
}

[[nodiscard]] inline io::ordered_json means_json(const class_score_means& means)
{
    const auto json_of = [](const class_score_mean& mean) {
        return io::ordered_json{{"value", io::number_or_null(mean.value)},
                                {"classes", mean.classes},
                                {"undefined_classes", mean.undefined_classes},
                                {"undefined_support", mean.undefined_support}};
    };
    return {{"precision", json_of(means.precision)}, {"recall", json_of(means.recall)}, {"f1", json_of(means.f1)}};
}

[[nodiscard]] inline io::ordered_json binned_json(const binned_value& value)
{
    return {{"lower", value.lower}, {"expected", value.expected}, {"upper", value.upper}};
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Scores of classes: `micro` (`precision`, `recall`, `f1`), `macro` and `weighted` (each of the three with `value`,
/// `classes`, `undefined_classes`, `undefined_support`), and `classes`, a list of `support`, `predicted`,
/// `true_positives`, `precision`, `recall`, `f1`. O(classes).
[[nodiscard]] inline ordered_json to_json(const class_scores& scores)
{
    const class_score micro = scores.micro();
    ordered_json object{{"micro",
                         {{"precision", number_or_null(micro.precision().try_value())},
                          {"recall", number_or_null(micro.recall().try_value())},
                          {"f1", number_or_null(micro.f1().try_value())}}},
                        {"macro", detail::means_json(scores.macro())},
                        {"weighted", detail::means_json(scores.weighted())},
                        {"classes", ordered_json::array()}};
    for (const class_score& score : scores.classes) {
        ordered_json entry = ordered_json::object();
        detail::add_class_score(entry, score);
        object["classes"].push_back(std::move(entry));
    }
    return object;
}

/// Accuracy by group: `accuracy`, `mistakes_within` (the keys of add_proportion), `without_group` (images), and
/// `groups`, a list of `group` (its name) and the keys of a class's scores. Throws std::invalid_argument unless there
/// is one name per group. O(groups).
[[nodiscard]] inline ordered_json to_json(const group_scores& scores, std::span<const std::string> names)
{
    detail::expects(names.size() == scores.groups.classes.size(), "group scores: ", names.size(), " names for ",
                    scores.groups.classes.size(), " groups");
    ordered_json object;
    add_proportion(object["accuracy"], scores.accuracy);
    add_proportion(object["mistakes_within"], scores.mistakes_within);
    object["without_group"] = scores.without_group;
    object["groups"] = ordered_json::array();
    for (std::size_t g = 0; g < names.size(); ++g) {
        ordered_json entry{{"group", names[g]}};
        detail::add_class_score(entry, scores.groups.classes[g]);
        object["groups"].push_back(std::move(entry));
    }
    return object;
}

/// Heights of mistakes: `mean_of_mistakes`, `mean_of_images`, `right` (images), and `mistakes`, the number of each
/// height. O(height).
[[nodiscard]] inline ordered_json to_json(const mistake_heights_result& heights)
{
    return {{"mean_of_mistakes", number_or_null(heights.of_mistakes().try_value())},
            {"mean_of_images", number_or_null(heights.of_images().try_value())},
            {"right", heights.right},
            {"mistakes", heights.mistakes}};
}

/// Selective prediction: `images`; `area` under the risk-coverage curve (`lower`, `expected`, `upper`: the bounds that
/// bins leave); `risk_at[]` of `coverage` 0.5, 0.8, 0.9, 0.95, 1 with the same; `coverage_at[]` of `risk` 0.01, 0.02,
/// 0.05, 0.1 with `lower` and `upper`. O(bins).
[[nodiscard]] inline ordered_json to_json(const risk_coverage_curve& curve)
{
    const auto binned_or_null = [](const std::optional<binned_value>& value) {
        return value ? detail::binned_json(*value) : ordered_json(nullptr);
    };
    ordered_json object{{"images", curve.images()},
                        {"area", binned_or_null(curve.area())},
                        {"risk_at", ordered_json::array()},
                        {"coverage_at", ordered_json::array()}};
    for (const double coverage : {0.5, 0.8, 0.9, 0.95, 1.0})
        object["risk_at"].push_back({{"coverage", coverage}, {"risk", binned_or_null(curve.risk_at(coverage))}});
    for (const double risk : {0.01, 0.02, 0.05, 0.1}) {
        const binned_coverage coverage = curve.coverage_at(risk);
        object["coverage_at"].push_back({{"risk", risk},
                                         {"lower", number_or_null(coverage.lower.try_value())},
                                         {"upper", number_or_null(coverage.upper.try_value())}});
    }
    return object;
}

/// Images by the number of models that are right: `images`, a list for 0 to all models; `left_out`; `all_right`,
/// `none_right` (the keys of add_proportion). O(models).
[[nodiscard]] inline ordered_json to_json(const images_by_models_right_result& right)
{
    ordered_json object{{"images", right.images}, {"left_out", right.left_out}};
    add_proportion(object["all_right"], right.all_right());
    add_proportion(object["none_right"], right.none_right());
    return object;
}

/// Agreement of models: `predictions[]` of every pair (`first`, `second`, the keys of add_proportion), and `original`
/// and `real` with `right_by_models` (see above) and `pairs[]`: `first`, `second`; error consistency, `observed`,
/// `expected`, `kappa` with `lower` and `upper` (95 %); the shares of images `flipped`, `gained` and `lost` from the
/// first to the second. Null for labels that are not given and for fewer than two models. Throws std::invalid_argument
/// if the agreement was not requested, or is of other models. O(models^2).
[[nodiscard]] inline ordered_json agreement_to_json(const evaluated_models& evaluated)
{
    detail::expects(evaluated.agreement.has_value(), "agreement of models: it was not computed");
    const std::vector<std::string> names = evaluated.names();
    const std::vector<proportion>& predictions = evaluated.agreement->predictions;
    detail::expect_tables_of_pairs(predictions.size(), names.size());
    ordered_json object{{"predictions", ordered_json::array()}, {"original", nullptr}, {"real", nullptr}};
    std::size_t next = 0;
    for (std::size_t first = 0; first < names.size(); ++first) {
        for (std::size_t second = first + 1; second < names.size(); ++second) {
            ordered_json entry{{"first", names[first]}, {"second", names[second]}};
            add_proportion(entry, predictions[next++]);
            object["predictions"].push_back(std::move(entry));
        }
    }
    const auto add = [&](const char* key, const std::optional<images_by_models_right_result>& right,
                         const std::optional<model_comparison>& comparison) {
        if (!right || !comparison) return;
        object[key] = {{"right_by_models", to_json(*right)}, {"pairs", ordered_json::array()}};
        for (const model_pair& pair : comparison->pairs.pairs) {
            const error_consistency_result found = error_consistency(pair.comparison.cells);
            const churn_result flips = churn(pair.comparison.cells);
            ordered_json entry{{"first", names[pair.first]},
                               {"second", names[pair.second]},
                               {"observed", number_or_null(found.observed.try_value())},
                               {"expected", found.expected},
                               {"kappa", number_or_null(found.kappa)},
                               {"lower", nullptr},
                               {"upper", nullptr},
                               {"flipped", number_or_null(flips.flipped.try_value())},
                               {"gained", number_or_null(flips.gained.try_value())},
                               {"lost", number_or_null(flips.lost.try_value())}};
            if (found.bounds) {
                entry["lower"] = found.bounds->lower;
                entry["upper"] = found.bounds->upper;
            }
            object[key]["pairs"].push_back(std::move(entry));
        }
    };
    add("original", evaluated.agreement->right.original, evaluated.by_original);
    add("real", evaluated.agreement->right.real, evaluated.by_real);
    return object;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
