// Dawid-Skene model: estimates every rater's error rates and every item's class jointly by expectation maximisation
// (EM).
#pragma once

#include "../data/annotations.hpp"
#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "answer_meaning.hpp"
#include "dawid_skene_steps.hpp"
#include "vote_patterns.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Model of a rater's errors.
enum class rater_model {
    /// Dawid and Skene's model: separate rates of all answers for each true class.
    error_rates,
    /// One-coin model: an answer that stands for a class is correct at one rate, the same for all classes, and
    /// otherwise any wrong class is equally likely. Other answers (maybe) have their own rates and carry no information
    /// about the class. Every class needs exactly one answer that stands for it alone.
    one_coin
};

/// Initial posteriors of the estimation.
enum class dawid_skene_start {
    /// Each class's share of the item's votes, by the answer_meaning (Dawid and Skene's equation 3.1).
    vote_shares,
    /// The class with the greatest share; ties are divided equally. May converge to a lower local maximum.
    majority
};

/// A rater with known rates, classes x answers, row-major.
struct known_rater {
    std::size_t rater = 0;
    std::vector<double> rates{};
};

/// State of the estimation after an iteration.
struct dawid_skene_progress {
    std::size_t iteration = 0;
    double log_likelihood = 0.0;
    double largest_change = 0.0;
};

struct dawid_skene_options {
    rater_model model = rater_model::error_rates;
    /// Convergence: the iteration ends when no posterior changes by this much.
    double tolerance = 1e-9;
    /// Maximum number of iterations.
    std::size_t max_iterations = 2000;
    dawid_skene_start start = dawid_skene_start::vote_shares;
    /// Initial posteriors instead of `start`: items x classes, row-major, such as the posteriors of an earlier result.
    /// The memory must remain valid during the call.
    std::optional<std::span<const double>> start_posteriors = std::nullopt;
    /// Added to every expected count of answers, so that no rate of a rater with votes is 0. With smoothing the
    /// log-likelihood may decrease; its sum with `smoothing` times the logs of all rates never does.
    double smoothing = 0.0;
    /// Gold labels: empty, or for each item its known class or missing_label. Posteriors of items with a gold label are
    /// fixed. The memory must remain valid during the call.
    std::span<const class_index> gold = {};
    /// Raters whose rates are given and not estimated.
    std::vector<known_rater> known_raters{};
    /// Called after each iteration, for example to display progress.
    std::function<void(const dawid_skene_progress&)> on_iteration{};
};

/// What the votes offer to identify the model, that is, to exclude other parameters of equal likelihood.
struct dawid_skene_identification {
    /// Items without a gold label that at least three different raters answered. Two raters do not identify error rates
    /// (a prior and rates of one rater can be traded for rates of the other), and repeated answers of one rater add
    /// nothing. Nor does a third rater who gives every item the same answer. With rater_model::error_rates, three
    /// groups of the item's raters must satisfy Kruskal's condition: the ranks of their rates add up to at least 2
    /// (classes + 1). The rank of a rater is at most the number of different answers that the rater gave; within a
    /// group the ranks multiply (Allman, Matias, Rhodes 2009), up to the number of classes.
    std::size_t items_with_three_raters = 0;
    /// Expected number of these items in each class: the sum of their posteriors.
    std::vector<double> items_with_three_raters_by_class{};
    /// Items with votes and a gold label, of each class.
    std::vector<std::size_t> gold_items_by_class{};
    /// Known raters with votes whose rates distinguish all classes: the rows of their rates are linearly independent.
    std::size_t distinguishing_known_raters = 0;
    /// Free parameters of the model of three raters: classes - 1 for the prior, and their rates.
    std::size_t parameters_of_three_raters = 0;
    /// Minimum number of items per class: the free rates of one rater for one class, at least 1.
    std::size_t least_items_per_class = 0;
};

