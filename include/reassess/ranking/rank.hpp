// rank: per-image results (prediction, ranks of the labels, losses, top-k lists) from scores or stored top-k lists, on
// a host.
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

/// Inputs of host policies: scores in memory or generated, with or without an interpretation, top-k lists, and owners
/// of these with a view().
template <class Input>
concept host_input = detail::is_host_view<decltype(detail::view_of(std::declval<const Input&>()))>;

/// Computes the prediction of every image and the ranks of its labels. For logits(scores) and probabilities(scores) it
/// also computes confidences, cross-entropies and Brier scores (and sigmoid cross-entropies with sigmoid_losses::yes);
/// for any scores also the options.top_k best classes. The scores are read once. For stored top-k lists, ranks below k
/// are known; ties are not known.
///
/// `input` has images() rows of classes() scores, or lists of k classes; `targets` has the labels of the same images;
/// `first_image` is the number of the first image in error messages. The result refers to images by their position in
/// `input`.
///
/// The relative error of losses is at most 1e-6 for scores of at most 32 bits and at most 1e-13 for double (sigmoid
/// losses and losses of probabilities are always computed in double); for Brier scores of logits it is four times as
/// large. Losses may differ in the last digits between instruction sets. The vector kernels treat the probability of
/// classes more than 117 below the top score as 0; in the Brier score, that of classes more than 84 below. A label of
/// probability 0 has an infinite loss unless `clip` is given.
///
/// Infinities are ordered as usual, and -0 equals +0. If there are no images, the columns are empty. Throws
/// std::invalid_argument if there are no classes, if input and targets have different numbers of images, and if a list
/// contains a class twice; std::out_of_range for a label or prediction outside [0, classes), and for a top_k above 64
/// or above the number of classes; std::domain_error for a NaN score, unless options.nan is on_nan::exclude, and for a
/// score that is not a probability if the input is probabilities(...). Cost: every score is read once from memory and
/// compared at most once per label of its image; stored lists take O(k * labels) per image.
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

// Deliberate compile errors for arguments of other types.

template <execution_policy Policy, detail::plain_array Input>
image_results rank(Policy, const Input&, const targets_view&, const evaluation_options& = {}, std::uint64_t = 0)
{
    detail::expect_view_of_scores<Input>();
    return {};
}
template <detail::plain_array Input>
image_results rank(const Input&, const targets_view&, const evaluation_options& = {})
{
    detail::expect_view_of_scores<Input>();
    return {};
}
template <execution_policy Policy, host_input Input, detail::no_targets Targets>
image_results rank(Policy, const Input&, const Targets&, const evaluation_options& = {}, std::uint64_t = 0)
{
    detail::expect_targets<Targets>();
    return {};
}
template <detail::foreign_policy Policy, host_input Input>
image_results rank(Policy, const Input&, const targets_view&, const evaluation_options& = {}, std::uint64_t = 0)
{
    detail::expect_policy<Policy>();
    return {};
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
