// What scores are, as a property of their view: logits(scores), probabilities(scores).
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "score_source.hpp"
#include "scores.hpp"

#include <cstddef>
#include <utility>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// What scores are. Of unspecified ones only the order counts: losses and calibration are not available.
enum class score_kind { unspecified, logits, probabilities };

/// Whether a row of probabilities is divided by its sum before it is used.
enum class normalise { no, yes };

/// How scores are read as numbers.
struct score_interpretation {
    score_kind kind = score_kind::unspecified;
    /// For probabilities.
    reassess::normalise normalise = reassess::normalise::no;
    /// For probabilities: in a logarithm they are at least `clip` and at most 1 - `clip`; 0: unchanged.
    double clip = 0.0;

    friend bool operator==(const score_interpretation&, const score_interpretation&) = default;
};

struct probability_options {
    reassess::normalise normalise = reassess::normalise::no;
    /// In [0, 0.5). A label of probability 0 has an infinite loss unless this is greater than 0.
    double clip = 0.0;
};

/// Scores together with what they are. Not owned; as cheap to copy as Source. Made by `logits` and `probabilities`.
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
    /// The rows of images first .. first + count - 1. Throws std::out_of_range where there are fewer images.
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

/// The view of an owning container, e.g. a mapped file or a copy in a device's memory; a view is itself.
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

/// The scores are logits: probabilities are their softmax (or, for sigmoid losses, their sigmoids). Takes a view of
/// host or device memory, a source that generates rows, or an owner of scores, which must outlive the result.
template <class Scores>
[[nodiscard]] auto logits(const Scores& scores)
{
    return interpreted_scores(detail::view_of(scores), {.kind = score_kind::logits});
}

/// The scores are probabilities, in [0, 1]; a value outside is an error when it is read. With normalise::yes any
/// non-negative weights: each row is divided by its sum. Throws std::invalid_argument for a clip outside [0, 0.5).
template <class Scores>
[[nodiscard]] auto probabilities(const Scores& scores, const probability_options& options = {})
{
    detail::expects(options.clip >= 0.0 && options.clip < 0.5,
                    "probabilities: clip is outside [0, 0.5): it bounds probabilities away from 0 and 1");
    return interpreted_scores(
        detail::view_of(scores),
        {.kind = score_kind::probabilities, .normalise = options.normalise, .clip = options.clip});
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
