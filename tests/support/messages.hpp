// Assertions on error messages: the parts that a message must contain.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace test_support {

/// The message of the Error that `call` throws; "(nothing was thrown)" if it does not throw. Other exceptions
/// propagate.
template <class Error, class Call>
std::string message_of(Call&& call)
{
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return "(nothing was thrown)";
}

/// "" if the text contains every part; otherwise the text and the first missing part, for doctest to display.
inline std::string lacks(std::string_view text, std::initializer_list<std::string_view> parts)
{
    for (const std::string_view part : parts) {
        if (text.find(part) == std::string_view::npos)
            return "\"" + std::string(text) + "\" lacks \"" + std::string(part) + "\"";
    }
    return {};
}

}  // namespace test_support

/// Checks that `expression` throws exactly an `Error` whose message contains every further argument.
#define CHECK_ERROR(Error, expression, ...)                                                                \
    CHECK(::test_support::lacks(::test_support::message_of<Error>([&] { static_cast<void>(expression); }), \
                                {__VA_ARGS__}) == "")
