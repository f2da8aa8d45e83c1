// Text formatting of numbers, and escaping for HTML and Markdown.
#pragma once

#include "../detail/number_text.hpp"
#include "../version.hpp"
#include "document.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::report {

/// A finite number with the given digits after the decimal point and commas as thousands separators: 57,553.
[[nodiscard]] inline std::string number_text(double value, int digits)
{
    std::string text = detail::fixed_text(value, digits);
    if (text.find_first_not_of("-0.") == std::string::npos && text.front() == '-') text.erase(0, 1);  // no -0.00
    const std::size_t whole = std::min(text.find('.'), text.size());
    const std::size_t first = text.front() == '-' ? 1 : 0;
    for (std::size_t i = whole; i > first + 3; i -= 3) text.insert(i - 3, ",");
    return text;
}

/// The same with its sign; values that round to 0 have no sign.
[[nodiscard]] inline std::string signed_text(double value, int digits)
{
    const std::string text = number_text(value, digits);
    return text.front() == '-' || text.find_first_not_of("0.") == std::string::npos ? text : "+" + text;
}

/// "[89.75, 90.29]".
[[nodiscard]] inline std::string interval_text(const interval& bounds, int digits)
{
    return "[" + number_text(bounds.lower, digits) + ", " + number_text(bounds.upper, digits) + "]";
}

/// The value with its unit; "-" if absent.
[[nodiscard]] inline std::string value_text(const number& n)
{
    if (!n.value) return "-";
    return number_text(*n.value, n.digits) + (n.unit.empty() ? "" : n.unit == "%" ? " %" : " " + n.unit);
}

[[nodiscard]] inline std::string published_text(const number& n)
{
    return n.published ? number_text(n.published->value, n.published->digits) : "-";
}

/// The difference from the published value, with the digits of the value; "agrees" if the value rounds to the published
/// one.
[[nodiscard]] inline std::string difference_text(const number& n)
{
    const std::optional<double> difference = n.difference();
    if (!difference) return "-";
    return n.agrees() ? "agrees" : signed_text(*difference, n.digits);
}

/// "(published 73.8, difference +2.45)"; without the difference if the value rounds to the published one.
[[nodiscard]] inline std::string beside_published_text(const number& n)
{
    const bool off = n.difference() && !n.agrees();
    return "(published " + published_text(n) + (off ? ", difference " + difference_text(n) : "") + ")";
}

/// Text of a table cell: the value, its interval in brackets, and the published value with the difference.
[[nodiscard]] inline std::string cell_text(const cell& c)
{
    if (!c.value) return c.text;
    const number& n = *c.value;
    std::string text = n.value ? number_text(*n.value, n.digits) : "-";
    if (n.bounds) text += " " + interval_text(*n.bounds, n.digits);
    if (n.published) text += " " + beside_published_text(n);
    return text;
}

/// The columns of a section's list of numbers; empty columns are omitted.
struct number_columns {
    bool bounds = false;
    bool published = false;
    bool notes = false;

    explicit number_columns(std::span<const number> numbers)
    {
        for (const number& n : numbers) {
            bounds = bounds || n.bounds;
            published = published || n.published;
            notes = notes || !n.note.empty();
        }
    }

    [[nodiscard]] std::vector<std::string> titles() const
    {
        std::vector<std::string> titles{"", "computed"};
        if (bounds) titles.push_back("95 % interval");
        if (published) titles.insert(titles.end(), {"published", "difference"});
        if (notes) titles.push_back("note");
        return titles;
    }
};

/// Notes on a table's numbers that differ from the published ones, one line per note with the rows it refers to.
[[nodiscard]] inline std::vector<std::string> notes_of(const table& t)
{
    std::vector<std::pair<std::string, std::vector<std::string>>> rows_of;  // in order of the first row of each note
    for (const auto& row : t.rows) {
        for (const cell& c : row) {
            if (!c.value || c.value->note.empty() || (c.value->difference() && c.value->agrees())) continue;
            auto place = std::find_if(rows_of.begin(), rows_of.end(),
                                      [&](const auto& entry) { return entry.first == c.value->note; });
            if (place == rows_of.end()) place = rows_of.insert(rows_of.end(), {c.value->note, {}});
            const std::string& name = row.front().text;
            if (place->second.empty() || place->second.back() != name) place->second.push_back(name);
        }
    }
    std::vector<std::string> lines;
    for (const auto& [note, rows] : rows_of) {
        std::string names;
        for (const std::string& name : rows) names += (names.empty() ? "" : "; ") + name;
        lines.push_back(names + ": " + note);
    }
    return lines;
}

/// The title with a final full stop.
[[nodiscard]] inline std::string as_sentence(const std::string& title)
{
    return title.ends_with('?') || title.ends_with('.') ? title : title + ".";
}

/// Escapes text for HTML elements and for attributes in single or double quotes.
[[nodiscard]] inline std::string escaped_html(std::string_view text)
{
    std::string escaped;
    for (const char c : text) {
        switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            case '\'':
                escaped += "&#39;";
                break;
            default:
                escaped += c;
        }
    }
    return escaped;
}

/// Escapes text for Markdown, also in table cells: nothing is markup, and line breaks are removed.
[[nodiscard]] inline std::string escaped_markdown(std::string_view text)
{
    std::string escaped;
    for (const char c : text) {
        if (std::string_view("\\`*_[]<>|#~&").find(c) != std::string_view::npos) escaped += '\\';
        escaped += c == '\n' || c == '\r' ? ' ' : c;
    }
    return escaped;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::report
