// Every half and every bfloat16 against IEEE 754 written out.
#include "support/element_bits.hpp"

#include <reassess/data/float16.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>

namespace ra = reassess;
using test_support::value_of;

namespace {

/// The patterns whose conversion differs from the independent one, as text; "" if none.
template <class T>
std::string wrong_patterns()
{
    std::string wrong;
    for (std::uint32_t bits = 0; bits <= 0xffff; ++bits) {
        const T number{static_cast<std::uint16_t>(bits)};
        const auto converted = static_cast<float>(number);
        const double expected = value_of(number);
        const bool same = std::isnan(expected) ? std::isnan(converted)
                                               : static_cast<double>(converted) == expected &&
                                                     std::signbit(converted) == std::signbit(expected);
        if (!same) wrong += std::to_string(bits) + " ";
    }
    return wrong;
}

}  // namespace

TEST_CASE("half: all 65,536 patterns convert exactly")
{
    CHECK(wrong_patterns<ra::half>() == "");
}

TEST_CASE("bfloat16: all 65,536 patterns convert exactly")
{
    CHECK(wrong_patterns<ra::bfloat16>() == "");
}

TEST_CASE("float16: known numbers")
{
    CHECK(static_cast<float>(ra::half{0x3c00}) == 1.0F);
    CHECK(static_cast<float>(ra::half{0x3555}) == 0.333251953125F);
    CHECK(static_cast<float>(ra::half{0x7bff}) == 65504.0F);
    CHECK(static_cast<float>(ra::half{0x0001}) == std::ldexp(1.0F, -24));
    CHECK(static_cast<float>(ra::half{0x8400}) == -std::ldexp(1.0F, -14));
    CHECK(static_cast<float>(ra::bfloat16{0x4049}) == 3.140625F);
    CHECK(static_cast<float>(ra::bfloat16{0x0001}) == std::ldexp(1.0F, -133));
    CHECK(std::signbit(static_cast<float>(ra::half{0x8000})));
    CHECK(std::signbit(static_cast<float>(ra::bfloat16{0x8000})));
}

TEST_CASE("float16: NaN keeps its sign and fraction")
{
    CHECK(std::bit_cast<std::uint32_t>(static_cast<float>(ra::half{0xfe01})) == 0xffc02000U);
    CHECK(std::bit_cast<std::uint32_t>(static_cast<float>(ra::bfloat16{0x7fc1})) == 0x7fc10000U);
}

static_assert(sizeof(ra::half) == 2 && sizeof(ra::bfloat16) == 2);
static_assert(std::is_trivially_copyable_v<ra::half> && std::is_standard_layout_v<ra::half>);
static_assert(std::is_trivially_copyable_v<ra::bfloat16> && std::is_standard_layout_v<ra::bfloat16>);
static_assert(!std::is_convertible_v<ra::half, float> && !std::is_convertible_v<ra::bfloat16, float>,
              "conversion to float must be explicit");
static_assert(static_cast<float>(ra::half{0x3c00}) == 1.0F, "the conversion is constexpr");
