// Bootstrap confidence intervals (percentile and BCa) by resampling images, for any metric that is computed from sums
// of per-image values.
#pragma once

#include "../detail/expects.hpp"
#include "../detail/random_stream.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "confidence.hpp"
#include "special_functions.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <numbers>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Per-image values from which a metric is computed: images x `columns`, row-major, non-owning view. Examples: hit and
/// valid (0 or 1) for an accuracy; the hits of two models for a difference; the hits of all models for a slope.
class image_values_view {
public:
    /// Throws std::invalid_argument for 0 columns, a size that is not a multiple of `columns`, and a NaN or
    /// infinity.
    explicit image_values_view(std::span<const double> values, std::size_t columns = 1)
        : values_(values), columns_(columns)
    {
        detail::expects(columns > 0, "values of images: 0 columns; the minimum is 1");
        detail::expects(values.size() % columns == 0, "values of images: ", values.size(),
                        " numbers are not a multiple of ", columns, " columns");
        for (std::size_t i = 0; i < values.size(); ++i) {
            detail::expects(std::isfinite(values[i]), "values of images: column ", i % columns, " of image ",
                            i / columns, " is not finite");
        }
    }

    [[nodiscard]] std::size_t images() const noexcept { return values_.size() / columns_; }
    [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
    [[nodiscard]] std::span<const double> row(std::size_t image) const noexcept
    {
        return values_.subspan(image * columns_, columns_);
    }

private:
    std::span<const double> values_;
    std::size_t columns_;
};

/// The images of one resample, summed by column: the input of a statistic. Counts are exact below 2^53.
struct resample_sums {
    /// Number of images; an image counts as often as it was drawn.
    double images = 0;
    std::span<const double> sums{};

    [[nodiscard]] double sum(std::size_t column) const noexcept { return sums[column]; }
    [[nodiscard]] double mean(std::size_t column) const noexcept { return sums[column] / images; }
};

struct bootstrap_options {
    /// With 999, 1999, ... the ends of the usual intervals are order statistics: 0.025 of 1999 + 1 is the 50th
    /// replicate.
    std::size_t replicates = 1999;
    confidence_level level{0.95};
};

/// Result of a bootstrap.
struct bootstrap_result {
    /// The statistic of the original sample.
    double value = 0;
    /// The quantiles of the replicates.
    interval percentile{};
    /// Bias-corrected and accelerated interval; absent if its constants are not defined (see why_no_bca).
    std::optional<interval> bca{};
    /// The reason why bca is absent; empty if it is present.
    std::string why_no_bca{};
    /// Standard deviation of the replicates; infinite if one of them is.
    double standard_error = 0;
    /// The replicates' values, ascending, with infinities at the ends.
    std::vector<double> replicates{};
    /// Number of replicates for which the statistic is NaN; they are excluded from all other results.
    std::size_t replicates_without_value = 0;

