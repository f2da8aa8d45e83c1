// Results as JSON objects with stable keys, in the order in which they are added; undefined values are null.
#pragma once

#include "../labeling/clean_labels.hpp"
#include "../labeling/precision_recall.hpp"
#include "../labeling/proposals.hpp"
#include "../labeling/subset_search.hpp"
#include "../statistics/compare_halves.hpp"
#include "../statistics/if_defined.hpp"
#include "../statistics/line_inference.hpp"
#include "../statistics/linear_regression.hpp"
#include "../statistics/slope_comparison.hpp"
#include "../statistics/slope_test_list.hpp"
#include "../version.hpp"
#include "json_values.hpp"
#include "model_table.hpp"
#include "proposals.hpp"
#include "rated_pairs.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// `precision`, `recall`, `hits`, `proposed`, `gold`.
[[nodiscard]] inline ordered_json to_json(const precision_recall& counts)
{
    return {{"precision", number_or_null(counts.precision().try_value())},
            {"recall", number_or_null(counts.recall().try_value())},
            {"hits", counts.hits},
            {"proposed", counts.proposed},
            {"gold", counts.gold}};
}

/// A list of `kind`, `name`, the keys of precision_recall, and `threshold`: null if there is none and if it is minus
/// infinity, which keeps every pair.
[[nodiscard]] inline ordered_json to_json(std::span<const measured> points)
{
    ordered_json list = ordered_json::array();
    for (const measured& point : points) {
        ordered_json entry{{"kind", point.kind}, {"name", point.name}};
        entry.update(to_json(point.counts));
        entry["threshold"] = point.threshold ? finite_or_null(*point.threshold) : ordered_json(nullptr);
        list.push_back(std::move(entry));
    }
    return list;
}

/// `models` (names), `precision`, `recall`, and the numbers of proposals of a subset of the models.
[[nodiscard]] inline ordered_json to_json(const subset_figures& figures, std::span<const std::string> models)
{
    ordered_json object{{"models", names_of_subset(figures.models, models)}};
    add_proportion(object["precision"], figures.precision());
    add_proportion(object["recall"], figures.recall());
    object["proposals"] = figures.proposals;
    object["proposals_on_rated"] = figures.proposals_on_rated;
    object["rated"] = figures.rated;
    object["mean_over_rated"] = number_or_null(figures.mean_over_rated());
    object["mean_over_all"] = number_or_null(figures.mean_over_all());
    return object;
}

/// `judged` (images with a gold label), `least_recall`, `all_models`, `best` (null if no subset has the recall), and
/// `front`, a list; each with the keys above.
[[nodiscard]] inline ordered_json to_json(const subset_search_result& search, std::span<const std::string> models)
{
    ordered_json object{{"judged", search.gold_images},
                        {"least_recall", search.least_recall},
                        {"all_models", to_json(search.all_models, models)},
                        {"best", search.best ? to_json(*search.best, models) : ordered_json(nullptr)},
                        {"front", ordered_json::array()}};
    for (const subset_figures& figures : search.pareto_front) object["front"].push_back(to_json(figures, models));
    return object;
}

/// `proposals`, `dropped`, `rated`, `not_rated` (their numbers), `proposals_on_rated`, `mean_over_rated`,
/// `mean_over_all`.
[[nodiscard]] inline ordered_json to_json(const proposal_set& set)
{
    return {{"proposals", set.proposals()},
            {"dropped", set.dropped},
            {"rated", set.rated.size()},
            {"not_rated", set.not_rated.size()},
            {"proposals_on_rated", set.proposals_on_rated},
            {"mean_over_rated", number_or_null(set.mean_over_rated())},
            {"mean_over_all", number_or_null(set.mean_over_all())}};
}

