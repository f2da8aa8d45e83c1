// McNemar's test and the exact sign test: comparison of two models on the same images.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "confidence.hpp"
#include "double_double.hpp"
#include "fair_coin.hpp"
#include "normal_tail.hpp"
#include "two_proportions.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Result of sign_test: whether two outcomes are equally frequent.
struct sign_test_result {
    /// Exact two-sided p-value: min(1, 2 P(X <= the smaller count)), X binomial with p = 1/2. Conservative: the error
    /// rate is never above the nominal level.
    double p_value = 1;
    double log10_p_value = 0;
    /// Mid-p value: as above with half of the probability of the observed count. Recommended: its error rate is near
    /// the nominal level.
    double mid_p_value = 1;
    double log10_mid_p_value = 0;
    /// Both counts are 0, so nothing can be tested and every p-value is 1.
    bool without_trials = true;
};

/// Exact sign test: whether `first` of first + second trials is compatible with a probability of one half. Symmetric.
///
/// Relative error of the p-values for up to 10^9 trials at most 1e-13 for p >= 1e-50 and 1e-12 for all smaller ones
/// (the error of an exponential grows with its argument: 3.7e-13 at p = 3.4e-228), and 1e-11 to 2^53 trials. The
/// logarithms have a relative error of at most 2e-14 where p < 0.5, also where the p-values underflow to 0. For equal
/// counts the p-value is 1 and the mid-p value 1 - P(X = first) / 2; for 0 and 0 both are 1. Throws
/// std::invalid_argument for more than 2^53 trials. O(sqrt(first + second)). Fagerland, Lydersen, Laake 2013,
/// doi:10.1186/1471-2288-13-91.
[[nodiscard]] inline sign_test_result sign_test(std::uint64_t first, std::uint64_t second)
{
    constexpr std::uint64_t most = std::uint64_t{1} << 53;
    detail::expects(first <= most && second <= most - first, "sign test: ", first, " and ", second,
                    " exceed 2^53 trials, the largest count that a double represents exactly");
    sign_test_result result;
    if (first + second == 0) return result;
    result.without_trials = false;
    const detail::fair_coin_tail tail = detail::few_heads(std::min(first, second), first + second);
    if (first == second) {
        // Every outcome is at least as extreme: both tails include the observed count.
        result.mid_p_value = -std::expm1(tail.log_probability - std::numbers::ln2);
        result.log10_mid_p_value = std::log10(result.mid_p_value);
        return result;
    }
    const double log_p = std::min(0.0, tail.log_at_most + std::numbers::ln2);
    const double log_mid_p = log_p + std::log1p(-std::exp(tail.log_probability - log_p));
    result.p_value = std::exp(log_p);
    result.log10_p_value = log_p * std::numbers::log10e;
    result.mid_p_value = std::exp(log_mid_p);
    result.log10_mid_p_value = log_mid_p * std::numbers::log10e;
    return result;
}

/// A chi-squared statistic of one degree of freedom and its p-value.
struct chi_squared_result {
    double chi_squared = 0;
    double p_value = 1;
    double log10_p_value = 0;
};

/// Result of mcnemar_test.
struct mcnemar_result {
    std::uint64_t first_only = 0;   ///< images that only the first model classifies correctly
    std::uint64_t second_only = 0;  ///< images that only the second model classifies correctly
    /// Exact test with p-value and mid-p value.
    sign_test_result exact{};
    /// (b - c)^2 / (b + c).
    chi_squared_result uncorrected{};
    /// max(0, |b - c| - 1)^2 / (b + c): Edwards' continuity correction.
    chi_squared_result corrected{};
    /// The models agree on every image, so every p-value is 1 and nothing is tested.
    bool no_discordant_pairs = true;

    /// Number of discordant images: in "5140 images differ, 2881 better, 2259 worse" these are different(), first_only
    /// and second_only.
    [[nodiscard]] std::uint64_t different() const noexcept { return first_only + second_only; }
};

namespace detail {

inline chi_squared_result chi_squared_of(double difference, double total)
{
    chi_squared_result result;
    result.chi_squared = static_cast<double>(exact_product(difference, difference) / total);
    const double z = difference / std::sqrt(total);
    result.p_value = two_sided_p_value(z);
    result.log10_p_value = log10_two_sided_p_value(z);
    return result;
}

}  // namespace detail

/// McNemar's test of two models on the same images in four variants: exact, mid-p, chi-squared with and without
/// continuity correction. Only the discordant images count.
///
/// The mid-p value is recommended; the exact one is conservative; the chi-squared ones are common in the literature and
/// need many images. For an interval of the difference see paired_difference_interval.
///
/// Counts are 64-bit integers, and no square or product of them overflows, also above 4e9 discordant images. Without
/// discordant images: statistics 0, p-values 1, `no_discordant_pairs`.
/// Throws std::invalid_argument for more than 2^53 discordant images. O(sqrt(discordant images)).
/// McNemar 1947, doi:10.1007/BF02295996; Edwards 1948, doi:10.1007/BF02289261; Fagerland, Lydersen, Laake 2013,
/// doi:10.1186/1471-2288-13-91.
[[nodiscard]] inline mcnemar_result mcnemar_test(const paired_proportion& table)
{
    mcnemar_result result;
    result.first_only = table.first_only;
    result.second_only = table.second_only;
    result.exact = sign_test(table.first_only, table.second_only);
    result.no_discordant_pairs = result.exact.without_trials;
    if (result.no_discordant_pairs) return result;
    const std::uint64_t apart =
        std::max(table.first_only, table.second_only) - std::min(table.first_only, table.second_only);
    const double total = static_cast<double>(table.different());
    result.uncorrected = detail::chi_squared_of(static_cast<double>(apart), total);
    result.corrected = detail::chi_squared_of(static_cast<double>(apart == 0 ? 0 : apart - 1), total);
    return result;
}

/// Comparison of two models on the same images: difference of accuracies, its interval and McNemar's test.
struct paired_comparison {
    paired_proportion cells{};
    /// Accuracy of the first model minus accuracy of the second, as a fraction of 1.
    double difference = 0;
    /// Interval of the difference, by paired_difference_interval.
    interval difference_interval{};
    mcnemar_result test{};
};

/// Computes difference, interval and tests. Throws as paired_difference_interval and mcnemar_test do.
[[nodiscard]] inline paired_comparison compare_paired(const paired_proportion& cells,
                                                      confidence_level level = confidence_level{0.95})
{
    paired_comparison result;
    result.cells = cells;
    result.difference_interval = paired_difference_interval(cells, level);
    const double total = static_cast<double>(cells.total());
    // Counts are subtracted, not shares, so the difference of equal models is exactly 0.
    result.difference = (static_cast<double>(cells.first_only) - static_cast<double>(cells.second_only)) / total;
    result.test = mcnemar_test(cells);
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
