// interpreted_scores: scores marked as logits or probabilities, by logits(scores) and probabilities(scores).
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "score_source.hpp"
#include "scores.hpp"

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The meaning of scores. Only the order of unspecified scores is used: losses and calibration are not available.
enum class score_kind { unspecified, logits, probabilities };

/// Whether a row of probabilities is divided by its sum before it is used.
enum class normalise { no, yes };

/// How scores are read as numbers.
struct score_interpretation {
    score_kind kind = score_kind::unspecified;
    /// For probabilities.
    reassess::normalise normalise = reassess::normalise::no;
    /// For probabilities: before a logarithm is taken, they are clipped to [clip, 1 - clip]. 0: unchanged.
    double clip = 0.0;

    friend bool operator==(const score_interpretation&, const score_interpretation&) = default;
};

/// Probabilities up to 1 plus this are 1 in another rounding, such as 1.00001 in published files; they count as 1. It
/// is 1e-4, and 1e-7 for the float32 nearest to 1.0001.
inline constexpr double probability_rounding = 1e-4 + 1e-7;

struct probability_options {
    reassess::normalise normalise = reassess::normalise::no;
    /// In [0, 0.5): before a logarithm is taken, probabilities are clipped to [clip, 1 - clip]. With clip = 0 a label
    /// of probability 0 has an infinite loss.
    double clip = 0.0;
};

/// Scores together with their interpretation. `logits` and `probabilities` construct it. Contains a copy of Source,
/// which is usually a view.
template <class Source>
class interpreted_scores {
public:
    using source_type = Source;
    using element_type = typename Source::element_type;
    static_assert(real_score_element<element_type>,
                  "logits and probabilities are real numbers: 8-bit integer scores have an order only");

    interpreted_scores(Source scores, const score_interpretation& interpretation)
        : scores_(std::move(scores)), interpretation_(interpretation)
    {
    }

    [[nodiscard]] const Source& scores() const noexcept { return scores_; }
    [[nodiscard]] const score_interpretation& interpretation() const noexcept { return interpretation_; }
    [[nodiscard]] std::size_t images() const noexcept { return scores_.images(); }
    [[nodiscard]] std::size_t classes() const noexcept { return scores_.classes(); }
    /// The scores of images first .. first + count - 1. Throws std::out_of_range if there are fewer images.
    [[nodiscard]] interpreted_scores slice(std::size_t first, std::size_t count) const
    {
        return {scores_.slice(first, count), interpretation_};
    }

private:
    Source scores_;
    score_interpretation interpretation_;
};

namespace detail {

template <class>
inline constexpr bool is_interpreted = false;
template <class Source>
inline constexpr bool is_interpreted<interpreted_scores<Source>> = true;

/// A vector, span, array or pointer, which does not know its number of classes.
template <class Scores>
concept plain_array = std::is_pointer_v<std::decay_t<Scores>> || requires(const Scores& scores)
{
    std::span(scores);
};

/// Ends the compilation, with a message that says what to write, if Scores is a plain_array.
template <class Scores>
constexpr void expect_view_of_scores() noexcept
{
    static_assert(!plain_array<Scores>,
                  "scores need a number of classes: use scores_view<T>(data, images, classes), or "
                  "top_k_view<T>(data, images, k, classes) for stored predictions");
}

/// scores.view() of an owning container, e.g. a mapped file or a copy in a device's memory; a view is returned
/// unchanged.
template <class Scores>
[[nodiscard]] auto view_of(const Scores& scores)
{
    if constexpr (requires { scores.view(); }) {
        return scores.view();
    } else {
        return scores;
    }
}

}  // namespace detail

/// Marks scores as logits: probabilities are their softmax (or, for sigmoid losses, their sigmoids). `scores` is a view
/// of host or device memory, a generated score source, or an owner of scores, which must outlive the result.
template <class Scores>
[[nodiscard]] auto logits(const Scores& scores)
{
    detail::expect_view_of_scores<Scores>();
    if constexpr (!detail::plain_array<Scores>)
        return interpreted_scores(detail::view_of(scores), {.kind = score_kind::logits});
}

/// Marks scores as probabilities in [0, 1]; functions that read a value below 0, or above 1 by more than
/// probability_rounding, report an error. Sums of rows are not checked: see probability_check. With
/// normalise::yes the scores may be any non-negative weights: each row is divided by its sum. `scores`: see logits.
/// Throws std::invalid_argument for a clip outside [0, 0.5).
template <class Scores>
[[nodiscard]] auto probabilities(const Scores& scores, const probability_options& options = {})
{
    detail::expect_view_of_scores<Scores>();
    detail::expects(options.clip >= 0.0 && options.clip < 0.5, "probabilities: clip is outside [0, 0.5)");
    if constexpr (!detail::plain_array<Scores>)
        return interpreted_scores(
            detail::view_of(scores),
            {.kind = score_kind::probabilities, .normalise = options.normalise, .clip = options.clip});
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
