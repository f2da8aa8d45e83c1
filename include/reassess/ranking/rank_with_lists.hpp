// Ranks and, of the same reading of the scores, the k best classes of every image.
#pragma once

#include "../data/labels.hpp"
#include "../data/predictions.hpp"
#include "../data/score_source.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "rank.hpp"
#include "rankings.hpp"
#include "top_list.hpp"

#include <cstddef>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct rankings_with_lists {
    rankings ranks{};
    std::size_t depth = 0;
    /// Images x depth classes, best first; missing_label throughout for an image left out because of a NaN.
    std::vector<class_index> lists{};

    /// The lists as stored predictions are given.
    [[nodiscard]] predictions_view<class_index> predictions() const
    {
        return depth == 0 ? predictions_view<class_index>() : predictions_view<class_index>(lists, depth);
    }
};

namespace detail {

/// Throws std::out_of_range for lists that are too short, too long or longer than there are classes.
inline void check_list_depth(std::size_t depth, std::size_t classes)
{
    expects<std::out_of_range>(depth >= 1 && depth <= deepest_list && depth <= classes, "lists of ", depth,
                               " classes, wanted 1 to ", deepest_list, " and at most the number of classes, ", classes);
}

}  // namespace detail

/// What `rank` gives and, while each row is in the cache, its `depth` classes of highest score, best first; among equal
/// scores the class of lower index comes first, so element r is the class of rank r. An empty targets gives the lists
/// alone (and predictions).
///
/// Throws as `rank` does; std::out_of_range for depth 0, above 64 or above the number of classes. Cost: as `rank`, and
/// about as many comparisons as there are classes in the parts of the row that hold the best.
template <execution_policy Policy, score_source Source>
[[nodiscard]] rankings_with_lists rank_with_lists(Policy policy, const Source& scores, const targets_view& targets,
                                                  std::size_t depth, const ranking_options& options = {})
{
    detail::check_list_depth(depth, scores.classes());
    rankings_with_lists result{.depth = depth};
    detail::prepare_rankings(result.ranks, scores, targets, options);
    result.lists.assign(scores.images() * depth, missing_label);
    detail::rank_all_rows(policy, scores, detail::row_job<typename Source::element_type>(scores, targets, result.ranks),
                          options, detail::list_job{depth, result.lists.data()});
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