struct dawid_skene_result {
    std::size_t raters = 0;
    std::size_t items = 0;
    std::size_t classes = 0;
    std::size_t answers = 0;
    /// Posterior probability of each class, items x classes. An item without votes has the prior.
    std::vector<double> posteriors{};
    /// Prior probability of each class, over items that have votes or a gold label.
    std::vector<double> prior{};
    /// Rate of each answer, raters x true classes x answers. NaN if not estimable: for a rater without votes, and for a
    /// class that none of the rater's items can have.
    std::vector<double> error_rates{};
    /// Log-likelihood after each iteration, with the parameters used in its E step: the sum over items of the log of
    /// the sum over classes of prior times rates. Never decreases, except with dawid_skene_options::smoothing.
    std::vector<double> log_likelihood{};
    std::size_t iterations = 0;
    bool converged = false;
    std::size_t items_without_votes = 0;
    std::size_t raters_without_votes = 0;
    /// Whether the votes suffice to identify the model; if false, other parameters are equally likely. True for a
    /// single class, and if one of these holds: every class has least_items_per_class gold items; a known rater
    /// distinguishes all classes; or at least parameters_of_three_raters items have three different raters,
    /// least_items_per_class of them in every class. Three raters suffice apart from special parameter values, if their
    /// answers distinguish the classes (Kruskal 1977, doi:10.1016/0024-3795(77)90069-6; Allman, Matias, Rhodes 2009,
    /// doi:10.1214/09-AOS689). This is about the model as a whole: the rates of a rater who shares few items with
    /// others may still be undetermined.
    bool identified = true;
    /// The numbers that `identified` is computed from.
    dawid_skene_identification identification{};

    /// Posterior probability that an item has class c. Throws std::out_of_range for an invalid item or class.
    [[nodiscard]] double posterior(std::size_t item, std::size_t c) const
    {
        detail::expects<std::out_of_range>(item < items && c < classes, "posterior: item ", item, ", class ", c, " of ",
                                           items, " items, ", classes, " classes is out of range");
        return posteriors[item * classes + c];
    }
    /// Posterior probabilities of one class, by item. Throws std::out_of_range for an invalid class. O(items).
    [[nodiscard]] std::vector<double> posteriors_of(std::size_t c) const
    {
        detail::expects<std::out_of_range>(c < classes, "posteriors: class ", c, " is outside [0, ", classes, ")");
        std::vector<double> column(items);
        for (std::size_t item = 0; item < items; ++item) column[item] = posteriors[item * classes + c];
        return column;
    }
    /// Rate at which a rater gives an answer to items of a class; absent if it is not estimable. Throws
    /// std::out_of_range for an invalid rater, class or answer.
    [[nodiscard]] std::optional<double> error_rate(std::size_t rater, std::size_t c, answer_index answer) const
    {
        detail::expects<std::out_of_range>(rater < raters && c < classes && answer < answers, "error rate: rater ",
                                           rater, ", class ", c, ", answer ", answer, " of ", raters, " raters, ",
                                           classes, " classes, ", answers, " answers is out of range");
        const double rate = error_rates[(rater * classes + c) * answers + answer];
        if (std::isnan(rate)) return std::nullopt;
        return rate;
    }
    /// The last log-likelihood; absent without iterations.
    [[nodiscard]] std::optional<double> final_log_likelihood() const
    {
        if (log_likelihood.empty()) return std::nullopt;
        return log_likelihood.back();
    }
};

namespace detail {

/// State of one call of dawid_skene.
class dawid_skene_fit {
public:
    dawid_skene_fit(const annotations& votes, const answer_meaning& meaning, const dawid_skene_options& options)
        : meaning_(meaning),
          options_(options),
          patterns_((check(votes, meaning, options), votes), marks(meaning, options))
    {
        result_.raters = votes.raters();
        result_.items = votes.items();
        result_.classes = meaning.classes();
        result_.answers = votes.answers();
        result_.error_rates.assign(votes.raters() * classes() * votes.answers(),
                                   std::numeric_limits<double>::quiet_NaN());
        votes_of_rater_.assign(votes.raters(), 0);
        for (const std::uint32_t rater : votes.rater_of()) ++votes_of_rater_[rater];
        result_.raters_without_votes =
            static_cast<std::size_t>(std::count(votes_of_rater_.begin(), votes_of_rater_.end(), 0U));
        for (std::size_t pattern = 0; pattern < patterns_.size(); ++pattern) {
            if (patterns_.of(pattern).empty())
                result_.items_without_votes += static_cast<std::size_t>(patterns_.items(pattern));
        }
        if (options.model == rater_model::one_coin) find_answers_of_classes();
        start();
    }

