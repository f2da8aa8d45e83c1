// Intervals by resampling images: for every metric that is made of per-image values, however it is made of them.
#pragma once

#include "../detail/expects.hpp"
#include "../detail/random_stream.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "confidence.hpp"

#include <boost/math/special_functions/erf.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numbers>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The numbers that a metric is made of, `columns` for every image, row-major, not owned: hit and judged (0 or 1) for
/// an accuracy; the hits of two models for a difference; the hits of all models for a slope over models.
class image_values_view {
public:
    /// Throws std::invalid_argument for no columns, a size that is no multiple of them, and a NaN or infinity.
    explicit image_values_view(std::span<const double> values, std::size_t columns = 1)
        : values_(values), columns_(columns)
    {
        detail::expects(columns > 0, "values of images: no columns, wanted at least 1");
        detail::expects(values.size() % columns == 0, "values of images: ", values.size(),
                        " numbers are no multiple of ", columns, " columns");
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

/// The images of one resample, summed by column: what a statistic is computed from. Counts are exact below 2^53.
struct resample_sums {
    /// How many images, each counted as often as it was drawn.
    double images = 0;
    std::span<const double> sums{};

    [[nodiscard]] double sum(std::size_t column) const noexcept { return sums[column]; }
    [[nodiscard]] double mean(std::size_t column) const noexcept { return sums[column] / images; }
};

struct bootstrap_options {
    /// Odd thousands put the ends of the usual intervals on a replicate: 0.025 of 1999 + 1 is the 50th.
    std::size_t replicates = 1999;
    confidence_level level{0.95};
};

/// Result of a bootstrap.
struct bootstrap_result {
    /// The statistic of the images as they are.
    double value = 0;
    /// The quantiles of the replicates.
    interval percentile{};
    /// Bias-corrected and accelerated; absent, with the reason below, where its constants are not defined.
    std::optional<interval> bca{};
    /// Empty where bca is there.
    std::string why_no_bca{};
    /// Standard deviation of the replicates.
    double standard_error = 0;
    /// The replicates' values, ascending.
    std::vector<double> replicates{};
    /// Replicates for which the statistic has no value (it gave NaN); left out of everything.
    std::size_t replicates_without_value = 0;

    /// bca, or percentile where there is none.
    [[nodiscard]] interval best() const noexcept { return bca.value_or(percentile); }
};

namespace detail {

/// Images whose values are all the same are summed as one: hits and misses of 50,000 images are two rows.
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

    /// As many images as there are, each drawn with replacement, counted by group: of all draws so many fall into the
    /// first groups, a binomial number, of these so many into the first of the first, and so on. Image by image only
    /// where few draws a group are left to share out.
    void draw(random_stream& stream, std::span<std::uint64_t> counts) const noexcept
    {
        std::fill(counts.begin(), counts.end(), std::uint64_t{0});
        share_out(stream, images(), 0, groups(), counts);
    }

    /// Sums by column, in order of group: the same bits whoever computes them.
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
    /// How many images the groups before this one have.
    [[nodiscard]] std::uint64_t first_of(std::size_t group) const noexcept { return group == 0 ? 0 : ends_[group - 1]; }

    /// `draws` images of the groups begin .. end - 1. Its depth is at most twice the logarithm of the images.
    void share_out(random_stream& stream, std::uint64_t draws, std::size_t begin, std::size_t end,
                   std::span<std::uint64_t> counts) const noexcept
    {
        constexpr std::uint64_t few = 16;  // draws a group, below which one by one is faster
        const std::uint64_t first = first_of(begin), size = first_of(end) - first;
        if (end - begin == 1) {
            counts[begin] += draws;
        } else if (draws / few < end - begin) {
            for (; draws > 0; --draws) ++counts[group_of_[static_cast<std::size_t>(first + stream.below(size))]];
        } else {
            // At about half of the images, between two groups.
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
    /// The columns of each row before and after which there are only zeros: of calibration_columns, one bin's.
    std::vector<column_range> filled_{};
    std::vector<std::uint64_t> counts_;
    /// counts_, summed up to each group and with it.
    std::vector<std::uint64_t> ends_{};
    /// Of every image, in order of group.
    std::vector<std::size_t> group_of_{};
};

/// f(replicate, sums) for every replicate, in any order; replicate r draws from stream r of the seed.
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

/// The quantile of ascending values at (n + 1) p, between two of them in proportion, and never beyond the outermost.
inline double quantile_of_sorted(std::span<const double> values, double p) noexcept
{
    const double place =
        std::clamp((static_cast<double>(values.size()) + 1) * p, 1.0, static_cast<double>(values.size()));
    const auto below = static_cast<std::size_t>(place);
    const double share = place - static_cast<double>(below);
    if (share == 0 || values[below - 1] == values[below]) return values[below - 1];
    return values[below - 1] + share * (values[below] - values[below - 1]);
}

inline double normal_quantile(double p)
{
    return -std::numbers::sqrt2 * boost::math::erfc_inv(2 * p);
}

/// Skewness of the influences of single observations, as BCa wants it; nothing where they are all 0.
class acceleration {
public:
    /// The influences are measured in a unit of their size, so that their cubes stay in the range of a double.
    explicit acceleration(double unit) noexcept : unit_(unit) {}

    /// `times` observations whose influence on the statistic is `influence`.
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

/// The constants of BCa are the caller's: absent, with the reason.
inline void add_bca(bootstrap_result& result, std::optional<double> a, const char* why_no_acceleration,
                    confidence_level level)
{
    const auto& sorted = result.replicates;
    const auto count = [&](auto end) { return static_cast<double>(end - sorted.begin()); };
    // Replicates equal to the value count half: a metric of few images has many.
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
    const double z = std::numbers::sqrt2 * boost::math::erf_inv(level.value());
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

/// Everything but BCa. `values` are the replicates in any order, NaN where there is no value.
inline bootstrap_result summarise_replicates(double value, std::vector<double> values, confidence_level level)
{
    expects<std::domain_error>(std::isfinite(value),
                               "bootstrap: the statistic has no value for the images as they are");
    bootstrap_result result;
    result.value = value;
    const std::size_t all = values.size();
    std::erase_if(values, [](double replicate) { return !std::isfinite(replicate); });
    result.replicates_without_value = all - values.size();
    expects<std::domain_error>(2 * values.size() > all, "bootstrap: the statistic has no value for ",
                               result.replicates_without_value, " of ", all, " replicates");
    std::sort(values.begin(), values.end());
    result.replicates = std::move(values);
    const std::span<const double> sorted(result.replicates);
    const double tail = (1 - level.value()) / 2;
    result.percentile = {quantile_of_sorted(sorted, tail), quantile_of_sorted(sorted, 1 - tail)};
    const double n = static_cast<double>(sorted.size());
    // Squares of large or small deviations would leave the range of a double.
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
    expects(replicates >= 2, "bootstrap: ", replicates,
            " replicates, wanted at least 2 (and 999 or more for an interval)");
}

}  // namespace detail

/// Percentile and BCa intervals of a statistic of images: `statistic` is called with resample_sums, for the images as
/// they are, for each replicate (as many images drawn with replacement) and with each image left out once, and gives a
/// double; NaN says that it has no value (0 of 0).
///
/// An accuracy is [](const resample_sums& s) { return s.sum(0) / s.sum(1); } over columns hit and judged; a paired
/// difference is s.mean(0) - s.mean(1), where pairs of models share each image's row; a slope over models is
/// linear_regression of the means. `statistic` may be called from several threads at once.
///
/// Replicate r draws from stream r of `seed`, so the result has the same bits for every policy, number of threads and
/// platform (up to what the statistic itself rounds). All images equal: both ends are the value, and there is no BCa.
/// BCa corrects for bias and skewness and is the better one where it exists; coverage is near the level from some 50
/// images on for accuracies that are not near 0 or 1, where wilson_interval should be preferred.
///
/// Throws std::invalid_argument for no images and for fewer than 2 replicates, std::domain_error where the statistic
/// has no value for the images as they are or for half of the replicates. A replicate draws some two random bits an
/// image where images differ in two ways (hits and misses), and at most one number an image: time O(replicates images)
/// + the statistic once a replicate and once a distinct row; memory O(images columns). Efron 1987,
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

    // Leaving out one image of a group or another is the same.
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
                    "no image alone changes the statistic, or it has no value without one", options.level);
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
