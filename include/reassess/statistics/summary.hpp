// Summary statistics of a list of values: mean, standard deviation, lag-1 autocorrelation.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "linear_regression.hpp"

#include <cmath>
#include <cstddef>
#include <optional>
#include <span>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Result of summarise_values.
struct value_summary {
    std::size_t count = 0;
    double mean = 0;
    /// sqrt(sum (x - mean)^2 / (n - 1)); absent for 1 value.
    std::optional<double> standard_deviation{};
    /// sum (x[i] - mean) (x[i + 1] - mean) / sum (x - mean)^2: correlation of consecutive values in input order, which
    /// should be near 0 for residuals in order of accuracy. Absent if all values are equal.
    std::optional<double> lag_1_autocorrelation{};
};

/// Mean, standard deviation and lag-1 autocorrelation, by two passes in double-double arithmetic: relative error 1e-15
/// at any offset. Throws std::invalid_argument for no values and for a NaN or infinity, std::domain_error for a
/// standard deviation too large for a double. O(n), no allocation. NIST StRD univariate summary statistics,
/// https://www.itl.nist.gov/div898/strd/univ/homepage.html.
[[nodiscard]] inline value_summary summarise_values(std::span<const double> values)
{
    using detail::double_double;
    detail::expects(!values.empty(), "summary: 0 values; the minimum is 1");
    detail::expect_finite(values, "summary", "value");
    const detail::scaled_axis axis(values);
    const double n = static_cast<double>(values.size());
    double_double squares, neighbours;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double_double deviation = axis.deviation(i);
        squares = squares + deviation * deviation;
        if (i > 0) neighbours = neighbours + deviation * axis.deviation(i - 1);
    }
    value_summary result;
    result.count = values.size();
    result.mean = detail::unscale(static_cast<double>(axis.sum / n), axis.exponent, "summary: the mean");
    if (values.size() > 1) {
        const double_double variance = squares / (n * n) / (n - 1);
        result.standard_deviation =
            detail::unscale(std::sqrt(static_cast<double>(variance)), axis.exponent, "summary: the standard deviation");
    }
    if (squares.high > 0) result.lag_1_autocorrelation = static_cast<double>(neighbours / squares);
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
