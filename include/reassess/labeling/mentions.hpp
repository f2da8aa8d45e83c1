// What one model would propose: its largest logits, its largest probabilities and its predictions.
#pragma once

#include "../data/labels.hpp"
#include "../data/scores.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../detail/softmax_row.hpp"
#include "../execution/execution.hpp"
#include "../ranking/rank.hpp"
#include "../ranking/rankings.hpp"
#include "../version.hpp"
#include "pair_selection.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <type_traits>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The pairs of image and class that one model mentions. Lists are in order of image and class.
struct model_mentions {
    std::size_t classes = 0;
    /// The pairs of largest logit over all images.
    std::vector<image_class> by_logit{};
    /// The pairs of largest probability over all images.
    std::vector<image_class> by_probability{};
    /// The prediction for every image; missing_label for an image left out because of a NaN.
    std::vector<class_index> top_1{};

    [[nodiscard]] std::size_t images() const noexcept { return top_1.size(); }

    friend bool operator==(const model_mentions&, const model_mentions&) = default;
};

struct mention_options {
    /// Pairs in each of the two lists: exactly so many, or all there are. The paper's number.
    std::size_t pairs = 150'000;
    on_nan nan = on_nan::error;
};

/// Gathers one model's mentions from its logits, batch by batch in order of the images: no matrix needs to be in memory
/// whole.
///
/// A list holds the pairs of greatest logit, or of greatest probability (the softmax of the image's logits, in double);
/// ties at its border go to the lower image, then to the lower class. So the lists are the same for any batch size and
/// number of threads, and on every host backend. Memory: 48 bytes for each of the pairs asked for, and 4 an image.
class mention_collector {
public:
    /// Throws std::invalid_argument for lists of 0 pairs.
    explicit mention_collector(const mention_options& options = {})
        : options_(options), by_logit_(options.pairs), by_probability_(options.pairs)
    {
    }

    /// Adds the next images. Throws std::invalid_argument for another number of classes than before and beyond 2^32
    /// images, std::domain_error for a NaN score (naming the image, counted from the first batch, and the class) unless
    /// options.nan leaves such images out; then nothing is added. Where memory runs out (std::bad_alloc), the collector
    /// is as before or, once pairs have been displaced, as new, with no image. Every score is read twice.
    template <execution_policy Policy, real_score_element T>
    void update(Policy policy, const scores_view<T>& logits)
    {
        const std::size_t classes = logits.classes();
        const std::size_t first = top_1_.size();
        detail::expects(classes_ == 0 || classes_ == classes, "logits of ", classes, " classes, those before had ",
                        classes_);
        detail::expects(logits.images() <= std::numeric_limits<std::uint32_t>::max() - first, "proposals: ", first,
                        " images and ", logits.images(), " more, wanted fewer than 2^32");
        const std::vector<class_index> predictions = predict(policy, logits, first);
        top_1_.reserve(first + logits.images());
        by_logit_.reserve_more(logits.images() * classes);
        by_probability_.reserve_more(logits.images() * classes);

        try {
            std::mutex selection;
            for_each_row(policy, {logits.images(), classes * sizeof(T)}, [&](std::size_t begin, std::size_t end) {
                row_scan<T> scan(classes);
                for (std::size_t image = begin; image < end; ++image) {
                    const class_index best = predictions[image];
                    if (best == missing_label) continue;
                    scan.find_candidates(logits.row(image), best);
                    if (!scan.has_candidates()) continue;
                    const std::lock_guard lock(selection);
                    scan.offer_candidates(static_cast<std::uint32_t>(first + image), by_logit_, by_probability_);
                }
            });
        } catch (...) {
            // Some rows have been offered, and what they displaced is gone.
            *this = mention_collector(options_);
            throw;
        }
        top_1_.insert(top_1_.end(), predictions.begin(), predictions.end());
        classes_ = classes;
    }

    /// The number of images so far.
    [[nodiscard]] std::size_t images() const noexcept { return top_1_.size(); }

