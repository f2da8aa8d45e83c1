// Views of scores: shapes, strides, slices and everything that is refused.
#include "support/messages.hpp"

#include <reassess/data/scores.hpp>
#include <reassess/detail/memory_space.hpp>

#include <doctest/doctest.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace ra = reassess;

namespace {

/// What the library may ask of a std::mdspan, and no more.
template <class T, int Rank = 2>
struct look_alike {
    T* pointer = nullptr;
    std::array<std::size_t, 2> extents{};
    std::array<std::size_t, 2> strides{};

    static constexpr std::size_t rank() noexcept { return Rank; }
    [[nodiscard]] std::size_t extent(std::size_t r) const noexcept { return extents[r]; }
    [[nodiscard]] std::size_t stride(std::size_t r) const noexcept { return strides[r]; }
    [[nodiscard]] T* data_handle() const noexcept { return pointer; }
};

using view = ra::scores_view<float>;
constexpr std::size_t largest = std::numeric_limits<std::size_t>::max();

}  // namespace

static_assert(std::is_trivially_copyable_v<view> && std::is_standard_layout_v<view>);
static_assert(std::is_trivially_copyable_v<ra::scores_view<ra::half>>);
static_assert(std::is_trivially_copyable_v<ra::scores_view<double, ra::device_space>>);
static_assert(!std::is_convertible_v<ra::scores_view<float, ra::device_space>, view> &&
                  !std::is_convertible_v<view, ra::scores_view<float, ra::device_space>>,
              "device memory must not reach host code");
static_assert(!std::constructible_from<ra::scores_view<float, ra::device_space>, std::vector<float>, std::size_t>,
              "a vector is not device memory");
static_assert(ra::score_element<ra::bfloat16> && !ra::score_element<long double> && !ra::score_element<int>);
static_assert(ra::mdspan_like<look_alike<float>> && !ra::mdspan_like<look_alike<float, 3>> &&
              !ra::mdspan_like<std::vector<float>>);
static_assert(!std::constructible_from<view, look_alike<double>>, "elements are not converted");

TEST_CASE("scores_view: a default one has no images and no classes")
{
    const view empty;
    CHECK(empty.images() == 0);
    CHECK(empty.classes() == 0);
    CHECK(empty.data() == nullptr);
    CHECK(empty.slice(0, 0).images() == 0);
}

TEST_CASE("scores_view: rows of a vector, a span and a pointer")
{
    const std::vector<float> scores{0, 1, 2, 3, 4, 5};
    const view of_vector(scores, 3);
    CHECK(of_vector.images() == 2);
    CHECK(of_vector.classes() == 3);
    CHECK(of_vector.row_stride() == 3);
    CHECK(of_vector.row(1) == scores.data() + 3);
    const view of_span(std::span<const float>(scores).first(4), 2);
    CHECK(of_span.images() == 2);
    CHECK(of_span.row(1)[1] == 3.0F);
    const view of_pointer(scores.data(), 3, 2);
    CHECK(of_pointer.images() == 3);
    CHECK(of_pointer.row(2)[0] == 4.0F);
}

TEST_CASE("scores_view: rows may lie apart")
{
    const std::vector<float> scores{0, 1, -1, 2, 3, -1};
    const view padded(scores.data(), 2, 2, 3);
    CHECK(padded.row_stride() == 3);
    CHECK(padded.row(1)[0] == 2.0F);
    CHECK(padded.row(1)[1] == 3.0F);
}

TEST_CASE("scores_view: no images need no data, but classes")
{
    const view none(nullptr, 0, 10);
    CHECK(none.images() == 0);
    CHECK(none.classes() == 10);
    CHECK(view(std::vector<float>{}, 10).images() == 0);
    CHECK(view(nullptr, 0, 10, largest).images() == 0);
}

