// The joint model of both halves of compare_halves (an intercept and a slope each), with the factors of robust variance
// estimators: HC3 and CR2.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "compare_halves.hpp"
#include "linear_regression.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

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
    /// B'B: no matrix is larger than 4 x 4. An eigenvalue of 1 means that the models outside of the cluster have one x
    /// in a half, or none: the cluster alone determines the slope of that half. Its residuals say nothing about this
    /// slope; a generalised inverse would leave its variance out.
    [[nodiscard]] adjusted cr2(const char* what) const
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
                expects<std::domain_error>(root > 1e-5, what,
                                           ": a cluster alone determines the slope of a half, so nothing measures its "
                                           "variance");
                const double f = 1 / (root * (1 + root));
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
        // Relative to the first model, so that a large offset does not cost digits.
        const auto x_of = [&](std::size_t model) { return scales_.x[model] - scales_.x[members[0]]; };
        const auto y_of = [&](std::size_t model) { return scales_.y[model] - scales_.y[members[0]]; };
        for (const std::size_t model : members) {
            sum += weight(model);
            mean_x += weight(model) * x_of(model);
            mean_y += weight(model) * y_of(model);
        }
        mean_x /= sum;
        mean_y /= sum;
        double squares = 0;
        for (const std::size_t model : members) squares += weight(model) * std::pow(x_of(model) - mean_x, 2);
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
            row[2 * part + 1] = root * (x_of(model) - mean_x) / root_of_squares_[part];
            design_.push_back(row);
            y_.push_back(root * (y_of(model) - mean_y));
            cluster_.push_back(numbers_[model]);
            size += y_.back() * y_.back();
            for (std::size_t k = 0; k < 4; ++k) line[k] += row[k] * y_.back();
        }
        for (std::size_t row = first_row; row < rows(); ++row) noise += std::pow(y_[row] - dot(design_[row], line), 2);
        without_noise_ = without_noise_ && noise <= 0x1p-90 * size;  // as linear_fit
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

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
