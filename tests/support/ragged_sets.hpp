// Random problems with sets of any size, among them empty ones and all classes, with tied scores, missing labels and
// NaN rows; and every order of the classes that their scores allow.
#pragma once

#include "random_source.hpp"

#include <reassess/data/label_sets.hpp>
#include <reassess/data/labels.hpp>
#include <reassess/data/scores.hpp>
#include <reassess/data/targets.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <set>
#include <span>
#include <vector>

namespace test_support {

using class_order = std::vector<reassess::class_index>;

struct ragged_sets {
    std::size_t classes = 0;
    std::vector<float> scores{};
    std::vector<reassess::class_index> original{};
    std::vector<std::set<reassess::class_index>> sets{};
    reassess::label_sets real{};

    /// Scores are drawn from `levels` numbers.
    ragged_sets(std::size_t images, std::size_t number_of_classes, std::size_t levels, random_source& random)
        : classes(number_of_classes)
    {
        for (std::size_t image = 0; image < images; ++image) {
            for (std::size_t c = 0; c < classes; ++c) scores.push_back(static_cast<float>(random.below(levels)));
            if (random.chance(10)) scores[image * classes + random.below(classes)] = std::nanf("");
            original.push_back(random.chance(15) ? reassess::missing_label
                                                 : random.below<reassess::class_index>(classes));
            sets.emplace_back();
            const std::size_t wanted = random.chance(10) ? classes : random.below(classes + 1);
            while (sets.back().size() < wanted) sets.back().insert(random.below<reassess::class_index>(classes));
            const std::vector<reassess::class_index> set(sets.back().begin(), sets.back().end());
            real.append(std::span<const reassess::class_index>(set));
        }
    }
    [[nodiscard]] std::size_t images() const { return original.size(); }
    [[nodiscard]] reassess::scores_view<float> view() const { return {scores.data(), images(), classes}; }
    [[nodiscard]] reassess::targets_view targets() const { return {.original = original, .real = real.view()}; }

    [[nodiscard]] float score(std::size_t image, reassess::class_index c) const
    {
        return scores[image * classes + static_cast<std::size_t>(c)];
    }
    [[nodiscard]] bool has_nan(std::size_t image) const
    {
        const auto row = scores.begin() + static_cast<std::ptrdiff_t>(image * classes);
        return std::any_of(row, row + static_cast<std::ptrdiff_t>(classes), [](float x) { return std::isnan(x); });
    }

    /// The label sets of the images that count for a metric; `of_original`: the original labels, as sets of one.
    struct labelled_image {
        std::size_t image;
        std::set<reassess::class_index> labels;
    };
    [[nodiscard]] std::vector<labelled_image> labelled(bool of_original) const
    {
        std::vector<labelled_image> all;
        for (std::size_t image = 0; image < images(); ++image) {
            const std::set<reassess::class_index> one{original[image]};
            const bool empty = of_original ? original[image] == reassess::missing_label : sets[image].empty();
            if (!empty && !has_nan(image)) all.push_back({image, of_original ? one : sets[image]});
        }
        return all;
    }

    /// The classes by descending score; tied ones by lowest index, or by highest.
    [[nodiscard]] class_order order(std::size_t image, bool highest_first = false) const
    {
        class_order all(classes);
        std::iota(all.begin(), all.end(), 0);
        if (highest_first) std::reverse(all.begin(), all.end());
        std::stable_sort(all.begin(), all.end(), [&](auto a, auto b) { return score(image, a) > score(image, b); });
        return all;
    }
    /// All orders of the classes in which no class is after one with a lesser score.
    [[nodiscard]] std::vector<class_order> orders(std::size_t image) const
    {
        std::vector<class_order> all;
        class_order order(classes);
        std::iota(order.begin(), order.end(), 0);
        do {
            if (std::is_sorted(order.begin(), order.end(),
                               [&](auto a, auto b) { return score(image, a) > score(image, b); }))
                all.push_back(order);
        } while (std::next_permutation(order.begin(), order.end()));
        return all;
    }
};

}  // namespace test_support
