// Options of evaluate, evaluator and rank.
#pragma once

#include "../version.hpp"
#include "image_results.hpp"
#include "loss_settings.hpp"

#include <cstddef>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// One set of options for every policy, kind of scores and way of calling. What a call does not compute, it does not
/// read: `rank` has no use for `depth`, for example.
struct evaluation_options {
    on_nan nan = on_nan::error;
    /// Ranks are told apart below this: top_k(k) and the like are available up to k = depth. 0: all that are known,
    /// which is the number of classes for scores and k for top-k lists. At most that.
    std::size_t depth = 0;
    /// Length of the lists of the best classes, for `rank` and for metrics that request them: at most 64; 0: none.
    std::size_t top_k = 0;
    /// For logits and probabilities.
    sigmoid_losses sigmoid = sigmoid_losses::no;
    brier_scores brier = brier_scores::yes;
    /// For logits and probabilities: bins of equal width, [i/B, (i+1)/B), the last one closed; 1 to 65536.
    std::size_t calibration_bins = 15;
    /// For devices: how many different pairs (label, prediction) can be counted, 32 to 64 bytes each; never more memory
    /// than there can be pairs.
    std::size_t confused_pairs = std::size_t{1} << 20;

    friend bool operator==(const evaluation_options&, const evaluation_options&) = default;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
