// Joining by name: what matches, and every way in which names cannot say which image is meant.
#include "support/messages.hpp"

#include <reassess/data/image_names.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;

namespace {

using names = std::vector<std::string>;
using positions = std::vector<std::size_t>;

const ra::label_sets three_sets(std::vector<std::vector<int>>{{10}, {20, 21}, {}});

}  // namespace

TEST_CASE("base_name: both slashes end a folder")
{
    CHECK(ra::base_name("val/n01440764/x.JPEG") == "x.JPEG");
    CHECK(ra::base_name("C:\\data\\val\\x.JPEG") == "x.JPEG");
    CHECK(ra::base_name("a/b\\c/x") == "x");
    CHECK(ra::base_name("x.JPEG") == "x.JPEG");
    CHECK(ra::base_name("folder/") == "");
    CHECK(ra::base_name("") == "");
}

TEST_CASE("match_names: by base name, in the requested order, from more than is requested")
{
    const names available{"val/a/1.png", "C:\\b\\2.png", "3.png", "val/c/4.png"};
    CHECK(ra::match_names(available, names{"x/4.png", "2.png", "1.png"}) == positions{3, 1, 0});
    CHECK(ra::match_names(available, names{}).empty());
    CHECK(ra::match_names(names{}, names{}).empty());
}

TEST_CASE("match_names: missing and repeated names are refused")
{
    const names available{"a/1.png", "2.png"};
    CHECK_ERROR(std::invalid_argument, ra::match_names(available, names{"2.png", "x/3.png"}), "x/3.png", "image 1",
                "2 available");
    CHECK_ERROR(std::invalid_argument, ra::match_names(names{"a/1.png", "2.png", "a/1.png"}, names{"2.png"}), "a/1.png",
                "twice among the available", "0 and 2");
    CHECK_ERROR(std::invalid_argument, ra::match_names(available, names{"2.png", "1.png", "2.png"}), "2.png",
                "twice among the requested", "0 and 2");
    CHECK_ERROR(std::invalid_argument, ra::match_names(available, names{"2.png", "1.png", "c/2.png"}), "1.png",
                "is not among");
    CHECK_ERROR(std::invalid_argument, ra::match_names(names{"1.png", "1.jpg"}, names{"1.PNG"}), "1.PNG");
}

TEST_CASE("match_names: base names that repeat across folders are compared with their folders")
{
    const names folders{"val/cat/0001.png", "val/dog/0001.png", "val/dog/0002.png"};
    CHECK(ra::match_names(folders, names{"dog/0001.png", "cat/0001.png"}) == positions{1, 0});
    CHECK(ra::match_names(folders, names{"x\\dog\\0002.png", "x\\dog\\0001.png", "x\\cat\\0001.png"}) ==
          positions{2, 1, 0});
    CHECK_ERROR(std::invalid_argument, ra::match_names(folders, names{"0001.png"}), "0001.png", "is not among");
}

TEST_CASE("match_names: Hugging Face's synsets and other extensions do not matter")
{
    const names available{"ILSVRC2012_val_00000293_n01440764.JPEG", "ILSVRC2012_val_00000001_n01751748.JPEG"};
    CHECK(ra::match_names(available, names{"ILSVRC2012_val_00000001.JPEG", "v/ILSVRC2012_val_00000293.JPEG"}) ==
          positions{1, 0});
    CHECK(ra::match_names(available, names{"ILSVRC2012_val_00000293"}) == positions{0});
    CHECK(ra::match_names(names{"a.jpg", "b.jpg"}, names{"b.png"}) == positions{1});
}

TEST_CASE("find_repeated_names: every later row of an image")
{
    CHECK(ra::find_repeated_names(names{"a", "b", "a", "c", "a"}) == std::vector<ra::repeated_row>{{2, 0}, {4, 0}});
    CHECK(ra::find_repeated_names(names{"x/a", "y/a"}).empty());
    CHECK(ra::find_repeated_names(names{}).empty());
}

