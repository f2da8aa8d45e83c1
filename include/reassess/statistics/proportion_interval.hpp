// Confidence intervals of a binomial proportion: Wilson, Clopper-Pearson, mid-p, Jeffreys, Agresti-Coull.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "confidence.hpp"
#include "special_functions.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <stdexcept>
#include <utility>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

namespace detail {

inline void expect_interval_exists(proportion p, std::uint64_t most, const char* why)
{
    expects<std::domain_error>(p.total != 0 || p.hits != 0, "interval of a proportion: 0 of 0 has no interval");
    expects(p.hits <= p.total, "interval of a proportion: ", p.hits, " hits exceed the total of ", p.total);
    expects(p.total <= most, "interval of a proportion: a total of ", p.total, " exceeds ", most, ", ", why);
}

inline constexpr interval unit_range{0.0, 1.0};
inline constexpr std::uint64_t most_in_a_double = std::uint64_t{1} << 53;
inline constexpr const char* beyond_a_double = "the largest count that a double represents exactly";
// Boost.Math's incomplete beta function loses digits for large totals and does not converge from about 10^11 on.
inline constexpr std::uint64_t most_by_beta = 1'000'000'000;
inline constexpr const char* beyond_beta = "above which this interval is inaccurate; use wilson_interval";

/// The z with P(|Z| <= z) = level for a standard normal Z. Uses erf_inv instead of a quantile at (1 + level) / 2, to
/// keep full precision for levels near 0 and near 1.
inline double two_sided_normal_quantile(confidence_level level)
{
    return std::numbers::sqrt2 * erf_inverse(level.value());
}

/// The root below hits / n of (hits / n - p)^2 = z^2 p (1 - p) / n. `hits` need not be an integer.
inline double score_root_below(double hits, double n, double z) noexcept
{
    if (!(hits > 0)) return 0.0;
    // The usual formula cancels near 0 hits; the product of both roots is hits^2 / (n (n + z^2)).
    return hits * (hits / n) / (hits + z * z / 2 + z * std::sqrt(hits * ((n - hits) / n) + z * z / 4));
}

/// The root of the same equation above hits / n.
inline double score_root_above(double hits, double n, double z) noexcept
{
    if (!(hits < n)) return 1.0;
    const double sum = hits + z * z / 2 + z * std::sqrt(hits * ((n - hits) / n) + z * z / 4);
    return std::min(1.0, sum / (n + z * z));
}

}  // namespace detail

/// Wilson score interval of a proportion, in [0, 1]: all p with |hits / total - p| <= z sqrt(p (1 - p) / total).
///
/// Recommended for accuracies: its coverage is near the level on average. clopper_pearson_interval has coverage of at
/// least the level and is wider.
///
/// With h hits of n and z the two-sided normal quantile, its ends are (h + z^2/2 -+ z sqrt(h (n - h) / n + z^2/4)) / (n
/// + z^2). The lower end is exactly 0 without hits, the upper end exactly 1 without misses. Relative error of both ends
/// at most 1e-14 up to level 0.999, and 1e-11 at 0.99999, because the argument has already lost digits of 1 - level.
/// For a one-sided bound the level is that of the bound, and the other end is 0 or 1.
///
/// Throws std::domain_error for 0 of 0; std::invalid_argument for more hits than total, for a total above 2^53, and for
/// a one-sided level of 0.5 or below. O(1). E. B. Wilson 1927, doi:10.1080/01621459.1927.10502953; recommended by
/// Brown, Cai, DasGupta 2001, doi:10.1214/ss/1009213286.
[[nodiscard]] inline interval wilson_interval(proportion p, confidence_level level = confidence_level{0.95},
                                              interval_sides sides = interval_sides::both)
{
    detail::expect_interval_exists(p, detail::most_in_a_double, detail::beyond_a_double);
    const double n = static_cast<double>(p.total);
    const double hits = static_cast<double>(p.hits);
    const double z = detail::two_sided_normal_quantile(detail::two_sided_level(level, sides));
    return detail::one_sided({detail::score_root_below(hits, n, z), detail::score_root_above(hits, n, z)}, sides,
                             detail::unit_range);
}

/// Wilson score interval of a weighted proportion, in [0, 1]: that of n images with the same value, where n = value (1
/// - value) / variance() (for weights of 1 the number of images), and n = effective_sample_size() if all images or none
/// are hits. Assumes independent images; weights may depend on hits.
///
/// Throws std::domain_error if no image has a weight; std::invalid_argument for a one-sided level of 0.5 or below.
/// O(1). Korn, Graubard, "Confidence intervals for proportions with small expected number of positive counts estimated
/// from survey data", Survey Methodology 24 (1998).
[[nodiscard]] inline interval weighted_wilson_interval(const weighted_proportion& p,
                                                       confidence_level level = confidence_level{0.95},
                                                       interval_sides sides = interval_sides::both)
{
    detail::expects<std::domain_error>(p.images != 0, "interval of a weighted proportion: no image has a weight");
    const double value = p.value(), variance = p.variance();
    const double n = variance > 0.0 ? value * (1.0 - value) / variance : p.effective_sample_size();
    const double z = detail::two_sided_normal_quantile(detail::two_sided_level(level, sides));
    return detail::one_sided({detail::score_root_below(value * n, n, z), detail::score_root_above(value * n, n, z)},
                             sides, detail::unit_range);
}

