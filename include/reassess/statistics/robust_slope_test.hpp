// Tests of equal slopes that do not assume equal variances or independent models: heteroscedasticity-robust (HC3) and
// cluster-robust (CR2) standard errors, and the wild bootstrap.
#pragma once

#include "../detail/expects.hpp"
#include "../detail/random_stream.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "compare_halves.hpp"
#include "confidence.hpp"
#include "linear_regression.hpp"
#include "student_tail.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Estimator of the variance of the slopes.
enum class robust_variance {
    /// Residuals over 1 - leverage (MacKinnon, White 1985): unequal variances, independent models. Student's t with
    /// models - 4 degrees of freedom.
    hc3,
    /// Residuals of each cluster times (I - H)^(-1/2) (Bell, McCaffrey 2002): unequal variances and dependent models
    /// within a cluster. Satterthwaite's degrees of freedom. Without clusters every model is its own (HC2).
    cr2,
};

struct robust_slope_options {
    robust_variance variance = robust_variance::cr2;
    /// The cluster (family) of every model, in the order of x: any numbers, equal for models of one cluster. Empty: the
    /// models are independent. A cluster may have models in both halves.
    std::span<const std::size_t> clusters{};
    /// Weights of the models for weighted least squares, such as 1 / variance; empty: equal weights.
    std::span<const double> weights{};
    confidence_level level{0.95};
};

/// Result of robust_slope_test.
struct robust_slope_result {
    double first_slope = 0;
    double second_slope = 0;
    /// First slope minus second.
    double slope_difference = 0;
    double standard_error = 0;
    double t = 0;
    double degrees_of_freedom = 0;
    /// Two-sided p-value of Student's t.
    double p_value = 1;
    double log10_p_value = 0;
    /// Confidence interval of slope_difference.
    interval bounds{};
    /// Number of clusters; the number of models without clusters.
    std::size_t clusters = 0;
};

struct wild_bootstrap_options {
    /// As in robust_slope_options.
    std::span<const std::size_t> clusters{};
    std::span<const double> weights{};
    std::size_t replicates = 1999;
};

/// Result of wild_bootstrap_slope_test.
struct wild_bootstrap_result {
    double slope_difference = 0;
    /// slope_difference over its CR2 standard error.
    double t = 0;
    /// (1 + replicates with |t| at least as large) / (1 + replicates).
    double p_value = 1;
    std::size_t clusters = 0;
    std::size_t replicates = 0;
};

namespace detail {

using four = std::array<double, 4>;
using four_by_four = std::array<four, 4>;

/// Eigenvalues and eigenvectors (columns) of a symmetric matrix, by Jacobi rotations.
struct symmetric_eigen {
    four values{};
    four_by_four vectors{};

    explicit symmetric_eigen(four_by_four a) noexcept
    {
        for (std::size_t i = 0; i < 4; ++i) vectors[i][i] = 1;
        for (int sweep = 0; sweep < 30; ++sweep) {
            double off = 0;
            for (std::size_t p = 0; p < 4; ++p) {
                for (std::size_t q = p + 1; q < 4; ++q) off += std::abs(a[p][q]);
            }
            if (off == 0) break;
            for (std::size_t p = 0; p < 4; ++p) {
                for (std::size_t q = p + 1; q < 4; ++q) rotate(a, p, q);
            }
        }
        for (std::size_t i = 0; i < 4; ++i) values[i] = a[i][i];
    }

private:
    void rotate(four_by_four& a, std::size_t p, std::size_t q) noexcept
    {
        if (a[p][q] == 0) return;
        const double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const double t = std::copysign(1 / (std::abs(theta) + std::hypot(theta, 1)), theta);
        const double c = 1 / std::hypot(t, 1), s = t * c;
        for (std::size_t k = 0; k < 4; ++k) {
            const double left = a[k][p], right = a[k][q];
            a[k][p] = c * left - s * right;
            a[k][q] = s * left + c * right;
        }
        for (std::size_t k = 0; k < 4; ++k) {
            const double above = a[p][k], below = a[q][k];
            a[p][k] = c * above - s * below;
            a[q][k] = s * above + c * below;
            const double left = vectors[k][p], right = vectors[k][q];
            vectors[k][p] = c * left - s * right;
            vectors[k][q] = s * left + c * right;
        }
        a[p][q] = a[q][p] = 0;
    }
};

inline double dot(const four& a, const four& b) noexcept
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
}

