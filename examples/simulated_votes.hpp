// Votes of raters and experts that never were, on images that never were: what relabel and paper show without any
// download.
#pragma once

#include "simulated_images.hpp"

#include <reassess/data/label_sets.hpp>
#include <reassess/io/rated_pairs.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace simulated {

/// A rater who says yes, maybe or no to what is there and to what is not with these probabilities (the rest: no).
struct rater {
    float yes_if_present = 0;
    float maybe_if_present = 0;
    float yes_if_absent = 0;
    float maybe_if_absent = 0;
};

inline reassess::answer_index answer(const rater& who, bool present, random_source& random)
{
    const float draw = random.uniform();
    const float yes = present ? who.yes_if_present : who.yes_if_absent;
    const float maybe = present ? who.maybe_if_present : who.maybe_if_absent;
    return draw < yes ? reassess::io::yes : draw < yes + maybe ? reassess::io::maybe : reassess::answer_index{0};
}

struct rated_sample {
    /// Five of twenty raters on every pair.
    reassess::io::named_votes rated{};
    /// Five experts on the pairs of the first 150 rated images.
    reassess::io::named_votes experts{};
};

/// Every other image is rated, on seven classes or more: its labels, its original label and others. `names`, `original`
/// and `real` are in one order.
inline rated_sample draw_votes(std::span<const std::string> names, std::span<const reassess::class_index> original,
                               reassess::label_sets_view real, std::size_t classes, random_source& random)
{
    rated_sample sample;
    reassess::io::named_votes& rated = sample.rated;
    std::vector<bool> present;
    for (std::size_t row = 0; row < names.size(); row += 2) {
        std::set<reassess::class_index> proposed{original[row]};
        for (const reassess::class_index c : real[row]) proposed.insert(c);
        while (proposed.size() < std::min<std::size_t>(7, classes))
            proposed.insert(static_cast<reassess::class_index>(random.below(classes)));
        for (const reassess::class_index c : proposed) {
            rated.pairs.push_back({static_cast<std::uint32_t>(rated.images.size()), c});
            present.push_back(real.contains(row, c));
        }
        rated.images.push_back(names[row]);
    }

    constexpr std::size_t raters = 20, votes_per_pair = 5;
    std::vector<rater> people;
    for (std::size_t i = 0; i < raters; ++i) {
        const float care = random.uniform();
        people.push_back({0.55F + 0.35F * care, 0.2F - 0.1F * care, 0.12F - 0.11F * care, 0.15F - 0.1F * care});
        rated.rater_names.push_back(std::to_string(i));
    }
    const std::vector<std::string> answers{"no", "maybe", "yes"};
    rated.votes = reassess::annotations({.raters = raters, .items = rated.pairs.size()}, answers);
    for (std::size_t pair = 0; pair < rated.pairs.size(); ++pair) {
        const std::size_t first = static_cast<std::size_t>(random.below(raters));
        for (std::size_t vote = 0; vote < votes_per_pair; ++vote) {
            const std::size_t who = (first + 3 * vote) % raters;
            rated.votes.add(who, pair, answer(people[who], present[pair], random));
        }
    }

    constexpr std::size_t experts = 5;
    constexpr rater careful{0.9F, 0.05F, 0.02F, 0.03F};
    reassess::io::named_votes& gold = sample.experts;
    const std::size_t gold_images = std::min<std::size_t>(150, rated.images.size());
    for (const reassess::rated_pair& pair : rated.pairs) {
        if (pair.image < gold_images) gold.pairs.push_back(pair);
    }
    gold.images.assign(rated.images.begin(), rated.images.begin() + static_cast<std::ptrdiff_t>(gold_images));
    gold.votes = reassess::annotations({.raters = experts, .items = gold.pairs.size()}, answers);
    for (std::size_t expert = 0; expert < experts; ++expert) {
        gold.rater_names.push_back("expert " + std::to_string(expert));
        for (std::size_t pair = 0; pair < gold.pairs.size(); ++pair)
            gold.votes.add(expert, pair, answer(careful, present[pair], random));
    }
    return sample;
}

}  // namespace simulated
