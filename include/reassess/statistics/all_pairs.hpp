// Pairwise comparison of many models on the same images: McNemar tests corrected for multiple testing, and a compact
// letter display of models that do not differ.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "confidence.hpp"
#include "mcnemar.hpp"
#include "multiple_testing.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct all_pairs_options {
    correction method = correction::holm;
    /// Level of the uncorrected intervals of single differences; two models differ if their adjusted p-value <= 1 -
    /// level.
    confidence_level level{0.95};
};

/// One pair of models.
struct model_pair {
    std::size_t first = 0;
    std::size_t second = 0;
    paired_comparison comparison{};
    /// The mid-p value of McNemar's test, corrected for the number of pairs.
    double adjusted_p_value = 1;
    /// adjusted_p_value <= 1 - level.
    bool different = false;
};

/// Result of compare_all_pairs.
struct all_pairs_result {
    std::size_t models = 0;
    /// Every pair once: first < second, by first, then by second.
    std::vector<model_pair> pairs{};
    /// Maximal groups of models that do not differ pairwise; every model is in at least one. Two models differ exactly
    /// if no group contains both. Print one letter per group to obtain a compact letter display.
    std::vector<std::vector<std::size_t>> groups{};

    /// The comparison of two different models, in either order. Throws std::out_of_range if `a` and `b` are equal or
    /// not below `models`.
    [[nodiscard]] const model_pair& pair(std::size_t a, std::size_t b) const
    {
        const std::size_t first = std::min(a, b), second = std::max(a, b);
        detail::expects<std::out_of_range>(first < second && second < models, "all pairs: models ", a, " and ", b,
                                           " are not two different models of ", models);
        return pairs[first * (2 * models - first - 1) / 2 + (second - first - 1)];
    }
    /// Whether two models differ; false for a model and itself.
    [[nodiscard]] bool different(std::size_t a, std::size_t b) const { return a != b && pair(a, b).different; }
};

namespace detail {

inline void expect_tables_of_pairs(std::size_t tables, std::size_t models)
{
    const std::size_t expected = models == 0 ? 0 : models * (models - 1) / 2;
    expects(tables == expected, "all pairs: ", tables, " paired tables; expected ", expected, " for ", models,
            " models");
}

/// Maximal sets of models that do not differ pairwise, each ascending, sorted by their first members. Greedy: each pair
/// that does not differ and is not yet in a set starts a new set, which first takes the models that add the most such
/// pairs. Gramm, Guo, Hüffner, Niedermeier, Piepho, Schmid 2007, doi:10.1016/j.csda.2006.09.035.
inline std::vector<std::vector<std::size_t>> groups_of_equals(const all_pairs_result& result)
{
    const std::size_t models = result.models;
    std::vector<char> alike(models * models, 0), together(models * models, 0);
    for (const model_pair& pair : result.pairs)
        alike[pair.first * models + pair.second] = alike[pair.second * models + pair.first] = !pair.different;
    std::vector<std::vector<std::size_t>> groups;
    std::vector<char> candidates(models);
    std::vector<std::size_t> gains(models);
    const auto grow_from = [&](std::size_t first, std::size_t second) {
        // first == second starts a group of one model, which differs from all others.
        std::vector<std::size_t> group;
        const auto join = [&](std::size_t model) {
            for (std::size_t other = 0; other < models; ++other) {
                if (!alike[model * models + other]) candidates[other] = 0;
                gains[other] += !together[model * models + other];
            }
            group.push_back(model);
        };
        std::fill(candidates.begin(), candidates.end(), char{1});
        std::fill(gains.begin(), gains.end(), std::size_t{0});
        join(first);
        if (second != first) join(second);
        for (;;) {
            std::size_t best = models;
            for (std::size_t model = 0; model < models; ++model) {
                if (candidates[model] && (best == models || gains[model] > gains[best])) best = model;
            }
            if (best == models) break;
            join(best);
        }
        for (const std::size_t a : group) {
            for (const std::size_t b : group) together[a * models + b] = 1;
        }
        std::sort(group.begin(), group.end());
        groups.push_back(std::move(group));
    };
    for (const model_pair& pair : result.pairs) {
        if (!pair.different && !together[pair.first * models + pair.second]) grow_from(pair.first, pair.second);
    }
    for (std::size_t model = 0; model < models; ++model) {
        if (!together[model * models + model]) grow_from(model, model);
    }
    std::sort(groups.begin(), groups.end());
    return groups;
}

}  // namespace detail

/// Compares every pair of models on the same images and corrects the p-values for the number of pairs.
///
/// `cells` has the paired table of every pair (first, second) with first < second, ordered by first, then by second:
/// (0, 1), (0, 2), .. (1, 2), ... Zero or one model gives no pairs. The number of groups is small but not always
/// minimal, because finding the minimum is a hard problem.
///
/// Throws std::invalid_argument if the number of tables is not models (models - 1) / 2, and like compare_paired.
/// O(pairs log pairs + groups models^2).
[[nodiscard]] inline all_pairs_result compare_all_pairs(std::size_t models, std::span<const paired_proportion> cells,
                                                        const all_pairs_options& options = {})
{
    detail::expect_tables_of_pairs(cells.size(), models);
    all_pairs_result result;
    result.models = models;
    std::vector<double> p_values;
    for (std::size_t first = 0; first < models; ++first) {
        for (std::size_t second = first + 1; second < models; ++second) {
            model_pair pair;
            pair.first = first;
            pair.second = second;
            pair.comparison = compare_paired(cells[result.pairs.size()], options.level);
            p_values.push_back(pair.comparison.test.exact.mid_p_value);
            result.pairs.push_back(pair);
        }
    }
    const std::vector<double> adjusted = adjust_p_values(p_values, options.method);
    for (std::size_t i = 0; i < adjusted.size(); ++i) {
        result.pairs[i].adjusted_p_value = adjusted[i];
        result.pairs[i].different = adjusted[i] <= 1 - options.level.value();
    }
    result.groups = detail::groups_of_equals(result);
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
