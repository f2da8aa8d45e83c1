// Small random evaluation problems with edge cases (ties, missing labels, empty sets, NaN rows), and reference metrics
// by definition, image by image.
#pragma once

#include "naive_ranks.hpp"
#include "random_source.hpp"

#include <reassess/data/label_sets.hpp>
#include <reassess/data/proportion.hpp>
#include <reassess/data/scores.hpp>
#include <reassess/data/targets.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace test_support {

struct small_problem_options {
    std::size_t images = 0;
    std::size_t classes = 1;
    /// Percentage of images with a NaN score.
    unsigned nan_rows = 0;
};

struct small_problem {
    std::size_t classes = 0;
    std::vector<float> scores{};
    std::vector<reassess::class_index> original{};
    std::vector<std::set<reassess::class_index>> sets{};
    reassess::label_sets real{};
    /// For each image the classes by descending score; empty for an image with a NaN score.
    std::vector<std::vector<reassess::class_index>> orders{};
    std::vector<std::uint8_t> tied{};

    small_problem(const small_problem_options& options, random_source& random) : classes(options.classes)
    {
        for (std::size_t image = 0; image < options.images; ++image) {
            std::vector<double> row(classes);
            for (double& score : row) score = static_cast<double>(random.below(2 * classes));
            original.push_back(random.chance(15) ? reassess::missing_label
                                                 : random.below<reassess::class_index>(classes));
            sets.emplace_back();
            if (!random.chance(20)) {
                if (original.back() != reassess::missing_label && random.chance(70))
                    sets.back().insert(original.back());
                for (std::size_t n = random.below(4); n > 0; --n)
                    sets.back().insert(random.below<reassess::class_index>(classes));
            }
            const std::vector<reassess::class_index> set(sets.back().begin(), sets.back().end());
            real.append(std::span<const reassess::class_index>(set));
            const bool nan = random.chance(options.nan_rows);
            orders.push_back(nan ? std::vector<reassess::class_index>{} : naive_order(row));
            tied.push_back(!nan && original.back() != reassess::missing_label && naive_tied(row, original.back()));
            if (nan) row[random.below(classes)] = std::numeric_limits<double>::quiet_NaN();
            for (const double score : row) scores.push_back(static_cast<float>(score));
        }
    }

    [[nodiscard]] std::size_t images() const noexcept { return original.size(); }
    [[nodiscard]] reassess::scores_view<float> view() const { return {scores.data(), images(), classes}; }
    [[nodiscard]] reassess::targets_view targets() const { return {.original = original, .real = real.view()}; }

    /// The first k classes of each image, for problems without NaN.
    [[nodiscard]] std::vector<std::int16_t> lists(std::size_t k) const
    {
        std::vector<std::int16_t> all;
        for (const auto& order : orders) {
            for (std::size_t r = 0; r < k; ++r) all.push_back(static_cast<std::int16_t>(order[r]));
        }
        return all;
    }

    // Metrics by definition. f(image) returns whether an image is valid or a hit.
    template <class Predicate>
    [[nodiscard]] std::uint64_t count(Predicate f) const
    {
        std::uint64_t images_with = 0;
        for (std::size_t image = 0; image < images(); ++image) images_with += f(image) ? 1 : 0;
        return images_with;
    }
    template <class Hits, class Counts>
    [[nodiscard]] reassess::proportion share(Counts counts, Hits hits) const
    {
        return {count([&](std::size_t i) { return counts(i) && hits(i); }), count(counts)};
    }

    [[nodiscard]] bool valid(std::size_t i) const { return !orders[i].empty(); }
    [[nodiscard]] bool labelled(std::size_t i) const { return valid(i) && original[i] != reassess::missing_label; }
    [[nodiscard]] bool has_real_labels(std::size_t i) const { return valid(i) && !sets[i].empty(); }
    [[nodiscard]] reassess::class_index prediction(std::size_t i, std::size_t k = 1) const { return orders[i][k - 1]; }
    [[nodiscard]] bool acceptable(std::size_t i, reassess::class_index c) const { return sets[i].contains(c); }
    [[nodiscard]] bool right(std::size_t i) const { return labelled(i) && prediction(i) == original[i]; }
    /// Whether the original label is in the ReaL set.
    [[nodiscard]] bool confirmed(std::size_t i) const { return labelled(i) && acceptable(i, original[i]); }

    [[nodiscard]] reassess::proportion top_k(std::size_t k) const
    {
        return share([&](std::size_t i) { return labelled(i); },
                     [&](std::size_t i) { return positions_in(orders[i])[static_cast<std::size_t>(original[i])] < k; });
    }
    [[nodiscard]] reassess::proportion any_of_top_k(std::size_t k) const
    {
        return share([&](std::size_t i) { return has_real_labels(i); },
                     [&](std::size_t i) {
                         return std::any_of(orders[i].begin(), orders[i].begin() + static_cast<std::ptrdiff_t>(k),
                                            [&](auto c) { return acceptable(i, c); });
                     });
    }
    [[nodiscard]] reassess::proportion kth(std::size_t k, std::size_t least_labels) const
    {
        return share([&](std::size_t i) { return has_real_labels(i) && sets[i].size() >= least_labels; },
                     [&](std::size_t i) { return acceptable(i, prediction(i, k)); });
    }
    [[nodiscard]] reassess::proportion all_of_top_k(std::size_t k) const
    {
        return share([&](std::size_t i) { return has_real_labels(i) && sets[i].size() >= k; },
                     [&](std::size_t i) {
                         return std::all_of(orders[i].begin(), orders[i].begin() + static_cast<std::ptrdiff_t>(k),
                                            [&](auto c) { return acceptable(i, c); });
                     });
    }
    [[nodiscard]] std::uint64_t confused(reassess::class_index label, reassess::class_index predicted) const
    {
        return count([&](std::size_t i) { return labelled(i) && original[i] == label && prediction(i) == predicted; });
    }
};

}  // namespace test_support
