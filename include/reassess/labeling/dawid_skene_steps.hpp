// E step and M step of the Dawid-Skene model over vote patterns (implementation of dawid_skene.hpp). Floating-point
// sums are formed in blocks whose shape depends only on the input, so they are the same for any number of threads.
#pragma once

#include "../data/labels.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "vote_patterns.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Logarithms of the parameters: prior by class, rates by code and class; minus infinity for probability 0.
struct log_parameters {
    std::vector<double> prior;
    std::vector<double> rates;
};

/// Sums over all items of one pass.
struct em_sums {
    /// Expected votes by code and class.
    std::vector<double> counts;
    /// Expected items by class.
    std::vector<double> prior;
    double log_likelihood = 0.0;
    double largest_change = 0.0;
    /// The first item whose votes have probability 0 under every class (or, with a gold label, under that class).
    std::size_t impossible_item = none;

    static constexpr std::size_t none = static_cast<std::size_t>(-1);
};

/// Work of a pass over the patterns: the E step and the sums for the next M step, or only the sums from the current
/// posteriors.
enum class em_work { expect_and_sum, sum_only };

class em_pass {
public:
    /// `gold` is empty or has one entry per item, equal for all items of a pattern; `posteriors` are patterns x
    /// classes.
    em_pass(const vote_patterns& patterns, std::size_t classes, std::span<const class_index> gold,
            std::span<double> posteriors)
        : patterns_(patterns), classes_(classes), gold_(gold), posteriors_(posteriors)
    {
        // Every block has its own counts; limit the number of blocks so that the counts need no more memory than the
        // votes.
        while (block_size_ < patterns.size() && blocks() * patterns.codes() > patterns.votes()) block_size_ *= 2;
        counts_.resize(blocks() * patterns.codes() * classes);
        priors_.resize(blocks() * classes);
        scratch_.resize(blocks() * classes);
        partial_.resize(blocks());
        for (std::size_t pattern = 0; pattern < patterns.size(); ++pattern) {
            if (is_known(pattern)) known_items_ += patterns.items(pattern);
            has_special_ = has_special_ || is_gold(pattern) || !is_known(pattern);
        }
    }

    /// Number of items with votes or a gold label.
    [[nodiscard]] double known_items() const noexcept { return known_items_; }

    /// Runs one pass; the result is in `sums`. `parameters` are not read for sum_only.
    template <class Policy>
    void run(Policy policy, em_work work, const log_parameters& parameters, em_sums& sums)
    {
        const bool fast = work == em_work::expect_and_sum && prepare_two_classes(parameters);
        const std::size_t bytes = (patterns_.votes() * sizeof(std::uint32_t) + posteriors_.size() * sizeof(double)) /
                                  std::max<std::size_t>(1, blocks());
        for_each_row(policy, work_size{blocks(), bytes}, [&](std::size_t begin, std::size_t end) {
            for (std::size_t block = begin; block < end; ++block) {
                clear(block);
                if (work == em_work::sum_only) {
                    sum_block(block);
                } else if (!fast) {
                    expect_block(block, parameters);
                } else if (has_special_) {
                    expect_block_of_two<true>(block);
                } else {
                    expect_block_of_two<false>(block);
                }
            }
        });
        add_up(policy, sums);
        if (fast) sums.log_likelihood += base_log_likelihood_;
    }

private:
    struct block_result {
        double log_likelihood = 0.0;
        double largest_change = 0.0;
        std::size_t impossible_item = em_sums::none;
    };

    [[nodiscard]] bool is_gold(std::size_t pattern) const noexcept
    {
        return !gold_.empty() && gold_[patterns_.first_item(pattern)] != missing_label;
    }
    [[nodiscard]] std::size_t gold_of(std::size_t pattern) const noexcept
    {
        return static_cast<std::size_t>(gold_[patterns_.first_item(pattern)]);
    }
    [[nodiscard]] bool is_known(std::size_t pattern) const noexcept
    {
        return !patterns_.of(pattern).empty() || is_gold(pattern);
    }

    [[nodiscard]] std::size_t blocks() const noexcept
    {
        return patterns_.size() / block_size_ + (patterns_.size() % block_size_ != 0);
    }
    [[nodiscard]] std::size_t block_begin(std::size_t block) const noexcept { return block * block_size_; }
    [[nodiscard]] std::size_t block_end(std::size_t block) const noexcept
    {
        return std::min(patterns_.size(), (block + 1) * block_size_);
    }
    [[nodiscard]] double* counts_of(std::size_t block) noexcept
    {
        return counts_.data() + block * patterns_.codes() * classes_;
    }

    void clear(std::size_t block) noexcept
    {
        std::fill_n(counts_of(block), patterns_.codes() * classes_, 0.0);
        std::fill_n(priors_.data() + block * classes_, classes_, 0.0);
        partial_[block] = {};
    }

