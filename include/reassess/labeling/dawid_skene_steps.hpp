// The two steps of expectation maximisation for Dawid and Skene's model, in blocks of items whose shape depends on the
// votes alone: sums of reals are then the same for any number of threads. What to call is in dawid_skene.hpp.
#pragma once

#include "../data/annotations.hpp"
#include "../data/labels.hpp"
#include "../execution/execution.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace reassess::inline v0_1::detail {

/// Votes by item. A code stands for a rater and an answer: rater * answers + answer.
struct votes_by_item {
    explicit votes_by_item(const annotations& votes)
        : items(votes.items()),
          codes(votes.raters() * votes.answers()),
          begin(items + 1, 0),
          code(votes.votes()),
          votes_of_code(codes, 0.0)
    {
        for (const std::uint32_t item : votes.item_of()) ++begin[item + 1];
        for (std::size_t item = 0; item < items; ++item) begin[item + 1] += begin[item];
        std::vector<std::uint64_t> next(begin.begin(), begin.end() - 1);
        for (std::size_t v = 0; v < votes.votes(); ++v) {
            const std::size_t c = votes.rater_of()[v] * votes.answers() + votes.answer_of()[v];
            code[static_cast<std::size_t>(next[votes.item_of()[v]]++)] = static_cast<std::uint32_t>(c);
            votes_of_code[c] += 1.0;
        }
        // Every block has its own counts, which together must not be larger than the votes.
        while (block_items < items && blocks() * codes > votes.votes()) block_items *= 2;
    }

    [[nodiscard]] std::size_t blocks() const noexcept { return items / block_items + (items % block_items != 0); }
    [[nodiscard]] std::size_t votes_of(std::size_t item) const noexcept
    {
        return static_cast<std::size_t>(begin[item + 1] - begin[item]);
    }

    std::size_t items;
    std::size_t codes;
    std::vector<std::uint64_t> begin;
    std::vector<std::uint32_t> code;
    std::vector<double> votes_of_code;
    std::size_t block_items = 256;
};

/// Logarithms of the parameters: prior by class, rates by code and class. What is impossible is minus infinity.
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
    /// The first item whose votes are impossible under every class (or, of a gold item, under its own).
    std::size_t impossible_item = none;

    static constexpr std::size_t none = static_cast<std::size_t>(-1);
};

/// What a pass over the items does: E step and the sums of the next M step at once, or the sums alone, from the
/// posteriors as they are.
enum class em_work { expect_and_sum, sum_only };

class em_pass {
public:
    /// `gold` is empty or has an entry for each item; `posteriors` are items x classes.
    em_pass(const votes_by_item& votes, std::size_t classes, std::span<const class_index> gold,
            std::span<double> posteriors)
        : votes_(votes), classes_(classes), gold_(gold), posteriors_(posteriors)
    {
        const std::size_t blocks = votes.blocks();
        counts_.resize(blocks * votes.codes * classes);
        priors_.resize(blocks * classes);
        scratch_.resize(blocks * classes);
        partial_.resize(blocks);
        for (std::size_t item = 0; item < votes.items; ++item) {
            if (votes.votes_of(item) != 0 || is_gold(item)) {
                ++known_items_;
            } else {
                has_special_items_ = true;
            }
            has_special_items_ = has_special_items_ || is_gold(item);
        }
    }

    /// Items with votes or a gold label: those that tell something.
    [[nodiscard]] std::size_t known_items() const noexcept { return known_items_; }

