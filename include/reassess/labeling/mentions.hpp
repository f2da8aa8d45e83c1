// Label proposals of one model: the pairs of image and class with the largest logits or probabilities, and the top-1
// predictions.
#pragma once

#include "../data/labels.hpp"
#include "../data/scores.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../detail/softmax_row.hpp"
#include "../execution/execution.hpp"
#include "../ranking/image_results.hpp"
#include "../ranking/rank.hpp"
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

/// The image-class pairs that one model mentions. Lists are ordered by image, then class.
struct model_mentions {
    std::size_t classes = 0;
    /// The pairs with the largest logits over all images.
    std::vector<image_class> by_logit{};
    /// The pairs with the largest probabilities over all images.
    std::vector<image_class> by_probability{};
    /// The prediction for every image; missing_label for an image that is excluded because of a NaN.
    std::vector<class_index> top_1{};

    [[nodiscard]] std::size_t images() const noexcept { return top_1.size(); }

    friend bool operator==(const model_mentions&, const model_mentions&) = default;
};

struct mention_options {
    /// Number of pairs in each of the two lists, or all pairs if there are fewer. 150,000 as in the paper.
    std::size_t pairs = 150'000;
    on_nan nan = on_nan::error;
};

/// Collects one model's mentions from its logits, batch by batch in image order, so the matrix need not be in memory.
///
/// The lists have the pairs of greatest logit and of greatest probability (softmax of the image's logits, in double).
/// Ties at the limit go to the lower image, then to the lower class. So the lists are the same for any batch size and
/// number of threads, and on every host backend. Memory: 48 bytes per requested pair, and 4 bytes per image.
class mention_collector {
public:
    /// Throws std::invalid_argument for lists of 0 pairs.
    explicit mention_collector(const mention_options& options = {})
        : options_(options), by_logit_(options.pairs), by_probability_(options.pairs)
    {
    }

    /// Adds the next images. Throws std::invalid_argument if the number of classes changes and for more than 2^32
    /// images; std::domain_error for a NaN score (the message has the class, and the image counted from the first
    /// batch) unless options.nan excludes such images; then nothing is added. After std::bad_alloc the collector is
    /// unchanged or, if pairs have already been displaced, reset to no images. Every score is read twice.
    template <execution_policy Policy, real_score_element T>
    void update(Policy policy, const scores_view<T>& logits)
    {
        const std::size_t classes = logits.classes();
        const std::size_t first = top_1_.size();
        detail::expects(classes_ == 0 || classes_ == classes, "mentions: logits with ", classes,
                        " classes, but earlier batches have ", classes_);
        detail::expects(logits.images() <= std::numeric_limits<std::uint32_t>::max() - first, "mentions: ", first,
                        " images plus ", logits.images(), " more exceed 2^32 - 1");
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
            // Pairs of some rows were offered already and have displaced others, so only a reset is consistent.
            *this = mention_collector(options_);
            throw;
        }
        top_1_.insert(top_1_.end(), predictions.begin(), predictions.end());
        classes_ = classes;
    }

    /// Number of images added so far.
    [[nodiscard]] std::size_t images() const noexcept { return top_1_.size(); }

    /// The mentions of all images so far. O(pairs log pairs + images).
    [[nodiscard]] model_mentions mentions() const
    {
        return {classes_, by_logit_.pairs(), by_probability_.pairs(), top_1_};
    }

private:
    struct candidate {
        double score;
        class_index c;
    };

    /// Scratch memory of one thread: selects the classes of a row that reach the last known bounds. Bounds only
    /// increase, so outdated bounds select too many candidates, never too few.
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
            // Slightly below the bound, so that rounding of this product cannot exclude a quotient that reaches it.
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

    /// Runs before anything is selected, because it is the only step that detects NaN.
    template <class Policy, class T>
    [[nodiscard]] std::vector<class_index> predict(Policy policy, const scores_view<T>& logits, std::size_t first) const
    {
        const targets_view no_labels;
        return rank(policy, logits, no_labels, {.nan = options_.nan}, first).prediction;
    }

    mention_options options_;
    std::size_t classes_ = 0;
    pair_selection by_logit_;
    pair_selection by_probability_;
    std::vector<class_index> top_1_;
};

/// The mentions of a model from one matrix of logits (in memory or mapped). Throws as mention_collector does.
template <execution_policy Policy, real_score_element T>
[[nodiscard]] model_mentions find_mentions(Policy policy, const scores_view<T>& logits,
                                           const mention_options& options = {})
{
    mention_collector collector(options);
    collector.update(policy, logits);
    return collector.mentions();
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
