// Which losses are computed of each image, and how scores are read for them.
#pragma once

#include "../data/interpreted_scores.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"

#include <string>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Whether sigmoid cross-entropies are computed too: they take one more exponential of every score.
enum class sigmoid_losses { no, yes };

/// Whether Brier scores are computed too. Of logits they take the square of every exponential: a tenth of the time.
enum class brier_scores { yes, no };

/// Everything that the values of losses depend on, beside the scores. Results carry it, and refuse results of other
/// settings.
struct loss_settings {
    score_interpretation scores{};
    sigmoid_losses sigmoid = sigmoid_losses::no;
    brier_scores brier = brier_scores::yes;

    [[nodiscard]] bool has_losses() const noexcept { return scores.kind != score_kind::unspecified; }

    friend bool operator==(const loss_settings&, const loss_settings&) = default;
};

namespace detail {

/// Throws std::invalid_argument for settings that contradict each other.
inline void check_loss_settings(const loss_settings& settings)
{
    const score_interpretation& scores = settings.scores;
    const bool probabilities = scores.kind == score_kind::probabilities;
    expects(probabilities || scores.normalise == normalise::no, "only probabilities can be normalised");
    expects(probabilities || scores.clip == 0.0, "only probabilities can be clipped");
    expects(scores.clip >= 0.0 && scores.clip < 0.5, "clip is outside [0, 0.5)");
    expects(scores.normalise == normalise::no || settings.sigmoid == sigmoid_losses::no,
            "sigmoid losses read the probability of every class by itself, so they exclude normalise::yes, which "
            "divides it by the sum of its row");
}

/// "logits", "clipped probabilities with sigmoid losses", ...
inline std::string name_of(const loss_settings& settings)
{
    const score_interpretation& scores = settings.scores;
    if (!settings.has_losses()) return "scores without an interpretation";
    std::string name = scores.kind == score_kind::logits    ? "logits"
                       : scores.normalise == normalise::yes ? "normalised probabilities"
                       : scores.clip != 0.0                 ? "clipped probabilities"
                                                            : "probabilities";
    if (settings.sigmoid == sigmoid_losses::yes) name += " with sigmoid losses";
    if (settings.brier == brier_scores::no) name += " without Brier scores";
    return name;
}

}  // namespace detail
}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
