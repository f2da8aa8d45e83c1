// Does one line do for all models, or did the slope change somewhere, at a model that nobody names beforehand?
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
    /// Models on each side of a split, at least; by default 15 % of all, and never fewer than 3.
    std::optional<std::size_t> least_models{};
    /// Simulations of the null distribution.
    std::size_t simulations = 1999;
};

/// Result of break_test.
struct break_test_result {
    /// The largest F over all splits; infinite where two lines go through all points and one does not.
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

/// The largest F of two lines against one over all splits, by running sums over points in order of x.
class split_search {
public:
    split_search(std::span<const double> ascending_x, std::size_t least)
        : x_(ascending_x.begin(), ascending_x.end()), least_(least)
    {
        // Centred and scaled, so that running sums do not cancel more than they must.
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
        // Of rounding alone: F of it would be noise.
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

/// Tests one line against two lines that meet nowhere in particular, with the split at whatever model fits best: the
/// supremum of Chow's F over all splits. compare_halves names its split (the middle) beforehand; a split chosen by
/// looking needs this test, since the largest of many F is large by chance.
///
/// The null distribution depends on the x alone, and is simulated: normal noise on these x, no line, the same search.
/// Simulation s draws from stream s of the seed; the p-value is the same for every policy and number of threads (and,
/// but for the last digit of a logarithm, platform). It assumes residuals of one spread; where the halves' residuals
/// spread differently, look at bootstrap_slope_difference as well.
///
/// Throws std::invalid_argument where x and y differ in size, for a NaN or infinity, fewer than 3 models a side, too
/// few models for two sides, and no simulations; std::domain_error where no split separates different x. O(simulations
/// models). Andrews 1993, doi:10.2307/2951764; Hansen 1997, doi:10.1080/07350015.1997.10524687.
template <execution_policy Policy>
[[nodiscard]] break_test_result break_test(Policy policy, std::span<const double> x, std::span<const double> y,
                                           random_seed seed, const break_test_options& options = {})
{
    const std::size_t models = x.size();
    detail::expects(models == y.size(), "break test: ", models, " values of x, but ", y.size(), " of y");
    detail::expect_finite(x, "break test", "x");
    detail::expect_finite(y, "break test", "y");
    const std::size_t least = options.least_models.value_or(std::max<std::size_t>(3, (models * 15 + 99) / 100));
    detail::expects(least >= 3, "break test: ", least, " models a side, wanted at least 3");
    detail::expects(models >= 2 * least, "break test: ", models, " models, wanted at least ", 2 * least, " for ", least,
                    " on each side");
    detail::expects(options.simulations >= 1, "break test: no simulations");

    std::vector<std::size_t> order(models);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
    std::vector<double> sorted_x, residuals;
    // Residuals of the one line: F does not see the line, and the sums see smaller numbers.
    const linear_fit line = linear_regression(x, y);
    for (const std::size_t model : order) {
        sorted_x.push_back(x[model]);
        residuals.push_back(y[model] - line.predict(x[model]));
    }
    if (line.residual_standard_deviation == 0.0) std::fill(residuals.begin(), residuals.end(), 0.0);
    // F does not see their unit either, but squares of large or small numbers would leave the range of a double.
    double largest_residual = 0;
    for (const double residual : residuals) largest_residual = std::max(largest_residual, std::abs(residual));
    detail::expects<std::domain_error>(std::isfinite(largest_residual),
                                       "break test: a residual is too large for a double");
    for (double& residual : residuals) residual /= largest_residual > 0 ? largest_residual : 1;
    const detail::split_search search(sorted_x, least);
    const auto best = search(residuals);
    detail::expects<std::domain_error>(best.split != 0, "break test: no split leaves different x on its two sides");

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
