// Accuracies on the logit or probit scale: transformation, inverse, and variances from binomial noise.
#pragma once

#include "../data/proportion.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "confidence.hpp"
#include "errors_in_variables.hpp"
#include "special_functions.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Scale on which accuracies are compared. A line over a wide range of accuracies cannot be straight on the linear
/// scale, because it ends at 1 (Recht et al. 2019, Taori et al. 2020 and Miller et al. 2021 fit lines on the other
/// two).
enum class accuracy_scale {
    linear,  ///< the accuracy itself
    logit,   ///< log(p / (1 - p))
    probit,  ///< the standard normal quantile of p
};

/// The accuracy on the scale. On `linear` any finite number is valid; otherwise 0 < accuracy < 1, as a fraction, not in
/// percent. Throws std::domain_error for 0 and 1, which are infinitely far away; std::invalid_argument for values
/// outside [0, 1] and NaN. O(1). Recht, Roelofs, Schmidt, Shankar 2019, arXiv:1902.10811; Miller et al. 2021,
/// arXiv:2107.04649.
[[nodiscard]] inline double to_scale(double accuracy, accuracy_scale scale)
{
    if (scale == accuracy_scale::linear) {
        detail::expects(std::isfinite(accuracy), "accuracy scale: the accuracy is not finite");
        return accuracy;
    }
    detail::expects(accuracy >= 0 && accuracy <= 1,
                    "accuracy scale: the accuracy is outside [0, 1]; divide percent by 100");
    detail::expects<std::domain_error>(
        accuracy > 0 && accuracy < 1,
        "accuracy scale: accuracies of 0 and 1 are infinite on this scale; leave the model out");
    if (scale == accuracy_scale::logit) return std::log(accuracy) - std::log1p(-accuracy);
    return -std::numbers::sqrt2 * detail::erfc_inverse(2 * accuracy);
}

/// The accuracy of a value on the scale, the inverse of to_scale. Infinities give 0 and 1. O(1).
[[nodiscard]] inline double from_scale(double value, accuracy_scale scale)
{
    if (scale == accuracy_scale::linear) return value;
    if (scale == accuracy_scale::logit) {
        if (value < 0) return std::exp(value) / (1 + std::exp(value));
        return 1 / (1 + std::exp(-value));
    }
    return std::erfc(-value / std::numbers::sqrt2) / 2;
}

/// An interval or band on the scale, such as a prediction_band, drawn back to accuracies.
[[nodiscard]] inline interval from_scale(interval bounds, accuracy_scale scale)
{
    return {from_scale(bounds.lower, scale), from_scale(bounds.upper, scale)};
}

/// to_scale of every accuracy; the message of an error has the index. O(n).
[[nodiscard]] inline std::vector<double> to_scale(std::span<const double> accuracies, accuracy_scale scale)
{
    std::vector<double> values;
    values.reserve(accuracies.size());
    for (std::size_t i = 0; i < accuracies.size(); ++i) {
        const double accuracy = accuracies[i];
        const bool inside = scale == accuracy_scale::linear ? std::isfinite(accuracy) : accuracy > 0 && accuracy < 1;
        detail::expects<std::domain_error>(inside, "accuracy scale: accuracy ", i,
                                           " is not inside (0, 1); divide percent by 100, leave out 0 and 1");
        values.push_back(to_scale(accuracy, scale));
    }
    return values;
}

/// Derivative of to_scale: 1, 1 / (p (1 - p)), or 1 / phi(z). Errors as for to_scale.
[[nodiscard]] inline double scale_derivative(double accuracy, accuracy_scale scale)
{
    const double z = to_scale(accuracy, scale);
    if (scale == accuracy_scale::linear) return 1;
    if (scale == accuracy_scale::logit) return 1 / (accuracy * (1 - accuracy));
    return std::sqrt(2 * std::numbers::pi) * std::exp(z * z / 2);
}

/// Variance of to_scale(p.value()) by the binomial noise of the images, p (1 - p) / n times the squared derivative
/// (delta method). Its inverse is a weight for robust_slope_options, right if the noise of the images is the only
/// scatter of the models. Throws std::domain_error for 0 of 0, no hits and no misses. O(1).
[[nodiscard]] inline double variance_on_scale(proportion p, accuracy_scale scale)
{
    const double accuracy = p.value();
    detail::expects<std::domain_error>(p.hits > 0 && p.hits < p.total, "accuracy scale: ", p.hits, " of ", p.total,
                                       " has no variance");
    const double derivative = scale_derivative(accuracy, scale);
    return accuracy * (static_cast<double>(p.total - p.hits) / static_cast<double>(p.total)) /
           static_cast<double>(p.total) * derivative * derivative;
}

/// An uncertain point on the scale, for york_regression: both coordinates and their variances by the delta method.
/// Coordinates are fractions. Errors as for to_scale.
[[nodiscard]] inline uncertain_point to_scale(const uncertain_point& point, accuracy_scale scale)
{
    const double dx = scale_derivative(point.x, scale), dy = scale_derivative(point.y, scale);
    return {to_scale(point.x, scale), to_scale(point.y, scale), point.x_variance * dx * dx, point.y_variance * dy * dy,
            point.covariance * dx * dy};
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