inline four product(const four_by_four& a, const four& b) noexcept
{
    return {dot(a[0], b), dot(a[1], b), dot(a[2], b), dot(a[3], b)};
}

/// The joint model of both halves: an intercept and a slope for each. Rows are multiplied by the roots of their
/// weights, and the columns are orthonormal: constant and centred x of each half. So X'X = I, the hat matrix is U U',
/// and the slope difference is contrast . U'y.
class joint_slopes {
public:
    joint_slopes(std::span<const double> x, std::span<const double> y, const halves_result& halves,
                 std::span<const std::size_t> clusters, std::span<const double> weights, const char* what)
        : scales_(x, y)
    {
        expects(x.size() == y.size() && x.size() == halves.order.size(), what, ": ", x.size(), " x and ", y.size(),
                " y, but ", halves.order.size(), " models in the result of compare_halves");
        expects(clusters.empty() || clusters.size() == x.size(), what, ": clusters of ", clusters.size(),
                " models, but ", x.size(), " models");
        expects(weights.empty() || weights.size() == x.size(), what, ": weights of ", weights.size(), " models, but ",
                x.size(), " models");
        expect_finite(x, what, "x");
        expect_finite(y, what, "y");
        for (std::size_t i = 0; i < weights.size(); ++i) {
            expects(weights[i] > 0 && std::isfinite(weights[i]), what, ": the weight of model ", i,
                    " must be positive and finite");
        }
        number_clusters(x.size(), clusters);
        const std::span<const std::size_t> members[2] = {halves.first_models(), halves.second_models()};
        for (std::size_t part = 0; part < 2; ++part) add_half(part, members[part], weights, what);
        clusters_ = *std::max_element(cluster_.begin(), cluster_.end()) + 1;
        std::vector<char> seen(clusters_, 0);
        for (const std::size_t cluster : cluster_) seen[cluster] = 1;
        used_clusters_ = static_cast<std::size_t>(std::count(seen.begin(), seen.end(), 1));
        for (std::size_t row = 0; row < rows(); ++row) {
            for (std::size_t k = 0; k < 4; ++k) coefficients_[k] += design_[row][k] * y_[row];
        }
        residuals_ = residuals_of(y_);
    }

    [[nodiscard]] std::size_t rows() const noexcept { return design_.size(); }
    [[nodiscard]] std::size_t clusters() const noexcept { return used_clusters_; }
    [[nodiscard]] double unit() const noexcept { return scales_.unit(); }
    /// Slope of one half, in scaled units.
    [[nodiscard]] double slope(std::size_t part) const noexcept
    {
        return coefficients_[2 * part + 1] / root_of_squares_[part];
    }
    [[nodiscard]] double difference() const noexcept { return dot(contrast(), coefficients_); }
    [[nodiscard]] four contrast() const noexcept { return {0, 1 / root_of_squares_[0], 0, -1 / root_of_squares_[1]}; }
    [[nodiscard]] std::span<const double> residuals() const noexcept { return residuals_; }
    [[nodiscard]] std::span<const std::size_t> cluster_of_row() const noexcept { return cluster_; }
    [[nodiscard]] std::span<const four> design() const noexcept { return design_; }
    /// Whether the residuals are rounding errors only: both lines go through all points.
    [[nodiscard]] bool without_noise() const noexcept { return without_noise_; }

