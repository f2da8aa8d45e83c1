// loss_settings: which losses are computed for each image, and the interpretation of the scores.
#pragma once

#include "../data/interpreted_scores.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"

#include <string>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Whether sigmoid cross-entropies are computed: they need one more exponential per score.
enum class sigmoid_losses { no, yes };

/// Whether Brier scores are computed: for logits they need the square of every exponential, about a tenth of the time
/// of a call that computes losses.
enum class brier_scores { yes, no };

/// All settings that the values of losses depend on. Results contain their settings; results with different settings
/// cannot be merged.
struct loss_settings {
    score_interpretation scores{};
    sigmoid_losses sigmoid = sigmoid_losses::no;
    brier_scores brier = brier_scores::yes;

    [[nodiscard]] bool has_losses() const noexcept { return scores.kind != score_kind::unspecified; }

    friend bool operator==(const loss_settings&, const loss_settings&) = default;
};

namespace detail {

/// Throws std::invalid_argument for contradictory settings.
inline void check_loss_settings(const loss_settings& settings)
{
    const score_interpretation& scores = settings.scores;
    const bool probabilities = scores.kind == score_kind::probabilities;
    expects(probabilities || scores.normalise == normalise::no,
            "loss settings: normalise::yes needs probabilities(...)");
    expects(probabilities || scores.clip == 0.0, "loss settings: clip needs probabilities(...)");
    expects(scores.clip >= 0.0 && scores.clip < 0.5, "loss settings: clip is outside [0, 0.5)");
    expects(scores.normalise == normalise::no || settings.sigmoid == sigmoid_losses::no,
            "loss settings: sigmoid_losses::yes excludes normalise::yes, because sigmoid losses use the probability of "
            "each class alone");
}

/// The settings in words for messages: "logits", "clipped probabilities with sigmoid losses", ...
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
