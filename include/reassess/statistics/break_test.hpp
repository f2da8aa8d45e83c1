// Structural break test (supremum of Chow's F) of a regression line: whether the slope changes at an unknown model.
#pragma once

#include "../detail/expects.hpp"
#include "../detail/random_stream.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "linear_regression.hpp"
#include "special_functions.hpp"

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

/// Noise of the simulations of break_test.
enum class break_noise {
    normal,  ///< normal, independent, of one variance
    wild,    ///< each model's residual times a random number: unequal variances and clusters
};

struct break_test_options {
    /// Minimum number of models on each side of a split; by default 15 % of all models, and at least 3.
    std::optional<std::size_t> least_models{};
    /// Simulations of the null distribution.
    std::size_t simulations = 1999;
    break_noise noise = break_noise::normal;
    /// With `wild`: the cluster (family) of every model, in the order of x, any numbers; empty for independent models.
    std::span<const std::size_t> clusters{};
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

/// Largest F of two lines against one line over all splits. Running means and centred sums of both sides are updated
/// point by point (Welford), so an outlying x does not cost the others their digits. The parts that depend on x only
/// are computed once, because simulations repeat the search with other y.
class split_search {
public:
    split_search(std::span<const double> ascending_x, std::size_t least)
        : x_(ascending_x.begin(), ascending_x.end()), least_(least), before_(x_), after_(reversed(x_))
    {
    }

    struct best_split {
        double f = 0;
        std::size_t split = 0;
    };

    [[nodiscard]] best_split operator()(std::span<const double> y) const
    {
        const std::size_t points = x_.size();
        // residuals_after[k]: of the line through the last k + 1 points.
        std::vector<double> residuals_after(points);
        sums_of_y after;
        for (std::size_t i = 0; i < points; ++i) residuals_after[i] = after_.add(after, i, y[points - 1 - i]);
        const double together = residuals_after[points - 1];
        // A residual sum below this is rounding error only, so its F would be noise.
        const double noise = 0x1p-40 * (after.yy + static_cast<double>(points) * after.mean * after.mean);
        best_split best;
        sums_of_y before;
        for (std::size_t i = 0; i + least_ < points; ++i) {
            const double residuals_before = before_.add(before, i, y[i]);
            if (i + 1 < least_ || x_[i] == x_[i + 1]) continue;  // models of equal x stay together
            const double apart = residuals_before + residuals_after[points - i - 2];
            const double gain = std::max(0.0, together - apart);
            const double f = gain <= noise    ? 0
                             : apart <= noise ? std::numeric_limits<double>::infinity()
                                              : gain / 2 / (apart / (static_cast<double>(points) - 4));
            if (f > best.f || best.split == 0) best = {f, i + 1};
        }
        return best;
    }

private:
    /// Mean of y and centred sums over the points so far.
    struct sums_of_y {
        double mean = 0, xy = 0, yy = 0;
    };

    /// The parts of the running sums that depend on x.
    class running_x {
    public:
        explicit running_x(std::span<const double> x)
        {
            double mean = 0, xx = 0;
            for (std::size_t i = 0; i < x.size(); ++i) {
                const double share = 1 / static_cast<double>(i + 1), from_mean = x[i] - mean;
                mean += from_mean * share;
                xx += from_mean * (x[i] - mean);
                steps_.push_back({from_mean, share, xx > 0 ? 1 / xx : 0});
            }
        }

        /// Adds point i and returns the sum of squared residuals of the line through points 0 .. i.
        double add(sums_of_y& sums, std::size_t i, double y) const noexcept
        {
            const step& next = steps_[i];
            const double from_old = y - sums.mean;
            sums.mean += from_old * next.share;
            const double from_new = y - sums.mean;
            sums.yy += from_old * from_new;
            sums.xy += next.from_mean * from_new;
            return std::max(0.0, sums.yy - sums.xy * sums.xy * next.inverse_xx);
        }

    private:
        struct step {
            double from_mean;   // x minus the mean of x before it
            double share;       // 1 / number of points
            double inverse_xx;  // 1 / centred sum of squares of x; 0 if all x are equal
        };
        std::vector<step> steps_;
    };

    static std::vector<double> reversed(std::span<const double> values)
    {
        return std::vector<double>(values.rbegin(), values.rend());
    }