    /// bca if present, otherwise percentile.
    [[nodiscard]] interval best() const noexcept { return bca.value_or(percentile); }
};

namespace detail {

/// Images with identical rows are grouped and summed together: hits and misses of 50,000 images make two groups.
class grouped_images {
public:
    explicit grouped_images(const image_values_view& values) : columns_(values.columns())
    {
        std::vector<std::size_t> order(values.images());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            const auto x = values.row(a), y = values.row(b);
            return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end());
        });
        for (std::size_t i = 0; i < order.size(); ++i) {
            const auto row = values.row(order[i]);
            if (i == 0 || !std::equal(row.begin(), row.end(), rows_.end() - static_cast<std::ptrdiff_t>(columns_))) {
                rows_.insert(rows_.end(), row.begin(), row.end());
                const auto is_zero = [](double value) { return value == 0; };
                const auto first = std::find_if_not(row.begin(), row.end(), is_zero);
                const auto last = std::find_if_not(row.rbegin(), std::make_reverse_iterator(first), is_zero).base();
                filled_.push_back(
                    {static_cast<std::size_t>(first - row.begin()), static_cast<std::size_t>(last - row.begin())});
                counts_.push_back(0);
                ends_.push_back(i);
            }
            group_of_.push_back(counts_.size() - 1);
            ++counts_.back();
            ++ends_.back();
        }
    }

    [[nodiscard]] std::size_t images() const noexcept { return group_of_.size(); }
    [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
    [[nodiscard]] std::size_t groups() const noexcept { return counts_.size(); }
    /// How many images each group has.
    [[nodiscard]] std::span<const std::uint64_t> counts() const noexcept { return counts_; }

    /// The values that every image of a group has.
    [[nodiscard]] std::span<const double> row(std::size_t group) const noexcept
    {
        return std::span(rows_).subspan(group * columns_, columns_);
    }

    /// Draws images() images with replacement and counts them by group. The number of draws in the first half of the
    /// groups is binomial, and so on recursively in each half; images are drawn one by one only where few draws per
    /// group remain.
    void draw(random_stream& stream, std::span<std::uint64_t> counts) const noexcept
    {
        std::fill(counts.begin(), counts.end(), std::uint64_t{0});
        share_out(stream, images(), 0, groups(), counts);
    }

    /// Sums by column, in order of the groups, so the result has the same bits for every number of threads.
    void sum(std::span<const std::uint64_t> counts, std::span<double> sums) const noexcept
    {
        std::fill(sums.begin(), sums.end(), 0.0);
        for (std::size_t group = 0; group < groups(); ++group) {
            if (counts[group] == 0) continue;
            const double times = static_cast<double>(counts[group]);
            const double* row = rows_.data() + group * columns_;
            const auto [begin, end] = filled_[group];
            for (std::size_t column = begin; column < end; ++column) sums[column] += times * row[column];
        }
    }

private:
    /// Number of images in the groups before this one.
    [[nodiscard]] std::uint64_t first_of(std::size_t group) const noexcept { return group == 0 ? 0 : ends_[group - 1]; }

    /// Distributes `draws` draws over the groups begin .. end - 1. Recursion depth is at most 2 log2(images).
    void share_out(random_stream& stream, std::uint64_t draws, std::size_t begin, std::size_t end,
                   std::span<std::uint64_t> counts) const noexcept
    {
        constexpr std::uint64_t few = 16;  // draws per group below which drawing one by one is faster
        const std::uint64_t first = first_of(begin), size = first_of(end) - first;
        if (end - begin == 1) {
            counts[begin] += draws;
        } else if (draws / few < end - begin) {
            for (; draws > 0; --draws) ++counts[group_of_[static_cast<std::size_t>(first + stream.below(size))]];
        } else {
            // A group boundary near half of the images.
            const std::size_t middle =
                std::clamp(group_of_[static_cast<std::size_t>(first + size / 2)], begin + 1, end - 1);
            const std::uint64_t before = stream.binomial(draws, first_of(middle) - first, size);
            share_out(stream, before, begin, middle, counts);
            share_out(stream, draws - before, middle, end, counts);
        }
    }

    struct column_range {
        std::size_t begin, end;
    };

    std::size_t columns_;
    std::vector<double> rows_;
    /// For each row the range of columns outside of which all values are zero; calibration_columns fills one bin per
    /// row.
    std::vector<column_range> filled_{};
    std::vector<std::uint64_t> counts_;
    /// Inclusive prefix sums of counts_.
    std::vector<std::uint64_t> ends_{};
    /// The group of every image, with the images in order of group.
    std::vector<std::size_t> group_of_{};
};

/// Calls f(replicate, sums) for every replicate, in any order; replicate r draws from stream r of the seed.
template <execution_policy Policy, class F>
void for_each_resample(Policy policy, const grouped_images& images, std::size_t replicates, random_seed seed, F f)
{
    for_each_row(policy, {replicates, images.images() * sizeof(double)}, [&](std::size_t begin, std::size_t end) {
        std::vector<std::uint64_t> counts(images.groups());
        std::vector<double> sums(images.columns());
        for (std::size_t replicate = begin; replicate < end; ++replicate) {
            random_stream stream(seed.value(), replicate);
            images.draw(stream, counts);
            images.sum(counts, sums);
            f(replicate, resample_sums{static_cast<double>(images.images()), sums});
        }
    });
}

