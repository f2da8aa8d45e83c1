// read_targets: joins by name, number and position; count_classes; warnings about accuracies near chance.
#include <reassess/io/input_warnings.hpp>
#include <reassess/io/targets.hpp>

#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using doctest::Contains;
using ra::io::file_error;
using test_support::temporary_folder;
using set_lists = std::vector<std::vector<int>>;

TEST_CASE("read_targets: label sets are joined by position, by number or by name")
{
    const temporary_folder folder;
    const auto original = folder.file("original.txt", "2\n0\n-1\n");
    const auto real = folder.file("real.json", "[[0], [1, 3], []]");
    const auto names = folder.file("names.txt", "a/x_3.png\nb/x_1.png\nx_2.png\n");
    const auto real_names = folder.file("real_names.txt", "x_2.png\nx_3.png\nx_1.png\n");

    const auto by_position = ra::io::read_targets({.original = original, .real = real});
    CHECK(by_position.join == ra::io::label_set_join::by_position);
    CHECK(*by_position.real == ra::label_sets(set_lists{{0}, {1, 3}, {}}));
    CHECK(by_position.largest_class() == 3);
    CHECK(by_position.view().original->size() == 3);

    const auto by_number = ra::io::read_targets({.original = original, .real = real, .names = names});
    CHECK(by_number.join == ra::io::label_set_join::by_number);
    CHECK(*by_number.real == ra::label_sets(set_lists{{}, {0}, {1, 3}}));
    CHECK(by_number.names.size() == 3);

    const auto by_name = ra::io::read_targets({.real = real, .names = names, .real_names = real_names});
    CHECK(by_name.join == ra::io::label_set_join::by_name);
    CHECK(*by_name.real == ra::label_sets(set_lists{{1, 3}, {}, {0}}));
    CHECK_FALSE(by_name.original.has_value());
    CHECK(ra::io::describe(by_name.join) == "label sets joined by image name");
}

TEST_CASE("read_targets: what does not match is refused with the name of the file")
{
    const temporary_folder folder;
    const auto original = folder.file("original.txt", "2\n0\n");
    const auto real = folder.file("real.json", "[[0], [1]]");
    const auto names = folder.file("names.txt", "x_1.png\nx_2.png\nx_3.png\n");
    CHECK_THROWS_WITH_AS((void)ra::io::read_targets({}), Contains("no file of labels"), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::io::read_targets({.real = real, .real_names = names}), std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)ra::io::read_targets({.original = original, .names = names}),
                         Contains("names.txt: 3 image names, but 2 original labels"), file_error);
    CHECK_THROWS_WITH_AS((void)ra::io::read_targets({.real = real, .names = names}),
                         Contains("2 sets, but 3 image names"), file_error);
}

TEST_CASE("count_classes: one more than the largest class, and a stray value is refused")
{
    using classes = std::vector<std::optional<ra::class_index>>;
    CHECK(ra::io::count_classes(classes{3, std::nullopt, 5}) == 6);
    CHECK(ra::io::count_classes(classes{std::nullopt}) == 0);
    CHECK_THROWS_WITH_AS((void)ra::io::count_classes(classes{2147483646}), Contains("is 2147483646"),
                         std::invalid_argument);
}

TEST_CASE("near_chance_warnings: at most twice the accuracy of guessing earns a warning with the likely cause")
{
    using ra::io::near_chance_warnings;
    const ra::proportion low{2, 100}, high{30, 100}, none{0, 0};
    auto warnings =
        near_chance_warnings({.name = "m", .classes = 100, .original = low, .real = low, .real_chance = 0.01});
    REQUIRE(warnings.size() == 2);
    CHECK(warnings[0].find("ReaL accuracy of m, 2.00 %, is near chance (1.00 %)") == 0);
    CHECK(warnings[0].find("give --names") != std::string::npos);
    CHECK(warnings[1].find("original accuracy of m, 2.00 %, is near chance") == 0);
    warnings = near_chance_warnings(
        {.name = "m", .classes = 100, .real = low, .real_chance = 0.01, .join = ra::io::label_set_join::by_name});
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].find("numbered in another way") != std::string::npos);
    CHECK(near_chance_warnings({.name = "m", .classes = 100, .original = high, .real = high, .real_chance = 0.01})
              .empty());
    CHECK(near_chance_warnings({.name = "m", .classes = 100, .original = none, .real = none, .real_chance = 0.01})
              .empty());
    CHECK(near_chance_warnings({.name = "m", .classes = 2, .original = low}).empty());
}