TEST_CASE("positions_from_numbers: the digits before the extension, minus one")
{
    CHECK(ra::positions_from_numbers(names{"ILSVRC2012_val_00000003.JPEG", "v/ILSVRC2012_val_00000001.JPEG",
                                           "C:\\v\\ILSVRC2012_val_00000002.JPEG"}) == positions{2, 0, 1});
    CHECK(ra::positions_from_numbers(names{"2", "1"}) == positions{1, 0});
    CHECK(ra::positions_from_numbers(names{"img10x2.png", "img7x1.jpg"}) == positions{1, 0});
    CHECK(ra::positions_from_numbers(names{".1"}) == positions{0});
    CHECK(ra::positions_from_numbers(names{"ILSVRC2012_val_00000002_n01440764.JPEG", "x_1_n01440764.png"}) ==
          positions{1, 0});
    CHECK(ra::positions_from_numbers(names{"x_7.png", "x_2.png"}, 10) == positions{6, 1});
    CHECK(ra::positions_from_numbers(names{}).empty());
}

TEST_CASE("positions_from_numbers: without a number, or no permutation of 1 to N")
{
    CHECK_ERROR(std::invalid_argument, ra::positions_from_numbers(names{"1.png", "cat.png"}), "cat.png", "image 1",
                "number");
    CHECK_ERROR(std::invalid_argument, ra::positions_from_numbers(names{"12a.png"}), "12a.png", "number");
    CHECK_ERROR(std::invalid_argument, ra::positions_from_numbers(names{""}), "image 0");
    CHECK_ERROR(std::invalid_argument, ra::positions_from_numbers(names{"1.png", "3.png"}), "3.png",
                "a permutation of 1 to 2");
    CHECK_ERROR(std::invalid_argument, ra::positions_from_numbers(names{"0.png", "1.png"}), "0.png", "permutation");
    CHECK_ERROR(std::invalid_argument, ra::positions_from_numbers(names{"1.png", "01.jpg"}), "01.jpg", "permutation");
    CHECK_ERROR(std::invalid_argument, ra::positions_from_numbers(names{"1.png", "18446744073709551618.jpg"}),
                "18446744073709551618.jpg", "permutation");
    CHECK_ERROR(std::invalid_argument, ra::positions_from_numbers(names{"99999999999999999999999.png"}),
                "99999999999999999999999.png");
}

TEST_CASE("align: sets follow the requested images")
{
    const ra::label_sets aligned = ra::align(three_sets, names{"a.png", "b.png", "c.png"}, names{"x/c.png", "a.png"});
    CHECK(aligned == ra::label_sets(std::vector<std::vector<int>>{{}, {10}}));
    CHECK_ERROR(std::invalid_argument, ra::align(three_sets, names{"a.png"}, names{}), "3 sets", "1 names");
    CHECK_ERROR(std::invalid_argument, ra::align(three_sets, names{"a.png", "b.png", "c.png"}, names{"d.png"}),
                "d.png");
}

TEST_CASE("align_by_number: set i belongs to the name that ends in i + 1")
{
    CHECK(ra::align_by_number(three_sets, names{"v_3.png", "v_1.png", "v_2.png"}) ==
          ra::label_sets(std::vector<std::vector<int>>{{}, {10}, {20, 21}}));
    CHECK(ra::align_by_number(three_sets, names{"v_2.png"}) == ra::label_sets(std::vector<std::vector<int>>{{20, 21}}));
    CHECK_ERROR(std::invalid_argument, ra::align_by_number(three_sets, names{"1", "2", "3", "4"}), "3 sets",
                "4 image names");
    CHECK_ERROR(std::invalid_argument, ra::align_by_number(three_sets, names{"v_1.png", "v_4.png"}), "v_4.png",
                "different numbers from 1 to 3");
}

TEST_CASE("reorder: positions may repeat, and must exist")
{
    CHECK(ra::reorder(three_sets, positions{1, 1, 0}) ==
          ra::label_sets(std::vector<std::vector<int>>{{20, 21}, {20, 21}, {10}}));
    CHECK(ra::reorder(three_sets, positions{}) == ra::label_sets());
    CHECK_ERROR(std::out_of_range, ra::reorder(three_sets, positions{0, 3}), "position 3 is outside [0, 3)");
}

TEST_CASE("imagenet_validation_names: 50,000 names in order of number")
{
    const names all = ra::imagenet_validation_names();
    REQUIRE(all.size() == 50000);
    CHECK(all.front() == "ILSVRC2012_val_00000001.JPEG");
    CHECK(all[292] == "ILSVRC2012_val_00000293.JPEG");
    CHECK(all.back() == "ILSVRC2012_val_00050000.JPEG");
    CHECK(std::is_sorted(all.begin(), all.end()));
    const positions numbers = ra::positions_from_numbers(all);
    CHECK(numbers[0] == 0);
    CHECK(numbers[49999] == 49999);
}
