// Pairs of image and class: found in label sets, and made into them.
#include <reassess/data/rated_pairs.hpp>

#include "support/messages.hpp"

#include <doctest/doctest.h>

#include <span>
#include <stdexcept>
#include <vector>

namespace ra = reassess;

namespace {

const std::vector<ra::rated_pair> pairs{{2, 9}, {0, 5}, {2, 3}, {0, 4}, {3, 1}};

}  // namespace

TEST_CASE("rated pairs: which are in label sets, which are original labels")
{
    const ra::label_sets sets(std::vector<std::vector<int>>{{4, 5}, {1}, {9}, {}});
    CHECK(ra::pairs_in(pairs, sets.view()) == std::vector<bool>{true, true, false, true, false});
    const std::vector<ra::class_index> original{4, 5, 3, ra::missing_label};
    CHECK(ra::pairs_in(pairs, std::span<const ra::class_index>(original)) ==
          std::vector<bool>{false, false, true, true, false});
    CHECK_ERROR(std::out_of_range, ra::pairs_in(pairs, sets.view().slice(0, 3)), "image 3 of pair 4", "[0, 3)");
    CHECK_ERROR(std::out_of_range, ra::pairs_in(pairs, std::span<const ra::class_index>(original).first(2)),
                "image 2 of pair 0");
}

TEST_CASE("rated pairs: label sets of kept pairs, default labels for unrated images alone")
{
    const std::vector<ra::class_index> defaults{7, 7, 7, 7, ra::missing_label};
    const ra::label_sets sets =
        ra::label_sets_from_pairs(pairs, std::vector<bool>{true, true, true, true, false}, defaults);
    // Image 1 is unrated, image 3 lost its only pair, image 4 is unrated and has no default.
    CHECK(sets == ra::label_sets(std::vector<std::vector<int>>{{4, 5}, {7}, {3, 9}, {}, {}}));
    CHECK_ERROR(std::invalid_argument, ra::label_sets_from_pairs(pairs, std::vector<bool>(4), defaults),
                "4 decisions for 5 pairs");
    CHECK_ERROR(
        std::out_of_range,
        ra::label_sets_from_pairs(pairs, std::vector<bool>(5), std::span<const ra::class_index>(defaults).first(3)),
        "image 3 of pair 4");
}
