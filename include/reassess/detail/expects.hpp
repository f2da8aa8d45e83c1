// Precondition checks: `expects` throws an exception with a message built from text and numbers.
#pragma once

#include "../version.hpp"

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

inline void append_text(std::string& text, std::string_view part)
{
    text += part;
}
inline void append_text(std::string& text, char part)
{
    text += part;
}
// std::to_string of an integer does not use the locale's digit grouping, unlike a stream.
template <std::integral Integer>
    requires(!std::same_as<Integer, char>)
void append_text(std::string& text, Integer part)
{
    text += std::to_string(part);
}

// The shortest text that means exactly this number, where std::to_string has six decimals and the locale's point.
inline void append_text(std::string& text, double part)
{
    std::array<char, 32> digits{};
    const std::to_chars_result written = std::to_chars(digits.data(), digits.data() + digits.size(), part);
    text.append(digits.data(), written.ptr);
}

/// Concatenates the parts (text and numbers), independent of the locale.
template <class... Parts>
[[nodiscard]] std::string concatenate(const Parts&... parts)
{
    std::string text;
    (append_text(text, parts), ...);
    return text;
}

/// Throws Error with the parts as its message.
template <class Error, class... Parts>
[[noreturn]] void fail(const Parts&... parts)
{
    throw Error(concatenate(parts...));
}

/// Throws Error with the parts as its message unless `condition` is true. The text is built only on failure.
template <class Error = std::invalid_argument, class... Parts>
void expects(bool condition, const Parts&... parts)
{
    if (!condition) fail<Error>(parts...);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
