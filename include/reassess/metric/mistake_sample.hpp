// sample_mistakes: a reproducible random sample of mistakes for human review; errors_accepted_by_real.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/random_stream.hpp"
#include "../version.hpp"
#include "mistakes.hpp"
#include "preference.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The labels by which a prediction is a mistake.
enum class mistake_by { original, real };

struct mistake_sample_options {
    mistake_by metric = mistake_by::real;
    std::size_t size = 100;
    /// Index of the model: with the same seed, different models have independent samples.
    std::uint64_t model = 0;
};

/// A uniform random sample of options.size mistakes by options.metric, without replacement, in order of image; all of
/// these mistakes if there are not more. The same mistakes, seed and model give the same sample on every machine.
/// O(mistakes). Method: partial shuffle (Fisher, Yates 1938).
[[nodiscard]] inline std::vector<mistake> sample_mistakes(std::span<const mistake> mistakes, random_seed seed,
                                                          const mistake_sample_options& options = {})
{
    std::vector<mistake> sample;
    for (const mistake& m : mistakes) {
        if (options.metric == mistake_by::original ? m.by_original : m.by_real) sample.push_back(m);
    }
    if (sample.size() <= options.size) return sample;
    detail::random_stream stream(seed.value(), options.model);
    for (std::size_t i = 0; i < options.size; ++i) {
        const auto other = i + static_cast<std::size_t>(stream.below(sample.size() - i));
        std::swap(sample[i], sample[other]);
    }
    sample.resize(options.size);
    std::sort(sample.begin(), sample.end(), [](const mistake& a, const mistake& b) { return a.image < b.image; });
    return sample;
}

/// Of the mistakes by the original label on images with ReaL labels, the proportion whose prediction is in the label
/// set. Images with an empty set are excluded. 0 of 0 if there are no mistakes. Use wilson_interval for its interval.
/// O(1).
[[nodiscard]] inline proportion errors_accepted_by_real(const preference_counts& counts) noexcept
{
    return {counts.model_preferred + counts.both_correct, counts.model_preferred + counts.label_preferred +
                                                              counts.both_correct + counts.both_wrong -
                                                              counts.both_wrong_without_labels};
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
