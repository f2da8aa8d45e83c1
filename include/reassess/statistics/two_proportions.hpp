// How far two shares are apart: of different images, and of the same ones.
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

/// The score interval of a difference: the distances from each share to its own ends, correlated or not.
inline interval hybrid_score_interval(double difference, proportion first, proportion second, double correlation,
                                      confidence_level level)
{
    const interval a = wilson_interval(first, level), b = wilson_interval(second, level);
    const double x = first.value(), y = second.value();
    const auto distance = [&](double one, double other) {
        // Not below 0: |correlation| <= 1, but for rounding.
        return std::sqrt(std::max(0.0, one * one - 2 * correlation * one * other + other * other));
    };
    return {std::max(-1.0, difference - distance(x - a.lower, b.upper - y)),
            std::min(1.0, difference + distance(a.upper - x, y - b.lower))};
}

}  // namespace detail

/// Interval of first - second, two shares of different images (two test sets, two samples), in [-1, 1]: Newcombe's
/// hybrid score interval. For two models on the same images use paired_difference_interval, which is shorter.
///
/// With the Wilson ends l and u of each share, lower = d - sqrt((p1 - l1)^2 + (u2 - p2)^2) and upper =
/// d + sqrt((u1 - p1)^2 + (p2 - l2)^2).
///
/// Throws as wilson_interval does. O(1). Newcombe 1998, method 10,
/// doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
[[nodiscard]] inline interval difference_interval(proportion first, proportion second,
                                                  confidence_level level = confidence_level{0.95})
{
    (void)wilson_interval(first, level);  // its errors name the cells
    (void)wilson_interval(second, level);
    return detail::hybrid_score_interval(first.value() - second.value(), first, second, 0, level);
}

/// Whose variance measures the difference of two shares.
enum class difference_variance {
    pooled,    ///< that of all images together, as if the shares were equal: the test of equality
    unpooled,  ///< those of the two shares as they are: the test that agrees with a Wald interval
};

/// Result of two_proportion_z_test.
struct two_proportion_test_result {
    /// First share less second.
    double difference = 0;
    /// Of the difference.
    double standard_error = 0;
    double z = 0;
    /// Two-sided, of the standard normal distribution.
    double p_value = 1;
    double log10_p_value = 0;
};

/// Tests whether two shares of different images are equal: z = (p1 - p2) / standard error, which is pooled
/// sqrt(p (1 - p) (1/n1 + 1/n2)) or unpooled sqrt(p1 (1 - p1) / n1 + p2 (1 - p2) / n2). Normal for many images.
///
/// Throws std::domain_error for a share of 0 of 0, and where the variance is 0 and so measures nothing (all images
/// hits, all misses, or, unpooled, all of one and none of the other); std::invalid_argument for more hits than total
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
    // h1 n2 - h2 n1 without error: shares that are nearly equal lose nothing.
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
    detail::expects<std::domain_error>(squared > 0,
                                       "two proportions: the variance is 0, so nothing measures their difference");
    result.standard_error = std::sqrt(squared);
    result.z = result.difference / result.standard_error;
    result.p_value = two_sided_p_value(result.z);
    result.log10_p_value = log10_two_sided_p_value(result.z);
    return result;
}

namespace detail {

inline void expect_table(const paired_proportion& table)
{
    // Larger cells might have a small total, in 64 bits.
    for (const std::uint64_t cell : {table.both, table.first_only, table.second_only, table.neither})
        expects(cell <= most_in_a_double, "paired table: a cell of ", cell, " is above ", most_in_a_double, ", ",
                beyond_a_double);
    expects<std::domain_error>(table.total() != 0, "a paired table without images has no interval");
}

/// Pearson's phi of a paired table, its numerator moved by half the total towards 0 where it is positive.
inline double corrected_phi(const paired_proportion& table)
{
    const auto real = [](std::uint64_t count) { return static_cast<double>(count); };
    const double rows = std::sqrt(real(table.first().hits)) * std::sqrt(real(table.total() - table.first().hits));
    const double columns = std::sqrt(real(table.second().hits)) * std::sqrt(real(table.total() - table.second().hits));
    if (rows == 0 || columns == 0) return 0;
    const double_double cross = exact_product(real(table.both), real(table.neither)) -
                                exact_product(real(table.first_only), real(table.second_only));
    const double half = real(table.total()) / 2;
    const double corrected = cross.high < 0 ? cross.high : std::max(0.0, static_cast<double>(cross - half));
    return corrected / (rows * columns);
}

}  // namespace detail

/// Interval of first - second, two shares of the same images, in [-1, 1]: how much better the first model is.
/// Newcombe's score interval for paired data.
///
/// d = (first_only - second_only) / total and Wilson ends l, u of each share; lower =
/// d - sqrt((p1 - l1)^2 - 2 phi (p1 - l1) (u2 - p2) + (u2 - p2)^2), upper likewise, where phi is the correlation of the
/// two, with a correction for continuity. It may contain 0 where McNemar's test is just significant, and the other way
/// round: they are two methods.
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