    [[nodiscard]] std::vector<double> residuals_of(std::span<const double> y) const
    {
        four fitted{};
        for (std::size_t row = 0; row < rows(); ++row) {
            for (std::size_t k = 0; k < 4; ++k) fitted[k] += design_[row][k] * y[row];
        }
        std::vector<double> result(rows());
        for (std::size_t row = 0; row < rows(); ++row) result[row] = y[row] - dot(design_[row], fitted);
        return result;
    }

    /// What the variance estimators need: the variance is the sum over clusters of (sum of factors * residuals)^2.
    struct adjusted {
        std::vector<double> factors;
        double degrees_of_freedom = 0;
    };

    [[nodiscard]] adjusted hc3(const char* what) const
    {
        adjusted result{{}, static_cast<double>(rows()) - 4};
        const four c = contrast();
        for (std::size_t row = 0; row < rows(); ++row) {
            const double rest = 1 - dot(design_[row], design_[row]);
            expects<std::domain_error>(rest > 1e-10, what,
                                       ": a model alone determines its line (leverage 1), so its residual is always 0");
            result.factors.push_back(dot(design_[row], c) / rest);
        }
        return result;
    }

    /// (I - B B')^(-1/2) = I + B F B' with B the cluster's rows of U, and F = V diag(f) V' from the eigenvectors of
    /// B'B: no matrix is larger than 4 x 4. Directions of leverage 1 are removed (generalised inverse).
    [[nodiscard]] adjusted cr2() const
    {
        std::vector<four_by_four> grams(clusters_);
        for (std::size_t row = 0; row < rows(); ++row) {
            four_by_four& gram = grams[cluster_[row]];
            for (std::size_t i = 0; i < 4; ++i) {
                for (std::size_t j = 0; j < 4; ++j) gram[i][j] += design_[row][i] * design_[row][j];
            }
        }
        const four c = contrast();
        std::vector<four> vectors(clusters_);
        four_by_four sum_of_products{};
        double trace = 0, squares = 0;
        for (std::size_t g = 0; g < clusters_; ++g) {
            const symmetric_eigen eigen(grams[g]);
            const four gram_c = product(grams[g], c);
            vectors[g] = c;
            for (std::size_t k = 0; k < 4; ++k) {
                const double value = eigen.values[k], root = std::sqrt(std::max(0.0, 1 - value));
                const double f = root > 1e-5 ? 1 / (root * (1 + root)) : -1 / value;
                double along = 0;
                for (std::size_t i = 0; i < 4; ++i) along += eigen.vectors[i][k] * gram_c[i];
                for (std::size_t i = 0; i < 4; ++i) vectors[g][i] += f * along * eigen.vectors[i][k];
            }
            const four b = product(grams[g], vectors[g]);
            const double own = dot(vectors[g], b), outer = dot(b, b);
            trace += own - outer;
            squares += own * own - 2 * own * outer;
            for (std::size_t i = 0; i < 4; ++i) {
                for (std::size_t j = 0; j < 4; ++j) sum_of_products[i][j] += b[i] * b[j];
            }
        }
        for (const four& row : sum_of_products) squares += dot(row, row);
        adjusted result{std::vector<double>(rows()), trace * trace / squares};
        for (std::size_t row = 0; row < rows(); ++row) result.factors[row] = dot(design_[row], vectors[cluster_[row]]);
        return result;
    }

    /// Variance of the slope difference, in scaled units. `sums` is memory for one number per cluster.
    [[nodiscard]] double variance(const adjusted& a, std::span<const double> residuals, std::vector<double>& sums) const
    {
        sums.assign(clusters_, 0);
        for (std::size_t row = 0; row < rows(); ++row) sums[cluster_[row]] += a.factors[row] * residuals[row];
        double result = 0;
        for (const double sum : sums) result += sum * sum;
        return result;
    }

private:
    struct scales {
        scaled_axis x, y;
        scales(std::span<const double> x_values, std::span<const double> y_values) : x(x_values), y(y_values) {}
        [[nodiscard]] double unit() const noexcept { return std::ldexp(1.0, y.exponent - x.exponent); }
    };

