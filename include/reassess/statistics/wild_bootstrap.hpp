// Wild bootstrap test of equal slopes, for unequal variances and models that are dependent within clusters.
#pragma once

#include "../detail/expects.hpp"
#include "../detail/random_stream.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "compare_halves.hpp"
#include "joint_slopes.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

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

/// Wild (cluster) bootstrap test of equal slopes: the t of robust_slope_test (CR2), compared with its distribution over
/// samples whose residuals, of the lines of one common slope, are multiplied by a random sign for each cluster.
///
/// Holds for unequal variances and for dependence within clusters, also with few clusters, where Student's t is an
/// approximation. The multipliers are -1 and 1 (Rademacher), or with fewer than 12 clusters Webb's six values: the
/// roots of 1/2, 1 and 3/2 with both signs, because few signs give few different samples. Simulated as for
/// robust_slope_test at level 5 %: 30 models of equal noise 5.5 %, 10 models 6.3 %, noise that grows towards the
/// ends 6.1 %, families 5.6 %, 4.8 % and 7 % (of 100 samples).
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
    const auto adjusted = joint.cr2(what);
    const detail::four contrast = joint.contrast();
    std::vector<double> sums;
    const double error = std::sqrt(joint.variance(adjusted, joint.residuals(), sums));
    detail::expects<std::domain_error>(error > 0, what, ": the standard error is 0");
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
