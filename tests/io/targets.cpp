// read_targets: joins by name, number and position; count_classes.
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

TEST_CASE("read_targets: files that name their images are joined by name, ids by position")
{
    const temporary_folder folder;
    const auto val = folder.file("val.txt", "x_1.png 5\nx_2.png 6\nx_3.png 7\n");
    const auto sets = folder.file("sets.json", R"({"x_3.png": [7], "x_1.png": [5, 6], "x_2.png": []})");
    const auto names = folder.file("names.txt", "a/x_3.png\nb/x_1.png\n");
    const auto both = ra::io::read_targets({.original = val, .real = sets, .names = names});
    CHECK(*both.original == std::vector<ra::class_index>{7, 5});
    CHECK(*both.real == ra::label_sets(set_lists{{7}, {5, 6}}));
    CHECK(both.original_join == ra::io::label_set_join::by_name);
    CHECK(both.join == ra::io::label_set_join::by_name);
    CHECK(both.original_in_file == 3);
    CHECK(both.sets_in_file == 3);

    // Rows without names are in the order of the labels, which name them.
    const auto real = folder.file("real.json", "[[1], [2], [3]]");
    const auto in_order = ra::io::read_targets({.original = folder.file("v", "x_2 6\nx_3 7\n"), .real = real});
    CHECK(*in_order.original == std::vector<ra::class_index>{6, 7});
    CHECK(*in_order.real == ra::label_sets(set_lists{{2}, {3}}));
    CHECK(in_order.join == ra::io::label_set_join::by_number);

    const auto by_id =
        ra::io::read_targets({.original = folder.file("o.txt", "5\n6\n7\n"), .real = real}, {.ids = {2, 0}});
    CHECK(*by_id.original == std::vector<ra::class_index>{7, 5});
    CHECK(*by_id.real == ra::label_sets(set_lists{{3}, {1}}));
    CHECK(by_id.join == ra::io::label_set_join::by_id);
    CHECK_THROWS_WITH_AS(
        (void)ra::io::read_targets({.original = folder.file("named.txt", "x_1.png 5\nx_2.png 6\n")}, {.ids = {1, 0}}),
        Contains("named.txt: names its images, but the rows have ids: give names of the rows (--names)"), file_error);
    CHECK_THROWS_WITH_AS((void)ra::io::read_targets({.original = folder.file("o.txt", "5\n6\n7\n")},
                                                    {.names = {"x_1", "x_2"}, .names_file = "model.csv"}),
                         Contains("model.csv: 2 image names, but 3 original labels"), file_error);
    CHECK_THROWS_WITH_AS((void)ra::io::read_targets({.real = real}, {.ids = {3}}), Contains("real.json: "), file_error);

    CHECK_THROWS_WITH_AS((void)ra::io::read_targets({.original = folder.file("v", "x_2 6\nx_2 6\n")}),
                         Contains("\"x_2\" occurs twice (labels 0 and 1)"), file_error);
    CHECK_THROWS_WITH_AS(
        (void)ra::io::read_targets({.original = val, .names = folder.file("names.txt", "x_1.png\nx_1.png\n")}),
        Contains("names.txt: the image \"x_1.png\" occurs twice (rows 0 and 1)"), file_error);
    CHECK_THROWS_WITH_AS((void)ra::io::read_targets({.original = val, .names = folder.file("names.txt", "x_4.png\n")}),
                         Contains("val.txt: image names: x_4.png (image 0) is not among"), file_error);
}

TEST_CASE("read_labels_of: labels by name where the file names its images, else in its order")
{
    const temporary_folder folder;
    const std::vector<std::string> names{"x_3.png", "a/x_1.png"};
    const auto val = folder.file("val.txt", "x_1.png 5\nx_2.png 6\nx_3.png 7\n");
    CHECK(ra::io::read_labels_of(val, names) == std::vector<ra::class_index>{7, 5});
    CHECK(ra::io::read_labels_of(val, {}) == std::vector<ra::class_index>{5, 6, 7});
    CHECK(ra::io::read_labels_of(folder.file("o.txt", "5\n6\n"), names) == std::vector<ra::class_index>{5, 6});
    CHECK_THROWS_WITH_AS((void)ra::io::read_labels_of(folder.file("v", "y 5\n"), names), Contains("x_3.png"),
                         file_error);
}