    void number_clusters(std::size_t models, std::span<const std::size_t> clusters)
    {
        numbers_.resize(models);
        std::vector<std::size_t> names(clusters.begin(), clusters.end());
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
        for (std::size_t i = 0; i < models; ++i) {
            numbers_[i] = clusters.empty()
                              ? i
                              : static_cast<std::size_t>(std::lower_bound(names.begin(), names.end(), clusters[i]) -
                                                         names.begin());
        }
    }

    void add_half(std::size_t part, std::span<const std::size_t> members, std::span<const double> weights,
                  const char* what)
    {
        double sum = 0, mean_x = 0, mean_y = 0;
        const double largest = weights.empty() ? 1 : *std::max_element(weights.begin(), weights.end());
        const auto weight = [&](std::size_t model) { return weights.empty() ? 1.0 : weights[model] / largest; };
        for (const std::size_t model : members) {
            sum += weight(model);
            mean_x += weight(model) * scales_.x[model];
            mean_y += weight(model) * scales_.y[model];
        }
        mean_x /= sum;
        mean_y /= sum;
        double squares = 0;
        for (const std::size_t model : members) squares += weight(model) * std::pow(scales_.x[model] - mean_x, 2);
        expects<std::domain_error>(squares > 0, what, ": all x of a half are equal");
        expects<std::domain_error>(members.size() > 2, what, ": a half of ", members.size(),
                                   " models; the minimum is 3");
        root_of_squares_[part] = std::sqrt(squares);
        double size = 0, noise = 0;
        four line{};
        const std::size_t first_row = rows();
        for (const std::size_t model : members) {
            const double root = std::sqrt(weight(model));
            four row{};
            row[2 * part] = root / std::sqrt(sum);
            row[2 * part + 1] = root * (scales_.x[model] - mean_x) / root_of_squares_[part];
            design_.push_back(row);
            y_.push_back(root * (scales_.y[model] - mean_y));
            cluster_.push_back(numbers_[model]);
            size += y_.back() * y_.back();
            for (std::size_t k = 0; k < 4; ++k) line[k] += row[k] * y_.back();
        }
        for (std::size_t row = first_row; row < rows(); ++row) noise += std::pow(y_[row] - dot(design_[row], line), 2);
        without_noise_ = without_noise_ && noise <= 0x1p-90 * size;
    }

    scales scales_;
    std::vector<std::size_t> numbers_;  // of the clusters, by model
    std::vector<four> design_;          // U
    std::vector<double> y_;
    std::vector<std::size_t> cluster_;  // by row
    std::vector<double> residuals_;
    four coefficients_{};  // U'y
    double root_of_squares_[2] = {};
    std::size_t clusters_ = 0;
    std::size_t used_clusters_ = 0;
    bool without_noise_ = true;
};

}  // namespace detail

