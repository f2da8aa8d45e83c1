// Evaluations, label summaries, preferences and comparisons of models as JSON with stable keys: the format of
// `evaluate --json`, which read_evaluated_models reads. Null for what is not known or not defined.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../metric/calibration.hpp"
#include "../metric/evaluation.hpp"
#include "../metric/label_summary.hpp"
#include "../metric/mistake_sample.hpp"
#include "../metric/preference.hpp"
#include "../metric/ranked_sets.hpp"
#include "../statistics/all_pairs.hpp"
#include "../statistics/mcnemar.hpp"
#include "../statistics/model_comparison.hpp"
#include "../statistics/model_ranking.hpp"
#include "../statistics/multiple_testing.hpp"
#include "../statistics/preference_test.hpp"
#include "../version.hpp"
#include "evaluated_models.hpp"
#include "input_warnings.hpp"
#include "json_values.hpp"
#include "metric_json.hpp"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// A list of `k` and the keys of add_proportion, one entry for each k; null if the labels are not given.
template <class Metric>
[[nodiscard]] io::ordered_json metric_by_k(bool given, std::span<const std::size_t> ks, Metric metric)
{
    if (!given) return nullptr;
    io::ordered_json list = io::ordered_json::array();
    for (const std::size_t k : ks) {
        io::ordered_json entry{{"k", k}};
        io::add_proportion(entry, metric(k));
        list.push_back(std::move(entry));
    }
    return list;
}

[[nodiscard]] inline io::ordered_json proportion_json(proportion p)
{
    io::ordered_json object;
    io::add_proportion(object, p);
    return object;
}

