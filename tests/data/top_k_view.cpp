// Views of stored top-k lists.
#include "support/messages.hpp"

#include <reassess/data/top_k.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace ra = reassess;

namespace {

using view = ra::top_k_view<std::int16_t>;
constexpr std::size_t largest = std::numeric_limits<std::size_t>::max();

}  // namespace

static_assert(std::is_trivially_copyable_v<view> && std::is_standard_layout_v<view>);
static_assert(std::is_trivially_copyable_v<ra::top_k_view<std::uint64_t>>);

TEST_CASE("top_k_view: lists of a vector, a span and a pointer")
{
    const std::vector<std::int16_t> classes{0, 1, 2, 3, 4, 5};
    const view lists(classes, 3, 10);
    CHECK(lists.images() == 2);
    CHECK(lists.k() == 3);
    CHECK(lists.classes() == 10);
    CHECK(lists.row(1)[2] == 5);
    CHECK(view(classes, 1, 6).k() == 1);
    CHECK(view(classes, 1, 6).images() == 6);
    CHECK(view(std::span<const std::int16_t>(classes).first(4), 2, 6).images() == 2);
    CHECK(view(classes.data(), 2, 2, 6).row(1) == classes.data() + 2);
    CHECK(view().images() == 0);
    CHECK(view().k() == 0);
    CHECK(view().classes() == 0);
    CHECK(view(nullptr, 0, 5, 5).k() == 5);
}

TEST_CASE("top_k_view: invalid shapes are refused with the value found and the values allowed")
{
    const std::vector<std::int16_t> classes(6);
    CHECK_ERROR(std::invalid_argument, view(classes, 0, 6), "k is 0", "at least 1");
    CHECK_ERROR(std::invalid_argument, view(classes.data(), 6, 0, 6), "k is 0", "at least 1");
    CHECK_ERROR(std::invalid_argument, view(classes, 2, 0), "number of classes is 0", "at least 1");
    CHECK_ERROR(std::invalid_argument, view(classes, 3, 2), "k is 3", "expected at most the number of classes, 2");
    CHECK_ERROR(std::invalid_argument, view(classes, 4, 6), "6 elements", "multiple of k = 4");
    CHECK_ERROR(std::invalid_argument, view(nullptr, 2, 3, 3), "the data pointer is null for 2 images");
    CHECK_ERROR(std::invalid_argument, view(classes.data(), largest, 2, 6), "do not fit into memory");
    CHECK_ERROR(std::invalid_argument, view(classes.data(), 2, largest, largest), "2 lists of",
                "do not fit into memory");
}

TEST_CASE("top_k_view: slices")
{
    const std::vector<std::int16_t> classes{0, 1, 2, 3, 4, 5};
    const view lists(classes, 2, 6);
    CHECK(lists.slice(1, 2).row(1)[1] == 5);
    CHECK(lists.slice(1, 2).k() == 2);
    CHECK(lists.slice(1, 2).classes() == 6);
    CHECK(lists.slice(3, 0).images() == 0);
    CHECK_ERROR(std::out_of_range, lists.slice(2, 2), "images [2, 2 + 2)", "a part of [0, 3)");
    CHECK_ERROR(std::out_of_range, lists.slice(4, 0), "a part of [0, 3)");
    CHECK_ERROR(std::out_of_range, lists.slice(1, largest), "a part of [0, 3)");
}