    template <class Policy>
    [[nodiscard]] dawid_skene_result run(Policy policy)
    {
        em_pass pass(patterns_, classes(), options_.gold, posteriors_);
        em_sums sums;
        log_parameters log;
        pass.run(policy, em_work::sum_only, log, sums);
        result_.prior = sums.prior;
        for (double& share : result_.prior) share /= pass.known_items();
        while (!result_.converged && result_.iterations < options_.max_iterations) {
            maximise(sums, pass.known_items(), log);
            pass.run(policy, em_work::expect_and_sum, log, sums);
            expects<std::domain_error>(
                sums.impossible_item == em_sums::none, "Dawid-Skene: the votes on item ", sums.impossible_item,
                " have probability 0 under every possible class; check known rates and gold labels, or use smoothing");
            result_.log_likelihood.push_back(sums.log_likelihood);
            ++result_.iterations;
            result_.converged = sums.largest_change < options_.tolerance;
            if (options_.on_iteration)
                options_.on_iteration({result_.iterations, sums.log_likelihood, sums.largest_change});
        }
        result_.posteriors.resize(result_.items * classes());
        for (std::size_t item = 0; item < result_.items; ++item) {
            const std::span<const double> shares = posterior(patterns_.pattern_of(item));
            std::copy(shares.begin(), shares.end(),
                      result_.posteriors.begin() + static_cast<std::ptrdiff_t>(item * classes()));
        }
        identify();
        return std::move(result_);
    }

private:
    static void check(const annotations& votes, const answer_meaning& meaning, const dawid_skene_options& options)
    {
        const std::size_t classes = meaning.classes();
        expects(votes.votes() > 0, "Dawid-Skene: 0 votes; the minimum is 1");
        expects(meaning.answers() == votes.answers(), "Dawid-Skene: votes of ", votes.answers(),
                " answers, but answer_meaning has ", meaning.answers());
        expects(votes.raters() <= std::numeric_limits<std::uint32_t>::max() / votes.answers(),
                "Dawid-Skene: ", votes.raters(), " raters with ", votes.answers(), " answers exceed 2^32 combinations");
        expects(options.tolerance >= 0, "Dawid-Skene: the tolerance must not be negative or NaN");
        expects(options.smoothing >= 0 && std::isfinite(options.smoothing),
                "Dawid-Skene: the smoothing must be finite and not negative");
        expects(options.gold.empty() || options.gold.size() == votes.items(), "Dawid-Skene: gold labels for ",
                options.gold.size(), " items, but votes on ", votes.items());
        for (std::size_t item = 0; item < options.gold.size(); ++item) {
            const class_index label = options.gold[item];
            expects<std::out_of_range>(label == missing_label || (label >= 0 && std::cmp_less(label, classes)),
                                       "Dawid-Skene: gold label ", label, " of item ", item, " is outside [0, ",
                                       classes, ")");
        }
        std::vector<bool> is_known(votes.raters(), false);
        for (const known_rater& known : options.known_raters) {
            expects<std::out_of_range>(known.rater < votes.raters(), "Dawid-Skene: known rater ", known.rater,
                                       " is outside [0, ", votes.raters(), ")");
            expects(!is_known[known.rater], "Dawid-Skene: known rater ", known.rater, " is given twice");
            is_known[known.rater] = true;
            expects_rows_of_shares(known.rates, classes, votes.answers(), "the rates of a known rater");
        }
        if (options.start_posteriors)
            expects_rows_of_shares(*options.start_posteriors, votes.items(), classes, "the start");
    }

