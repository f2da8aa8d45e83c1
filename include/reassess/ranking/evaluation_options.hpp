// Options of evaluate, evaluator and rank.
#pragma once

#include "../version.hpp"
#include "image_results.hpp"
#include "loss_settings.hpp"

#include <cstddef>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Options for every policy and every kind of scores. A call ignores options of results that it does not compute:
/// `rank`, for example, ignores `depth`.
struct evaluation_options {
    on_nan nan = on_nan::error;
    /// Ranks below `depth` are counted separately, so top_k(k) and similar metrics are available up to k = depth. 0,
    /// the default, means all known ranks: the number of classes for scores and k for top-k lists; `depth` must not
    /// exceed this number.
    std::size_t depth = 0;
    /// Length of the lists of the best classes, for `rank` and for metrics that request lists; at most 64 and at most
    /// the number of classes. 0: no lists.
    std::size_t top_k = 0;
    /// For logits and probabilities.
    sigmoid_losses sigmoid = sigmoid_losses::no;
    brier_scores brier = brier_scores::yes;
    /// For logits and probabilities: number of calibration bins B of equal width, [i/B, (i+1)/B), the last one closed;
    /// 1 to 65536.
    std::size_t calibration_bins = 15;
    /// For devices: the number of different pairs (label, prediction) of wrong predictions for which memory is
    /// allocated, 32 to 64 bytes each; at most classes * (classes - 1) are allocated.
    std::size_t confused_pairs = std::size_t{1} << 20;

    friend bool operator==(const evaluation_options&, const evaluation_options&) = default;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
