// Difference of two proportions: confidence intervals and Z-test for independent samples, interval for paired samples.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "confidence.hpp"
#include "double_double.hpp"
#include "normal_tail.hpp"
#include "proportion_interval.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

namespace detail {

/// Score interval of a difference from the Wilson intervals of both shares, with their correlation.
inline interval hybrid_score_interval(double difference, proportion first, proportion second, double correlation,
                                      confidence_level level)
{
    const interval a = wilson_interval(first, level), b = wilson_interval(second, level);
    const double x = first.value(), y = second.value();
    const auto distance = [&](double one, double other) {
        // Clamped at 0: |correlation| <= 1, but rounding may give a negative value.
        return std::sqrt(std::max(0.0, one * one - 2 * correlation * one * other + other * other));
    };
    return {std::max(-1.0, difference - distance(x - a.lower, b.upper - y)),
            std::min(1.0, difference + distance(a.upper - x, y - b.lower))};
}

}  // namespace detail

/// Interval of first - second for two independent shares (different images), in [-1, 1]: Newcombe's hybrid score
/// interval. For two models on the same images use paired_difference_interval, which is shorter.
///
/// With the Wilson ends l and u of each share, lower = d - sqrt((p1 - l1)^2 + (u2 - p2)^2) and upper =
/// d + sqrt((u1 - p1)^2 + (p2 - l2)^2).
///
/// Throws as wilson_interval does. O(1). Newcombe 1998, method 10,
/// doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
[[nodiscard]] inline interval difference_interval(proportion first, proportion second,
                                                  confidence_level level = confidence_level{0.95})
{
    (void)wilson_interval(first, level);  // checks the counts
    (void)wilson_interval(second, level);
    return detail::hybrid_score_interval(first.value() - second.value(), first, second, 0, level);
}

/// Variance used for the difference of two shares.
enum class difference_variance {
    pooled,    ///< of both samples together, assuming equal shares; the usual test of equality
    unpooled,  ///< of each sample separately; consistent with a Wald interval
};

/// Result of two_proportion_z_test.
struct two_proportion_test_result {
    /// First share minus second.
    double difference = 0;
    /// Standard error of the difference.
    double standard_error = 0;
    double z = 0;
    /// Two-sided, of the standard normal distribution.
    double p_value = 1;
    double log10_p_value = 0;
};

/// Tests whether two shares of different images are equal: z = (p1 - p2) / standard error, which is pooled
/// sqrt(p (1 - p) (1/n1 + 1/n2)) or unpooled sqrt(p1 (1 - p1) / n1 + p2 (1 - p2) / n2). Normal for many images.
///
/// Throws std::domain_error for a share of 0 of 0, and if the variance is 0 (all images hits, all misses, or, unpooled,
/// all of one sample and none of the other); std::invalid_argument for more hits than total
/// and totals above 2^53. O(1). Fleiss, Levin, Paik 2003, chapter 3, doi:10.1002/0471445428.
[[nodiscard]] inline two_proportion_test_result two_proportion_z_test(
    proportion first, proportion second, difference_variance variance = difference_variance::pooled)
{
    detail::expect_interval_exists(first, detail::most_in_a_double, detail::beyond_a_double);
    detail::expect_interval_exists(second, detail::most_in_a_double, detail::beyond_a_double);
    using detail::double_double, detail::exact_product;
    const auto real = [](std::uint64_t count) { return static_cast<double>(count); };
    const double n1 = real(first.total), n2 = real(second.total);
    two_proportion_test_result result;
    // h1 n2 - h2 n1 is computed exactly, so nearly equal shares do not cancel.
    const double_double crossed = exact_product(real(first.hits), n2) - exact_product(real(second.hits), n1);
    result.difference = static_cast<double>(crossed / n1 / n2);
    double squared = 0;
    if (variance == difference_variance::pooled) {
        const double n = n1 + n2;
        const double hits = real(first.hits) + real(second.hits);
        const double misses = real(first.total - first.hits) + real(second.total - second.hits);
        squared = (hits / n) * (misses / n) * (n / n1 / n2);
    } else {
        squared = (real(first.hits) / n1) * (real(first.total - first.hits) / n1) / n1 +
                  (real(second.hits) / n2) * (real(second.total - second.hits) / n2) / n2;
    }
    detail::expects<std::domain_error>(squared > 0, "two proportions: the variance is 0, so z is not defined");
    result.standard_error = std::sqrt(squared);
    result.z = result.difference / result.standard_error;
    result.p_value = two_sided_p_value(result.z);
    result.log10_p_value = log10_two_sided_p_value(result.z);
    return result;
}

namespace detail {

inline void expect_table(const paired_proportion& table)
{
    // Checked cell by cell, because the total of larger cells may wrap around in 64 bits.
    for (const std::uint64_t cell : {table.both, table.first_only, table.second_only, table.neither})
        expects(cell <= most_in_a_double, "paired table: a cell of ", cell, " exceeds ", most_in_a_double, ", ",
                beyond_a_double);
    expects<std::domain_error>(table.total() != 0, "paired table: 0 images, so there is no interval");
}

/// Pearson's phi of a paired table with continuity correction: a positive numerator is reduced by half the total.
inline double corrected_phi(const paired_proportion& table)
{
    const auto real = [](std::uint64_t count) { return static_cast<double>(count); };
    const double rows = std::sqrt(real(table.first().hits)) * std::sqrt(real(table.total() - table.first().hits));
    const double columns = std::sqrt(real(table.second().hits)) * std::sqrt(real(table.total() - table.second().hits));
    if (rows == 0 || columns == 0) return 0;
    const double_double cross = exact_product(real(table.both), real(table.neither)) -
                                exact_product(real(table.first_only), real(table.second_only));
    const double half_of_total = real(table.total()) / 2;
    const double corrected = cross.high < 0 ? cross.high : std::max(0.0, static_cast<double>(cross - half_of_total));
    return corrected / (rows * columns);
}

}  // namespace detail

/// Interval of first - second for two shares of the same images, in [-1, 1]: the difference in accuracy of two models.
/// Newcombe's score interval for paired data.
///
/// d = (first_only - second_only) / total and Wilson ends l, u of each share; lower =
/// d - sqrt((p1 - l1)^2 - 2 phi (p1 - l1) (u2 - p2) + (u2 - p2)^2), upper likewise, where phi is the correlation of the
/// two, with continuity correction. The interval may contain 0 when McNemar's test is just significant, and vice versa,
/// because the methods differ.
///
/// Throws std::domain_error for a table without images and std::invalid_argument for a total above 2^53. O(1).
/// Newcombe 1998, method 10, doi:10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C.
[[nodiscard]] inline interval paired_difference_interval(const paired_proportion& table,
                                                         confidence_level level = confidence_level{0.95})
{
    detail::expect_table(table);
    const bool first_is_better = table.first_only >= table.second_only;
    const std::uint64_t apart =
        first_is_better ? table.first_only - table.second_only : table.second_only - table.first_only;
    const double size = static_cast<double>(apart) / static_cast<double>(table.total());
    return detail::hybrid_score_interval(first_is_better ? size : -size, table.first(), table.second(),
                                         detail::corrected_phi(table), level);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
