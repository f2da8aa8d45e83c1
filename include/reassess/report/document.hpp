// A report as plain data: sections with text, numbers beside the published ones, tables and figures. Whoever computes
// fills it; writers of HTML, Markdown and JSON read it.
#pragma once

#include "../data/proportion.hpp"
#include "../statistics/confidence.hpp"
#include "../statistics/proportion_interval.hpp"
#include "../version.hpp"
#include "plot.hpp"

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::report {

/// A number as it was printed somewhere: 90.8 with 1 digit after the point.
struct printed {
    double value = 0;
    int digits = 0;
};

/// One number, what it means, and what was published of it.
struct number {
    /// Stable and unique in the report: "fig4.table_5.first_slope". Empty for a number that only fills a table's cell.
    std::string id{};
    /// In words, for people.
    std::string what{};
    /// Absent where it cannot be computed; `note` says why.
    std::optional<double> value{};
    /// The 95 % interval, in units of the value.
    std::optional<interval> bounds{};
    std::optional<printed> published{};
    /// Exact counts behind a share.
    std::optional<proportion> counts{};
    /// Digits after the point that people see; JSON has all.
    int digits = 2;
    std::string unit{};
    /// Where it differs from the published one: why, as far as that is known.
    std::string note{};

    /// Value less published one; absent where either is.
    [[nodiscard]] std::optional<double> difference() const
    {
        if (!value || !published) return std::nullopt;
        return *value - published->value;
    }
    /// Whether the value rounds to the published one. False where either is absent.
    [[nodiscard]] bool agrees() const
    {
        const std::optional<double> off = difference();
        return off && std::abs(*off) <= 0.5 * std::pow(10.0, -published->digits) * (1 + 1e-9);
    }
};

/// A share in percent with its Wilson interval; of 0 of 0 neither.
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

/// A count, which has no digits after the point.
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
    /// What is shown and which images count.
    std::string caption{};
    std::vector<std::string> columns{};
    /// As long as `columns`.
    std::vector<std::vector<cell>> rows{};
};

struct figure {
    /// Stable and unique in the report; also the name of the figure's file.
    std::string id{};
    std::string title{};
    /// What is shown and which images count.
    std::string caption{};
    report::plot plot{};
};

struct section {
    std::string id{};
    std::string title{};
    /// Said before anything else, such as that everything here is simulated.
    std::string notice{};
    /// Paragraphs: how it is computed.
    std::vector<std::string> text{};
    /// The ids of the definitions that it rests on.
    std::vector<std::string> definitions{};
    std::vector<number> numbers{};
    std::vector<figure> figures{};
    std::vector<table> tables{};
};

struct definition {
    std::string id{};
    std::string term{};
    std::string text{};
    /// Where it is written down: a header of this library.
    std::string header{};
};

struct document {
    std::string title{};
    /// Paragraphs.
    std::vector<std::string> lead{};
    /// What the input lacks, one line each, and what is therefore not in the report.
    std::vector<std::string> left_out{};
    std::vector<section> sections{};
    std::vector<definition> definitions{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::report
