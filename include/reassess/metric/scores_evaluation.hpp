// All metrics of one model's scores: what depends on their order, and what on their values.
#pragma once

#include "../version.hpp"
#include "model_evaluation.hpp"
#include "score_evaluation.hpp"

#include <utility>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// All metrics of one model's scores.
struct scores_evaluation {
    model_evaluation order{};   ///< what depends on the order of the scores: accuracies, preference, ...
    score_evaluation values{};  ///< what depends on their values: losses, Brier score, calibration

    /// Adds what another state counted, as the parts' merge does; nothing has changed where either refuses.
    void merge(const scores_evaluation& other)
    {
        model_evaluation merged = order;
        merged.merge(other.order);
        values.merge(other.values);
        order = std::move(merged);
    }

    friend bool operator==(const scores_evaluation&, const scores_evaluation&) = default;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
