// Views of stored top-k lists.
#include "support/messages.hpp"

#include <reassess/data/predictions.hpp>

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

using view = ra::predictions_view<std::int16_t>;
constexpr std::size_t largest = std::numeric_limits<std::size_t>::max();

}  // namespace

static_assert(std::is_trivially_copyable_v<view> && std::is_standard_layout_v<view>);
static_assert(std::is_trivially_copyable_v<ra::predictions_view<std::uint64_t>>);

TEST_CASE("predictions_view: lists of a vector, a span and a pointer")
{
    const std::vector<std::int16_t> classes{0, 1, 2, 3, 4, 5};
    const view lists(classes, 3);
    CHECK(lists.images() == 2);
    CHECK(lists.depth() == 3);
    CHECK(lists.row(1)[2] == 5);
    CHECK(view(classes).depth() == 1);
    CHECK(view(classes).images() == 6);
    CHECK(view(std::span<const std::int16_t>(classes).first(4), 2).images() == 2);
    CHECK(view(classes.data(), 2, 2).row(1) == classes.data() + 2);
    CHECK(view().images() == 0);
    CHECK(view().depth() == 0);
    CHECK(view(nullptr, 0, 5).depth() == 5);
}

TEST_CASE("predictions_view: what is refused, and why")
{
    const std::vector<std::int16_t> classes(6);
    CHECK_ERROR(std::invalid_argument, view(classes, 0), "depth 0", "at least 1");
    CHECK_ERROR(std::invalid_argument, view(classes.data(), 6, 0), "depth 0", "at least 1");
    CHECK_ERROR(std::invalid_argument, view(classes, 4), "6 classes", "multiple of depth 4");
    CHECK_ERROR(std::invalid_argument, view(nullptr, 2, 3), "no data for 2 images");
    CHECK_ERROR(std::invalid_argument, view(classes.data(), largest, 2), "do not fit into memory");
    CHECK_ERROR(std::invalid_argument, view(classes.data(), 2, largest), "2 lists of", "do not fit into memory");
}

TEST_CASE("predictions_view: slices")
{
    const std::vector<std::int16_t> classes{0, 1, 2, 3, 4, 5};
    const view lists(classes, 2);
    CHECK(lists.slice(1, 2).row(1)[1] == 5);
    CHECK(lists.slice(1, 2).depth() == 2);
    CHECK(lists.slice(3, 0).images() == 0);
    CHECK_ERROR(std::out_of_range, lists.slice(2, 2), "images 2 to 4 of 3");
    CHECK_ERROR(std::out_of_range, lists.slice(4, 0), "of 3");
    CHECK_ERROR(std::out_of_range, lists.slice(1, largest), "of 3");
}