TEST_CASE("read_targets: labels of repeated rows must agree, and count once")
{
    const temporary_folder folder;
    const ra::io::image_rows rows{.names = {"x_1", "x_2"}, .positions = {0, 1}, .repeated = {{2, 0}}, .in_files = 3};
    const auto real = folder.file("real.json", "[[1], [2]]");
    const auto once = ra::io::read_targets({.original = folder.file("o.txt", "5\n6\n5\n"), .real = real}, rows);
    CHECK(*once.original == std::vector<ra::class_index>{5, 6});
    CHECK(*once.real == ra::label_sets(set_lists{{1}, {2}}));
    CHECK_THROWS_WITH_AS((void)ra::io::read_targets({.original = folder.file("o.txt", "5\n6\n7\n")}, rows),
                         Contains("the labels of rows 0 and 2, which are the same image, differ"), file_error);
    CHECK_THROWS_WITH_AS((void)ra::io::read_targets({.original = folder.file("o.txt", "5\n6\n")}, rows),
                         Contains("labels of 2 images, but the predictions have 3 rows"), file_error);
}

TEST_CASE("expect_classes and expect_images_in_rows: the message names the remedy")
{
    const auto check = [](std::vector<ra::class_index> original, std::size_t classes, const char* part) {
        ra::io::image_targets targets;
        targets.original = std::move(original);
        CHECK_THROWS_WITH_AS(ra::io::expect_classes(targets, classes, {.original = "o.npy"}), Contains(part),
                             file_error);
    };
    check({0, 1000}, 1000,
          "o.npy: original label 1000 of image 1 is outside [0, 1000); if these are the ILSVRC devkit's");
    check({0, 10, 10}, 10, "if labels start at 1, subtract 1");
    check({255, 3, 255}, 10,
          "of image 0 is outside [0, 10); if it means that there is no label, give --ignore-label 255");
    check({11, 12}, 10, "is the number of classes right?");
    ra::io::image_targets targets;
    targets.original = std::vector<ra::class_index>{0, -1, 9};
    targets.real = ra::label_sets(set_lists{{0}, {}, {10}});
    CHECK_NOTHROW(ra::io::expect_classes(targets, 11, {}));
    CHECK_THROWS_WITH_AS(ra::io::expect_classes(targets, 10, {.real = "r.json"}),
                         Contains("r.json: ReaL label 10 of image 2 is outside [0, 10)"), file_error);
    CHECK_THROWS_WITH_AS(ra::io::expect_images_in_rows("p.npy", 5, 7, 7), Contains("p.npy: has shape (5, 7)"),
                         file_error);
    CHECK_NOTHROW(ra::io::expect_images_in_rows("p.npy", 7, 7, 7));
    CHECK_NOTHROW(ra::io::expect_images_in_rows("p.npy", 5, 6, 7));
}

TEST_CASE("expect_same_order: rows that name other images, or the same in another order, are refused")
{
    const std::vector<std::string> names{"a.jpg", "b.jpg"}, same{"val/a.jpg", "val/b.jpg"}, turned{"b.jpg", "a.jpg"},
        other{"a.jpg", "c.jpg"};
    CHECK_NOTHROW(ra::io::expect_same_order("p.csv", same, names));
    CHECK_NOTHROW(ra::io::expect_same_order("p.csv", {}, names));
    CHECK_NOTHROW(ra::io::expect_same_order("p.csv", turned, {}));
    CHECK_THROWS_WITH_AS(ra::io::expect_same_order("p.csv", turned, names),
                         Contains("p.csv: row 0 is of the image \"b.jpg\", expected \"a.jpg\""), file_error);
    CHECK_THROWS_WITH_AS(ra::io::expect_same_order("p.csv", other, names), Contains("p.csv: image names: b.jpg"),
                         file_error);
}

TEST_CASE("count_classes: one more than the largest class, and a stray value is refused")
{
    using classes = std::vector<std::optional<ra::class_index>>;
    CHECK(ra::io::count_classes(classes{3, std::nullopt, 5}) == 6);
    CHECK(ra::io::count_classes(classes{std::nullopt}) == 0);
    CHECK_THROWS_WITH_AS((void)ra::io::count_classes(classes{2147483646}), Contains("is 2147483646"),
                         std::invalid_argument);
}