    static void expects_rows_of_shares(std::span<const double> shares, std::size_t rows, std::size_t columns,
                                       const char* what)
    {
        expects(shares.size() == rows * columns, "Dawid-Skene: ", what, ": ", shares.size(), " numbers; expected ",
                rows, " x ", columns);
        for (std::size_t row = 0; row < rows; ++row) {
            double sum = 0.0;
            for (const double share : shares.subspan(row * columns, columns)) {
                expects(share >= 0 && share <= 1, "Dawid-Skene: ", what, ": a number of row ", row,
                        " is outside [0, 1]");
                sum += share;
            }
            expects(std::abs(sum - 1) < 1e-6, "Dawid-Skene: ", what, ": row ", row, " does not sum to 1");
        }
    }

    /// Items with the same votes form separate patterns if their gold labels or their initial posteriors differ.
    [[nodiscard]] static item_marks marks(const answer_meaning& meaning, const dawid_skene_options& options)
    {
        item_marks marks{.gold = options.gold};
        if (options.start_posteriors) {
            marks.start = *options.start_posteriors;
            marks.start_columns = meaning.classes();
        }
        return marks;
    }

    [[nodiscard]] std::size_t classes() const noexcept { return meaning_.classes(); }
    [[nodiscard]] bool has_gold() const noexcept
    {
        return std::any_of(options_.gold.begin(), options_.gold.end(),
                           [](class_index label) { return label != missing_label; });
    }
    [[nodiscard]] std::span<double> posterior(std::size_t pattern) noexcept
    {
        return std::span<double>(posteriors_).subspan(pattern * classes(), classes());
    }

    // Identification

    /// The greatest rank that each rater's rates can have: the number of different answers given, at most classes().
    [[nodiscard]] std::vector<std::size_t> greatest_ranks() const
    {
        // One coin has the same rate for all classes, so a single answer shows it.
        if (options_.model == rater_model::one_coin) return std::vector<std::size_t>(result_.raters, classes());
        std::vector<char> given(result_.raters * result_.answers, 0);
        for (std::size_t pattern = 0; pattern < patterns_.size(); ++pattern) {
            for (const std::uint32_t code : patterns_.of(pattern)) given[code] = 1;
        }
        std::vector<std::size_t> ranks(result_.raters);
        for (std::size_t code = 0; code < given.size(); ++code) {
            std::size_t& rank = ranks[code / result_.answers];
            rank = std::min(classes(), rank + (given[code] != 0));
        }
        return ranks;
    }

    /// Whether a pattern has three different raters, and three groups of raters that satisfy Kruskal's condition. The
    /// rank of a group is the product of its raters' ranks, at most classes().
    [[nodiscard]] bool has_three_raters(std::size_t pattern, std::span<const std::size_t> ranks) const
    {
        std::vector<std::size_t> raters;
        for (const std::uint32_t code : patterns_.of(pattern)) raters.push_back(code / result_.answers);
        std::sort(raters.begin(), raters.end());
        raters.erase(std::unique(raters.begin(), raters.end()), raters.end());
        if (raters.size() < 3) return false;
        // Each rater, from the greatest rank on, joins the group of the smallest rank.
        std::sort(raters.begin(), raters.end(), [&](std::size_t a, std::size_t b) { return ranks[a] > ranks[b]; });
        std::size_t groups[3] = {1, 1, 1};
        for (const std::size_t rater : raters) {
            std::size_t& group = *std::min_element(std::begin(groups), std::end(groups));
            group = std::min(classes(), group * ranks[rater]);
        }
        return classes() == 1 || groups[0] + groups[1] + groups[2] >= 2 * classes() + 2;
    }

    /// Whether the rows of rates are linearly independent (Gaussian elimination with row pivots).
    [[nodiscard]] bool distinguishes_classes(std::vector<double> rates) const
    {
        const std::size_t columns = result_.answers;
        for (std::size_t row = 0; row < classes(); ++row) {
            const auto begin = rates.begin() + static_cast<std::ptrdiff_t>(row * columns);
            const auto largest = std::max_element(begin, begin + static_cast<std::ptrdiff_t>(columns),
                                                  [](double a, double b) { return std::abs(a) < std::abs(b); });
            if (std::abs(*largest) < 1e-9) return false;
            const auto pivot = static_cast<std::size_t>(largest - begin);
            for (std::size_t below = row + 1; below < classes(); ++below) {
                const double factor = rates[below * columns + pivot] / *largest;
                for (std::size_t a = 0; a < columns; ++a)
                    rates[below * columns + a] -= factor * *(begin + static_cast<std::ptrdiff_t>(a));
            }
        }
        return true;
    }

