// Concepts of score sources: a matrix in memory (stored_scores) and rows that are computed on the fly
// (generated_scores).
#pragma once

#include "../detail/memory_space.hpp"
#include "../version.hpp"
#include "scores.hpp"

#include <concepts>
#include <cstddef>
#include <type_traits>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Scores in host memory, for example scores_view<T>.
template <class Source>
concept stored_scores = score_element<typename Source::element_type> && requires(const Source& source)
{
    requires std::same_as<typename Source::space, host_space>;
    {
        source.row(std::size_t{})
        } -> std::same_as<const typename Source::element_type*>;
    {
        source.row_stride()
        } -> std::convertible_to<std::size_t>;
};

/// Scores that are computed row by row when they are ranked, and not kept: ensemble, selected_classes, selected_images
/// or a type of the user's own. fill_row(image, row) writes classes() scores; it may be called from several threads at
/// once and must not throw. row_bytes() is the approximate number of bytes that fill_row reads.
template <class Source>
concept generated_scores = score_element<typename Source::element_type> &&
    requires(const Source& source, typename Source::element_type* row)
{
    source.fill_row(std::size_t{}, row);
    {
        source.row_bytes()
        } -> std::convertible_to<std::size_t>;
};

/// A source of scores that can be ranked: images() rows of classes() scores. slice(first, count) is the source of the
/// images first .. first + count - 1.
template <class Source>
concept score_source = (stored_scores<Source> || generated_scores<Source>)&&requires(const Source& source)
{
    {
        source.images()
        } -> std::convertible_to<std::size_t>;
    {
        source.classes()
        } -> std::convertible_to<std::size_t>;
    {
        source.slice(std::size_t{}, std::size_t{})
        } -> std::same_as<Source>;
};

/// A source whose scores are real numbers: logits or probabilities.
template <class Source>
concept real_score_source = score_source<Source> && real_score_element<typename Source::element_type>;

namespace detail {

/// The approximate number of bytes that are read for the scores of one image.
template <score_source Source>
std::size_t row_bytes(const Source& source)
{
    if constexpr (stored_scores<Source>) {
        return source.row_stride() * sizeof(typename Source::element_type);
    } else {
        return source.row_bytes();
    }
}

}  // namespace detail

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