/// Wilson interval with continuity correction, in [0, 1]: Wilson's lower end for half a hit less and upper end for half
/// a hit more. Wider than wilson_interval, close to clopper_pearson_interval.
///
/// All p with |hits / total - p| - 1 / (2 total) <= z sqrt(p (1 - p) / total). Ends, errors, precision and cost as for
/// wilson_interval. Newcombe 1998, method 4, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E.
[[nodiscard]] inline interval wilson_interval_with_continuity_correction(
    proportion p, confidence_level level = confidence_level{0.95}, interval_sides sides = interval_sides::both)
{
    detail::expect_interval_exists(p, detail::most_in_a_double / 2, detail::beyond_a_double);
    const double n = static_cast<double>(p.total);
    const double hits = static_cast<double>(p.hits);
    const double z = detail::two_sided_normal_quantile(detail::two_sided_level(level, sides));
    return detail::one_sided({detail::score_root_below(hits - 0.5, n, z), detail::score_root_above(hits + 0.5, n, z)},
                             sides, detail::unit_range);
}

/// Clopper-Pearson (exact) interval of a proportion, in [0, 1]: its coverage is at least the level for every true
/// proportion, so it is wider than wilson_interval.
///
/// With h hits of n and a = (1 - level) / 2, its ends are the a-quantile of the beta distribution (h, n - h + 1) and
/// the upper a-quantile of (h + 1, n - h). The lower end is exactly 0 without hits, the upper end exactly 1 without
/// misses. Relative error of both ends at most 2e-14 for a total up to 10^6 and 1e-10 up to 10^9 (largest for the upper
/// end of a few hits) up to level 0.999; about 1e-11 at 0.99999, because the argument has already lost digits of
/// 1 - level. For a one-sided bound a = 1 - level, and the other end is 0 or 1.
///
/// Throws std::domain_error for 0 of 0; std::invalid_argument for more hits than total, for a total above 10^9, and for
/// a one-sided level of 0.5 or below. Two inversions of the incomplete beta function. Clopper, Pearson 1934,
/// doi:10.1093/biomet/26.4.404.
[[nodiscard]] inline interval clopper_pearson_interval(proportion p, confidence_level level = confidence_level{0.95},
                                                       interval_sides sides = interval_sides::both)
{
    detail::expect_interval_exists(p, detail::most_by_beta, detail::beyond_beta);
    (void)detail::two_sided_level(level, sides);
    const double hits = static_cast<double>(p.hits);
    const double misses = static_cast<double>(p.total - p.hits);
    const double tail = detail::tail_probability(level, sides);
    interval ends;
    // Without hits (misses) the probability of the observation is (1 - p)^n (p^n), which has a closed-form solution.
    const double log_of_share = std::log(tail) / static_cast<double>(p.total);
    ends.lower = p.hits == 0         ? 0.0
                 : p.hits == p.total ? std::exp(log_of_share)
                                     : detail::beta_quantile(hits, misses + 1, tail);
    ends.upper = p.hits == p.total ? 1.0
                 : p.hits == 0     ? -std::expm1(log_of_share)
                                   : detail::beta_upper_quantile(hits + 1, misses, tail);
    return detail::one_sided(ends, sides, detail::unit_range);
}

/// Mid-p interval, in [0, 1]: clopper_pearson_interval with half of the probability of the observed hits. Its coverage
/// is near the level on average, but may be below it.
///
/// With X binomial and a = (1 - level) / 2, the lower end p has P(X > h) + P(X = h) / 2 = a, the upper end
/// P(X < h) + P(X = h) / 2 = a. The lower end is exactly 0 without hits, the upper end exactly 1 without misses.
/// Relative error at most 1e-14 for a total up to 10^5 and 1e-10 up to 10^9, up to level 0.999; 1e-11 at 0.99999.
/// Errors as for clopper_pearson_interval. Two roots, each of some ten incomplete beta functions.
/// Berry, Armitage 1995, doi:10.2307/2348891; Newcombe 1998, method 6,
/// doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E.
[[nodiscard]] inline interval mid_p_interval(proportion p, confidence_level level = confidence_level{0.95},
                                             interval_sides sides = interval_sides::both)
{
    detail::expect_interval_exists(p, detail::most_by_beta, detail::beyond_beta);
    (void)detail::two_sided_level(level, sides);
    const double hits = static_cast<double>(p.hits);
    const double misses = static_cast<double>(p.total - p.hits);
    const double tail = detail::tail_probability(level, sides);
    const double log_of_share = std::log(2 * tail) / static_cast<double>(p.total);
    interval ends;
    if (p.hits == 0) {
        ends = {0.0, -std::expm1(log_of_share)};
    } else if (p.hits == p.total) {
        ends = {std::exp(log_of_share), 1.0};
    } else {
        ends = {detail::mid_p_lower_end(hits, misses, tail), detail::mid_p_upper_end(hits, misses, tail)};
    }
    return detail::one_sided(ends, sides, detail::unit_range);
}