/// `kept` (the keys of add_proportion), `without_label`, `without_prediction`, and `by_class`, a list of `kept` and
/// `images`.
[[nodiscard]] inline ordered_json to_json(const cleaned_labels& cleaned)
{
    ordered_json object;
    add_proportion(object["kept"], cleaned.share);
    object["without_label"] = cleaned.without_label;
    object["without_prediction"] = cleaned.without_prediction;
    object["by_class"] = ordered_json::array();
    for (const proportion& kept : cleaned.by_class)
        object["by_class"].push_back({{"kept", kept.hits}, {"images", kept.total}});
    return object;
}

/// `models`, `slope`, its standard error and 95 % interval, `intercept`, `r_squared`, and the alternative lines
/// `theil_sen`, `york` and `deming`.
[[nodiscard]] inline ordered_json to_json(const linear_fit& fit, const alternative_lines& lines)
{
    const auto slope = if_defined([&] { return slope_inference(fit); });
    ordered_json theil_sen = nullptr, york = nullptr, deming = nullptr;
    if (lines.theil_sen) {
        theil_sen = {{"slope", lines.theil_sen->slope},
                     {"intercept", lines.theil_sen->intercept},
                     {"slope_lower", nullptr},
                     {"slope_upper", nullptr}};
        if (const auto& bounds = lines.theil_sen->slope_interval) {
            theil_sen["slope_lower"] = bounds->lower;
            theil_sen["slope_upper"] = bounds->upper;
        }
    }
    if (lines.york) {
        york = {{"slope", lines.york->slope},
                {"intercept", lines.york->intercept},
                {"slope_standard_error", lines.york->slope_standard_error},
                {"scaled_slope_standard_error", number_or_null(lines.york->scaled_slope_standard_error())},
                {"intercept_standard_error", lines.york->intercept_standard_error},
                {"chi_squared", lines.york->chi_squared},
                {"converged", lines.york->converged}};
    }
    if (lines.deming) {
        deming = {{"slope", lines.deming->slope},
                  {"intercept", lines.deming->intercept},
                  {"slope_standard_error", number_or_null(lines.deming->slope_standard_error)},
                  {"variance_ratio", 1}};
    }
    return {{"models", fit.points},
            {"slope", fit.slope},
            {"slope_standard_error", number_or_null(fit.slope_standard_error)},
            {"intercept", fit.intercept},
            {"intercept_standard_error", number_or_null(fit.intercept_standard_error)},
            {"residual_standard_deviation", number_or_null(fit.residual_standard_deviation)},
            {"r_squared", number_or_null(fit.r_squared)},
            {"slope_lower", slope ? ordered_json(slope->bounds.lower) : ordered_json(nullptr)},
            {"slope_upper", slope ? ordered_json(slope->bounds.upper) : ordered_json(nullptr)},
            {"theil_sen", theil_sen},
            {"york", york},
            {"deming", deming}};
}

/// The Z-test of the slopes of two halves: `z`, `p_value`, `log10_p_value`, `tie_at_split`, `halves_share_a_model`, and
/// `halves` with their lines. z and the logarithm are null for lines without residuals, where they are infinite.
[[nodiscard]] inline ordered_json to_json(const halves_result& halves, const slope_comparison& tests)
{
    ordered_json result{{"halves", {to_json(halves.first, tests.halves[0]), to_json(halves.second, tests.halves[1])}},
                        {"z", nullptr},
                        {"p_value", nullptr},
                        {"log10_p_value", nullptr}};
    if (halves.slope_test) {
        result["z"] = finite_or_null(halves.slope_test->z);
        result["p_value"] = halves.slope_test->p_value;
        result["log10_p_value"] = finite_or_null(halves.slope_test->log10_p_value);
    }
    result["tie_at_split"] = halves.tie_at_split;
    result["halves_share_a_model"] = !halves.independent();
    return result;
}