/// Test of equal slopes of the two halves with a robust standard error, on the joint model of both halves (an intercept
/// and a slope each), which clusters may span.
///
/// HC3: the variance of the difference is the sum over models of (factor e / (1 - leverage))^2, with Student's t of
/// models
/// - 4 degrees of freedom. CR2: the sum over clusters of (factors of the cluster times its adjusted residuals)^2, with
/// Satterthwaite's degrees of freedom for independent errors of equal variance (of variance 1 / weight, with weights).
/// Few clusters give few degrees of freedom; below about 4 the test has little power. Simulated at level 5 % with a
/// straight line: 30 models of equal noise HC3 4.7 %, CR2 5.5 %; 10 models 1.8 % and 2.9 %; 30 models whose noise grows
/// towards the ends 4.8 % and 6.0 % (slope_t_test 16.9 %); correlation 0.5 within 8 families of 5 models, 20 of 5 and
/// 100 of 10: CR2 with clusters 4.4 %, 4.4 % and 5.0 % (slope_t_test 21 %, 23 % and 35 %, HC3 17 %, 19 % and 32 %). No
/// standard error helps where the line is not straight: one line on the logit scale is rejected in 12 to 14 % of cases,
/// see accuracy_scale.
///
/// A model that is in both halves (boundary_model::in_both_halves) is in the joint model twice; both estimators treat
/// its two rows as dependent.
///
/// Throws std::invalid_argument for sizes that do not match `halves`, a NaN or infinity, weights that are not positive
/// and finite, and for clusters with HC3; std::domain_error for a half of fewer than 3 models or with equal x, two
/// lines without noise, a model of leverage 1 (HC3), fewer than 2 clusters and if the clusters leave no degrees of
/// freedom. O(models log models). MacKinnon, White 1985, doi:10.1016/0304-4076(85)90158-7; Bell, McCaffrey 2002, "Bias
/// reduction in standard errors for linear regression with multi-stage samples", Survey Methodology 28; Pustejovsky,
/// Tipton 2018, doi:10.1080/07350015.2016.1247004.
[[nodiscard]] inline robust_slope_result robust_slope_test(std::span<const double> x, std::span<const double> y,
                                                           const halves_result& halves,
                                                           const robust_slope_options& options = {})
{
    constexpr const char* what = "robust slope test";
    detail::expects(options.variance == robust_variance::cr2 || options.clusters.empty(), what,
                    ": HC3 treats models as independent; use robust_variance::cr2 with clusters");
    const detail::joint_slopes joint(x, y, halves, options.clusters, options.weights, what);
    detail::expects<std::domain_error>(!joint.without_noise(), what,
                                       ": both lines fit all their points exactly, so the standard error is 0");
    detail::expects<std::domain_error>(joint.clusters() >= 2, what, ": ", joint.clusters(),
                                       " cluster; the minimum is 2");
    const auto adjusted = options.variance == robust_variance::hc3 ? joint.hc3(what) : joint.cr2();
    std::vector<double> sums;
    const double error = std::sqrt(joint.variance(adjusted, joint.residuals(), sums));
    detail::expects<std::domain_error>(error > 0 && adjusted.degrees_of_freedom > 1e-6, what,
                                       ": the clusters determine the lines, so no degrees of freedom remain");
    robust_slope_result result;
    result.first_slope = joint.slope(0) * joint.unit();
    result.second_slope = joint.slope(1) * joint.unit();
    result.slope_difference = joint.difference() * joint.unit();
    result.standard_error = error * joint.unit();
    result.t = joint.difference() / error;
    result.degrees_of_freedom = adjusted.degrees_of_freedom;
    result.p_value = two_sided_student_p_value(result.t, result.degrees_of_freedom);
    result.log10_p_value = log10_two_sided_student_p_value(result.t, result.degrees_of_freedom);
    const double margin =
        detail::two_sided_student_quantile(options.level, result.degrees_of_freedom) * result.standard_error;
    result.bounds = {result.slope_difference - margin, result.slope_difference + margin};
    result.clusters = joint.clusters();
    return result;
}

