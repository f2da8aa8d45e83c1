// Confidence level, interval and one-sided or two-sided intervals: types shared by all confidence intervals.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Confidence level, the probability that an interval covers the true value: 0.95, not 95 and not 0.05. A separate
/// type, so that no other number is passed by mistake.
class confidence_level {
public:
    /// Throws std::invalid_argument unless 0 < level < 1, also for NaN.
    explicit confidence_level(double level) : level_(level)
    {
        detail::expects(level > 0 && level < 1, "confidence level: must be above 0 and below 1; use 0.95 for 95 %");
    }

    [[nodiscard]] double value() const noexcept { return level_; }

    friend bool operator==(const confidence_level&, const confidence_level&) = default;

private:
    double level_;
};

/// Two-sided interval or one-sided bound. For a bound, the level is that of the bound: a lower bound at 0.95 is the
/// lower end of a two-sided interval at 0.90, and the other end is the limit of the quantity's range.
enum class interval_sides {
    both,        ///< both ends, each missed by half of 1 - level
    lower_only,  ///< the quantity is at least `lower`
    upper_only,  ///< the quantity is at most `upper`
};

/// The two ends of an interval, in the unit of the quantity; lower <= upper.
struct interval {
    double lower = 0;
    double upper = 0;

    friend bool operator==(const interval&, const interval&) = default;
};

namespace detail {

/// The level of the two-sided interval whose end is the requested one-sided bound. The subtraction is exact.
inline confidence_level two_sided_level(confidence_level level, interval_sides sides)
{
    if (sides == interval_sides::both) return level;
    expects(level.value() > 0.5, "confidence level: the level of a one-sided bound must be above 0.5");
    return confidence_level{2 * level.value() - 1};
}

/// Probability mass outside one end. Not computed as (1 - two-sided level) / 2, which loses a digit of a one-sided
/// level.
inline double tail_probability(confidence_level level, interval_sides sides) noexcept
{
    return sides == interval_sides::both ? (1 - level.value()) / 2 : 1 - level.value();
}

/// Replaces the end that was not requested by the end of `range`, the possible values of the quantity.
inline interval one_sided(interval ends, interval_sides sides, interval range) noexcept
{
    if (sides == interval_sides::lower_only) ends.upper = range.upper;
    if (sides == interval_sides::upper_only) ends.lower = range.lower;
    return ends;
}

}  // namespace detail

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
