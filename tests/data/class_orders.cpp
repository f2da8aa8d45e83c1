// Orders of classes: synsets, the devkit's numbers, text order.
#include <reassess/data/class_orders.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using classes = std::vector<ra::class_index>;

TEST_CASE("class orders of ImageNet: ranks of the WordNet ids and the devkit's numbers")
{
    const std::vector<std::string> synsets = ra::imagenet_synsets();
    REQUIRE(synsets.size() == 1000);
    CHECK(synsets.front() == "n01440764");
    CHECK(synsets.back() == "n15075141");
    const classes devkit = ra::devkit_class_order();
    CHECK(synsets[static_cast<std::size_t>(devkit[0])] == "n02119789");  // kit fox is number 1
    CHECK(devkit[489] == 65);                                            // image 1: number 490, class 65
    CHECK(ra::inverse_class_order(ra::inverse_class_order(devkit)) == devkit);
}

TEST_CASE("text_class_order: folders 0, 1, 10, 11, 2, ..")
{
    CHECK(ra::text_class_order(12) == classes{0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9});
    CHECK(ra::text_class_order(0).empty());
    const classes imagenet = ra::text_class_order(1000);
    CHECK(classes(imagenet.begin(), imagenet.begin() + 5) == classes{0, 1, 10, 100, 101});
}

TEST_CASE("in_class_order: renumbers labels, keeps missing ones and refuses others")
{
    const classes order{2, 0, 1};
    CHECK(ra::in_class_order(classes{0, -1, 2, 1}, order) == classes{2, -1, 1, 0});
    CHECK(ra::in_class_order(classes{1, 3}, order, 1) == classes{2, 1});
    CHECK_THROWS_WITH_AS((void)ra::in_class_order(classes{1, 0}, order, 1),
                         doctest::Contains("label 0 of image 1 is outside [1, 4)"), std::out_of_range);
    const ra::label_sets sets(std::vector<std::vector<int>>{{1, 3}, {}, {2}});
    CHECK(ra::in_class_order(sets.view(), order, 1) == ra::label_sets(std::vector<std::vector<int>>{{1, 2}, {}, {0}}));
    CHECK_THROWS_WITH_AS((void)ra::in_class_order(sets.view(), order),
                         doctest::Contains("label 3 in the set of image 0 is outside [0, 3)"), std::out_of_range);
    CHECK_THROWS_AS((void)ra::inverse_class_order(classes{0, 0}), std::invalid_argument);
    CHECK_THROWS_AS((void)ra::inverse_class_order(classes{0, 2}), std::invalid_argument);
}
