// Helpers for image_results: allocated columns, and the part without lists and losses.
#pragma once

#include <reassess/data/targets.hpp>
#include <reassess/ranking/host_batch.hpp>
#include <reassess/ranking/image_results.hpp>

#include <cstddef>
#include <utility>

namespace test_support {

/// Results with columns for the ranks of `images` images, for tests that call kernels directly.
inline reassess::image_results results_with_room(std::size_t images, std::size_t classes,
                                                 const reassess::targets_view& targets)
{
    reassess::image_results results;
    results.classes = results.depth = classes;
    results.ties_known = true;
    reassess::detail::resize_columns(results, images, targets);
    return results;
}

/// The same results without lists and losses.
inline reassess::image_results ranks_only(reassess::image_results results)
{
    reassess::image_results ranks;
    ranks.classes = results.classes;
    ranks.depth = results.depth;
    ranks.ties_known = results.ties_known;
    ranks.prediction = std::move(results.prediction);
    ranks.original_rank = std::move(results.original_rank);
    ranks.original_tied = std::move(results.original_tied);
    ranks.label_rank = std::move(results.label_rank);
    return ranks;
}

}  // namespace test_support
