// Targets: equal numbers of images, slices, labels of any integer type.
#include "support/messages.hpp"

#include <reassess/data/label_sets.hpp>
#include <reassess/data/proportion.hpp>
#include <reassess/data/targets.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace ra = reassess;

static_assert(std::is_trivially_copyable_v<ra::proportion> && std::is_standard_layout_v<ra::proportion>);

TEST_CASE("targets_view: labels of another number of images than the scores are refused")
{
    const std::vector<ra::class_index> labels{0, 1};
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}, {}, {1}});
    const ra::targets_view original{.original = labels};
    const ra::targets_view real{.real = sets.view()};
    original.expect_images(2, "scores");
    real.expect_images(3, "scores");
    ra::targets_view{}.expect_images(17, "scores");
    CHECK_ERROR(std::invalid_argument, original.expect_images(3, "scores"), "scores have 3 images",
                "the original labels have 2");
    CHECK_ERROR(std::invalid_argument, real.expect_images(2, "lists"), "lists have 2 images", "the label sets have 3");
}

TEST_CASE("targets_view: slices of both parts")
{
    const std::vector<ra::class_index> labels{0, 1, 2};
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}, {}, {1, 2}});
    const ra::targets_view part = ra::targets_view{.original = labels, .real = sets.view()}.slice(1, 2);
    REQUIRE(part.original.has_value());
    REQUIRE(part.real.has_value());
    CHECK(part.original->size() == 2);
    CHECK((*part.original)[1] == 2);
    CHECK(part.real->images() == 2);
    CHECK(part.real->size_of(1) == 2);
    const ra::targets_view no_sets = ra::targets_view{.original = labels}.slice(0, 1);
    CHECK(!no_sets.real.has_value());
    CHECK(!ra::targets_view{.real = sets.view()}.slice(0, 1).original.has_value());
    CHECK_ERROR(std::out_of_range, (ra::targets_view{.original = labels}.slice(2, 2)),
                "images [2, 2 + 2) were requested, expected a part of [0, 3)");
    CHECK_ERROR(std::out_of_range, (ra::targets_view{.real = sets.view()}.slice(2, 2)),
                "images [2, 2 + 2) were requested, expected a part of [0, 3)");
}

TEST_CASE("targets_view: labels of any integer type are converted, checked, and shared by copies and slices")
{
    ra::targets_view part;
    {
        const std::vector<std::int64_t> labels{7, -1, 3, 2147483647};
        ra::targets_view targets{.original = labels};
        part = targets.slice(1, 3);
        targets = {};
        CHECK(!targets.original.has_value());
    }
    CHECK(std::vector<ra::class_index>(part.original->begin(), part.original->end()) ==
          std::vector<ra::class_index>{ra::missing_label, 3, 2147483647});
    const std::uint16_t of_a_loader[] = {5, 65535};
    CHECK(ra::targets_view{.original = of_a_loader}.original->back() == 65535);
    CHECK(ra::targets_view{.original = std::span<const std::uint8_t>()}.original.has_value());
    CHECK_ERROR(std::out_of_range, (ra::targets_view{.original = std::vector<std::int64_t>{0, std::int64_t{1} << 31}}),
                "label 2147483648 of image 1 is not a class index");
    CHECK_ERROR(std::out_of_range, (ra::targets_view{.original = std::vector<long>{-2}}), "label -2 of image 0");
    // Labels of type class_index are not copied.
    std::vector<ra::class_index> labels{1, 2};
    const ra::targets_view view{.original = labels};
    CHECK(view.original->data() == labels.data());
}

TEST_CASE("proportion: a value, or none for 0 of 0")
{
    CHECK(ra::proportion{1, 4}.value() == 0.25);
    CHECK(ra::proportion{0, 4}.value() == 0.0);
    CHECK(ra::proportion{4, 4}.try_value().value() == 1.0);
    CHECK(ra::proportion{42164, 46837}.value() == 42164.0 / 46837.0);
    CHECK_ERROR(std::domain_error, ra::proportion().value(), "0 of 0");
    CHECK(!ra::proportion{}.try_value().has_value());
    const std::uint64_t beyond_float = (std::uint64_t{1} << 24) + 1;
    CHECK(ra::proportion{beyond_float, beyond_float * 2}.value() == 0.5);
}