    /// One pass. With sum_only, `parameters` are not read. The sums are in `sums`.
    template <class Policy>
    void run(Policy policy, em_work work, const log_parameters& parameters, em_sums& sums)
    {
        const bool fast = work == em_work::expect_and_sum && prepare_two_classes(parameters);
        const std::size_t blocks = votes_.blocks();
        const std::size_t bytes = (votes_.code.size() * sizeof(std::uint32_t) + posteriors_.size() * sizeof(double)) /
                                  std::max<std::size_t>(1, blocks);
        for_each_row(policy, work_size{blocks, bytes}, [&](std::size_t begin, std::size_t end) {
            for (std::size_t block = begin; block < end; ++block) {
                clear(block);
                if (work == em_work::sum_only) {
                    sum_block(block);
                } else if (!fast) {
                    expect_block(block, parameters);
                } else if (has_special_items_) {
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

    [[nodiscard]] bool is_gold(std::size_t item) const noexcept
    {
        return !gold_.empty() && gold_[item] != missing_label;
    }
    [[nodiscard]] std::size_t first_item(std::size_t block) const noexcept { return block * votes_.block_items; }
    [[nodiscard]] std::size_t last_item(std::size_t block) const noexcept
    {
        return std::min(votes_.items, (block + 1) * votes_.block_items);
    }
    [[nodiscard]] double* counts_of(std::size_t block) noexcept
    {
        return counts_.data() + block * votes_.codes * classes_;
    }

    void clear(std::size_t block) noexcept
    {
        std::fill_n(counts_of(block), votes_.codes * classes_, 0.0);
        std::fill_n(priors_.data() + block * classes_, classes_, 0.0);
        partial_[block] = {};
    }

    /// Adds an item's posterior to the sums of its block.
    void add_item(std::size_t block, std::size_t item) noexcept
    {
        const double* const posterior = posteriors_.data() + item * classes_;
        double* const prior = priors_.data() + block * classes_;
        double* const counts = counts_of(block);
        for (std::size_t c = 0; c < classes_; ++c) prior[c] += posterior[c];
        for (std::uint64_t v = votes_.begin[item]; v < votes_.begin[item + 1]; ++v) {
            double* const count = counts + votes_.code[static_cast<std::size_t>(v)] * classes_;
            for (std::size_t c = 0; c < classes_; ++c) count[c] += posterior[c];
        }
    }

    void sum_block(std::size_t block) noexcept
    {
        for (std::size_t item = first_item(block); item < last_item(block); ++item) {
            if (votes_.votes_of(item) != 0 || is_gold(item)) add_item(block, item);
        }
    }

    /// The E step of any number of classes, in log space.
    void expect_block(std::size_t block, const log_parameters& log) noexcept
    {
        double* const score = scratch_.data() + block * classes_;
        block_result& result = partial_[block];
        for (std::size_t item = first_item(block); item < last_item(block); ++item) {
            double* const posterior = posteriors_.data() + item * classes_;
            const bool gold = is_gold(item);
            const bool known = gold || votes_.votes_of(item) != 0;
            std::copy_n(log.prior.data(), classes_, score);
            for (std::uint64_t v = votes_.begin[item]; v < votes_.begin[item + 1]; ++v) {
                const double* const rates = log.rates.data() + votes_.code[static_cast<std::size_t>(v)] * classes_;
                for (std::size_t c = 0; c < classes_; ++c) score[c] += rates[c];
            }
            const double greatest = gold ? score[gold_[item]] : *std::max_element(score, score + classes_);
            if (!(greatest > -std::numeric_limits<double>::infinity())) {
                result.impossible_item = std::min(result.impossible_item, item);
                continue;
            }
            if (gold) {
                result.log_likelihood += greatest;
                add_item(block, item);
                continue;
            }
            double sum = 0.0;
            for (std::size_t c = 0; c < classes_; ++c) sum += score[c] = std::exp(score[c] - greatest);
            for (std::size_t c = 0; c < classes_; ++c) {
                const double updated = score[c] / sum;
                result.largest_change = std::max(result.largest_change, std::abs(updated - posterior[c]));
                posterior[c] = updated;
            }
            if (!known) continue;
            result.log_likelihood += greatest + std::log(sum);
            add_item(block, item);
        }
    }

    /// Two classes need but one number a vote: the log of the ratio of its rates, infinite where one of them is 0. The
    /// likelihood of all votes under class 0 (under class 1 where class 0 forbids the vote) is then a sum over the
    /// codes instead of the votes. False where it does not apply.
    [[nodiscard]] bool prepare_two_classes(const log_parameters& log)
    {
        if (classes_ != 2) return false;
        constexpr double impossible = -std::numeric_limits<double>::infinity();
        if (!(log.prior[0] > impossible) || !(log.prior[1] > impossible)) return false;
        log_prior_ratio_ = log.prior[1] - log.prior[0];
        log_ratios_.resize(votes_.codes);
        base_log_likelihood_ = static_cast<double>(known_items_) * log.prior[0];
        for (std::size_t code = 0; code < votes_.codes; ++code) {
            if (votes_.votes_of_code[code] == 0) continue;
            const double absent = log.rates[2 * code];
            const double present = log.rates[2 * code + 1];
            log_ratios_[code] = present - absent;  // NaN where neither class allows the vote
            const double base = absent > impossible ? absent : present;
            if (base > impossible) base_log_likelihood_ += votes_.votes_of_code[code] * base;
        }
        return true;
    }

    /// What the votes on an item that class 0 forbids add to the base under class 1.
    [[nodiscard]] double finite_log_odds(std::size_t item) const noexcept
    {
        double sum = log_prior_ratio_;
        for (std::uint64_t v = votes_.begin[item]; v < votes_.begin[item + 1]; ++v) {
            const double ratio = log_ratios_[votes_.code[static_cast<std::size_t>(v)]];
            if (std::isfinite(ratio)) sum += ratio;
        }
        return sum;
    }

    /// The E step of two classes. Special items are those with a gold label and those without votes.
    template <bool MaySpecial>
    void expect_block_of_two(std::size_t block) noexcept
    {
        constexpr std::size_t most = 256;
        constexpr double infinity = std::numeric_limits<double>::infinity();
        std::array<double, most> log_odds;
        std::array<double, most> lesser;  // exp(-|log odds|)
        block_result& result = partial_[block];
        double* const counts = counts_of(block);
        double* const posteriors = posteriors_.data();
        const std::uint32_t* const codes = votes_.code.data();
        const std::uint64_t* const begin = votes_.begin.data();
        const double* const log_ratios = log_ratios_.data();
        double absent_items = 0.0;
        double present_items = 0.0;
        double largest_change = 0.0;
        for (std::size_t first = first_item(block); first < last_item(block); first += most) {
            const std::size_t size = std::min(most, last_item(block) - first);
            for (std::size_t i = 0; i < size; ++i) {
                double sum = log_prior_ratio_;
                for (std::uint64_t v = begin[first + i]; v < begin[first + i + 1]; ++v) sum += log_ratios[codes[v]];
                log_odds[i] = sum;
            }
            for (std::size_t i = 0; i < size; ++i) lesser[i] = std::exp(-std::abs(log_odds[i]));
            // log(1 + e) of each item, by one logarithm: a product of 256 factors of at most 2 is at most 2^256.
            double product = 1.0;
            double likelihood = 0.0;
            for (std::size_t i = 0; i < size; ++i) {
                const std::size_t item = first + i;
                double* const posterior = posteriors + 2 * item;
                // Infinite: one class is impossible. NaN: both are.
                const bool is_finite = std::abs(log_odds[i]) < infinity;
                if constexpr (MaySpecial) {
                    if (is_gold(item)) {
                        const bool is_present = gold_[item] == 1;
                        if (std::isnan(log_odds[i]) || log_odds[i] == (is_present ? -infinity : infinity))
                            result.impossible_item = std::min(result.impossible_item, item);
                        if (is_present) likelihood += is_finite ? log_odds[i] : finite_log_odds(item);
                        absent_items += posterior[0];
                        present_items += posterior[1];
                        count_votes(item, posterior[0], posterior[1], counts);
                        continue;
                    }
                }
                const double greater_share = 1.0 / (1.0 + lesser[i]);
                const double lesser_share = lesser[i] * greater_share;
                const bool is_present = log_odds[i] >= 0;
                const double absent = is_present ? lesser_share : greater_share;
                const double present = is_present ? greater_share : lesser_share;
                largest_change = std::max(largest_change, std::abs(present - posterior[1]));
                posterior[0] = absent;
                posterior[1] = present;
                if constexpr (MaySpecial) {
                    if (votes_.votes_of(item) == 0) continue;
                }
                if (is_finite) {
                    likelihood += is_present ? log_odds[i] : 0.0;
                } else if (is_present) {
                    likelihood += finite_log_odds(item);
                } else if (std::isnan(log_odds[i])) {
                    result.impossible_item = std::min(result.impossible_item, item);
                }
                product *= 1.0 + lesser[i];
                absent_items += absent;
                present_items += present;
                count_votes(item, absent, present, counts);
            }
            result.log_likelihood += likelihood + std::log(product);
        }
        result.largest_change = largest_change;
        priors_[2 * block] = absent_items;
        priors_[2 * block + 1] = present_items;
    }

    void count_votes(std::size_t item, double absent, double present, double* counts) const noexcept
    {
        const std::uint32_t* const codes = votes_.code.data();
        for (std::uint64_t v = votes_.begin[item]; v < votes_.begin[item + 1]; ++v) {
            double* const count = counts + std::size_t{2} * codes[v];
            count[0] += absent;
            count[1] += present;
        }
    }

    /// The blocks' sums, each added in the order of the blocks.
    template <class Policy>
    void add_up(Policy policy, em_sums& sums)
    {
        const std::size_t blocks = votes_.blocks();
        const std::size_t size = votes_.codes * classes_;
        sums.counts.assign(size, 0.0);
        for_each_row(policy, work_size{size, blocks * sizeof(double)}, [&](std::size_t begin, std::size_t end) {
            for (std::size_t block = 0; block < blocks; ++block) {
                const double* const counts = counts_of(block);
                for (std::size_t i = begin; i < end; ++i) sums.counts[i] += counts[i];
            }
        });
        sums.prior.assign(classes_, 0.0);
        sums.log_likelihood = 0.0;
        sums.largest_change = 0.0;
        sums.impossible_item = em_sums::none;
        for (std::size_t block = 0; block < blocks; ++block) {
            for (std::size_t c = 0; c < classes_; ++c) sums.prior[c] += priors_[block * classes_ + c];
            sums.log_likelihood += partial_[block].log_likelihood;
            sums.largest_change = std::max(sums.largest_change, partial_[block].largest_change);
            sums.impossible_item = std::min(sums.impossible_item, partial_[block].impossible_item);
        }
    }

    const votes_by_item& votes_;
    std::size_t classes_;
    std::span<const class_index> gold_;
    std::span<double> posteriors_;
    std::size_t known_items_ = 0;
    bool has_special_items_ = false;

    std::vector<double> counts_;
    std::vector<double> priors_;
    std::vector<double> scratch_;
    std::vector<block_result> partial_;

    double log_prior_ratio_ = 0.0;
    std::vector<double> log_ratios_;
    double base_log_likelihood_ = 0.0;
};

}  // namespace reassess::inline v0_1::detail