/// Quantile of ascending values at position (n + 1) p, with linear interpolation, clamped to the first and last value.
inline double quantile_of_sorted(std::span<const double> values, double p) noexcept
{
    const double place =
        std::clamp((static_cast<double>(values.size()) + 1) * p, 1.0, static_cast<double>(values.size()));
    const auto below = static_cast<std::size_t>(place);
    const double share = place - static_cast<double>(below);
    if (share == 0 || values[below - 1] == values[below]) return values[below - 1];
    // Between minus infinity and a number there is no point at a share of the distance.
    if (std::isinf(values[below - 1])) return values[below - 1];
    return values[below - 1] + share * (values[below] - values[below - 1]);
}

inline double normal_quantile(double p)
{
    return -std::numbers::sqrt2 * erfc_inverse(2 * p);
}

/// Skewness of the jackknife influences, from which BCa computes its acceleration; absent if all influences are 0.
class acceleration {
public:
    /// Influences are divided by `unit`, a value of their magnitude, so that their cubes do not overflow or underflow.
    explicit acceleration(double unit) noexcept : unit_(std::isfinite(unit) ? unit : 1) {}

    /// Adds `times` observations whose influence on the statistic is `influence`.
    void add(double influence, double times = 1) noexcept
    {
        const double relative = influence / unit_;
        cubes_ += times * relative * relative * relative;
        squares_ += times * relative * relative;
    }
    [[nodiscard]] std::optional<double> value() const
    {
        const double a = cubes_ / (6 * std::pow(squares_, 1.5));
        if (!std::isfinite(a)) return std::nullopt;
        return a;
    }

private:
    double unit_;
    double cubes_ = 0;
    double squares_ = 0;
};

/// Computes the BCa interval from the acceleration `a`. If `a` is absent, the result records the given reason.
inline void add_bca(bootstrap_result& result, std::optional<double> a, const char* why_no_acceleration,
                    confidence_level level)
{
    const auto& sorted = result.replicates;
    const auto count = [&](auto end) { return static_cast<double>(end - sorted.begin()); };
    // Replicates equal to the value count one half: a metric of few images has many of them.
    const double below = (count(std::lower_bound(sorted.begin(), sorted.end(), result.value)) +
                          count(std::upper_bound(sorted.begin(), sorted.end(), result.value))) /
                         2 / static_cast<double>(sorted.size());
    if (sorted.front() == sorted.back()) {
        result.why_no_bca = "all replicates are equal";
        return;
    }
    if (!(below > 0 && below < 1)) {
        result.why_no_bca = "the value lies outside of all replicates";
        return;
    }
    if (!a) {
        result.why_no_bca = why_no_acceleration;
        return;
    }
    const double z0 = normal_quantile(below);
    const double z = std::numbers::sqrt2 * erf_inverse(level.value());
    const auto end = [&](double tail_z) -> std::optional<double> {
        const double divisor = 1 - *a * (z0 + tail_z);
        if (!(divisor > 0)) return std::nullopt;
        const double adjusted = z0 + (z0 + tail_z) / divisor;
        return quantile_of_sorted(sorted, std::erfc(-adjusted / std::numbers::sqrt2) / 2);
    };
    const std::optional<double> lower = end(-z), upper = end(z);
    if (!lower || !upper) {
        result.why_no_bca = "the acceleration is too large for this level";
        return;
    }
    result.bca = interval{*lower, *upper};
}

/// Computes all of the result except BCa. `values` are the replicates in any order, NaN for replicates without a value.
inline bootstrap_result summarise_replicates(double value, std::vector<double> values, confidence_level level)
{
    expects<std::domain_error>(!std::isnan(value), "bootstrap: the statistic of the original sample is NaN");
    bootstrap_result result;
    result.value = value;
    const std::size_t all = values.size();
    std::erase_if(values, [](double replicate) { return std::isnan(replicate); });
    result.replicates_without_value = all - values.size();
    expects<std::domain_error>(2 * values.size() > all, "bootstrap: the statistic is NaN for ",
                               result.replicates_without_value, " of ", all, " replicates; fewer than half may be");
    std::sort(values.begin(), values.end());
    result.replicates = std::move(values);
    const std::span<const double> sorted(result.replicates);
    const double tail = (1 - level.value()) / 2;
    result.percentile = {quantile_of_sorted(sorted, tail), quantile_of_sorted(sorted, 1 - tail)};
    const double n = static_cast<double>(sorted.size());
    if (std::isinf(sorted.front()) || std::isinf(sorted.back()) || std::isinf(value)) {
        // Equal values have no spread, also if they are infinite.
        if (sorted.front() != sorted.back()) result.standard_error = std::numeric_limits<double>::infinity();
        return result;
    }
    // Divide by the largest deviation, because squares of very large or small deviations leave the range of a double.
    const double unit = std::max(std::abs(sorted.front() - value), std::abs(sorted.back() - value));
    if (n > 1 && unit > 0) {
        double sum = 0, squares = 0;
        for (const double replicate : sorted) sum += (replicate - value) / unit;
        for (const double replicate : sorted) {
            const double deviation = (replicate - value) / unit - sum / n;
            squares += deviation * deviation;
        }
        result.standard_error = unit * std::sqrt(squares / (n - 1));
    }
    return result;
}

