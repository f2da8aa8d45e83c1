// Tail probabilities of the binomial distribution with p = 1/2, as used by exact sign tests.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"

#include <cmath>
#include <cstdint>
#include <numbers>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Remainder of Stirling's approximation: log n! - ((n + 1/2) log n - n + log sqrt(2 pi)).
inline double stirling_remainder(double n) noexcept
{
    // The series is not accurate for small n; these values are from 40 digits, rounded.
    constexpr double small[] = {0.0,
                                0.08106146679532725821967,
                                0.04134069595540929409382,
                                0.02767792568499833914879,
                                0.02079067210376509311152,
                                0.01664469118982119216319,
                                0.01387612882307074799874,
                                0.01189670994589177009506,
                                0.01041126526197209649748,
                                0.009255462182712732917729,
                                0.00833056343336287125647,
                                0.007573675487951840794972,
                                0.006942840107209529865665,
                                0.006408994188004207068439,
                                0.005951370112758847735624,
                                0.005554733551962801371039};
    if (n < 16) return small[static_cast<int>(n)];
    const double squared = n * n;
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / squared) / squared) / squared) / squared) /
           n;
}

/// (1 + d) log(1 + d) + (1 - d) log(1 - d) for 0 <= d <= 1.
inline double fair_coin_deviance(double d) noexcept
{
    if (d == 1) return 2 * std::numbers::ln2;
    if (d > 0.5) return (1 + d) * std::log1p(d) + (1 - d) * std::log1p(-d);
    // The sum of d^2j / (j (2j - 1)), which has no cancellation.
    const double squared = d * d;
    double power = squared, sum = 0;
    for (int j = 1; power > 0x1p-60 * sum; ++j, power *= squared) sum += power / (j * (2.0 * j - 1));
    return sum;
}

/// Probabilities of at most this number of heads as natural logarithms, which do not underflow.
struct fair_coin_tail {
    double log_probability = 0;  ///< log P(X = heads)
    double log_at_most = 0;      ///< log P(X <= heads)
};

/// Lower tail of the number of heads X in n tosses, for 2 heads <= n < 2^53. P(X = heads) by Loader's formula, the tail
/// as a multiple of it by summation: O(sqrt n). The relative error of the probabilities is about 2e-15, plus up to
/// 8e-16 per unit of their logarithm and, from 10^7 tosses on, up to 1e-14 of the summation (measured to 10^10).
/// Loader 2000, "Fast and accurate computation of binomial probabilities".
inline fair_coin_tail few_heads(std::uint64_t heads, std::uint64_t tosses)
{
    const double n = static_cast<double>(tosses), k = static_cast<double>(heads), tails = n - k;
    if (heads == 0) return {-n * std::numbers::ln2, -n * std::numbers::ln2};
    fair_coin_tail result;
    result.log_probability = stirling_remainder(n) - stirling_remainder(k) - stirling_remainder(tails) -
                             n / 2 * fair_coin_deviance((tails - k) / n) +
                             std::log(n / (2 * std::numbers::pi * k) / tails) / 2;
    double term = 1, sum = 1, lost = 0;
    for (double j = 1; j <= k && term > 0x1p-60 * sum; ++j) {
        term *= (k - j + 1) / (tails + j);
        // Compensated (Kahan 1965, doi:10.1145/363707.363723): near the middle there are sqrt n terms near 1.
        const double next = term - lost, longer = sum + next;
        lost = (longer - sum) - next;
        sum = longer;
    }
    result.log_at_most = result.log_probability + std::log(sum);
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
