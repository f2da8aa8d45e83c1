// The concept metric: a number of counters, a function that counts one image, and a function that reads the counters.
#pragma once

#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "ranked_image.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The sizes that the number of counters of a metric may depend on.
struct metric_shape {
    std::size_t classes = 0;
    std::size_t depth = 0;  ///< ranks below this are known and counted separately
};

/// Columns that a metric requests in addition to prediction, ranks and labels.
struct metric_columns {
    bool losses = false;   ///< confidence, cross-entropies, Brier score: the scores must be logits or probabilities
    bool top_k = false;    ///< lists of the best classes: options.top_k must not be 0
    bool ties = false;     ///< ties of every label, found by a second reading of the scores: the input must be scores
    bool weights = false;  ///< the weight of every image: targets.weights must be given
};

namespace detail {

/// A tally for the checks of the concept below.
struct any_tally {
    void add(std::size_t, std::uint64_t = 1) const noexcept {}
    void add_if(bool, std::size_t) const noexcept {}
};

}  // namespace detail

/// A metric: a small trivially copyable, default-constructible object with
///
///     static constexpr std::string_view name = "...";  // unique and stable: it is saved, and names the counters
///     static constexpr std::uint32_t version = 1;       // raised when the meaning of the counters changes
///     std::size_t counters(metric_shape) const; // number of its 64-bit counters, all 0 at the start
///     template <class Tally>                            // counts one image by tally.add(counter), tally.add(counter,
///     REASSESS_HOST_DEVICE void operator()(const ranked_image&, Tally) const;  // amount), tally.add_if(condition,
///                                                       // counter) with counter < counters(shape); must not throw
///     auto result(std::span<const std::uint64_t> counters, metric_shape) const;  // reads the counters
///
/// and, optionally,
///
///     static constexpr metric_columns columns{...}; // further columns that it reads
///     std::vector<std::uint64_t> configuration() const;              // of a metric with parameters: results of
///                                                                    // different parameters cannot be merged
///
/// Counters are sums of non-negative integers over images, so a metric is exact and does not depend on the policy, the
/// batch size or the order of merging. The same operator() runs on hosts and devices; calls are not virtual.
template <class Metric>
concept metric = std::is_trivially_copyable_v<Metric> && std::default_initializable<Metric> &&
    requires(const Metric& m, metric_shape shape, const ranked_image& image, detail::any_tally tally,
             std::span<const std::uint64_t> counters)
{
    {
        Metric::name
        } -> std::convertible_to<std::string_view>;
    {
        Metric::version
        } -> std::convertible_to<std::uint32_t>;
    {
        m.counters(shape)
        } -> std::convertible_to<std::size_t>;
    m(image, tally);
    m.result(counters, shape);
};

namespace detail {

/// Ends the compilation with the requirement of `metric` that a type does not meet.
template <class Metric>
[[nodiscard]] constexpr bool check_metric() noexcept
{
    static_assert(std::is_trivially_copyable_v<Metric>,
                  "a metric must be trivially copyable: it is copied to a device");
    static_assert(std::default_initializable<Metric>, "a metric must be default-constructible");
    static_assert(
        requires {
            {
                Metric::name
                } -> std::convertible_to<std::string_view>;
        },
        "a metric needs the member: static constexpr std::string_view name = \"...\";");
    static_assert(
        requires {
            {
                Metric::version
                } -> std::convertible_to<std::uint32_t>;
        },
        "a metric needs the member: static constexpr std::uint32_t version = 1;");
    static_assert(
        requires(const Metric& m) {
            {
                m.counters(metric_shape{})
                } -> std::convertible_to<std::size_t>;
        },
        "a metric needs the member: std::size_t counters(reassess::metric_shape) const");
    static_assert(
        requires(const Metric& m, const ranked_image& image) { m(image, any_tally{}); },
        "a metric needs the member: template <class Tally> void operator()(const reassess::ranked_image&, const "
        "Tally&) const");
    static_assert(
        requires(const Metric& m, std::span<const std::uint64_t> counters) { m.result(counters, metric_shape{}); },
        "a metric needs the member: auto result(std::span<const std::uint64_t>, reassess::metric_shape) const");
    return true;
}

/// Whether the metrics of a list have different names.
template <class... Metrics>
[[nodiscard]] constexpr bool have_different_names(const std::tuple<Metrics...>*) noexcept
{
    const std::string_view names[] = {std::string_view{}, std::string_view(Metrics::name)...};
    for (std::size_t i = 1; i <= sizeof...(Metrics); ++i) {
        for (std::size_t j = i + 1; j <= sizeof...(Metrics); ++j) {
            if (names[i] == names[j]) return false;
        }
    }
    return true;
}

/// The tally of one metric: adds to its own counters only. An index of counters or above adds to one more counter,
/// which follows the metric's own, so that a wrong metric is found after the pass and does not write elsewhere.
template <class Tally>
struct tally_of_metric {
    const Tally& tally;
    std::size_t counters;

    REASSESS_HOST_DEVICE void add(std::size_t counter) const noexcept { tally.add(valid(counter)); }
    REASSESS_HOST_DEVICE void add(std::size_t counter, std::uint64_t amount) const noexcept
    {
        tally.add(valid(counter), amount);
    }
    REASSESS_HOST_DEVICE void add_if(bool counts, std::size_t counter) const noexcept
    {
        tally.add_if(counts, valid(counter));
    }

private:
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t valid(std::size_t counter) const noexcept
    {
        return counter < counters ? counter : counters;
    }
};

/// Throws std::out_of_range if a metric added to a counter that it does not have.
inline void expect_valid_counters(std::string_view name, std::uint64_t invalid, std::size_t counters)
{
    expects<std::out_of_range>(invalid == 0, "metric ", name, ": operator() added to a counter outside [0, ", counters,
                               "), the number that counters(shape) returns");
}

template <class Metric>
[[nodiscard]] constexpr metric_columns columns_of() noexcept
{
    if constexpr (requires { Metric::columns; }) {
        return Metric::columns;
    } else {
        return {};
    }
}

template <class Metric>
[[nodiscard]] std::vector<std::uint64_t> configuration_of(const Metric& m)
{
    if constexpr (requires { m.configuration(); }) {
        return m.configuration();
    } else {
        return {};
    }
}

/// Counts one image by a metric; runs on every backend through `accumulate`.
template <class Metric>
struct count_by_metric {
    ranked_images images{};
    Metric by{};
    std::size_t counters = 0;

    template <class Tally>
    REASSESS_HOST_INLINE REASSESS_HOST_DEVICE void operator()(std::size_t image, const Tally& tally) const noexcept
    {
        if (images.is_repeated(image) || images.is_left_out(image)) return;
        by(images[image], tally_of_metric<Tally>{tally, counters});
    }
};

}  // namespace detail
}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