/// Wild (cluster) bootstrap test of equal slopes: the t of robust_slope_test (CR2), compared with its distribution over
/// samples whose residuals, of the lines of one common slope, are multiplied by a random sign for each cluster.
///
/// Holds for unequal variances and for dependence within clusters, also with few clusters, where Student's t is an
/// approximation. The multipliers are -1 and 1 (Rademacher), or with fewer than 12 clusters Webb's six values
/// -+sqrt(1/2),
/// -+1, -+sqrt(3/2), because few signs give few different samples. Simulated as for robust_slope_test at level 5 %: 30
/// models of equal noise 5.5 %, 10 models 6.3 %, noise that grows towards the ends 6.1 %, families 5.6 %, 4.8 % and 7 %
/// (of 100 samples).
///
/// Replicate r draws from stream r of the seed: the same bits for every policy and number of threads. Errors as for
/// robust_slope_test, and std::invalid_argument for fewer than 2 replicates. O(replicates models). Cameron, Gelbach,
/// Miller 2008, doi:10.1162/rest.90.3.414; Webb 2023, doi:10.1111/caje.12661.
template <execution_policy Policy>
[[nodiscard]] wild_bootstrap_result wild_bootstrap_slope_test(Policy policy, std::span<const double> x,
                                                              std::span<const double> y, const halves_result& halves,
                                                              random_seed seed,
                                                              const wild_bootstrap_options& options = {})
{
    constexpr const char* what = "wild bootstrap";
    detail::expects(options.replicates >= 2, what, ": ", options.replicates,
                    " replicates; the minimum is 2 (999 or more for a p-value)");
    const detail::joint_slopes joint(x, y, halves, options.clusters, options.weights, what);
    detail::expects<std::domain_error>(!joint.without_noise(), what,
                                       ": both lines fit all their points exactly, so the standard error is 0");
    detail::expects<std::domain_error>(joint.clusters() >= 2, what, ": ", joint.clusters(),
                                       " cluster; the minimum is 2");
    const auto adjusted = joint.cr2();
    const detail::four contrast = joint.contrast();
    std::vector<double> sums;
    const double error = std::sqrt(joint.variance(adjusted, joint.residuals(), sums));
    detail::expects<std::domain_error>(error > 0, what,
                                       ": the clusters determine the lines, so no degrees of freedom remain");
    wild_bootstrap_result result;
    result.slope_difference = joint.difference() * joint.unit();
    result.t = joint.difference() / error;
    result.clusters = joint.clusters();
    result.replicates = options.replicates;

    // Residuals of the lines of one common slope.
    const std::size_t rows = joint.rows();
    const double share = joint.difference() / detail::dot(contrast, contrast);
    std::vector<double> restricted(rows);
    for (std::size_t row = 0; row < rows; ++row)
        restricted[row] = joint.residuals()[row] + share * detail::dot(joint.design()[row], contrast);
    const std::size_t numbers =
        *std::max_element(joint.cluster_of_row().begin(), joint.cluster_of_row().end()) + std::size_t{1};
    const bool few = joint.clusters() < 12;
    std::vector<char> as_large(options.replicates);
    for_each_row(policy, {options.replicates, rows * 64}, [&](std::size_t begin, std::size_t end) {
        std::vector<double> multipliers(numbers), sample(rows), residuals(rows), scores;
        for (std::size_t replicate = begin; replicate < end; ++replicate) {
            detail::random_stream stream(seed.value(), replicate);
            for (double& multiplier : multipliers) {
                if (few) {
                    const std::uint64_t drawn = stream.below(6);
                    multiplier = std::sqrt(static_cast<double>(drawn % 3 + 1) / 2) * (drawn < 3 ? -1 : 1);
                } else {
                    multiplier = stream.below(2) == 0 ? -1 : 1;
                }
            }
            detail::four fitted{};
            for (std::size_t row = 0; row < rows; ++row) {
                sample[row] = multipliers[joint.cluster_of_row()[row]] * restricted[row];
                for (std::size_t k = 0; k < 4; ++k) fitted[k] += joint.design()[row][k] * sample[row];
            }
            for (std::size_t row = 0; row < rows; ++row)
                residuals[row] = sample[row] - detail::dot(joint.design()[row], fitted);
            const double variance = joint.variance(adjusted, residuals, scores);
            const double difference = detail::dot(contrast, fitted);
            // Compared without a division, because the variance of a sample may be 0. The margin counts samples that
            // equal the original one up to rounding.
            as_large[replicate] = difference * difference >= result.t * result.t * variance * (1 - 1e-10);
        }
    });
    const auto count = std::count(as_large.begin(), as_large.end(), 1);
    result.p_value = (1 + static_cast<double>(count)) / (1 + static_cast<double>(options.replicates));
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
