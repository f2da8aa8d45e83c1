// Plot description: series, axes, reference lines and legend position, independent of the drawing program.
#pragma once

#include "../statistics/confidence.hpp"
#include "../version.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::report {

enum class series_kind {
    points,
    line,
    points_and_line,
    steps,  ///< step function: constant y until the next x
};

struct series {
    /// Legend entry; without a title there is none.
    std::string title{};
    series_kind kind = series_kind::points;
    /// Index of one of seven colours. Each has its own mark and dash, so that series are distinguishable without
    /// colour.
    std::size_t colour = 0;
    std::vector<double> x{};
    std::vector<double> y{};
    /// Empty, or one interval per point: intervals of y, or of x if the y axis has categories.
    std::vector<interval> bounds{};
};

struct axis {
    /// Axis label with unit.
    std::string label{};
    /// By default the range of the data.
    std::optional<interval> range{};
    bool logarithmic = false;
    /// Tick positions; by default round numbers, which are few on a logarithmic axis.
    std::vector<double> ticks{};
    /// Labels at 1, 2, ... instead of numbers.
    std::vector<std::string> categories{};
};

/// A dashed line across the figure at a constant x or y.
struct reference_line {
    std::optional<double> x{};
    std::optional<double> y{};
    std::string label{};
};

enum class key_place { top_left, top_right, bottom_left, bottom_right, below };

struct plot {
    axis x{};
    axis y{};
    std::vector<report::series> series{};
    std::vector<reference_line> lines{};
    key_place key = key_place::top_left;
    /// In SVG units, with a font size of 13: 480 is the largest width that is legible on a phone.
    std::size_t width = 480;
    std::size_t height = 360;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::report