    /// Adds the posteriors of a pattern's items to the sums of its block.
    void add_items(std::size_t block, std::size_t pattern) noexcept
    {
        const double* const posterior = posteriors_.data() + pattern * classes_;
        double* const prior = priors_.data() + block * classes_;
        double* const counts = counts_of(block);
        const double items = patterns_.items(pattern);
        for (std::size_t c = 0; c < classes_; ++c) prior[c] += items * posterior[c];
        for (const std::size_t code : patterns_.of(pattern)) {
            double* const count = counts + code * classes_;
            for (std::size_t c = 0; c < classes_; ++c) count[c] += items * posterior[c];
        }
    }

    void sum_block(std::size_t block) noexcept
    {
        for (std::size_t pattern = block_begin(block); pattern < block_end(block); ++pattern)
            if (is_known(pattern)) add_items(block, pattern);
    }

    /// E step for any number of classes, in log space.
    void expect_block(std::size_t block, const log_parameters& log) noexcept
    {
        double* const score = scratch_.data() + block * classes_;
        block_result& result = partial_[block];
        for (std::size_t pattern = block_begin(block); pattern < block_end(block); ++pattern) {
            double* const posterior = posteriors_.data() + pattern * classes_;
            const bool gold = is_gold(pattern);
            std::copy_n(log.prior.data(), classes_, score);
            for (const std::size_t code : patterns_.of(pattern)) {
                const double* const rates = log.rates.data() + code * classes_;
                for (std::size_t c = 0; c < classes_; ++c) score[c] += rates[c];
            }
            const double greatest = gold ? score[gold_of(pattern)] : *std::max_element(score, score + classes_);
            if (!(greatest > -std::numeric_limits<double>::infinity())) {
                result.impossible_item = std::min(result.impossible_item, patterns_.first_item(pattern));
                continue;
            }
            if (gold) {
                result.log_likelihood += patterns_.items(pattern) * greatest;
                add_items(block, pattern);
                continue;
            }
            double sum = 0.0;
            for (std::size_t c = 0; c < classes_; ++c) sum += score[c] = std::exp(score[c] - greatest);
            for (std::size_t c = 0; c < classes_; ++c) {
                const double updated = score[c] / sum;
                result.largest_change = std::max(result.largest_change, std::abs(updated - posterior[c]));
                posterior[c] = updated;
            }
            if (!is_known(pattern)) continue;
            result.log_likelihood += patterns_.items(pattern) * (greatest + std::log(sum));
            add_items(block, pattern);
        }
    }

    /// With two classes one number per vote is enough: the log of the ratio of its rates, infinite if one of them is 0.
    /// The likelihood of all votes under class 0 (under class 1 if the vote is impossible under class 0) is then a sum
    /// over codes instead of votes. Returns false if this does not apply.
    [[nodiscard]] bool prepare_two_classes(const log_parameters& log)
    {
        if (classes_ != 2) return false;
        constexpr double impossible = -std::numeric_limits<double>::infinity();
        if (!(log.prior[0] > impossible) || !(log.prior[1] > impossible)) return false;
        log_prior_ratio_ = log.prior[1] - log.prior[0];
        log_ratios_.resize(patterns_.codes());
        base_log_likelihood_ = known_items_ * log.prior[0];
        for (std::size_t code = 0; code < patterns_.codes(); ++code) {
            if (patterns_.votes_of_code(code) == 0) continue;
            const double absent = log.rates[2 * code];
            const double present = log.rates[2 * code + 1];
            log_ratios_[code] = present - absent;  // NaN if the vote is impossible under both classes
            const double base = absent > impossible ? absent : present;
            if (base > impossible) base_log_likelihood_ += patterns_.votes_of_code(code) * base;
        }
        return true;
    }

    /// Log odds added under class 1 by the votes that are impossible under class 0.
    [[nodiscard]] double finite_log_odds(std::size_t pattern) const noexcept
    {
        double sum = log_prior_ratio_;
        for (const std::uint32_t code : patterns_.of(pattern))
            if (std::isfinite(log_ratios_[code])) sum += log_ratios_[code];
        return sum;
    }

