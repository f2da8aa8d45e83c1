// What stands in for the released data where there is none.
#include "../simulated_images.hpp"
#include "paper.hpp"

#include <reassess/execution/execution.hpp>
#include <reassess/ranking/rank.hpp>

#include <set>
#include <span>
#include <string>
#include <utility>

namespace paper {

namespace {

constexpr std::size_t images_simulated = 5000;
constexpr std::size_t classes = 1000;

std::string name_of(std::size_t image)
{
    const std::string number = std::to_string(image + 1);
    return "simulated_val_" + std::string(8 - number.size(), '0') + number + ".JPEG";
}

/// A rater who says yes, maybe or no to what is there and to what is not with these probabilities (the rest: no).
struct rater {
    float yes_if_present = 0;
    float maybe_if_present = 0;
    float yes_if_absent = 0;
    float maybe_if_absent = 0;
};

ra::answer_index answer(const rater& who, bool present, simulated::random_source& random)
{
    const float draw = random.uniform();
    const float yes = present ? who.yes_if_present : who.yes_if_absent;
    const float maybe = present ? who.maybe_if_present : who.maybe_if_absent;
    return draw < yes ? program::yes : draw < yes + maybe ? program::maybe : ra::answer_index{0};
}

}  // namespace

validation_set simulate_images()
{
    simulated::random_source random(seed);
    const std::vector<simulated::image> drawn = simulated::draw_images(images_simulated, classes, random);
    const std::vector<std::size_t> order = simulated::draw_order(drawn.size(), random);
    validation_set images;
    for (const std::size_t i : order) {
        images.names.push_back(name_of(i));
        images.original.push_back(drawn[i].original);
        images.real.append(std::span<const ra::class_index>(drawn[i].labels));
    }
    images.animals = animals();
    summarise_labels(images);
    for (const auto& [name, strength] : simulated::models) {
        const std::vector<float> scores = simulated::draw_scores(drawn, order, classes, strength, random);
        const ra::truth_view truth{.original = images.original, .real = images.real.view()};
        const ra::rankings ranks = ra::rank(ra::par, ra::scores_view<float>(scores, classes), truth);
        images.models.push_back(count_model("simulated " + std::string(name), classes, ranks, truth));
    }
    sort_models(images);
    return images;
}

rated_images simulate_votes(const validation_set& images)
{
    simulated::random_source random(seed + 1);
    const ra::label_sets_view real = images.real.view();
    rated_images result;
    program::named_votes& rated = result.rated;
    std::vector<bool> present;
    // Every other image is rated, on seven classes or more: its labels, its original label and others.
    for (std::size_t row = 0; row < images.names.size(); row += 2) {
        std::set<ra::class_index> proposed{images.original[row]};
        for (const ra::class_index c : real[row]) proposed.insert(c);
        while (proposed.size() < 7) proposed.insert(static_cast<ra::class_index>(random.below(classes)));
        for (const ra::class_index c : proposed) {
            rated.pairs.push_back({static_cast<std::uint32_t>(rated.images.size()), c});
            present.push_back(real.contains(row, c));
        }
        rated.images.push_back(images.names[row]);
    }

    constexpr std::size_t raters = 20, votes_per_pair = 5, experts = 5, gold_images = 150;
    std::vector<rater> people;
    for (std::size_t i = 0; i < raters; ++i) {
        const float care = random.uniform();
        people.push_back({0.55F + 0.35F * care, 0.2F - 0.1F * care, 0.12F - 0.11F * care, 0.15F - 0.1F * care});
        rated.rater_names.push_back(std::to_string(i));
    }
    const std::vector<std::string> answers{"no", "maybe", "yes"};
    rated.votes = ra::annotations({.raters = raters, .items = rated.pairs.size()}, answers);
    for (std::size_t pair = 0; pair < rated.pairs.size(); ++pair) {
        const std::size_t first = static_cast<std::size_t>(random.below(raters));
        for (std::size_t vote = 0; vote < votes_per_pair; ++vote) {
            const std::size_t who = (first + 3 * vote) % raters;
            rated.votes.add(who, pair, answer(people[who], present[pair], random));
        }
    }

    program::named_votes gold;
    for (const ra::rated_pair& pair : rated.pairs) {
        if (pair.image < gold_images) gold.pairs.push_back(pair);
    }
    gold.images.assign(rated.images.begin(), rated.images.begin() + gold_images);
    gold.votes = ra::annotations({.raters = experts, .items = gold.pairs.size()}, answers);
    constexpr rater careful{0.9F, 0.05F, 0.02F, 0.03F};
    for (std::size_t expert = 0; expert < experts; ++expert) {
        gold.rater_names.push_back(std::to_string(expert));
        for (std::size_t pair = 0; pair < gold.pairs.size(); ++pair)
            gold.votes.add(expert, pair, answer(careful, present[pair], random));
    }
    result.gold = program::find_gold(std::move(gold), "simulated experts", rated, "simulated votes");

    std::vector<std::string> numbered;
    for (std::size_t i = 0; i < images.names.size(); ++i) numbered.push_back(name_of(i));
    result.images = program::number_images(images.names, images.original, "simulated labels", rated);
    result.published = ra::pairs_in(result.images.pairs, ra::align(real, images.names, numbered).view());
    result.virtual_classes = images.animals;
    return result;
}

}  // namespace paper