    void identify()
    {
        dawid_skene_identification& found = result_.identification;
        const std::size_t answers = result_.answers, class_count = classes();
        const std::vector<std::size_t> ranks = greatest_ranks();
        found.items_with_three_raters_by_class.assign(class_count, 0.0);
        found.gold_items_by_class.assign(class_count, 0);
        for (std::size_t pattern = 0; pattern < patterns_.size(); ++pattern) {
            const auto items = static_cast<std::size_t>(patterns_.items(pattern));
            const std::size_t item = patterns_.first_item(pattern);
            if (patterns_.of(pattern).empty()) continue;
            if (!options_.gold.empty() && options_.gold[item] != missing_label) {
                found.gold_items_by_class[static_cast<std::size_t>(options_.gold[item])] += items;
            } else if (has_three_raters(pattern, ranks)) {
                found.items_with_three_raters += items;
                for (std::size_t c = 0; c < class_count; ++c)
                    found.items_with_three_raters_by_class[c] += patterns_.items(pattern) * posterior(pattern)[c];
            }
        }
        for (const known_rater& known : options_.known_raters)
            found.distinguishing_known_raters += votes_of_rater_[known.rater] > 0 && distinguishes_classes(known.rates);
        const bool one_coin = options_.model == rater_model::one_coin;
        const std::size_t rates_of_rater = one_coin ? 1 + answers - class_count : class_count * (answers - 1);
        found.parameters_of_three_raters = class_count - 1 + 3 * rates_of_rater;
        found.least_items_per_class = std::max<std::size_t>(1, one_coin ? 1 : answers - 1);
        const auto enough = [&](const auto& by_class) {
            return std::all_of(by_class.begin(), by_class.end(), [&](auto items) {
                return static_cast<double>(items) >= static_cast<double>(found.least_items_per_class);
            });
        };
        result_.identified = class_count == 1 || enough(found.gold_items_by_class) ||
                             found.distinguishing_known_raters > 0 ||
                             (found.items_with_three_raters >= found.parameters_of_three_raters &&
                              enough(found.items_with_three_raters_by_class));
    }

    // Start

    void start()
    {
        posteriors_.assign(patterns_.size() * classes(), 0.0);
        if (!options_.start_posteriors) start_from_votes();
        for (std::size_t pattern = 0; pattern < patterns_.size(); ++pattern) {
            const std::size_t item = patterns_.first_item(pattern);
            const std::span<double> shares = posterior(pattern);
            if (!options_.gold.empty() && options_.gold[item] != missing_label) {
                std::fill(shares.begin(), shares.end(), 0.0);
                shares[static_cast<std::size_t>(options_.gold[item])] = 1.0;
            } else if (options_.start_posteriors) {
                const std::span<const double> given = options_.start_posteriors->subspan(item * classes(), classes());
                std::copy(given.begin(), given.end(), shares.begin());
            }
        }
        expect_no_saddle();
    }

    void start_from_votes()
    {
        std::vector<double> mean(classes(), 0.0);
        for (std::size_t pattern = 0; pattern < patterns_.size(); ++pattern) {
            const std::span<double> shares = posterior(pattern);
            const std::span<const std::uint32_t> votes = patterns_.of(pattern);
            if (votes.empty()) continue;
            for (const std::size_t code : votes) {
                const std::span<const double> of = meaning_.of(static_cast<answer_index>(code % result_.answers));
                for (std::size_t c = 0; c < classes(); ++c) shares[c] += of[c];
            }
            if (options_.start == dawid_skene_start::majority) {
                const double greatest = *std::max_element(shares.begin(), shares.end());
                const auto winners = static_cast<double>(std::count(shares.begin(), shares.end(), greatest));
                for (double& share : shares) share = share == greatest ? 1.0 / winners : 0.0;
            } else {
                for (double& share : shares) share /= static_cast<double>(votes.size());
            }
            for (std::size_t c = 0; c < classes(); ++c) mean[c] += patterns_.items(pattern) * shares[c];
        }
        const auto voted = static_cast<double>(result_.items - result_.items_without_votes);
        for (std::size_t pattern = 0; pattern < patterns_.size(); ++pattern) {
            if (!patterns_.of(pattern).empty()) continue;
            for (std::size_t c = 0; c < classes(); ++c) posterior(pattern)[c] = mean[c] / voted;
        }
    }

