// Numbers and text as people read them, and escaped for what they are written into.
#pragma once

#include "document.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace reassess::inline v0_1::report {

/// A finite number with so many digits after the point and commas before every third digit in front of it: 57,553.
[[nodiscard]] inline std::string number_text(double value, int digits)
{
    char buffer[400];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, digits).ptr;
    std::string text(buffer, end);
    if (text.find_first_not_of("-0.") == std::string::npos && text.front() == '-') text.erase(0, 1);  // no -0.00
    const std::size_t whole = std::min(text.find('.'), text.size());
    const std::size_t first = text.front() == '-' ? 1 : 0;
    for (std::size_t i = whole; i > first + 3; i -= 3) text.insert(i - 3, ",");
    return text;
}

/// The same with its sign; what rounds to 0 has none.
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

/// The value with its unit, "-" where there is none.
[[nodiscard]] inline std::string value_text(const number& n)
{
    if (!n.value) return "-";
    return number_text(*n.value, n.digits) + (n.unit.empty() ? "" : n.unit == "%" ? " %" : " " + n.unit);
}

[[nodiscard]] inline std::string published_text(const number& n)
{
    return n.published ? number_text(n.published->value, n.published->digits) : "-";
}

/// The difference with the digits of the value: "agrees" where the value rounds to the published one.
[[nodiscard]] inline std::string difference_text(const number& n)
{
    const std::optional<double> difference = n.difference();
    if (!difference) return "-";
    return n.agrees() ? "agrees" : signed_text(*difference, n.digits);
}

/// A number as it stands in a table: its value and, in brackets, its interval; of a published one, what differs.
[[nodiscard]] inline std::string cell_text(const cell& c)
{
    if (!c.value) return c.text;
    const number& n = *c.value;
    std::string text = n.value ? number_text(*n.value, n.digits) : "-";
    if (n.bounds) text += " " + interval_text(*n.bounds, n.digits);
    if (n.published) text += " (published " + published_text(n) + ")";
    return text;
}

/// Text for HTML, in elements and in attributes with either quote.
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

/// Text for Markdown, also in cells of tables: nothing in it is markup, and it is one line.
[[nodiscard]] inline std::string escaped_markdown(std::string_view text)
{
    std::string escaped;
    for (const char c : text) {
        if (std::string_view("\\`*_[]<>|#~").find(c) != std::string_view::npos) escaped += '\\';
        escaped += c == '\n' || c == '\r' ? ' ' : c;
    }
    return escaped;
}

}  // namespace reassess::inline v0_1::report
