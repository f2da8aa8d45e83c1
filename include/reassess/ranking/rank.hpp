// rank: scores or stored top-k lists, and targets, to per-image results, on a host.
#pragma once

#include "../data/interpreted_scores.hpp"
#include "../data/score_source.hpp"
#include "../data/targets.hpp"
#include "../data/top_k.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "evaluation_options.hpp"
#include "host_batch.hpp"
#include "image_results.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {
namespace detail {

template <class View>
inline constexpr bool is_host_view = false;
template <class View>
    requires score_source<View>
inline constexpr bool is_host_view<View> = true;
template <class Source>
inline constexpr bool is_host_view<interpreted_scores<Source>> = is_host_view<Source>;
template <class T>
inline constexpr bool is_host_view<top_k_view<T, host_space>> = true;

inline batch_request request_of(const evaluation_options& options, std::uint64_t first_image)
{
    return {.settings = {.sigmoid = options.sigmoid, .brier = options.brier},
            .nan = options.nan,
            .k = options.top_k,
            .first_image = first_image};
}

}  // namespace detail

/// What host policies can evaluate: scores in memory or generated, plain or with an interpretation, top-k lists, and
/// owners of them that have a view().
template <class Input>
concept host_input = detail::is_host_view<decltype(detail::view_of(std::declval<const Input&>()))>;

/// The prediction of every image and the ranks of its labels. From logits(scores) and probabilities(scores) also
/// confidences, cross-entropies and Brier scores (sigmoid cross-entropies if options.sigmoid requests them); from any
/// scores also the options.top_k best classes; all in one reading of the scores. From stored top-k lists ranks are
/// known below k, and ties are not known.
///
/// `first_image` is the number of the first image in error messages.
///
/// Losses of scores of at most 32 bits are right to 1e-6 of themselves, of double to 1e-13 (sigmoid losses and
/// probabilities are always computed in double), Brier scores of logits to four times that; they may differ in the last
/// digits between instruction sets. The vector kernels count classes more than 117 below the top score as of
/// probability 0, in the Brier score those more than 84 below. A label of probability 0 has an infinite loss unless
/// `clip` is given.
///
/// Throws std::invalid_argument for no classes, where input and targets have different numbers of images, and for a
/// class twice in a list; std::out_of_range for a label or prediction outside [0, classes) and for a top_k above 64 or
/// above the number of classes; std::domain_error for a NaN score, unless options.nan excludes such images, and for a
/// score that is not a probability where probabilities were promised. Infinities are ordered as usual, and -0 equals
/// +0. No images give empty columns. Cost: every score is read once from memory, and compared once per label of its
/// image; lists take O(k * labels of an image).
template <execution_policy Policy, host_input Input>
[[nodiscard]] image_results rank(Policy policy, const Input& input, const targets_view& targets,
                                 const evaluation_options& options = {}, std::uint64_t first_image = 0)
{
    const auto view = detail::view_of(input);
    auto batch = detail::host_batch(view, targets, detail::request_of(options, first_image));
    detail::check_labels(targets, batch.classes(), first_image);
    image_results results;
    batch.prepare(results, batch.images(), targets);
    batch.rank_all(policy, results);
    batch.throw_fault();
    return results;
}
/// The same with the policy `seq`.
template <host_input Input>
[[nodiscard]] image_results rank(const Input& input, const targets_view& targets,
                                 const evaluation_options& options = {})
{
    return rank(seq, input, targets, options);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