    /// E step for two classes. Special patterns are those with a gold label and those without votes.
    template <bool MaySpecial>
    void expect_block_of_two(std::size_t block) noexcept
    {
        constexpr std::size_t most = 256;
        constexpr double infinity = std::numeric_limits<double>::infinity();
        std::array<double, most> log_odds;
        std::array<double, most> lesser;  // exp(-|log odds|)
        block_result& result = partial_[block];
        double* const counts = counts_of(block);
        const double* const log_ratios = log_ratios_.data();
        double absent_items = 0.0;
        double present_items = 0.0;
        double largest_change = 0.0;
        for (std::size_t first = block_begin(block); first < block_end(block); first += most) {
            const std::size_t size = std::min(most, block_end(block) - first);
            for (std::size_t i = 0; i < size; ++i) {
                double sum = log_prior_ratio_;
                for (const std::uint32_t code : patterns_.of(first + i)) sum += log_ratios[code];
                log_odds[i] = sum;
            }
            for (std::size_t i = 0; i < size; ++i) lesser[i] = std::exp(-std::abs(log_odds[i]));
            // log(1 + e) of all patterns with the same number of items needs one logarithm: a product of 256 factors of
            // at most 2 is at most 2^256.
            double product = 1.0;
            double items_of_product = 1.0;
            double likelihood = 0.0;
            for (std::size_t i = 0; i < size; ++i) {
                const std::size_t pattern = first + i;
                const double items = patterns_.items(pattern);
                double* const posterior = posteriors_.data() + 2 * pattern;
                // Infinite: one class is impossible. NaN: both are.
                const bool is_finite = std::abs(log_odds[i]) < infinity;
                if constexpr (MaySpecial) {
                    if (is_gold(pattern)) {
                        const bool is_present = gold_of(pattern) == 1;
                        if (std::isnan(log_odds[i]) || log_odds[i] == (is_present ? -infinity : infinity))
                            result.impossible_item = std::min(result.impossible_item, patterns_.first_item(pattern));
                        if (is_present) likelihood += items * (is_finite ? log_odds[i] : finite_log_odds(pattern));
                        absent_items += items * posterior[0];
                        present_items += items * posterior[1];
                        count_votes(pattern, items * posterior[0], items * posterior[1], counts);
                        continue;
                    }
                }
                const double greater_share = 1.0 / (1.0 + lesser[i]);
                const double before = posterior[1];
                // Indexed store instead of a branch, because the branch is unpredictable.
                const std::size_t likely = log_odds[i] >= 0 ? 1 : 0;
                posterior[likely] = greater_share;
                posterior[1 - likely] = lesser[i] * greater_share;
                largest_change = std::max(largest_change, std::abs(posterior[1] - before));
                if constexpr (MaySpecial) {
                    if (patterns_.of(pattern).empty()) continue;
                }
                if (is_finite) {
                    // max(0, log odds), again without a branch.
                    likelihood += items * (0.5 * (log_odds[i] + std::abs(log_odds[i])));
                } else if (likely == 1) {
                    likelihood += items * finite_log_odds(pattern);
                } else if (std::isnan(log_odds[i])) {
                    result.impossible_item = std::min(result.impossible_item, patterns_.first_item(pattern));
                }
                if (items != items_of_product) {
                    likelihood += items_of_product * std::log(product);
                    product = 1.0;
                    items_of_product = items;
                }
                product *= 1.0 + lesser[i];
                const double absent = items * posterior[0];
                const double present = items * posterior[1];
                absent_items += absent;
                present_items += present;
                count_votes(pattern, absent, present, counts);
            }
            result.log_likelihood += likelihood + items_of_product * std::log(product);
        }
        result.largest_change = largest_change;
        priors_[2 * block] = absent_items;
        priors_[2 * block + 1] = present_items;
    }

    void count_votes(std::size_t pattern, double absent, double present, double* counts) const noexcept
    {
        for (const std::size_t code : patterns_.of(pattern)) {
            double* const count = counts + 2 * code;
            count[0] += absent;
            count[1] += present;
        }
    }

    /// Adds the sums of all blocks, in the order of the blocks.
    template <class Policy>
    void add_up(Policy policy, em_sums& sums)
    {
        const std::size_t size = patterns_.codes() * classes_;
        sums.counts.assign(size, 0.0);
        for_each_row(policy, work_size{size, blocks() * sizeof(double)}, [&](std::size_t begin, std::size_t end) {
            for (std::size_t block = 0; block < blocks(); ++block) {
                const double* const counts = counts_of(block);
                for (std::size_t i = begin; i < end; ++i) sums.counts[i] += counts[i];
            }
        });
        sums.prior.assign(classes_, 0.0);
        sums.log_likelihood = 0.0;
        sums.largest_change = 0.0;
        sums.impossible_item = em_sums::none;
        for (std::size_t block = 0; block < blocks(); ++block) {
            for (std::size_t c = 0; c < classes_; ++c) sums.prior[c] += priors_[block * classes_ + c];
            sums.log_likelihood += partial_[block].log_likelihood;
            sums.largest_change = std::max(sums.largest_change, partial_[block].largest_change);
            sums.impossible_item = std::min(sums.impossible_item, partial_[block].impossible_item);
        }
    }

    const vote_patterns& patterns_;
    std::size_t classes_;
    std::span<const class_index> gold_;
    std::span<double> posteriors_;
    std::size_t block_size_ = 256;
    double known_items_ = 0.0;
    bool has_special_ = false;

    std::vector<double> counts_;
    std::vector<double> priors_;
    std::vector<double> scratch_;
    std::vector<block_result> partial_;

    double log_prior_ratio_ = 0.0;
    std::vector<double> log_ratios_;
    double base_log_likelihood_ = 0.0;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
