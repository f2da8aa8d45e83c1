// Ranks and, of the same reading of the scores, the probabilities and losses of every image.
#pragma once

#include "../data/score_source.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "bad_image.hpp"
#include "rank.hpp"
#include "rankings.hpp"
#include "score_values.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct rankings_with_values {
    rankings ranks{};
    score_values values{};
};

namespace detail {

/// Throws std::invalid_argument for options that contradict each other or leave open what the scores are.
inline void check_score_options(const score_value_options& options)
{
    expects(options.scores != score_kind::unspecified, "what the scores are was not said: logits or probabilities");
    const bool logits = options.scores == score_kind::logits;
    expects(!logits || options.normalise == normalise::no, "only probabilities can be normalised, not logits");
    expects(!logits || options.clip == 0.0, "only probabilities can be clipped, not logits");
    expects(options.clip >= 0.0 && options.clip < 0.5, "clip is not in [0, 0.5)");
    expects(options.normalise == normalise::no || options.sigmoid == sigmoid_losses::no,
            "sigmoid losses take every class's probability by itself, so it is not divided by the sum of its row");
}

}  // namespace detail

/// What `rank` gives and, while each row is in the cache, the values of `score_values`: the probability of the
/// prediction, softmax and sigmoid cross-entropies, the Brier score.
///
/// Losses of scores of at most 32 bits are right to 1e-6 of themselves, of double to 1e-13 (softmax; sigmoid losses and
/// probabilities are always computed in double), Brier scores of logits to four times that; they may differ in the last
/// places between instruction sets. By vectors, classes more than 117 below the top score count as of probability 0, in
/// the Brier score those more than 84 below. An infinite loss (a label of probability 0) stays infinite unless
/// options.clip is given.
///
/// Throws as `rank` does; std::invalid_argument where options do not say what the scores are, or contradict each other;
/// std::domain_error for a score that is no probability, where probabilities were promised.
template <execution_policy Policy, real_score_source Source>
[[nodiscard]] rankings_with_values rank_with_values(Policy policy, const Source& scores, const targets_view& targets,
                                                    const score_value_options& options,
                                                    const ranking_options& ranking = {})
{
    detail::check_score_options(options);
    using T = typename Source::element_type;
    rankings_with_values result;
    detail::prepare_rankings(result.ranks, scores, targets, ranking);
    std::vector<std::uint8_t> refused;
    const detail::row_job<T> job(scores, targets, result.ranks);
    const detail::value_job<T> values(job, options, result.values, refused, scores.images());
    detail::rank_all_rows(policy, scores, job, ranking, values);
    if (const auto first = std::find(refused.begin(), refused.end(), 1); first != refused.end()) {
        const auto image = static_cast<std::size_t>(first - refused.begin());
        detail::bad_image bad;
        bad.report(ranking.first_image + image);
        detail::with_row(scores, image,
                         [&](const T* row) { bad.what = values.fault_of(row, scores.classes(), &bad.which); });
        bad.expect_none();
    }
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
