// Report document as plain data: sections with text, numbers with their published values, tables and figures. Input of
// the HTML, Markdown and JSON writers.
#pragma once

#include "../data/proportion.hpp"
#include "../statistics/confidence.hpp"
#include "../statistics/proportion_interval.hpp"
#include "../version.hpp"
#include "plot.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::report {

/// A number as printed in a publication: 90.8 with 1 digit after the decimal point.
struct printed {
    double value = 0;
    int digits = 0;
};

/// One number with its description and its published value.
struct number {
    /// Stable and unique in the report: "fig4.table_5.first_slope". Empty for a number that occurs only in a table
    /// cell.
    std::string id{};
    /// Description in words.
    std::string what{};
    /// Absent if it cannot be computed; `note` has the reason.
    std::optional<double> value{};
    /// The 95 % interval, in units of the value.
    std::optional<interval> bounds{};
    std::optional<printed> published{};
    /// Exact counts of a share.
    std::optional<proportion> counts{};
    /// Digits after the decimal point in text output; JSON has full precision.
    int digits = 2;
    std::string unit{};
    /// Explanation of a difference from the published value, if known.
    std::string note{};

    /// Value minus published value; absent if either is absent.
    [[nodiscard]] std::optional<double> difference() const
    {
        if (!value || !published) return std::nullopt;
        return *value - published->value;
    }
    /// Whether the value rounds to the published value. False if either is absent.
    [[nodiscard]] bool agrees() const
    {
        const std::optional<double> off = difference();
        return off && std::abs(*off) <= 0.5 * std::pow(10.0, -published->digits) * (1 + 1e-9);
    }
};

/// A share in percent with its Wilson interval; both absent for 0 of 0.
[[nodiscard]] inline number percentage(std::string id, std::string what, proportion share,
                                       std::optional<printed> published = {}, std::string note = {})
{
    number result{.id = std::move(id), .what = std::move(what), .published = published, .counts = share};
    result.unit = "%";
    result.note = std::move(note);
    if (share.total == 0) return result;
    const interval bounds = wilson_interval(share);
    result.value = 100 * share.value();
    result.bounds = interval{100 * bounds.lower, 100 * bounds.upper};
    return result;
}

/// A count, without digits after the decimal point.
[[nodiscard]] inline number count(std::string id, std::string what, std::uint64_t value,
                                  std::optional<printed> published = {}, std::string note = {})
{
    number result{.id = std::move(id), .what = std::move(what), .value = static_cast<double>(value)};
    result.published = published;
    result.digits = 0;
    result.note = std::move(note);
    return result;
}

/// Text, or a number with its interval.
struct cell {
    std::string text{};
    std::optional<number> value{};

    cell(const char* words) : text(words) {}
    cell(std::string words) : text(std::move(words)) {}
    cell(number n) : value(std::move(n)) {}
};

struct table {
    /// Stable and unique in the report.
    std::string id{};
    std::string title{};
    /// Content of the table, and which images count.
    std::string caption{};
    std::vector<std::string> columns{};
    /// Each row has as many cells as `columns`.
    std::vector<std::vector<cell>> rows{};
};

struct figure {
    /// Stable and unique in the report; also the name of the figure's file.
    std::string id{};
    std::string title{};
    /// Content of the figure, and which images count.
    std::string caption{};
    report::plot plot{};
};

struct section {
    std::string id{};
    std::string title{};
    /// Shown before all other content of the section, for example that all data are simulated.
    std::string notice{};
    /// Paragraphs that describe the computation.
    std::vector<std::string> text{};
    /// The ids of the definitions used in the section.
    std::vector<std::string> definitions{};
    std::vector<number> numbers{};
    std::vector<figure> figures{};
    std::vector<table> tables{};
};

struct definition {
    std::string id{};
    std::string term{};
    std::string text{};
    /// The header of this library with the definition.
    std::string header{};
};

struct document {
    std::string title{};
    /// Paragraphs.
    std::vector<std::string> lead{};
    /// Missing inputs, one line each, and the parts of the report that are omitted for that reason.
    std::vector<std::string> left_out{};
    std::vector<section> sections{};
    std::vector<definition> definitions{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::report
