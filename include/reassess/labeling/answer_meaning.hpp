// Mapping from rater answers to classes, for annotations whose answers are not the classes themselves (no, maybe, yes).
#pragma once

#include "../data/annotations.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"

#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// For every answer, the fraction of a vote that each class receives; the fractions of an answer sum to 1. If "no" and
/// "yes" mean absent and present, "maybe" can give one half to each.
///
/// The mapping defines a majority and the start of Dawid and Skene's estimation only; their model then learns the
/// meaning of each rater's answers from the votes.
class answer_meaning {
public:
    /// `shares` is answers x classes, row-major. Throws std::invalid_argument for 0 classes, for a size that is not a
    /// multiple of `classes`, and if the shares of an answer are negative, not finite or do not sum to 1.
    answer_meaning(std::vector<double> shares, std::size_t classes) : shares_(std::move(shares)), classes_(classes)
    {
        detail::expects(classes > 0, "answers: 0 classes; the minimum is 1");
        detail::expects(!shares_.empty() && shares_.size() % classes == 0, "answers: ", shares_.size(),
                        " shares are not a multiple of ", classes, " classes");
        for (std::size_t answer = 0; answer < answers(); ++answer) {
            double sum = 0;
            for (const double share : of(static_cast<answer_index>(answer))) {
                detail::expects(share >= 0 && share <= 1, "answers: a share of answer ", answer, " is outside [0, 1]");
                sum += share;
            }
            detail::expects(std::abs(sum - 1) < 1e-9, "answers: the shares of answer ", answer, " do not sum to 1");
        }
    }

    [[nodiscard]] std::size_t answers() const noexcept { return shares_.size() / classes_; }
    [[nodiscard]] std::size_t classes() const noexcept { return classes_; }
    /// The shares of one answer, one per class.
    [[nodiscard]] std::span<const double> of(answer_index answer) const noexcept
    {
        return std::span<const double>(shares_).subspan(answer * classes_, classes_);
    }

private:
    std::vector<double> shares_;
    std::size_t classes_;
};

/// Identity mapping: answer c means class c.
[[nodiscard]] inline answer_meaning answers_are_classes(std::size_t classes)
{
    std::vector<double> shares(classes * classes, 0.0);
    for (std::size_t c = 0; c < classes; ++c) shares[c * classes + c] = 1.0;
    return {std::move(shares), classes};
}

/// Answers 0 no, 1 maybe, 2 yes; classes 0 absent, 1 present. Maybe counts one half for each class.
[[nodiscard]] inline answer_meaning no_maybe_yes()
{
    return {{1.0, 0.0, 0.5, 0.5, 0.0, 1.0}, 2};
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