    // If all items start with the same posteriors, every class has the same rates and the posteriors never change.
    void expect_no_saddle()
    {
        if (has_gold() || !options_.known_raters.empty()) return;
        std::optional<std::size_t> first;
        for (std::size_t pattern = 0; pattern < patterns_.size(); ++pattern) {
            if (patterns_.of(pattern).empty()) continue;
            const std::span<double> shares = posterior(pattern);
            if (!first) {
                first = pattern;
                if (std::count_if(shares.begin(), shares.end(), [](double share) { return share > 0; }) < 2) return;
            }
            if (!std::equal(shares.begin(), shares.end(), posterior(*first).begin())) return;
        }
        const std::size_t voted = result_.items - result_.items_without_votes;
        expects(voted == 1, "Dawid-Skene: the initial posteriors are the same for all ", voted,
                " items with votes, so the estimation cannot progress");
    }

    // M step

    void find_answers_of_classes()
    {
        answer_of_class_.assign(classes(), no_answer);
        for (answer_index answer = 0; answer < result_.answers; ++answer) {
            const std::span<const double> shares = meaning_.of(answer);
            const auto alone = std::find(shares.begin(), shares.end(), 1.0);
            if (alone == shares.end()) continue;
            const auto c = static_cast<std::size_t>(alone - shares.begin());
            expects(answer_of_class_[c] == no_answer,
                    "Dawid-Skene: the one-coin model needs one answer per class, but two answers stand for class ", c);
            answer_of_class_[c] = answer;
        }
        for (std::size_t c = 0; c < classes(); ++c) {
            expects(answer_of_class_[c] != no_answer,
                    "Dawid-Skene: the one-coin model needs one answer per class, but no answer stands for class ", c,
                    " alone");
        }
    }

    void maximise(const em_sums& sums, double known_items, log_parameters& log)
    {
        for (std::size_t c = 0; c < classes(); ++c) result_.prior[c] = sums.prior[c] / known_items;
        for (std::size_t rater = 0; rater < result_.raters; ++rater) {
            if (votes_of_rater_[rater] == 0) continue;
            if (options_.model == rater_model::one_coin) {
                maximise_coin(sums, rater);
            } else {
                maximise_rates(sums, rater);
            }
        }
        for (const known_rater& known : options_.known_raters)
            std::copy(known.rates.begin(), known.rates.end(), rates_of(known.rater).begin());

        log.prior.resize(classes());
        for (std::size_t c = 0; c < classes(); ++c) log.prior[c] = std::log(result_.prior[c]);
        log.rates.resize(patterns_.codes() * classes());
        for (std::size_t rater = 0; rater < result_.raters; ++rater) {
            const std::span<const double> rates = rates_of(rater);
            for (std::size_t c = 0; c < classes(); ++c) {
                for (std::size_t a = 0; a < result_.answers; ++a) {
                    const double rate = rates[c * result_.answers + a];
                    // A class that none of the rater's items can have stays impossible for them.
                    log.rates[(rater * result_.answers + a) * classes() + c] =
                        std::isnan(rate) ? -std::numeric_limits<double>::infinity() : std::log(rate);
                }
            }
        }
    }

    [[nodiscard]] std::span<double> rates_of(std::size_t rater) noexcept
    {
        const std::size_t size = classes() * result_.answers;
        return std::span<double>(result_.error_rates).subspan(rater * size, size);
    }
    [[nodiscard]] double count(const em_sums& sums, std::size_t rater, std::size_t answer, std::size_t c) const noexcept
    {
        return sums.counts[(rater * result_.answers + answer) * classes() + c];
    }