TEST_CASE("scores_view: what is refused, and why")
{
    const std::vector<float> scores(6);
    CHECK_ERROR(std::invalid_argument, view(scores, 0), "the number of classes is 0");
    CHECK_ERROR(std::invalid_argument, view(scores.data(), 2, 0), "the number of classes is 0");
    CHECK_ERROR(std::invalid_argument, view(scores, 4), "6 elements", "multiple of 4");
    CHECK_ERROR(std::invalid_argument, view(scores.data(), 2, 3, 2), "row stride 2", "number of classes, 3");
    CHECK_ERROR(std::invalid_argument, view(nullptr, 2, 3), "the data pointer is null for 2 images");
}

TEST_CASE("scores_view: what cannot fit into memory is refused before anything is multiplied")
{
    const float score = 0;
    CHECK_ERROR(std::invalid_argument, view(&score, largest, 2), "do not fit into memory", std::to_string(largest));
    CHECK_ERROR(std::invalid_argument, view(&score, 2, 1, largest), "2 rows of", "do not fit into memory");
    CHECK_ERROR(std::invalid_argument, view(&score, std::size_t{1} << 33, std::size_t{1} << 31), "do not fit");
    constexpr std::size_t most = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) / sizeof(float);
    CHECK_ERROR(std::invalid_argument, view(&score, 1, 1, most + 1), "do not fit");
    CHECK(view(&score, 1, 1, most).row_stride() == most);
    CHECK_ERROR(std::invalid_argument, ra::scores_view<double>(nullptr, 1, 2), "the data pointer is null");
}

TEST_CASE("scores_view: an mdspan of the last stride 1")
{
    std::vector<float> scores{0, 1, -1, 2, 3, -1};
    const view from(look_alike<float>{scores.data(), {2, 2}, {3, 1}});
    CHECK(from.images() == 2);
    CHECK(from.classes() == 2);
    CHECK(from.row_stride() == 3);
    CHECK(from.row(1)[1] == 3.0F);
    const view of_const(look_alike<const float>{scores.data(), {2, 3}, {3, 1}});
    CHECK(of_const.classes() == 3);
    CHECK(ra::scores_view<float>(look_alike<float>{scores.data(), {6, 1}, {1, 1}}).images() == 6);
}

TEST_CASE("scores_view: an mdspan of one class may have any last stride")
{
    std::vector<float> scores{0, 1, 2, 3};
    const view from(look_alike<float>{scores.data(), {2, 1}, {2, 17}});
    CHECK(from.row(1)[0] == 2.0F);
}

TEST_CASE("scores_view: an mdspan of columns or without classes is refused")
{
    std::vector<float> scores(12);
    CHECK_ERROR(std::invalid_argument, view(look_alike<float>{scores.data(), {2, 3}, {6, 2}}),
                "stride(1) of the mdspan is 2", "expected 1");
    CHECK_ERROR(std::invalid_argument, view(look_alike<float>{scores.data(), {4, 3}, {1, 4}}), "row stride 1");
    CHECK_ERROR(std::invalid_argument, view(look_alike<float>{scores.data(), {4, 0}, {0, 1}}),
                "the number of classes is 0");
}

TEST_CASE("scores_view: slices keep the stride and their place")
{
    const std::vector<float> scores{0, 1, -1, 2, 3, -1, 4, 5, -1};
    const view all(scores.data(), 3, 2, 3);
    const view last = all.slice(2, 1);
    CHECK(last.images() == 1);
    CHECK(last.row(0)[0] == 4.0F);
    CHECK(all.slice(1, 2).slice(1, 1).row(0)[1] == 5.0F);
    CHECK(all.slice(1, 2).row_stride() == 3);
    CHECK(all.slice(3, 0).images() == 0);
    CHECK(all.slice(3, 0).classes() == 2);
}

TEST_CASE("scores_view: slices beyond the images are refused")
{
    const std::vector<float> scores(6);
    const view all(scores, 2);
    CHECK_ERROR(std::out_of_range, all.slice(2, 2), "images [2, 2 + 2) were requested, expected a part of [0, 3)");
    CHECK_ERROR(std::out_of_range, all.slice(4, 0), "images [4, 4 + 0)", "a part of [0, 3)");
    CHECK_ERROR(std::out_of_range, all.slice(1, largest), "a part of [0, 3)");
    CHECK_ERROR(std::out_of_range, all.slice(largest, 1), "a part of [0, 3)");
}
