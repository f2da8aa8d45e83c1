// What stands in for the released data where there is none.
#include "../simulated_votes.hpp"
#include "paper.hpp"

#include <reassess/execution/execution.hpp>
#include <reassess/ranking/rank.hpp>

#include <span>
#include <string>
#include <utility>

namespace paper {

namespace {

constexpr std::size_t images_simulated = 5000;
constexpr std::size_t classes = 1000;

}  // namespace

validation_set simulate_images()
{
    simulated::random_source random(seed);
    const std::vector<simulated::image> drawn = simulated::draw_images(images_simulated, classes, random);
    const std::vector<std::size_t> order = simulated::draw_order(drawn.size(), random);
    validation_set images;
    for (const std::size_t i : order) {
        images.names.push_back(simulated::name_of(i));
        images.original.push_back(drawn[i].original);
        images.real.append(std::span<const ra::class_index>(drawn[i].labels));
    }
    images.animals = animals();
    summarise_labels(images);
    for (const auto& [name, strength] : simulated::models) {
        const std::vector<float> scores = simulated::draw_scores(drawn, order, classes, strength, random);
        const ra::targets_view targets{.original = images.original, .real = images.real.view()};
        const ra::image_results ranks = ra::rank(ra::par, ra::scores_view<float>(scores, classes), targets);
        images.models.push_back(count_model("simulated " + std::string(name), ranks, targets));
    }
    sort_models(images);
    return images;
}

rated_images simulate_votes(const validation_set& images)
{
    simulated::random_source random(seed + 1);
    simulated::rated_sample sample =
        simulated::draw_votes(images.names, images.original, images.real.view(), classes, random);
    rated_images result;
    result.gold = ra::io::find_gold(std::move(sample.experts), "simulated experts", sample.rated, "simulated votes");
    result.rated = std::move(sample.rated);
    std::vector<std::string> numbered;
    for (std::size_t i = 0; i < images.names.size(); ++i) numbered.push_back(simulated::name_of(i));
    result.images = ra::io::number_images(images.names, images.original, "simulated labels", result.rated);
    result.published = ra::pairs_in(result.images.pairs, ra::align(images.real.view(), images.names, numbered).view());
    result.virtual_classes = images.animals;
    return result;
}

}  // namespace paper