/// Jeffreys interval: the equal-tailed Bayesian interval with Jeffreys' prior, in [0, 1]. Coverage near the level on
/// average.
///
/// The a- and the upper a-quantile of the beta distribution (h + 1/2, n - h + 1/2), a = (1 - level) / 2; the lower end
/// is set to exactly 0 without hits, the upper end to exactly 1 without misses, as in Brown, Cai and DasGupta (Boost
/// and R do not set them). Precision, errors and cost as for clopper_pearson_interval. Brown, Cai, DasGupta 2001,
/// doi:10.1214/ss/1009213286.
[[nodiscard]] inline interval jeffreys_interval(proportion p, confidence_level level = confidence_level{0.95},
                                                interval_sides sides = interval_sides::both)
{
    detail::expect_interval_exists(p, detail::most_by_beta, detail::beyond_beta);
    (void)detail::two_sided_level(level, sides);
    const double hits = static_cast<double>(p.hits);
    const double misses = static_cast<double>(p.total - p.hits);
    const double tail = detail::tail_probability(level, sides);
    interval ends;
    ends.lower = p.hits == 0 ? 0.0 : detail::beta_quantile(hits + 0.5, misses + 0.5, tail);
    ends.upper = p.hits == p.total ? 1.0 : detail::beta_upper_quantile(hits + 0.5, misses + 0.5, tail);
    return detail::one_sided(ends, sides, detail::unit_range);
}

/// An interval with flags for the ends that the formula put outside the quantity's range.
struct clipped_interval : interval {
    bool lower_clipped = false;
    bool upper_clipped = false;
};

/// Agresti-Coull interval: the normal interval around the centre of wilson_interval, in [0, 1]. Uses z^2 (not the "add
/// 2 hits and 2 misses" approximation at level 0.95). Never shorter than Wilson's, and simple to compute by hand.
///
/// p' = (h + z^2/2) / (n + z^2), ends p' -+ z sqrt(p' (1 - p') / (n + z^2)). With few hits or misses an end is outside
/// [0, 1]; it is clipped to 0 or 1 and flagged. Relative error at most 2e-14 up to level 0.999, more for an end that is
/// within 1 % of 0 or 1 only because its terms cancel. Errors and cost as for wilson_interval. Agresti, Coull 1998,
/// doi:10.1080/00031305.1998.10480550.
[[nodiscard]] inline clipped_interval agresti_coull_interval(proportion p,
                                                             confidence_level level = confidence_level{0.95},
                                                             interval_sides sides = interval_sides::both)
{
    detail::expect_interval_exists(p, detail::most_in_a_double, detail::beyond_a_double);
    const double n = static_cast<double>(p.total);
    const double z = detail::two_sided_normal_quantile(detail::two_sided_level(level, sides));
    const double squared = z * z;
    // p' minus its margin, written as a quotient that avoids unnecessary cancellation.
    const auto distance_from_end = [&](double near, double far) {
        const double weight = n + squared;
        const double middle = (near + squared / 2) / weight;
        const double margin = z * std::sqrt(middle * ((far + squared / 2) / weight) / weight);
        return middle / weight * ((near * (n + 2 * squared) - squared * n / 2) / weight) / (middle + margin);
    };
    const double hits = static_cast<double>(p.hits);
    const double misses = static_cast<double>(p.total - p.hits);
    const double lower = distance_from_end(hits, misses);
    const bool above = distance_from_end(misses, hits) < 0;
    const double centre = (hits + squared / 2) / (n + squared);
    const double upper = centre + z * std::sqrt(centre * ((misses + squared / 2) / (n + squared)) / (n + squared));
    clipped_interval ends;
    static_cast<interval&>(ends) =
        detail::one_sided({std::max(lower, 0.0), above ? 1.0 : std::min(upper, 1.0)}, sides, detail::unit_range);
    ends.lower_clipped = lower < 0 && sides != interval_sides::upper_only;
    ends.upper_clipped = above && sides != interval_sides::lower_only;
    return ends;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
