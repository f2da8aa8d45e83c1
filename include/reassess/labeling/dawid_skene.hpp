// Dawid and Skene's model: every rater's error rates and every item's class, estimated together by expectation
// maximisation.
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
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// What is assumed of a rater.
enum class rater_model {
    /// Dawid and Skene's: for each true class its own rates of all answers.
    error_rates,
    /// One coin: an answer that stands for a class is right at one rate, whatever the class, and otherwise any wrong
    /// class alike; the other answers (maybe) have their own rates and say nothing about the class. Every class needs
    /// exactly one answer that stands for it alone.
    one_coin
};

/// Where estimation starts.
enum class dawid_skene_start {
    /// Each class's share of the item's votes, as the answers mean them (Dawid and Skene's equation 3.1).
    vote_shares,
    /// The class with the greatest share; classes with equal shares share alike. May end in a lower maximum.
    majority
};

/// A rater whose rates are known: classes x answers, row-major.
struct known_rater {
    std::size_t rater = 0;
    std::vector<double> rates{};
};

/// How far estimation has come.
struct dawid_skene_progress {
    std::size_t iteration = 0;
    double log_likelihood = 0.0;
    double largest_change = 0.0;
};

struct dawid_skene_options {
    rater_model model = rater_model::error_rates;
    /// Estimation ends with the first iteration that changes no posterior by this much,
    double tolerance = 1e-9;
    /// or after so many.
    std::size_t max_iterations = 2000;
    dawid_skene_start start = dawid_skene_start::vote_shares;
    /// Start from these instead: items x classes, row-major; such as the posteriors of an earlier result. They must
    /// stay alive during the call.
    std::optional<std::span<const double>> start_posteriors = std::nullopt;
    /// Added to every expected count of answers, so that no rate of a rater with votes becomes 0. With it, the
    /// log-likelihood may fall; what never falls is its sum with `smoothing` times the logs of all rates.
    double smoothing = 0.0;
    /// Empty, or the class of each item, where it is known, else missing_label: those posteriors never change. Must
    /// stay alive during the call.
    std::span<const class_index> gold = {};
    /// Raters whose rates are not estimated.
    std::vector<known_rater> known_raters{};
    /// Called after each iteration, for a display of progress.
    std::function<void(const dawid_skene_progress&)> on_iteration{};
};

struct dawid_skene_result {
    std::size_t raters = 0;
    std::size_t items = 0;
    std::size_t classes = 0;
    std::size_t answers = 0;
    /// The probability of each class, items x classes. An item without votes has the prior.
    std::vector<double> posteriors{};
    /// The share of each class, over items that have votes or a gold label.
    std::vector<double> prior{};
    /// The rate of each answer, raters x true classes x answers. NaN where nothing tells it: of a rater without votes,
    /// and of a class that none of the rater's items can have.
    std::vector<double> error_rates{};
    /// After each iteration; that of the parameters used in its E step: the sum over items of the log of sum over
    /// classes of prior times rates. Never falls (but see dawid_skene_options::smoothing).
    std::vector<double> log_likelihood{};
    std::size_t iterations = 0;
    bool converged = false;
    std::size_t items_without_votes = 0;
    std::size_t raters_without_votes = 0;
    /// False where the votes alone cannot tell errors from the truth, because no item has three votes and neither gold
    /// labels nor known raters help: other parameters are then as likely. (With three, they can, apart from special
    /// values: Allman, Matias and Rhodes 2009.)
    bool identified = true;

    /// The probability that an item has a class. Throws std::out_of_range for what is no item or class.
    [[nodiscard]] double posterior(std::size_t item, std::size_t c) const
    {
        detail::expects<std::out_of_range>(item < items && c < classes, "posterior of item ", item, ", class ", c,
                                           " of ", items, " items, ", classes, " classes was asked for");
        return posteriors[item * classes + c];
    }
    /// The probabilities of one class, by item. Throws std::out_of_range for what is no class. O(items).
    [[nodiscard]] std::vector<double> posteriors_of(std::size_t c) const
    {
        detail::expects<std::out_of_range>(c < classes, "posteriors of class ", c, " of ", classes, " were asked for");
        std::vector<double> column(items);
        for (std::size_t item = 0; item < items; ++item) column[item] = posteriors[item * classes + c];
        return column;
    }
    /// How often a rater gives an answer to items of a class; nothing where nothing tells. Throws std::out_of_range for
    /// what is no rater, class or answer.
    [[nodiscard]] std::optional<double> error_rate(std::size_t rater, std::size_t c, answer_index answer) const
    {
        detail::expects<std::out_of_range>(rater < raters && c < classes && answer < answers, "error rate of rater ",
                                           rater, ", class ", c, ", answer ", answer, " of ", raters, " raters, ",
                                           classes, " classes, ", answers, " answers was asked for");
        const double rate = error_rates[(rater * classes + c) * answers + answer];
        if (std::isnan(rate)) return std::nullopt;
        return rate;
    }
    /// The last log-likelihood; nothing without iterations.
    [[nodiscard]] std::optional<double> final_log_likelihood() const
    {
        if (log_likelihood.empty()) return std::nullopt;
        return log_likelihood.back();
    }
};

