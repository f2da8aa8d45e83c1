// Text of numbers with a given number of digits, independent of the locale, unlike snprintf and streams.
#pragma once

#include "../version.hpp"

#include <array>
#include <charconv>
#include <string>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// The finite number with `digits` digits after the decimal point, as "%.*f" in the C locale: "76.13". At most 50
/// digits.
[[nodiscard]] inline std::string fixed_text(double value, int digits)
{
    std::array<char, 400> text{};
    char* const end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, digits).ptr;
    return {text.data(), end};
}

/// The number with at most six significant digits, as "%g" in the C locale: "1.25", "1e+10", "inf".
[[nodiscard]] inline std::string short_text(double value)
{
    std::array<char, 32> text{};
    char* const end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 6).ptr;
    return {text.data(), end};
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