    std::vector<double> x_;
    std::size_t least_;
    running_x before_, after_;
};

/// Leverages of points: 1/n + (x - mean x)^2 / sum (x - mean x)^2.
class line_leverages {
public:
    explicit line_leverages(std::span<const double> x) : x_(x)
    {
        for (const double value : x) mean_ += value / static_cast<double>(x.size());
        for (const double value : x) squares_ += (value - mean_) * (value - mean_);
    }
    [[nodiscard]] double operator[](std::size_t i) const noexcept
    {
        return 1 / static_cast<double>(x_.size()) + (x_[i] - mean_) * (x_[i] - mean_) / squares_;
    }

private:
    std::span<const double> x_;
    double mean_ = 0, squares_ = 0;
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
/// and (except for the last digit of a logarithm) platform. The test assumes normal errors of equal variance and
/// independent models. With break_noise::wild the simulated noise of a model is its residual from one line over 1 -
/// leverage, times a standard normal number that all models of a cluster share (Hansen 2000, fixed-regressor
/// bootstrap): simulated at level 5 % with 30 models of equal noise it rejects a straight line in 1.6 % of cases
/// (normal noise: 4.6 %), with noise that grows towards the ends in 6.1 % (33 %), with 8 families of 5 models and their
/// clusters in 2.3 % (30 %), with 20 families of 5 in 4.2 % (29 %). Neither helps where the line is not straight: 30
/// models on one line of the logit scale, with noise of standard deviation 0.04 and 0.02 on it, are rejected in 16 %
/// and 33 % of cases with normal noise, and in 6 % on the logit scale; see accuracy_scale.
///
/// Throws std::invalid_argument if x and y differ in size, for a NaN or infinity, fewer than 3 models per side, too few
/// models for two sides, and 0 simulations; std::domain_error if no split separates different x. O(simulations models).
/// Andrews 1993, doi:10.2307/2951764; Hansen 1997, doi:10.1080/07350015.1997.10524687;
/// Hansen 2000, doi:10.1016/S0304-4076(99)00068-8.
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
    if (line.without_noise()) std::fill(residuals.begin(), residuals.end(), 0.0);
    // F does not depend on the unit of the residuals; scaling keeps their squares in the range of a double.
    double largest_residual = 0;
    for (const double residual : residuals) largest_residual = std::max(largest_residual, std::abs(residual));
    detail::expects<std::domain_error>(std::isfinite(largest_residual),
                                       "break test: a residual is too large for a double");
    for (double& residual : residuals) residual /= largest_residual > 0 ? largest_residual : 1;
    // F does not depend on the unit of x either.
    const detail::scaled_axis axis(sorted_x);
    std::vector<double> scaled_x(models);
    // Relative to the first one, so that a large offset does not cost digits.
    for (std::size_t i = 0; i < models; ++i) scaled_x[i] = axis[i] - axis[0];
    const detail::split_search search(scaled_x, least);
    const auto best = search(residuals);
    detail::expects<std::domain_error>(best.split != 0,
                                       "break test: no split has at least two different values of x on each side");

    const bool wild = options.noise == break_noise::wild;
    detail::expects(wild || options.clusters.empty(), "break test: clusters need break_noise::wild");
    detail::expects(options.clusters.empty() || options.clusters.size() == models, "break test: clusters of ",
                    options.clusters.size(), " models, but ", models, " models");
    std::vector<double> scaled_residuals;
    std::vector<std::size_t> cluster_of;  // 0, 1, ... in order of x
    std::size_t clusters = models;
    if (wild) {
        const detail::line_leverages leverages(scaled_x);
        std::vector<std::size_t> names(options.clusters.begin(), options.clusters.end());
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
        for (std::size_t i = 0; i < models; ++i) {
            scaled_residuals.push_back(residuals[i] / std::max(1e-6, 1 - leverages[i]));
            const auto found =
                std::lower_bound(names.begin(), names.end(), options.clusters.empty() ? i : options.clusters[order[i]]);
            cluster_of.push_back(options.clusters.empty() ? i : static_cast<std::size_t>(found - names.begin()));
        }
        if (!options.clusters.empty()) clusters = names.size();
    }
    std::vector<double> largest(options.simulations);
    for_each_row(policy, {options.simulations, models * 64}, [&](std::size_t begin, std::size_t end) {
        std::vector<double> noise(models), multipliers(clusters);
        for (std::size_t simulation = begin; simulation < end; ++simulation) {
            detail::random_stream stream(seed.value(), simulation);
            const auto normal = [&] { return std::numbers::sqrt2 * detail::erf_inverse(2 * stream.unit() - 1); };
            for (double& value : wild ? multipliers : noise) value = normal();
            for (std::size_t i = 0; wild && i < models; ++i)
                noise[i] = multipliers[cluster_of[i]] * scaled_residuals[i];
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
