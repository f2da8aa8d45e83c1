// What a figure shows, whatever program draws it.
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
    steps,  ///< a line that stays at each y until the next x
};

struct series {
    /// In the legend; without a title it is not there.
    std::string title{};
    series_kind kind = series_kind::points;
    /// Which of the seven colours, each with a mark and a dash of its own: what is told apart is so without colour too.
    std::size_t colour = 0;
    std::vector<double> x{};
    std::vector<double> y{};
    /// Empty, or as long as x: intervals of y; of x where y has categories.
    std::vector<interval> bounds{};
};

struct axis {
    /// With its unit.
    std::string label{};
    /// By default what the data need.
    std::optional<interval> range{};
    bool logarithmic = false;
    /// The numbers that are written along the axis; by default round ones, of which a logarithmic axis has few.
    std::vector<double> ticks{};
    /// Names at 1, 2, ... instead of numbers.
    std::vector<std::string> categories{};
};

/// A dashed line across the figure at one x or one y.
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
    /// In units of the drawing, whose letters are 13 high: 480 is as wide as a telephone can show and be read.
    std::size_t width = 480;
    std::size_t height = 360;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::report
