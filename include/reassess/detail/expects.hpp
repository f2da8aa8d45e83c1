// Precondition checks: `expects` throws an exception with a message built from text and numbers.
#pragma once

#include "../version.hpp"

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// One part of a message: text, a character or a number. Refers to the text that it is made from. One type for all
/// parts, so that messages of different parts share their code: hundreds of messages are compiled in every source.
class message_part {
public:
    message_part(std::string_view text) noexcept : text_(text), kind_(kind::text) {}
    message_part(const std::string& text) noexcept : text_(text), kind_(kind::text) {}
    message_part(const char* text) noexcept : text_(text), kind_(kind::text) {}
    message_part(char character) noexcept : character_(character), kind_(kind::character) {}
    message_part(double number) noexcept : real_(number), kind_(kind::real) {}
    template <std::signed_integral Integer>
    message_part(Integer number) noexcept : integer_(number), kind_(kind::integer)
    {
    }
    template <std::unsigned_integral Integer>
    message_part(Integer number) noexcept : natural_(number), kind_(kind::natural)
    {
    }

    /// Numbers do not depend on the locale, unlike those of a stream. A real number is the shortest text that means
    /// exactly this number, where std::to_string has six decimals and the locale's point.
    void append_to(std::string& text) const
    {
        std::array<char, 32> digits{};
        char* const end = digits.data() + digits.size();
        switch (kind_) {
            case kind::text:
                text += text_;
                break;
            case kind::character:
                text += character_;
                break;
            case kind::real:
                text.append(digits.data(), std::to_chars(digits.data(), end, real_).ptr);
                break;
            case kind::integer:
                text.append(digits.data(), std::to_chars(digits.data(), end, integer_).ptr);
                break;
            case kind::natural:
                text.append(digits.data(), std::to_chars(digits.data(), end, natural_).ptr);
                break;
        }
    }

private:
    enum class kind : unsigned char { text, character, real, integer, natural };

    union {
        std::string_view text_;
        char character_;
        double real_;
        std::int64_t integer_;
        std::uint64_t natural_;
    };
    kind kind_;
};

[[nodiscard]] inline std::string joined(std::initializer_list<message_part> parts)
{
    std::string text;
    for (const message_part& part : parts) part.append_to(text);
    return text;
}

/// Concatenates the parts (text and numbers), independent of the locale.
template <class... Parts>
[[nodiscard]] std::string concatenate(const Parts&... parts)
{
    return joined({message_part(parts)...});
}

template <class Error>
[[noreturn]] void throw_joined(std::initializer_list<message_part> parts)
{
    throw Error(joined(parts));
}

/// Throws Error with the parts as its message.
template <class Error, class... Parts>
[[noreturn]] void fail(const Parts&... parts)
{
    throw_joined<Error>({message_part(parts)...});
}

/// Throws Error with the parts as its message unless `condition` is true. The text is built only on failure.
template <class Error = std::invalid_argument, class... Parts>
void expects(bool condition, const Parts&... parts)
{
    if (!condition) throw_joined<Error>({message_part(parts)...});
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