namespace detail {

/// One call of dawid_skene.
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
        std::size_t most_votes = 0;
        for (std::size_t pattern = 0; pattern < patterns_.size(); ++pattern) {
            if (patterns_.of(pattern).empty())
                result_.items_without_votes += static_cast<std::size_t>(patterns_.items(pattern));
            most_votes = std::max(most_votes, patterns_.of(pattern).size());
        }
        result_.identified = classes() == 1 || most_votes >= 3 || has_gold() || !options.known_raters.empty();
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
            expects<std::domain_error>(sums.impossible_item == em_sums::none, "Dawid-Skene: the votes on item ",
                                       sums.impossible_item, " have probability 0 under every class it may have");
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
        return std::move(result_);
    }

private:
    static void check(const annotations& votes, const answer_meaning& meaning, const dawid_skene_options& options)
    {
        const std::size_t classes = meaning.classes();
        expects(votes.votes() > 0, "Dawid-Skene: no votes");
        expects(meaning.answers() == votes.answers(), "Dawid-Skene: votes of ", votes.answers(),
                " answers, but the meaning of ", meaning.answers());
        expects(votes.raters() <= std::numeric_limits<std::uint32_t>::max() / votes.answers(),
                "Dawid-Skene: ", votes.raters(), " raters with ", votes.answers(),
                " answers are more than 32 bits count");
        expects(options.tolerance >= 0, "Dawid-Skene: the tolerance is negative or NaN");
        expects(options.smoothing >= 0 && std::isfinite(options.smoothing),
                "Dawid-Skene: the smoothing is negative or not finite");
        expects(options.gold.empty() || options.gold.size() == votes.items(), "Dawid-Skene: gold labels of ",
                options.gold.size(), " items, votes on ", votes.items());
        for (std::size_t item = 0; item < options.gold.size(); ++item) {
            const class_index label = options.gold[item];
            expects<std::out_of_range>(label == missing_label || (label >= 0 && std::cmp_less(label, classes)),
                                       "Dawid-Skene: gold label ", label, " of item ", item, " is not in [0, ", classes,
                                       ")");
        }
        std::vector<bool> is_known(votes.raters(), false);
        for (const known_rater& known : options.known_raters) {
            expects<std::out_of_range>(known.rater < votes.raters(), "Dawid-Skene: known rater ", known.rater,
                                       " is not in [0, ", votes.raters(), ")");
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
        expects(shares.size() == rows * columns, "Dawid-Skene: ", what, ": ", shares.size(), " numbers, wanted ", rows,
                " x ", columns);
        for (std::size_t row = 0; row < rows; ++row) {
            double sum = 0.0;
            for (const double share : shares.subspan(row * columns, columns)) {
                expects(share >= 0 && share <= 1, "Dawid-Skene: ", what, ": a number of row ", row,
                        " is not in [0, 1]");
                sum += share;
            }
            expects(std::abs(sum - 1) < 1e-6, "Dawid-Skene: ", what, ": row ", row, " does not sum to 1");
        }
    }

    /// Items of the same votes part where they have other gold labels or begin with other posteriors.
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

    // ---- Start

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

    // Where all items start alike, every class has the same rates, so all posteriors stay as they are for ever.
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
        expects(voted == 1, "Dawid-Skene: the start says the same of all ", voted,
                " items with votes, so estimation would stay there for ever");
    }

    // ---- M step

    void find_answers_of_classes()
    {
        answer_of_class_.assign(classes(), no_answer);
        for (answer_index answer = 0; answer < result_.answers; ++answer) {
            const std::span<const double> shares = meaning_.of(answer);
            const auto alone = std::find(shares.begin(), shares.end(), 1.0);
            if (alone == shares.end()) continue;
            const auto c = static_cast<std::size_t>(alone - shares.begin());
            expects(answer_of_class_[c] == no_answer, "Dawid-Skene: one coin, but two answers stand for class ", c);
            answer_of_class_[c] = answer;
        }
        for (std::size_t c = 0; c < classes(); ++c) {
            expects(answer_of_class_[c] != no_answer, "Dawid-Skene: one coin, but no answer stands for class ", c,
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

/// Estimates, from the votes alone, the class of every item, every rater's error rates and how frequent the classes
/// are, by the expectation maximisation of Dawid and Skene (Applied Statistics 28, 1979) in log space: from the start's
/// posteriors, an M step and then an E step each iteration, until no posterior changes by the tolerance.
///
/// Answers need not be the classes; `meaning` says what they stand for, which decides only the start. Repeated answers
/// of a rater to an item each count, as independent ones. The maximum that is found is a local one and depends on the
/// start; so does which class is which. Gold labels and known raters are held fixed. Sums are added in blocks whose
/// shape depends on the input alone, so on one build the result is the same to the last bit under every policy of the
/// host and for any number of threads. Infinities and NaN stand for what is impossible and what nothing tells: not for
/// -ffast-math.
///
/// Throws std::invalid_argument for no votes, sizes that do not fit each other, numbers that are no shares, a rater
/// known twice, and a start that says the same of every item (estimation would stay there for ever); std::out_of_range
/// for a gold label or known rater that there is not; std::domain_error, naming the item, where votes have probability
/// 0 under every class. O(votes x classes) an iteration; of items with the same votes, gold label and given start, it
/// looks at one only.
template <execution_policy Policy>
[[nodiscard]] dawid_skene_result dawid_skene(Policy policy, const annotations& votes, const answer_meaning& meaning,
                                             const dawid_skene_options& options = {})
{
    return detail::dawid_skene_fit(votes, meaning, options).run(policy);
}

/// The same on the calling thread.
[[nodiscard]] inline dawid_skene_result dawid_skene(const annotations& votes, const answer_meaning& meaning,
                                                    const dawid_skene_options& options = {})
{
    return dawid_skene(seq, votes, meaning, options);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
