// Shared library with C functions, by which peers.py calls reassess in its own process and on its own matrix.
#include <reassess/data/label_sets.hpp>
#include <reassess/data/scores.hpp>
#include <reassess/data/targets.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/ranking/rank.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ra = reassess;

namespace {

/// Images x classes scores, and one label per image, which is also its label set.
struct problem {
    ra::scores_view<float> scores;
    std::vector<ra::class_index> original;
    ra::label_sets real;

    problem(const float* data, std::size_t images, std::size_t classes, const std::int64_t* labels)
        : scores(data, images, classes), original(labels, labels + images)
    {
        for (std::size_t image = 0; image < images; ++image)
            real.append(std::span<const ra::class_index>(&original[image], 1));
    }
    [[nodiscard]] ra::targets_view targets() const { return {.original = original, .real = real.view()}; }
};

}  // namespace

extern "C" {

void* reassess_problem(const float* scores, std::size_t images, std::size_t classes, const std::int64_t* labels)
{
    return new problem(scores, images, classes, labels);
}

// Each function returns the number of images whose label ranks first, so that peers.py can compare the results.

std::uint64_t reassess_ranks(const void* of)
{
    const auto& given = *static_cast<const problem*>(of);
    const ra::image_results results = ra::rank(ra::seq, given.scores, given.targets());
    std::uint64_t hits = 0;
    for (const ra::rank_index rank : results.original_rank) hits += rank == 0;
    return hits;
}

std::uint64_t reassess_lists(const void* of)
{
    const auto& given = *static_cast<const problem*>(of);
    const ra::image_results results = ra::rank(ra::seq, given.scores, given.targets(), {.top_k = 5});
    std::uint64_t hits = 0;
    for (std::size_t image = 0; image < given.original.size(); ++image)
        hits += results.top_k[image * 5] == given.original[image];
    return hits;
}

std::uint64_t reassess_log_loss(const void* of)
{
    const auto& given = *static_cast<const problem*>(of);
    const ra::image_results results =
        ra::rank(ra::seq, ra::logits(given.scores), given.targets(), {.brier = ra::brier_scores::no});
    std::uint64_t hits = 0;
    for (const ra::rank_index rank : results.original_rank) hits += rank == 0;
    return hits;
}

std::uint64_t reassess_all_metrics(const void* of)
{
    const auto& given = *static_cast<const problem*>(of);
    return ra::evaluate(ra::seq, given.scores, given.targets()).top_k(1).hits;
}
}