/// A robust slope test: `slope_difference`, `standard_error`, `t`, `degrees_of_freedom`, `p_value`, `log10_p_value`,
/// `lower`, `upper`, `clusters`; null if it is absent.
[[nodiscard]] inline ordered_json to_json(const std::optional<robust_slope_result>& test)
{
    if (!test) return nullptr;
    return {{"slope_difference", test->slope_difference},
            {"standard_error", test->standard_error},
            {"t", test->t},
            {"degrees_of_freedom", test->degrees_of_freedom},
            {"p_value", test->p_value},
            {"log10_p_value", finite_or_null(test->log10_p_value)},
            {"lower", test->bounds.lower},
            {"upper", test->bounds.upper},
            {"clusters", test->clusters}};
}

/// `t`, `p_value`, `clusters`, `replicates`; null if it is absent.
[[nodiscard]] inline ordered_json to_json(const std::optional<wild_bootstrap_result>& test)
{
    if (!test) return nullptr;
    return {{"t", test->t}, {"p_value", test->p_value}, {"clusters", test->clusters}, {"replicates", test->replicates}};
}

/// `slopes` (of both halves), `slope_difference`, `t`, `degrees_of_freedom`, `p_value`, `log10_p_value`, `lower`,
/// `upper` of Welch's t-test, and `by_cluster`, a robust slope test; null if they are absent.
[[nodiscard]] inline ordered_json to_json(const std::optional<scaled_slopes>& scaled)
{
    if (!scaled) return nullptr;
    const slope_t_test_result& t = scaled->t_test;
    return {{"slopes", {scaled->first_slope, scaled->second_slope}},
            {"slope_difference", t.slope_difference},
            {"t", t.t},
            {"degrees_of_freedom", t.degrees_of_freedom},
            {"p_value", t.p_value},
            {"log10_p_value", finite_or_null(t.log10_p_value)},
            {"lower", t.bounds.lower},
            {"upper", t.bounds.upper},
            {"by_cluster", to_json(scaled->cluster_test)}};
}

/// Tests without the assumptions of the Z-test: `hc3`, `wild_bootstrap`, `wild_break_p_value`; `by_cluster` with
/// `clusters`, `cr2`, `wild_bootstrap`, `bootstrap` (`lower`, `upper`) and `wild_break_p_value`; `logit`, `probit`;
/// `hinge` with `knot`, `knot_bounds`, `slopes`, `residual_sum_of_squares` and that of one line; `chow_test`;
/// `diagnostics` of one line; `verdict` with the numbers of `tests` and of those that find the second slope `smaller`
/// or `greater`.
[[nodiscard]] inline ordered_json robust_tests_to_json(const slope_comparison& tests)
{
    const auto p_value = [](const auto& test) { return test ? ordered_json(test->p_value) : ordered_json(nullptr); };
    ordered_json result{{"hc3", to_json(tests.hc3)},
                        {"wild_bootstrap", to_json(tests.wild_bootstrap)},
                        {"wild_break_p_value", p_value(tests.wild_break_test)},
                        {"by_cluster", nullptr},
                        {"logit", to_json(tests.logit)},
                        {"probit", to_json(tests.probit)},
                        {"hinge", nullptr},
                        {"chow_test", nullptr},
                        {"diagnostics", nullptr}};
    if (const auto& c = tests.by_cluster) {
        result["by_cluster"] = {
            {"clusters", c->clusters},
            {"cr2", to_json(c->cr2)},
            {"wild_bootstrap", to_json(c->wild_bootstrap)},
            {"bootstrap", c->bootstrap ? interval_or_null(c->bootstrap->best()) : ordered_json(nullptr)},
            {"wild_break_p_value", p_value(c->break_test)}};
    }
    if (const auto& h = tests.hinge) {
        result["hinge"] = {{"knot", h->knot},
                           {"knot_bounds", interval_or_null(h->knot_interval)},
                           {"slopes", {h->first_slope, h->second_slope}},
                           {"residual_sum_of_squares", h->residual_sum_of_squares},
                           {"line_residual_sum_of_squares", h->line_residual_sum_of_squares}};
    }
    if (const auto& c = tests.chow) {
        result["chow_test"] = {{"f", c->f},
                               {"degrees_of_freedom", c->degrees_of_freedom},
                               {"p_value", c->p_value},
                               {"halves_residual_sum_of_squares", c->halves_residual_sum_of_squares}};
    }
    if (const auto& d = tests.diagnostics) {
        result["diagnostics"] = {{"lag_1_autocorrelation", number_or_null(d->lag_1_autocorrelation)},
                                 {"durbin_watson", number_or_null(d->durbin_watson)},
                                 {"largest_leverage", d->largest_leverage},
                                 {"largest_leverage_model", d->largest_leverage_point},
                                 {"largest_cooks_distance", number_or_null(d->largest_cooks_distance)},
                                 {"largest_cooks_distance_model", d->largest_cooks_distance_point}};
    }
    const slope_verdict verdict = judge_slopes(tests);
    result["verdict"] = {{"tests", verdict.tests}, {"smaller", verdict.smaller}, {"greater", verdict.greater}};
    return result;
}

