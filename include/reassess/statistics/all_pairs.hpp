// Many models on the same images: every pair tested, and who cannot be told apart.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "confidence.hpp"
#include "mcnemar.hpp"
#include "multiple_testing.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reassess::inline v0_1 {

struct all_pairs_options {
    correction method = correction::holm;
    /// Of the intervals of single differences, which are not corrected; 1 - level is where models count as different.
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
    /// Groups of models none of which differ from each other, as large as can be; every model is in at least one. Two
    /// models differ exactly where no group holds both: print a letter for each group (a compact letter display).
    std::vector<std::vector<std::size_t>> groups{};

    /// The pair of two different models, in either order. Throws std::out_of_range for what is no pair.
    [[nodiscard]] const model_pair& pair(std::size_t a, std::size_t b) const
    {
        const std::size_t first = std::min(a, b), second = std::max(a, b);
        detail::expects<std::out_of_range>(first < second && second < models, "all pairs: models ", a, " and ", b,
                                           " are no pair of ", models);
        return pairs[first * (2 * models - first - 1) / 2 + (second - first - 1)];
    }
    /// Whether two models differ; false for a model and itself.
    [[nodiscard]] bool different(std::size_t a, std::size_t b) const { return a != b && pair(a, b).different; }
};

namespace detail {

/// All maximal sets of models no two of which differ, each ascending, by first members: start with everybody, split a
/// set at every pair that differs, and drop what another set contains.
/// Piepho 2004, doi:10.1198/1061860043515.
inline std::vector<std::vector<std::size_t>> groups_of_equals(const all_pairs_result& result)
{
    using group = std::vector<std::size_t>;
    if (result.models == 0) return {};
    group everybody(result.models);
    for (std::size_t model = 0; model < result.models; ++model) everybody[model] = model;
    std::vector<group> groups{everybody};
    const auto holds = [](const group& set, std::size_t model) {
        return std::binary_search(set.begin(), set.end(), model);
    };
    const auto without = [](group set, std::size_t model) {
        set.erase(std::lower_bound(set.begin(), set.end(), model));
        return set;
    };
    for (const model_pair& pair : result.pairs) {
        if (!pair.different) continue;
        std::vector<group> kept, halves;
        for (group& set : groups) {
            if (holds(set, pair.first) && holds(set, pair.second)) {
                halves.push_back(without(set, pair.first));
                halves.push_back(without(set, pair.second));
            } else {
                kept.push_back(std::move(set));
            }
        }
        for (std::size_t i = 0; i < halves.size(); ++i) {
            const auto inside = [&](const group& other) {
                return std::includes(other.begin(), other.end(), halves[i].begin(), halves[i].end());
            };
            bool contained = std::any_of(kept.begin(), kept.end(), inside);
            // Of two equal halves the first stays.
            for (std::size_t j = 0; j < halves.size() && !contained; ++j)
                contained = j != i && inside(halves[j]) && (halves[j] != halves[i] || j < i);
            if (!contained) kept.push_back(halves[i]);
        }
        groups = std::move(kept);
    }
    std::sort(groups.begin(), groups.end());
    return groups;
}

}  // namespace detail

/// Compares every pair of models on the same images and corrects the p-values for the number of pairs.
///
/// `cells` holds the paired table of every pair (first, second), first < second, by first, then by second: (0, 1), (0,
/// 2), .. (1, 2), ... No or one model gives no pairs. The letter groups are a summary: there may be many where the
/// models are few steps apart (exponentially many in theory; on models ordered by accuracy about one a model).
///
/// Throws std::invalid_argument where the number of tables is not models (models - 1) / 2, and as compare_paired does.
/// O(pairs log pairs) and the groups.
[[nodiscard]] inline all_pairs_result compare_all_pairs(std::size_t models, std::span<const paired_proportion> cells,
                                                        const all_pairs_options& options = {})
{
    const std::size_t wanted = models == 0 ? 0 : models * (models - 1) / 2;
    detail::expects(cells.size() == wanted, "all pairs: ", cells.size(), " paired tables, wanted ", wanted, " for ",
                    models, " models");
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

}  // namespace reassess::inline v0_1