    /// What the model mentions on all images so far. O(pairs log pairs + images).
    [[nodiscard]] model_mentions mentions() const
    {
        return {classes_, by_logit_.pairs(), by_probability_.pairs(), top_1_};
    }

private:
    struct candidate {
        double score;
        class_index c;
    };

    /// The scratch of one thread: which classes of a row reach the bounds that were last seen. Bounds only rise, so old
    /// ones let too much through, and never too little.
    template <class T>
    class row_scan {
    public:
        explicit row_scan(std::size_t classes) : numerators_(classes)
        {
            if constexpr (!std::floating_point<T>) floats_.resize(classes);
            logits_.reserve(classes);
            probabilities_.reserve(classes);
        }

        void find_candidates(const T* scores, class_index best) noexcept
        {
            const float_type* const row = as_floats(scores);
            const std::size_t classes = numerators_.size();
            logits_.clear();
            detail::for_each_at_least(row, classes, detail::lower_or_equal<float_type>(logit_bound_),
                                      [&](std::size_t c) {
                                          logits_.push_back({static_cast<double>(row[c]), static_cast<class_index>(c)});
                                      });
            const double sum = detail::softmax_row(row, classes, row[best], numerators_.data());
            probabilities_.clear();
            // A little below the bound, so that no rounding of this product hides a quotient that reaches it.
            const double bound = probability_bound_ * sum * (1 - 0x1p-50);
            detail::for_each_at_least(numerators_.data(), classes, bound, [&](std::size_t c) {
                probabilities_.push_back({numerators_[c] / sum, static_cast<class_index>(c)});
            });
        }

        [[nodiscard]] bool has_candidates() const noexcept { return !logits_.empty() || !probabilities_.empty(); }

        void offer_candidates(std::uint32_t image, pair_selection& by_logit, pair_selection& by_probability)
        {
            for (const candidate& found : logits_) by_logit.offer(found.score, {image, found.c});
            for (const candidate& found : probabilities_) by_probability.offer(found.score, {image, found.c});
            logit_bound_ = by_logit.bound();
            probability_bound_ = by_probability.bound();
        }

    private:
        using float_type = std::conditional_t<std::floating_point<T>, T,
                                              std::conditional_t<detail::is_exact_in_float<T>, float, double>>;

        const float_type* as_floats(const T* scores) noexcept
        {
            if constexpr (std::floating_point<T>) {
                return scores;
            } else {
                for (std::size_t c = 0; c < floats_.size(); ++c)
                    floats_[c] = static_cast<float_type>(detail::real_value(scores[c]));
                return floats_.data();
            }
        }

        /// The scores of a row, exactly, if their type is not a floating-point type of the language.
        std::vector<float_type> floats_;
        std::vector<double> numerators_;
        std::vector<candidate> logits_;
        std::vector<candidate> probabilities_;
        double logit_bound_ = -std::numeric_limits<double>::infinity();
        double probability_bound_ = -std::numeric_limits<double>::infinity();
    };

    /// Before anything is selected, since only this can find a NaN.
    template <class Policy, class T>
    [[nodiscard]] std::vector<class_index> predict(Policy policy, const scores_view<T>& logits, std::size_t first) const
    {
        const targets_view no_labels;
        return rank(policy, logits, no_labels, {.nan = options_.nan, .first_image = first}).prediction;
    }

    mention_options options_;
    std::size_t classes_ = 0;
    pair_selection by_logit_;
    pair_selection by_probability_;
    std::vector<class_index> top_1_;
};

/// The mentions of a model whose logits are one matrix (in memory or mapped). Throws as mention_collector does.
template <execution_policy Policy, real_score_element T>
[[nodiscard]] model_mentions find_mentions(Policy policy, const scores_view<T>& logits,
                                           const mention_options& options = {})
{
    mention_collector collector(options);
    collector.update(policy, logits);
    return collector.mentions();
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