    void maximise_rates(const em_sums& sums, std::size_t rater)
    {
        for (std::size_t c = 0; c < classes(); ++c) {
            double total = 0.0;
            for (std::size_t a = 0; a < result_.answers; ++a) total += count(sums, rater, a, c) + options_.smoothing;
            for (std::size_t a = 0; a < result_.answers; ++a) {
                rates_of(rater)[c * result_.answers + a] = total > 0
                                                               ? (count(sums, rater, a, c) + options_.smoothing) / total
                                                               : std::numeric_limits<double>::quiet_NaN();
            }
        }
    }

    void maximise_coin(const em_sums& sums, std::size_t rater)
    {
        const double smoothing = options_.smoothing;
        const std::span<double> rates = rates_of(rater);
        double right = 0.0;
        double of_classes = 0.0;
        for (std::size_t c = 0; c < classes(); ++c) {
            right += count(sums, rater, answer_of_class_[c], c) + smoothing;
            for (std::size_t true_class = 0; true_class < classes(); ++true_class)
                of_classes += count(sums, rater, answer_of_class_[c], true_class) + smoothing;
        }
        double total = of_classes;
        for (std::size_t a = 0; a < result_.answers; ++a) {
            if (std::find(answer_of_class_.begin(), answer_of_class_.end(), a) != answer_of_class_.end()) continue;
            for (std::size_t c = 0; c < classes(); ++c) total += count(sums, rater, a, c) + smoothing;
        }
        for (std::size_t a = 0; a < result_.answers; ++a) {
            double given = 0.0;
            for (std::size_t c = 0; c < classes(); ++c) given += count(sums, rater, a, c) + smoothing;
            for (std::size_t c = 0; c < classes(); ++c) rates[c * result_.answers + a] = given / total;
        }
        for (std::size_t c = 0; c < classes(); ++c) {
            for (std::size_t true_class = 0; true_class < classes(); ++true_class) {
                rates[true_class * result_.answers + answer_of_class_[c]] =
                    c == true_class ? right / total
                                    : std::max(0.0, of_classes - right) / total / static_cast<double>(classes() - 1);
            }
        }
    }

    const answer_meaning& meaning_;
    const dawid_skene_options& options_;
    vote_patterns patterns_;
    std::vector<double> posteriors_;  // patterns x classes
    std::vector<std::uint64_t> votes_of_rater_;
    std::vector<answer_index> answer_of_class_;
    dawid_skene_result result_;
};

}  // namespace detail

/// Dawid-Skene estimation: from the votes alone, estimates the class of every item, every rater's error rates and the
/// class frequencies, by expectation maximisation in log space (Dawid, Skene 1979, Applied Statistics 28). Each
/// iteration is an M step and an E step; it ends when no posterior changes by the tolerance.
///
/// Answers need not be the classes; `meaning` maps answers to classes and affects only the start. Repeated answers of a
/// rater to an item count separately, as independent votes. The result is a local maximum that depends on the start, as
/// does the order of the classes. Gold labels and known raters are fixed. Sums are added in blocks whose shape depends
/// only on the input, so with one build the result has the same bits under every host policy and for any number of
/// threads. Infinities and NaN represent impossible and undetermined values, so do not compile with -ffast-math.
///
/// Throws std::invalid_argument for no votes, sizes that do not match, invalid shares, a duplicate known rater, and
/// initial posteriors that are the same for every item; std::out_of_range for an invalid gold label or known rater;
/// std::domain_error, with the item, if its votes have probability 0 under every class. O(votes x classes) per
/// iteration; items with the same votes, gold label and initial posteriors are computed once.
template <execution_policy Policy>
[[nodiscard]] dawid_skene_result dawid_skene(Policy policy, const annotations& votes, const answer_meaning& meaning,
                                             const dawid_skene_options& options = {})
{
    return detail::dawid_skene_fit(votes, meaning, options).run(policy);
}

/// As above, with the serial policy.
[[nodiscard]] inline dawid_skene_result dawid_skene(const annotations& votes, const answer_meaning& meaning,
                                                    const dawid_skene_options& options = {})
{
    return dawid_skene(seq, votes, meaning, options);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