[[nodiscard]] inline const char* name_of(correction method) noexcept
{
    switch (method) {
        case correction::bonferroni:
            return "bonferroni";
        case correction::hochberg:
            return "hochberg";
        case correction::benjamini_hochberg:
            return "benjamini_hochberg";
        case correction::benjamini_yekutieli:
            return "benjamini_yekutieli";
        default:
            return "holm";
    }
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Calibration: `l1`, `l2`, `max` (calibration errors), and `bins`, a list of `from`, `to`, mean `confidence`, and the
/// keys of add_proportion for the accuracy. Null for errors and means without images. O(bins).
[[nodiscard]] inline ordered_json to_json(std::span<const calibration_bin> bins)
{
    ordered_json result{{"l1", number_or_null(calibration_error(bins))},
                        {"l2", number_or_null(calibration_error(bins, calibration_norm::l2))},
                        {"max", number_or_null(calibration_error(bins, calibration_norm::max))},
                        {"bins", ordered_json::array()}};
    for (const calibration_bin& bin : bins) {
        ordered_json entry{
            {"from", bin.lower}, {"to", bin.upper}, {"confidence", number_or_null(bin.confidence.try_value())}};
        add_proportion(entry, bin.accuracy);
        result["bins"].push_back(std::move(entry));
    }
    return result;
}

/// Losses and calibration of one model: `log_loss`, `brier_score`, `calibration` of the original labels,
/// `real_log_loss`, `real_calibration` of the label sets; `infinite_losses` and `real_infinite_losses`, the images
/// whose log loss is infinite; null for labels that are not given. A loss without images is null; an infinite one is an
/// infinity, which becomes null when it is written, because JSON has none. Throws std::invalid_argument if losses or
/// Brier scores were not computed. O(bins).
[[nodiscard]] inline ordered_json losses_to_json(const detail::evaluation_results& results)
{
    ordered_json object{{"log_loss", nullptr},
                        {"brier_score", nullptr},
                        {"calibration", nullptr},
                        {"real_log_loss", nullptr},
                        {"real_calibration", nullptr},
                        {"infinite_losses", nullptr},
                        {"real_infinite_losses", nullptr}};
    if (results.has_original()) {
        object["log_loss"] = number_or_null(results.log_loss().try_value());
        object["infinite_losses"] = results.infinite_log_losses();
        object["brier_score"] = number_or_null(results.brier_score().try_value());
        object["calibration"] = to_json(results.calibration());
    }
    if (results.has_real()) {
        object["real_log_loss"] = number_or_null(results.real_log_loss().try_value());
        object["real_infinite_losses"] = results.infinite_real_log_losses();
        object["real_calibration"] = to_json(results.real_calibration());
    }
    return object;
}

/// `model_preferred`, `label_preferred`, `both_correct`, `both_wrong`, `both_wrong_without_labels`; `ratio` with its 95
/// % Wilson interval, `lower` and `upper`; `exact_p_value`, `mid_p_value`, `log10_mid_p_value` of the sign test against
/// one half. Null for a ratio of 0 of 0 and its tests. O(sqrt(counts)).
[[nodiscard]] inline ordered_json to_json(const preference_counts& counts)
{
    const ordered_json ratio = detail::proportion_json(counts.ratio());
    ordered_json object{{"model_preferred", counts.model_preferred},
                        {"label_preferred", counts.label_preferred},
                        {"both_correct", counts.both_correct},
                        {"both_wrong", counts.both_wrong},
                        {"both_wrong_without_labels", counts.both_wrong_without_labels},
                        {"ratio", ratio["value"]},
                        {"lower", ratio["lower"]},
                        {"upper", ratio["upper"]},
                        {"exact_p_value", nullptr},
                        {"mid_p_value", nullptr},
                        {"log10_mid_p_value", nullptr}};
    const sign_test_result test = sign_test(counts.model_preferred, counts.label_preferred);
    if (!test.without_trials) {
        object["exact_p_value"] = test.p_value;
        object["mid_p_value"] = test.mid_p_value;
        object["log10_mid_p_value"] = test.log10_mid_p_value;
    }
    return object;
}

/// Set ranking by one kind of labels: `images` (with labels); `r_precision`, `one_error`,
/// `label_ranking_average_precision`, `coverage_error`, `ranking_loss`; `at_k`, a list of `k`, `precision`, `recall`,
/// `f1`, `ndcg` for each of `ks`. Null for a mean over 0 images and for metrics that need more ranks than are known.
/// Throws std::out_of_range for a k that is 0 or above the depth of the evaluation, std::invalid_argument if an image
/// has more labels than the metric's largest_set. O(largest_set ks depth).
[[nodiscard]] inline ordered_json to_json(const ranked_sets& ranking, std::span<const std::size_t> ks)
{
    const auto value = [](const mean& m) { return number_or_null(m.try_value()); };
    ordered_json object{{"images", ranking.images()},
                        {"r_precision", nullptr},
                        {"one_error", value(ranking.one_error())},
                        {"label_ranking_average_precision", nullptr},
                        {"coverage_error", nullptr},
                        {"ranking_loss", nullptr},
                        {"at_k", ordered_json::array()}};
    if (ranking.has_r_precision()) object["r_precision"] = value(ranking.r_precision());
    if (ranking.has_all_ranks()) {
        object["label_ranking_average_precision"] = value(ranking.label_ranking_average_precision());
        object["coverage_error"] = value(ranking.coverage_error());
        object["ranking_loss"] = value(ranking.ranking_loss());
    }
    for (const std::size_t k : ks) {
        object["at_k"].push_back({{"k", k},
                                  {"precision", value(ranking.precision(k))},
                                  {"recall", value(ranking.recall(k))},
                                  {"f1", value(ranking.f1(k))},
                                  {"ndcg", value(ranking.ndcg(k))}});
    }
    return object;
}

/// One model: `name`; `top_k`, `real_any`, `real_kth`, `real_kth_where_enough_labels`, `all_of_top_k` (lists of `k` and
/// the keys of add_proportion, for each of `ks`); `joint` (`both_right`, `only_original_right`, `only_real_right`,
/// `both_wrong`); `remedied` (errors_accepted_by_real: the keys of add_proportion); `preference` (see above);
/// `reciprocal_rank`; `probabilities` (see losses_to_json); `ties`, `nan_images`; only if they were requested,
/// `ranking`, `classes`, `groups` and `selective`, each with `original` and `real` (see above and metric_json.hpp).
///
/// Null for labels that are not given, for losses that were not computed, for ranks, ties and NaN that stored lists do
/// not tell. `group_names` names the groups of `groups`. Throws std::out_of_range for a k that is 0 or above the depth
/// of the evaluation. O(ks depth + bins + classes).
[[nodiscard]] inline ordered_json to_json(const evaluated_model& model, std::span<const std::size_t> ks,
                                          std::span<const std::string> group_names = {})
{
    const evaluation<>& e = model.results;
    const bool both = e.has_original() && e.has_real();
    const auto real_by_k = [&](auto metric) { return detail::metric_by_k(e.has_real(), ks, metric); };
    ordered_json object{{"name", model.name}};
    object["top_k"] = detail::metric_by_k(e.has_original(), ks, [&](std::size_t k) { return e.top_k(k); });
    object["real_any"] = real_by_k([&](std::size_t k) { return e.real(k); });
    object["real_kth"] = real_by_k([&](std::size_t k) { return e.real_kth(k); });
    object["real_kth_where_enough_labels"] =
        real_by_k([&](std::size_t k) { return e.real_kth_where_enough_labels(k); });
    object["all_of_top_k"] = real_by_k([&](std::size_t k) { return e.all_of_top_k(k); });
    object["joint"] = nullptr;
    if (model.joint) {
        object["joint"] = {{"both_right", model.joint->both},
                           {"only_original_right", model.joint->first_only},
                           {"only_real_right", model.joint->second_only},
                           {"both_wrong", model.joint->neither}};
    }
    object["remedied"] =
        both ? detail::proportion_json(errors_accepted_by_real(e.preference())) : ordered_json(nullptr);
    object["preference"] = both ? to_json(e.preference()) : ordered_json(nullptr);
    object["reciprocal_rank"] = nullptr;
    if (e.has_original() && e.depth() == e.classes())
        object["reciprocal_rank"] = number_or_null(e.mean_reciprocal_rank().try_value());
    object["probabilities"] = e.has_losses() ? losses_to_json(e) : ordered_json(nullptr);
    if (model.rounding) {
        object["probabilities"]["images_above_one"] = model.rounding->above_one;
        object["probabilities"]["greatest"] = model.rounding->greatest;
        object["probabilities"]["images_with_rounded_sum"] = model.rounding->rounded_sums;
        object["probabilities"]["greatest_difference_of_sum"] = model.rounding->greatest_difference;
    }
    object["ties"] = e.ties() ? ordered_json(*e.ties()) : ordered_json(nullptr);
    object["nan_images"] = e.has_scores() ? ordered_json(e.nan_images()) : ordered_json(nullptr);
    if (model.ranking) {
        object["ranking"] = {
            {"original", e.has_original() ? to_json(model.ranking->original, ks) : ordered_json(nullptr)},
            {"real", e.has_real() ? to_json(model.ranking->real, ks) : ordered_json(nullptr)}};
    }
    const auto add = [&](const char* key, const auto& requested, auto to_json_of) {
        if (!requested) return;
        const auto or_null = [&](const auto& one) { return one ? to_json_of(*one) : ordered_json(nullptr); };
        object[key] = {{"original", or_null(requested->original)}, {"real", or_null(requested->real)}};
    };
    add("classes", model.classes, [](const class_scores& scores) { return to_json(scores); });
    if (model.classes && model.classes->original) {
        object["classes"]["original"]["matthews_correlation"] = number_or_null(matthews_correlation(e.confusion()));
        object["classes"]["original"]["cohen_kappa"] = number_or_null(cohen_kappa(e.confusion()));
    }
    add("groups", model.groups, [&](const group_scores& scores) { return to_json(scores, group_names); });
    add("mistake_heights", model.mistake_heights,
        [](const mistake_heights_result& heights) { return to_json(heights); });
    add("selective", model.selective, [](const risk_coverage_curve& curve) { return to_json(curve); });
    return object;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

[[nodiscard]] inline io::ordered_json label_counts_json(const label_summary& labels)
{
    io::ordered_json object{{"images", labels.images()},
                            {"judged", nullptr},
                            {"excluded", nullptr},
                            {"labels", nullptr},
                            {"multi_label", nullptr}};
    if (labels.has_real()) {
        object["judged"] = labels.with_real_labels();
        object["excluded"] = labels.without_real_labels();
        object["labels"] = labels.labels();
        object["multi_label"] = labels.multi_label().hits;
    }
    return object;
}

[[nodiscard]] inline io::ordered_json oracle_json(const label_summary& labels, const ambiguity_options& ambiguity)
{
    io::ordered_json object{{"original_labels", nullptr}, {"oracle", nullptr}};
    if (labels.has_original() && labels.has_real()) {
        object["original_labels"] = {{"real", proportion_json(labels.original_labels_real())}};
        object["oracle"] = {{"images", labels.oracle_images()},
                            {"classes_below", labels.ambiguous_classes(ambiguity).size()},
                            {"threshold", ambiguity.threshold},
                            {"excluded_classes", ambiguity.excluded_classes.size()},
                            {"mean", io::number_or_null(labels.mean_oracle_accuracy().value)}};
    }
    return object;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// The labels alone: `images`; `judged` (images with a non-empty label set), `excluded` (with an empty one), `labels`,
/// `multi_label` (images with several), null without label sets; `original_labels` with `real`, the keys of
/// add_proportion for the original labels as a model, and `oracle` with `images`, `classes_below` the `threshold`,
/// `excluded_classes` (their number) and `mean`, null unless both kinds of labels are given.
///
/// Throws std::out_of_range for an excluded class outside [0, classes), std::invalid_argument for a threshold that is
/// NaN. O(classes + pairs of classes).
[[nodiscard]] inline ordered_json to_json(const label_summary& labels, const ambiguity_options& ambiguity = {})
{
    ordered_json object = detail::label_counts_json(labels);
    object.update(detail::oracle_json(labels, ambiguity));
    return object;
}

/// `first_above_half`, `first_clearly_above_half` (names, null if there is none), and `models`, the names in order of
/// original accuracy. `names` are in the order of the input of preference_over_models. O(models).
[[nodiscard]] inline ordered_json to_json(const preferences_result& preferences, std::span<const std::string> names)
{
    ordered_json ordered = ordered_json::array();
    for (const preference_result& one : preferences.models) ordered.push_back(names[one.model]);
    const auto name_or_null = [&](const std::optional<std::size_t>& place) {
        return place ? ordered[*place] : ordered_json(nullptr);
    };
    ordered_json result{{"first_above_half", name_or_null(preferences.first_above_half)},
                        {"first_clearly_above_half", name_or_null(preferences.first_clearly_above_half)}};
    result["models"] = std::move(ordered);
    return result;
}

/// One pair of models: `first`, `second` (names), `images`, `both_right`, `only_first_right`, `only_second_right`,
/// `both_wrong`, `difference` with `lower` and `upper`, McNemar's `exact_p_value`, `mid_p_value`, `log10_mid_p_value`,
/// `chi_squared`, `chi_squared_p_value`, `corrected_chi_squared`, `corrected_chi_squared_p_value`,
/// `no_discordant_pairs`, and `adjusted_p_value`, `different`. O(1).
[[nodiscard]] inline ordered_json to_json(const model_pair& pair, std::span<const std::string> names)
{
    const paired_comparison& comparison = pair.comparison;
    const mcnemar_result& test = comparison.test;
    // No logarithm is infinite: the smallest p-value is 2^-images.
    return {{"first", names[pair.first]},
            {"second", names[pair.second]},
            {"images", comparison.cells.total()},
            {"both_right", comparison.cells.both},
            {"only_first_right", comparison.cells.first_only},
            {"only_second_right", comparison.cells.second_only},
            {"both_wrong", comparison.cells.neither},
            {"difference", comparison.difference},
            {"lower", comparison.difference_interval.lower},
            {"upper", comparison.difference_interval.upper},
            {"exact_p_value", test.exact.p_value},
            {"mid_p_value", test.exact.mid_p_value},
            {"log10_mid_p_value", test.exact.log10_mid_p_value},
            {"chi_squared", test.uncorrected.chi_squared},
            {"chi_squared_p_value", test.uncorrected.p_value},
            {"corrected_chi_squared", test.corrected.chi_squared},
            {"corrected_chi_squared_p_value", test.corrected.p_value},
            {"no_discordant_pairs", test.no_discordant_pairs},
            {"adjusted_p_value", pair.adjusted_p_value},
            {"different", pair.different}};
}

/// `correction`, `level`; `pairs`, a list (see above); `groups`, lists of the names of models that do not differ;
/// `places`, a list of `name`, `place` (1 is best), `lower`, `upper`, `best_share`, or null without ranks.
/// Throws std::invalid_argument unless there is one name per model. O(pairs).
[[nodiscard]] inline ordered_json to_json(const model_comparison& comparison, std::span<const std::string> names)
{
    detail::expects(names.size() == comparison.pairs.models, "comparison of models: ", names.size(), " names for ",
                    comparison.pairs.models, " models");
    ordered_json object{{"correction", detail::name_of(comparison.options.method)},
                        {"level", comparison.options.level.value()},
                        {"pairs", ordered_json::array()},
                        {"groups", ordered_json::array()},
                        {"places", nullptr}};
    for (const model_pair& pair : comparison.pairs.pairs) object["pairs"].push_back(to_json(pair, names));
    for (const std::vector<std::size_t>& group : comparison.pairs.groups) {
        ordered_json members = ordered_json::array();
        for (const std::size_t model : group) members.push_back(names[model]);
        object["groups"].push_back(std::move(members));
    }
    if (!comparison.ranks.empty()) object["places"] = ordered_json::array();
    for (std::size_t model = 0; model < comparison.ranks.size(); ++model) {
        const rank_set& rank = comparison.ranks[model];
        object["places"].push_back({{"name", names[model]},
                                    {"place", rank.rank},
                                    {"lower", static_cast<double>(rank.best)},
                                    {"upper", static_cast<double>(rank.worst)},
                                    {"best_share", comparison.best_shares[model]}});
    }
    return object;
}

/// A list of `kind`, `model` (null for the labels alone), `text` and `figures` (an object of numbers).
[[nodiscard]] inline ordered_json to_json(std::span<const input_warning> warnings)
{
    ordered_json list = ordered_json::array();
    for (const input_warning& warning : warnings) {
        ordered_json figures = ordered_json::object();
        for (const warning_figure& figure : warning.figures) figures[figure.name] = figure.value;
        list.push_back({{"kind", warning.kind},
                        {"model", warning.model.empty() ? ordered_json(nullptr) : ordered_json(warning.model)},
                        {"text", warning.text},
                        {"figures", std::move(figures)}});
    }
    return list;
}

/// The whole document that `evaluate --json` writes and read_evaluated_models reads: the keys of the labels, with
/// `models` (a list, see above) before `original_labels`; then `preference_order`, `paired_tests` with `original` and
/// `real` (see above), `agreement` if it was requested (see metric_json.hpp), and `warnings`. Throws as its parts do.
[[nodiscard]] inline ordered_json to_json(const evaluated_models& evaluated)
{
    const std::vector<std::string> names = evaluated.names();
    const auto comparison_or_null = [&](const std::optional<model_comparison>& comparison) {
        return comparison ? to_json(*comparison, names) : ordered_json(nullptr);
    };
    ordered_json result = detail::label_counts_json(evaluated.labels);
    result["models"] = ordered_json::array();
    for (const evaluated_model& model : evaluated.models)
        result["models"].push_back(to_json(model, evaluated.ks, evaluated.group_names));
    result.update(detail::oracle_json(evaluated.labels, evaluated.ambiguity()));
    result["preference_order"] = evaluated.preferences ? to_json(*evaluated.preferences, names) : ordered_json(nullptr);
    result["paired_tests"] = {{"original", comparison_or_null(evaluated.by_original)},
                              {"real", comparison_or_null(evaluated.by_real)}};
    if (evaluated.agreement) result["agreement"] = agreement_to_json(evaluated);
    result["warnings"] = to_json(std::span<const input_warning>(evaluated.warnings));
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
