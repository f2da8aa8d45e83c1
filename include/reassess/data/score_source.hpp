// Whatever gives rows of scores: a matrix in memory, or sources that make each row when it is read.
#pragma once

#include "../detail/memory_space.hpp"
#include "../version.hpp"
#include "scores.hpp"

#include <concepts>
#include <cstddef>
#include <type_traits>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Rows that lie in host memory: scores_view.
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

/// Rows that are made when they are read, one at a time, and never kept: ensemble, selected_classes, selected_images or
/// a user's own. fill_row(image, row) writes classes() scores and may be called from several threads at once; it must
/// not throw. row_bytes() is about what it reads.
template <class Source>
concept generated_scores = score_element<typename Source::element_type> &&
    requires(const Source& source, typename Source::element_type* row)
{
    source.fill_row(std::size_t{}, row);
    {
        source.row_bytes()
        } -> std::convertible_to<std::size_t>;
};

/// What can be ranked: images() rows of classes() scores; slice(first, count) has some of the rows.
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

/// About how many bytes reading one image's scores takes.
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
