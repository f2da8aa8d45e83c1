// Who differs from whom: all pairs of models on the same images, as one table that 24 models still fit into.
#pragma once

#include "program.hpp"

#include <reassess/metric/paired_outcomes.hpp>
#include <reassess/statistics/all_pairs.hpp>
#include <reassess/statistics/model_ranking.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace program {

/// One model's outcome of every image, by one metric.
using outcomes = std::vector<reassess::image_outcome>;

/// Models by one metric: in pairs, and all together.
struct model_comparison {
    reassess::all_pairs_result pairs{};
    /// The place of every model, with its interval; empty where no image counts for all of them.
    std::vector<reassess::rank_interval> places{};
};

/// The places of models by their hits on the images that count for all of them.
template <class Policy>
std::vector<reassess::rank_interval> place_models(Policy policy, const std::vector<outcomes>& models,
                                                  reassess::random_seed seed)
{
    const std::vector<double> hits = reassess::hit_columns(models);
    if (hits.empty()) return {};
    return reassess::rank_intervals(policy, reassess::image_values_view(hits, models.size()), seed);
}

/// Nothing for fewer than two models, and where no image counts for both of a pair.
template <class Policy>
std::optional<model_comparison> compare_models(Policy policy, const std::vector<outcomes>& models,
                                               reassess::random_seed seed)
{
    if (models.size() < 2) return std::nullopt;
    std::vector<reassess::paired_proportion> cells;
    for (std::size_t first = 0; first < models.size(); ++first) {
        for (std::size_t second = first + 1; second < models.size(); ++second) {
            cells.push_back(reassess::pair_outcomes(models[first], models[second]));
            if (cells.back().total() == 0) return std::nullopt;
        }
    }
    return model_comparison{reassess::compare_all_pairs(models.size(), cells), place_models(policy, models, seed)};
}

inline json to_json(const model_comparison& result, const std::vector<std::string>& names)
{
    json object{{"correction", "holm"},
                {"level", 0.95},
                {"pairs", json::array()},
                {"groups", json::array()},
                {"places", nullptr}};
    for (const reassess::model_pair& pair : result.pairs.pairs) {
        const reassess::paired_comparison& comparison = pair.comparison;
        const reassess::mcnemar_result& test = comparison.test;
        // JSON has no infinity, but no logarithm here is infinite: the smallest p-value is 2^-images.
        object["pairs"].push_back({{"first", names[pair.first]},
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
                                   {"different", pair.different}});
    }
    for (const auto& group : result.pairs.groups) {
        json members = json::array();
        for (const std::size_t model : group) members.push_back(names[model]);
        object["groups"].push_back(std::move(members));
    }
    if (!result.places.empty()) object["places"] = json::array();
    for (std::size_t model = 0; model < result.places.size(); ++model) {
        const reassess::rank_interval& place = result.places[model];
        object["places"].push_back({{"name", names[model]},
                                    {"place", place.rank},
                                    {"lower", place.bounds.lower},
                                    {"upper", place.bounds.upper},
                                    {"best_share", place.best_share}});
    }
    return object;
}

/// "a", .. "z", "aa", ..
inline std::string group_letter(std::size_t group)
{
    std::string letters;
    for (std::size_t rest = group + 1; rest > 0; rest = (rest - 1) / 26)
        letters.insert(letters.begin(), static_cast<char>('a' + (rest - 1) % 26));
    return letters;
}

inline std::string p_text(double p_value, double log10_p_value)
{
    if (p_value == 0) return "<10^-300";
    char text[32];
    std::snprintf(text, sizeof text, p_value >= 1e-4 ? "%.4f" : "10^%.1f", p_value >= 1e-4 ? p_value : log10_p_value);
    return text;
}

/// Models of equal hits share the mean of their places.
inline std::string place_text(const reassess::rank_interval& place)
{
    const auto text = [](double number) {
        return program::number(number == std::floor(number) ? "%.0f" : "%.1f", number);
    };
    return text(place.rank) + " [" + text(place.bounds.lower) + ", " + text(place.bounds.upper) + "]";
}

/// The models, best first, each against the next: models that share a letter cannot be told apart.
inline void print_pairs(const char* metric, const model_comparison& comparison, const std::vector<outcomes>& models,
                        const std::vector<std::string>& names)
{
    const reassess::all_pairs_result& result = comparison.pairs;
    std::vector<std::size_t> order(names.size()), place(names.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto hits = [&](std::size_t model) { return reassess::count_right(models[model]); };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return hits(a).value() > hits(b).value(); });
    for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    auto groups = result.groups;
    for (auto& group : groups) {
        for (std::size_t& model : group) model = place[model];
        std::sort(group.begin(), group.end());
    }
    std::sort(groups.begin(), groups.end());

    const std::size_t different = static_cast<std::size_t>(std::count_if(
        result.pairs.begin(), result.pairs.end(), [](const reassess::model_pair& pair) { return pair.different; }));
    std::cout << "\nWho differs by " << metric << ": " << different << " of " << result.pairs.size()
              << " pairs (McNemar's mid-p, Holm's correction, 5 %); models that share a letter do not\n";
    std::vector<std::vector<std::string>> table{{"model", "accuracy", "place", "letters", "differs from the next on",
                                                 "better", "worse", "ahead by", "p, corrected"}};
    for (std::size_t i = 0; i < order.size(); ++i) {
        std::string letters;
        for (std::size_t group = 0; group < groups.size(); ++group) {
            if (std::binary_search(groups[group].begin(), groups[group].end(), i)) letters += group_letter(group);
        }
        std::vector<std::string> row{names[order[i]], percent(hits(order[i]).value()),
                                     comparison.places.empty() ? "-" : place_text(comparison.places[order[i]]),
                                     letters};
        if (i + 1 < order.size()) {
            const reassess::model_pair& pair = result.pair(order[i], order[i + 1]);
            const bool turned = pair.first != order[i];
            const reassess::paired_proportion cells = turned ? pair.comparison.cells.swapped() : pair.comparison.cells;
            const reassess::interval bounds = reassess::paired_difference_interval(cells);
            row.insert(row.end(),
                       {with_commas(cells.different()), with_commas(cells.first_only), with_commas(cells.second_only),
                        percent(turned ? -pair.comparison.difference : pair.comparison.difference) + " [" +
                            percent(bounds.lower) + ", " + percent(bounds.upper) + "]",
                        p_text(pair.adjusted_p_value, std::log10(pair.adjusted_p_value))});
        }
        table.push_back(std::move(row));
    }
    print_table(table);
}

}  // namespace program
