// Labels of any integer type, and which values mean that there is none.
#include "support/messages.hpp"

#include <reassess/data/labels.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace ra = reassess;

namespace {

template <class Integer>
std::vector<ra::class_index> convert(const std::vector<Integer>& labels,
                                     std::optional<Integer> ignore_label = std::nullopt)
{
    return ra::to_class_indices(std::span<const Integer>(labels), ignore_label);
}

using indices = std::vector<ra::class_index>;

}  // namespace

TEST_CASE_TEMPLATE("to_class_indices: every integer type keeps its classes", Integer, std::int8_t, std::int16_t,
                   std::int32_t, std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, long long,
                   unsigned long)
{
    CHECK(convert<Integer>({0, 7, 127}) == indices{0, 7, 127});
    CHECK(convert<Integer>({}).empty());
    CHECK(convert<Integer>({1, 2, 1}, Integer{2}) == indices{1, ra::missing_label, 1});
}

TEST_CASE_TEMPLATE("to_class_indices: -1 in a signed type is a missing label, -2 is an error", Integer, std::int8_t,
                   std::int16_t, std::int32_t, std::int64_t)
{
    CHECK(convert<Integer>({3, -1}) == indices{3, ra::missing_label});
    CHECK_ERROR(std::out_of_range, convert<Integer>({3, -1, -2}), "label -2", "image 2");
    CHECK_ERROR(std::out_of_range, convert<Integer>({std::numeric_limits<Integer>::min()}), "label -", "image 0");
    CHECK(convert<Integer>({3, -1, -100}, Integer{-100}) == indices{3, ra::missing_label, ra::missing_label});
}

TEST_CASE("to_class_indices: 65535 in 16 unsigned bits is missing only if the caller says so")
{
    CHECK(convert<std::uint16_t>({5, 65535}) == indices{5, 65535});
    CHECK(convert<std::uint16_t>({5, 65535}, std::uint16_t{65535}) == indices{5, ra::missing_label});
    CHECK(convert<std::uint8_t>({5, 255}, std::uint8_t{255}) == indices{5, ra::missing_label});
    const std::vector<std::uint16_t> labels{5, 65535};
    CHECK(ra::to_class_indices(std::span(labels), 65535) == indices{5, ra::missing_label});
}

TEST_CASE("to_class_indices: values that no class can have name the image")
{
    const std::int64_t beyond = std::int64_t{1} << 31;
    CHECK(convert<std::int64_t>({beyond - 1}) == indices{2147483647});
    CHECK_ERROR(std::out_of_range, convert<std::int64_t>({0, 0, beyond}), "label 2147483648", "image 2");
    CHECK_ERROR(std::out_of_range, convert<std::uint32_t>({std::uint32_t{1} << 31}), "label 2147483648", "image 0");
    CHECK_ERROR(std::out_of_range, convert<std::uint32_t>({0, 4294967295U}), "label 4294967295", "image 1");
    CHECK_ERROR(std::out_of_range, convert<std::uint64_t>({0, std::uint64_t{1} << 63}), "label 9223372036854775808",
                "image 1");
    CHECK_ERROR(std::out_of_range, convert<std::uint64_t>({std::numeric_limits<std::uint64_t>::max()}),
                "label 18446744073709551615", "image 0");
    // 2^32 would be class 0 if it were cut to 32 bits.
    CHECK_ERROR(std::out_of_range, convert<std::int64_t>({std::int64_t{1} << 32}), "label 4294967296", "image 0");
    CHECK_ERROR(std::out_of_range, convert<std::int64_t>({-(std::int64_t{1} << 32) - 1}), "label -4294967297");
}
