// Text of numbers in messages and tables: digits, and no dependence on the locale.
#include <reassess/detail/expects.hpp>
#include <reassess/detail/number_text.hpp>

#include <doctest/doctest.h>

#include <clocale>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>

namespace ra = reassess;

TEST_CASE("number text: digits as printf's in the C locale")
{
    CHECK(ra::detail::fixed_text(76.125, 2) == "76.12");  // halves to even, as printf
    CHECK(ra::detail::fixed_text(-0.5, 0) == "-0");
    CHECK(ra::detail::fixed_text(std::numeric_limits<double>::max(), 2).size() == 312);
    CHECK(ra::detail::short_text(1.1000000238418579) == "1.1");
    CHECK(ra::detail::short_text(12345678.0) == "1.23457e+07");
    CHECK(ra::detail::short_text(-std::numeric_limits<double>::max()) == "-1.79769e+308");
    CHECK(ra::detail::short_text(std::numeric_limits<double>::infinity()) == "inf");
}

TEST_CASE("number text: a locale with a decimal comma changes nothing")
{
    const std::string before = std::setlocale(LC_ALL, nullptr);
    bool found = false;
    for (const char* const name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"})
        found = found || std::setlocale(LC_ALL, name) != nullptr;
    if (!found) MESSAGE("skipped: numbers in a locale with a decimal comma, because none is installed");
    CHECK(ra::detail::fixed_text(1234.5, 1) == "1234.5");
    CHECK(ra::detail::short_text(0.25) == "0.25");
    std::setlocale(LC_ALL, before.c_str());
}

TEST_CASE("messages: text, characters and numbers of every type, as they are")
{
    const std::string owned = "owned";
    CHECK(ra::detail::concatenate("a", std::string_view("bcd").substr(1), owned, 'x', true) == "acdownedx1");
    CHECK(ra::detail::concatenate(std::numeric_limits<std::int64_t>::min(), ' ',
                                  std::numeric_limits<std::uint64_t>::max(), ' ', std::int8_t{-5}, ' ',
                                  std::uint8_t{200}, ' ',
                                  std::int16_t{-300}) == "-9223372036854775808 18446744073709551615 -5 200 -300");
    CHECK(ra::detail::concatenate(0.1, ' ', 1e300, ' ', 2.5F, ' ', -0.0, ' ', 4.9e-324) == "0.1 1e+300 2.5 -0 5e-324");
    CHECK(ra::detail::concatenate(std::numeric_limits<double>::quiet_NaN(), ' ',
                                  -std::numeric_limits<double>::infinity()) == "nan -inf");
    CHECK(ra::detail::concatenate() == "");
}
