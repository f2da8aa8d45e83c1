// Structural break test (supremum of Chow's F) of a regression line: whether the slope changes at an unknown model.
#pragma once

#include "../detail/expects.hpp"
#include "../detail/random_stream.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "linear_regression.hpp"

#include <boost/math/special_functions/erf.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct break_test_options {
    /// Minimum number of models on each side of a split; by default 15 % of all models, and at least 3.
    std::optional<std::size_t> least_models{};
    /// Simulations of the null distribution.
    std::size_t simulations = 1999;
};

/// Result of break_test.
struct break_test_result {
    /// The largest F over all splits; infinite if two lines fit all points exactly and one line does not.
    double f = 0;
    /// Number of models before the split of the largest F.
    std::size_t split = 0;
    /// The x of the last model before the split and of the first after it.
    double x_before = 0;
    double x_after = 0;
    /// (1 + simulations of at least this F) / (1 + simulations): never below 1 / (1 + simulations).
    double p_value = 1;
    std::size_t simulations = 0;
};

namespace detail {

/// Largest F of two lines against one line over all splits, computed from running sums over points in order of x.
class split_search {
public:
    split_search(std::span<const double> ascending_x, std::size_t least)
        : x_(ascending_x.begin(), ascending_x.end()), least_(least)
    {
        // Centred and scaled to reduce cancellation in the running sums.
        const double n = static_cast<double>(x_.size());
        double mean = 0, largest = 0;
        for (const double value : x_) mean += value / n;
        for (double& value : x_) {
            value -= mean;
            largest = std::max(largest, std::abs(value));
        }
        for (double& value : x_) value /= largest;
    }

    struct best_split {
        double f = 0;
        std::size_t split = 0;
    };

    [[nodiscard]] best_split operator()(std::span<const double> y) const
    {
        const std::size_t points = x_.size();
        sums all;
        for (std::size_t i = 0; i < points; ++i) all.add(x_[i], y[i]);
        const double together = all.residual_squares();
        // A residual sum below this is rounding error only, so its F would be noise.
        const double noise = 0x1p-40 * all.yy;
        best_split best;
        sums before;
        for (std::size_t i = 0; i + least_ < points; ++i) {
            before.add(x_[i], y[i]);
            if (i + 1 < least_ || x_[i] == x_[i + 1]) continue;  // models of equal x stay together
            const double apart = before.residual_squares() + all.without(before).residual_squares();
            const double gain = std::max(0.0, together - apart);
            const double f = gain <= noise    ? 0
                             : apart <= noise ? std::numeric_limits<double>::infinity()
                                              : gain / 2 / (apart / (static_cast<double>(points) - 4));
            if (f > best.f || best.split == 0) best = {f, i + 1};
        }
        return best;
    }

private:
    struct sums {
        double n = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;

        void add(double px, double py) noexcept
        {
            ++n;
            x += px;
            y += py;
            xx += px * px;
            xy += px * py;
            yy += py * py;
        }
        [[nodiscard]] sums without(const sums& o) const noexcept
        {
            return {n - o.n, x - o.x, y - o.y, xx - o.xx, xy - o.xy, yy - o.yy};
        }
        [[nodiscard]] double residual_squares() const noexcept
        {
            const double sxx = xx - x * x / n, sxy = xy - x * y / n, syy = yy - y * y / n;
            return std::max(0.0, sxx > 0x1p-45 * xx ? syy - sxy * sxy / sxx : syy);
        }
    };

    std::vector<double> x_;
    std::size_t least_;
};

}  // namespace detail

/// Tests one regression line against two separate lines with an unknown split: the supremum of Chow's F over all
/// splits.
///
/// compare_halves uses a split that is fixed in advance (the middle). A split that is chosen from the data needs this
/// test, because the largest of many F values is large by chance.
///
/// The null distribution depends on x only and is simulated: normal noise at the given x, without a line, and the same
/// search. Simulation s draws from stream s of the seed, so the p-value is the same for every policy, number of threads
/// and (except for the last digit of a logarithm) platform. The test assumes equal residual variance; if the variances
/// of the halves differ, also use bootstrap_slope_difference.
///
/// Throws std::invalid_argument if x and y differ in size, for a NaN or infinity, fewer than 3 models per side, too few
/// models for two sides, and 0 simulations; std::domain_error if no split separates different x. O(simulations models).
/// Andrews 1993, doi:10.2307/2951764; Hansen 1997, doi:10.1080/07350015.1997.10524687.
template <execution_policy Policy>
[[nodiscard]] break_test_result break_test(Policy policy, std::span<const double> x, std::span<const double> y,
                                           random_seed seed, const break_test_options& options = {})
{
    const std::size_t models = x.size();
    detail::expects(models == y.size(), "break test: ", models, " values of x, but ", y.size(), " of y");
    detail::expect_finite(x, "break test", "x");
    detail::expect_finite(y, "break test", "y");
    const std::size_t least = options.least_models.value_or(std::max<std::size_t>(3, (models * 15 + 99) / 100));
    detail::expects(least >= 3, "break test: ", least, " models per side; the minimum is 3");
    detail::expects(models >= 2 * least, "break test: ", models, " models; the minimum is ", 2 * least, " for ", least,
                    " on each side");
    detail::expects(options.simulations >= 1, "break test: 0 simulations; the minimum is 1");

    std::vector<std::size_t> order(models);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
    std::vector<double> sorted_x, residuals;
    // F does not depend on the common line, so use its residuals: smaller numbers lose less to rounding.
    const linear_fit line = linear_regression(x, y);
    for (const std::size_t model : order) {
        sorted_x.push_back(x[model]);
        residuals.push_back(y[model] - line.predict(x[model]));
    }
    if (line.residual_standard_deviation == 0.0) std::fill(residuals.begin(), residuals.end(), 0.0);
    // F does not depend on the unit of the residuals; scaling keeps their squares in the range of a double.
    double largest_residual = 0;
    for (const double residual : residuals) largest_residual = std::max(largest_residual, std::abs(residual));
    detail::expects<std::domain_error>(std::isfinite(largest_residual),
                                       "break test: a residual is too large for a double");
    for (double& residual : residuals) residual /= largest_residual > 0 ? largest_residual : 1;
    const detail::split_search search(sorted_x, least);
    const auto best = search(residuals);
    detail::expects<std::domain_error>(best.split != 0,
                                       "break test: no split has at least two different values of x on each side");

    std::vector<double> largest(options.simulations);
    for_each_row(policy, {options.simulations, models * 64}, [&](std::size_t begin, std::size_t end) {
        std::vector<double> noise(models);
        for (std::size_t simulation = begin; simulation < end; ++simulation) {
            detail::random_stream stream(seed.value(), simulation);
            for (double& value : noise) value = std::numbers::sqrt2 * boost::math::erf_inv(2 * stream.unit() - 1);
            largest[simulation] = search(noise).f;
        }
    });
    break_test_result result;
    result.f = best.f;
    result.split = best.split;
    result.x_before = sorted_x[best.split - 1];
    result.x_after = sorted_x[best.split];
    result.simulations = options.simulations;
    const auto as_large = std::count_if(largest.begin(), largest.end(), [&](double f) { return f >= best.f; });
    result.p_value = (1 + static_cast<double>(as_large)) / (1 + static_cast<double>(options.simulations));
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