inline void expect_replicates(std::size_t replicates)
{
    expects(replicates >= 2, "bootstrap: ", replicates, " replicates; the minimum is 2 (999 or more for an interval)");
}

}  // namespace detail

/// Bootstrap of a statistic of images, with percentile and BCa confidence intervals.
///
/// `statistic` takes resample_sums and returns a double; NaN means that it has no value (0 of 0). Infinities are values
/// (the logit of n hits of n) and are ordered like all others, so an end of an interval may be infinite. It is called
/// for the original sample, for each replicate (images() images drawn with replacement) and for each leave-one-out
/// sample, from several threads at once.
///
/// Examples: an accuracy is [](const resample_sums& s) { return s.sum(0) / s.sum(1); } over the columns hit and valid.
/// A paired difference is s.mean(0) - s.mean(1), where both models share the image's row. A slope over models is
/// linear_regression of the means.
///
/// Replicate r draws from stream r of `seed`, so the result has the same bits for every policy, number of threads and
/// platform (up to rounding inside the statistic). If all images are equal, both ends are the value and BCa is absent.
/// BCa corrects for bias and skewness and is preferable where it exists. Coverage is near the level from about 50
/// images on, for accuracies that are not near 0 or 1; there use wilson_interval instead.
///
/// Throws std::invalid_argument for no images and for fewer than 2 replicates; std::domain_error if the statistic is
/// NaN for the original sample or for at least half of the replicates. A replicate uses about two random bits per image
/// if there are two distinct rows (hits and misses), and at most one random number per image. Time O(replicates images)
/// plus one call of the statistic per replicate and per distinct row; memory O(images columns). Efron 1987,
/// doi:10.1080/01621459.1987.10478410; Efron, Tibshirani 1993, chapter 14.
template <execution_policy Policy, class Statistic>
[[nodiscard]] bootstrap_result bootstrap(Policy policy, const image_values_view& values, Statistic statistic,
                                         random_seed seed, const bootstrap_options& options = {})
{
    detail::expects(values.images() > 0, "bootstrap: no images");
    detail::expect_replicates(options.replicates);
    const detail::grouped_images images(values);
    const double n = static_cast<double>(images.images());
    std::vector<double> sums(images.columns());
    images.sum(images.counts(), sums);
    const double value = statistic(resample_sums{n, sums});

    std::vector<double> replicates(options.replicates);
    detail::for_each_resample(
        policy, images, options.replicates, seed,
        [&](std::size_t replicate, const resample_sums& resample) { replicates[replicate] = statistic(resample); });
    bootstrap_result result = detail::summarise_replicates(value, std::move(replicates), options.level);

    // All images of a group give the same leave-one-out value.
    std::vector<double> left_out(images.groups());
    double mean = 0;
    for (std::size_t group = 0; group < images.groups() && images.images() > 1; ++group) {
        std::vector<double> others = sums;
        for (std::size_t column = 0; column < others.size(); ++column) others[column] -= images.row(group)[column];
        left_out[group] = statistic(resample_sums{n - 1, others}) - value;
        mean += static_cast<double>(images.counts()[group]) * left_out[group] / n;
    }
    detail::acceleration acceleration(result.standard_error);
    for (std::size_t group = 0; group < images.groups(); ++group)
        acceleration.add(mean - left_out[group], static_cast<double>(images.counts()[group]));
    detail::add_bca(result, acceleration.value(),
                    "leaving out one image never changes the statistic, or makes it infinite or NaN", options.level);
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
