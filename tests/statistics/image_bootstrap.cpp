// Bootstrap of slopes over images and models, and covariances of accuracies on the same images.
#include "support/messages.hpp"
#include "support/relative_error.hpp"
#include "support/sanitizers.hpp"

#include <reassess/detail/random_stream.hpp>
#include <reassess/execution/execution.hpp>
#include <reassess/statistics/compare_halves.hpp>
#include <reassess/statistics/image_bootstrap.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;
using values = std::vector<double>;

namespace {

struct drawn_models {
    values columns{};
    ra::halves_result halves{};
};

/// Models of accuracy 0.5 to 0.9 by x, and 0.1 + 0.9 x by y with a scatter; every image has a difficulty that all
/// models share. One in ten images does not count for y.
drawn_models draw(std::uint64_t run, std::size_t models, std::size_t images)
{
    ra::detail::random_stream stream(91, run);
    values x, y;
    for (std::size_t model = 0; model < models; ++model) {
        x.push_back(0.5 + 0.4 * static_cast<double>(model) / static_cast<double>(models));
        y.push_back(0.05 + 0.9 * x.back() + 0.02 * (stream.unit() - 0.5));
    }
    drawn_models result;
    values hits_x(models), hits_y(models);
    double counted = 0;
    for (std::size_t image = 0; image < images; ++image) {
        const double difficulty = stream.unit();
        const bool counts = stream.below(10) > 0;
        counted += counts;
        const std::size_t row = result.columns.size();
        result.columns.resize(row + 2 + 2 * models);
        result.columns[row] = 1;
        result.columns[row + 1] = counts;
        for (std::size_t model = 0; model < models; ++model) {
            // Half of the models' randomness is the image's.
            const double u = stream.below(2) == 0 ? difficulty : stream.unit();
            const double by_x = u < x[model], by_y = counts && u < y[model];
            result.columns[row + 2 + model] = by_x;
            result.columns[row + 2 + models + model] = by_y;
            hits_x[model] += by_x;
            hits_y[model] += by_y;
        }
    }
    for (double& hits : hits_x) hits /= static_cast<double>(images);
    for (double& hits : hits_y) hits /= counted;
    result.halves = ra::compare_halves(hits_x, hits_y);
    return result;
}

}  // namespace

TEST_CASE("bootstrap over images: replicates are slopes of the drawn images and models, for every policy")
{
    const drawn_models drawn = draw(0, 12, 200);
    const ra::image_values_view view(drawn.columns, 26);
    const ra::random_seed seed{4};
    for (const auto what : {ra::resampled::images, ra::resampled::images_and_models}) {
        const auto result = ra::bootstrap_slope_difference_over_images(ra::seq, view, drawn.halves, seed,
                                                                       {.what = what, .replicates = 99});
        CHECK(relative_error(result.value, drawn.halves.first.slope - drawn.halves.second.slope) < 1e-9);
        CHECK_FALSE(result.bca);
        CHECK(ra::bootstrap_slope_difference_over_images(ra::par.on(3).serial_below(0), view, drawn.halves, seed,
                                                         {.what = what, .replicates = 99})
                  .replicates == result.replicates);
        // Reference: bootstrap() draws the same images of a seed; its statistic is the slope of these models.
        if (what != ra::resampled::images) continue;
        const auto by_statistic = ra::bootstrap(
            ra::seq, view,
            [&](const ra::resample_sums& sums) {
                values x[2], y[2];
                for (std::size_t part = 0; part < 2; ++part) {
                    for (const std::size_t m : part == 0 ? drawn.halves.first_models() : drawn.halves.second_models()) {
                        x[part].push_back(sums.sum(2 + m) / sums.sum(0));
                        y[part].push_back(sums.sum(14 + m) / sums.sum(1));
                    }
                }
                return ra::linear_regression(x[0], y[0]).slope - ra::linear_regression(x[1], y[1]).slope;
            },
            seed, {.replicates = 99});
        for (std::size_t i = 0; i < 99; ++i) CHECK(std::abs(result.replicates[i] - by_statistic.replicates[i]) < 1e-9);
    }
    CHECK_ERROR(std::invalid_argument,
                (void)ra::bootstrap_slope_difference_over_images(ra::seq, ra::image_values_view(drawn.columns, 13),
                                                                 drawn.halves, seed),
                "13 columns", "expected 26");
    CHECK_ERROR(std::invalid_argument,
                (void)ra::bootstrap_slope_difference_over_images(ra::seq, ra::image_values_view(values{}, 26),
                                                                 drawn.halves, seed),
                "no images");
}

TEST_CASE("bootstrap over images and models: wider than over images alone, and covers")
{
    int covered = 0, wider = 0;
    const int samples = test_support::under_sanitizer ? 10 : 100;
    for (int run = 0; run < samples; ++run) {
        const drawn_models drawn = draw(static_cast<std::uint64_t>(run), 24, 300);
        const ra::image_values_view view(drawn.columns, 50);
        const ra::random_seed seed{static_cast<std::uint64_t>(run)};
        const auto images = ra::bootstrap_slope_difference_over_images(
            ra::seq, view, drawn.halves, seed, {.what = ra::resampled::images, .replicates = 99});
        const auto both =
            ra::bootstrap_slope_difference_over_images(ra::seq, view, drawn.halves, seed, {.replicates = 99});
        wider += both.standard_error > images.standard_error;
        covered += both.percentile.lower <= 0 && 0 <= both.percentile.upper;
    }
    CHECK(wider == samples);
    CHECK(covered >= samples * (0.95 - 4 * std::sqrt(0.05 * 0.95 / samples)));
}

TEST_CASE("accuracy covariances: by hand, binomial variances on the diagonal")
{
    // Hits of three models on four images.
    const values hits{1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0};
    const values covariances = ra::accuracy_covariances(ra::image_values_view(hits, 3));
    CHECK(relative_error(covariances[0], 0.75 * 0.25 / 4) < 1e-14);
    CHECK(relative_error(covariances[4], 0.5 * 0.5 / 4) < 1e-14);
    CHECK(relative_error(covariances[1], (0.5 - 0.75 * 0.5) / 4) < 1e-14);
    CHECK(relative_error(covariances[2], (0.25 - 0.75 * 0.5) / 4) < 1e-14);
    CHECK(covariances[3] == covariances[1]);
    CHECK_THROWS_AS((void)ra::accuracy_covariances(ra::image_values_view(values{}, 3)), std::invalid_argument);
}