/// The other tests of the same question: `slope_difference`, `t_test`, `bootstrap`, `break_test`, `ranking`, and the
/// keys of robust_tests_to_json.
[[nodiscard]] inline ordered_json to_json(const slope_comparison& tests)
{
    ordered_json result{{"slope_difference", interval_or_null(tests.z_interval)},
                        {"t_test", nullptr},
                        {"bootstrap", nullptr},
                        {"break_test", nullptr},
                        {"ranking", nullptr}};
    if (const auto& t = tests.t_test) {
        result["t_test"] = {{"t", t->t},
                            {"degrees_of_freedom", t->degrees_of_freedom},
                            {"p_value", t->p_value},
                            {"log10_p_value", finite_or_null(t->log10_p_value)},
                            {"lower", t->bounds.lower},
                            {"upper", t->bounds.upper}};
    }
    if (const auto& b = tests.bootstrap) {
        result["bootstrap"] = {{"slope_difference", b->value},
                               {"standard_error", b->standard_error},
                               {"percentile", interval_or_null(b->percentile)},
                               {"bca", interval_or_null(b->bca)},
                               {"replicates", tests.replicates},
                               {"replicates_without_value", b->replicates_without_value},
                               {"seed", tests.seed}};
    }
    if (const auto& b = tests.break_test) {
        result["break_test"] = {{"f", finite_or_null(b->f)}, {"p_value", b->p_value}, {"models_before", b->split},
                                {"x_before", b->x_before},   {"x_after", b->x_after}, {"simulations", b->simulations},
                                {"seed", tests.seed}};
    }
    if (const auto& a = tests.agreement) {
        const auto correlation = [](const correlation_result& c) {
            return ordered_json{{"value", c.correlation}, {"bounds", interval_or_null(c.bounds)}};
        };
        result["ranking"] = {{"spearman", correlation(a->spearman)},
                             {"kendall_tau_b", correlation(a->kendall)},
                             {"pairs_in_the_same_order", a->pairs.concordant},
                             {"pairs_in_opposite_order", a->pairs.discordant}};
    }
    result.update(robust_tests_to_json(tests));
    return result;
}

/// The whole document of `progress --json`: `models` (their number), the keys of the halves, `references` (a list of
/// `name`, `x`, `y`, `above_second_line`, `expected`: where the second line expects a model of this x), and the keys of
/// the other tests.
[[nodiscard]] inline ordered_json to_json(const model_table& models, const halves_result& halves,
                                          const slope_comparison& tests)
{
    ordered_json result{{"models", models.models.size()}};
    result.update(to_json(halves, tests));
    result["references"] = ordered_json::array();
    for (const model_point& m : models.references) {
        const auto expected = if_defined([&] { return prediction_band(halves.second, m.x); });
        result["references"].push_back({{"name", m.name},
                                        {"x", m.x},
                                        {"y", m.y},
                                        {"above_second_line", residual(halves.second, {m.x, m.y})},
                                        {"expected", interval_or_null(expected)}});
    }
    result.update(to_json(tests));
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
