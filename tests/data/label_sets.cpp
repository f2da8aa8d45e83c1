// Ragged sets of acceptable classes: owning and not, what they accept and what they refuse.
#include "support/messages.hpp"
#include "support/random_source.hpp"

#include <reassess/data/label_sets.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace ra = reassess;

namespace {

using lists = std::vector<std::vector<int>>;
using offsets = std::vector<std::uint64_t>;
using indices = std::vector<ra::class_index>;

indices of(std::span<const ra::class_index> set)
{
    return {set.begin(), set.end()};
}

ra::label_sets owning(const offsets& starts, const indices& classes)
{
    return ra::label_sets(std::span<const std::uint64_t>(starts), std::span<const ra::class_index>(classes));
}

ra::label_sets_view viewing(const offsets& starts, const indices& classes)
{
    return ra::label_sets_view(std::span<const std::uint64_t>(starts), std::span<const ra::class_index>(classes));
}

constexpr std::size_t largest = std::numeric_limits<std::size_t>::max();

}  // namespace

static_assert(std::is_trivially_copyable_v<ra::label_sets_view> && std::is_standard_layout_v<ra::label_sets_view>);
static_assert(std::is_nothrow_move_constructible_v<ra::label_sets> &&
              std::is_nothrow_move_assignable_v<ra::label_sets>);

TEST_CASE("label_sets: none")
{
    const ra::label_sets none;
    CHECK(none.images() == 0);
    CHECK(none.labels() == 0);
    CHECK(none.view().images() == 0);
    CHECK(none.view().labels() == 0);
    CHECK(ra::label_sets_view().slice(0, 0).labels() == 0);
    CHECK(viewing({0}, {}).images() == 0);
    CHECK(none == ra::label_sets(lists{}));
}

TEST_CASE("label_sets: unsorted and repeated classes are a set")
{
    const ra::label_sets sets(lists{{9, 3, 9, 0}, {}, {7, 7}, {1}});
    REQUIRE(sets.images() == 4);
    CHECK(sets.labels() == 5);
    CHECK(of(sets[0]) == indices{0, 3, 9});
    CHECK(of(sets[1]).empty());
    CHECK(of(sets[2]) == indices{7});
    CHECK(of(sets[3]) == indices{1});
    CHECK(of(sets.offsets().size() == 5 ? sets.classes() : std::span<const ra::class_index>{}) ==
          indices{0, 3, 9, 7, 1});
}

TEST_CASE("label_sets: random lists are what std::set makes of them")
{
    test_support::random_source random(1);
    for (int repetition = 0; repetition < 50; ++repetition) {
        lists given(random.below(20));
        for (auto& list : given) {
            list.resize(random.below(12));
            for (int& c : list) c = random.below<int>(10);
        }
        const ra::label_sets sets(given);
        REQUIRE(sets.images() == given.size());
        for (std::size_t image = 0; image < given.size(); ++image) {
            const std::set<int> expected(given[image].begin(), given[image].end());
            REQUIRE(of(sets[image]) == indices(expected.begin(), expected.end()));
            for (int c = 0; c < 10; ++c) REQUIRE(sets.view().contains(image, c) == expected.contains(c));
        }
    }
}

TEST_CASE("label_sets: CSR arrays in any order")
{
    const ra::label_sets sets = owning({0, 3, 3, 5}, {4, 2, 4, 1, 0});
    REQUIRE(sets.images() == 3);
    CHECK(of(sets[0]) == indices{2, 4});
    CHECK(of(sets[1]).empty());
    CHECK(of(sets[2]) == indices{0, 1});
    CHECK(sets == ra::label_sets(lists{{2, 4}, {}, {1, 0}}));
    CHECK(!(sets == ra::label_sets(lists{{2, 4}, {1, 0}, {}})));
}

TEST_CASE("label_sets_view: sorted CSR arrays in place")
{
    const offsets starts{0, 2, 2, 3};
    const indices classes{2, 4, 1};
    const ra::label_sets_view sets = viewing(starts, classes);
    CHECK(sets.images() == 3);
    CHECK(sets.labels() == 3);
    CHECK(sets.first_label() == 0);
    CHECK(sets.classes() == classes.data());
    CHECK(sets.offsets() == starts.data());
    CHECK(sets.size_of(0) == 2);
    CHECK(sets.size_of(1) == 0);
    CHECK(sets.contains(0, 4));
    CHECK(!sets.contains(0, 1));
    CHECK(!sets.contains(1, 4));
}

TEST_CASE("label_sets: bad offsets are refused by the owner and by the view")
{
    const indices five(5);
    const auto check = [&](const offsets& starts, std::initializer_list<std::string_view> parts) {
        using test_support::lacks;
        using test_support::message_of;
        CHECK(lacks(message_of<std::invalid_argument>([&] { static_cast<void>(owning(starts, five)); }), parts) == "");
        CHECK(lacks(message_of<std::invalid_argument>([&] { static_cast<void>(viewing(starts, five)); }), parts) == "");
    };
    check({}, {"no offsets, expected"});
    check({1, 5}, {"offset 0 is 1", "expected 0"});
    check({0, 3, 2, 5}, {"offset 2 is 2", "(3)"});
    check({0, 2, 4}, {"last offset is 4", "5"});
    check({0, 2, 6}, {"last offset is 6", "5"});
    check({0}, {"last offset is 0", "5"});
    // 2^32 + 5 must not be read as 5.
    check({0, (std::uint64_t{1} << 32) + 5}, {"last offset is 4294967301"});
    check({0, std::numeric_limits<std::uint64_t>::max(), 5}, {"offset 2 is 5"});
}

TEST_CASE("label_sets: classes that cannot be")
{
    CHECK_ERROR(std::out_of_range, ra::label_sets(lists{{1}, {0, -1}}), "label -1", "image 1");
    CHECK_ERROR(std::out_of_range, ra::label_sets(std::vector<std::vector<std::int64_t>>{{std::int64_t{1} << 31}}),
                "label 2147483648", "image 0");
    CHECK_ERROR(std::out_of_range, ra::label_sets(std::vector<std::vector<std::uint64_t>>{{}, {~std::uint64_t{0}}}),
                "label 18446744073709551615", "image 1");
    CHECK_ERROR(std::out_of_range, owning({0, 1, 2}, {0, -3}), "label -3", "image 1");
    CHECK_ERROR(std::out_of_range, viewing({0, 1, 2}, {0, -3}), "label -3", "image 1");
    CHECK(of(ra::label_sets(std::vector<std::vector<std::uint32_t>>{{2147483647U}})[0]) == indices{2147483647});
}

TEST_CASE("label_sets_view: sets that are not ascending and unique")
{
    CHECK_ERROR(std::invalid_argument, viewing({0, 1, 3}, {0, 5, 2}), "image 1", "2 after 5", "ascending");
    CHECK_ERROR(std::invalid_argument, viewing({0, 2}, {5, 5}), "image 0", "5 after 5", "unique");
    CHECK(viewing({0, 1, 2}, {5, 5}).images() == 2);
}

TEST_CASE("label_sets: an append that fails adds nothing")
{
    ra::label_sets sets(lists{{3, 1}});
    const ra::label_sets before = sets;
    const std::vector<int> bad{5, 2, -7};
    CHECK_ERROR(std::out_of_range, sets.append(std::span<const int>(bad)), "label -7", "image 1");
    CHECK(sets == before);
    const std::vector<std::uint8_t> good{200, 4, 200};
    sets.append(std::span<const std::uint8_t>(good));
    CHECK(sets == ra::label_sets(lists{{1, 3}, {4, 200}}));
}

TEST_CASE("label_sets: what was moved from can be filled again")
{
    ra::label_sets sets(lists{{3, 1}, {2}});
    const ra::label_sets taken = std::move(sets);
    CHECK(taken.images() == 2);
    CHECK(sets.images() == 0);  // NOLINT(bugprone-use-after-move): a stated property
    CHECK(sets.labels() == 0);
    CHECK(sets.view().images() == 0);
    const std::vector<int> set{8, 6};
    sets.append(std::span<const int>(set));
    REQUIRE(sets.images() == 1);
    CHECK(of(sets[0]) == indices{6, 8});
    CHECK(sets == ra::label_sets(lists{{6, 8}}));
}

TEST_CASE("label_sets: an image of itself can be appended")
{
    ra::label_sets sets(lists{{1, 2, 3, 4, 5}});
    for (int i = 0; i < 20; ++i) sets.append(sets[0]);
    REQUIRE(sets.images() == 21);
    for (std::size_t image = 0; image < sets.images(); ++image) REQUIRE(of(sets[image]) == indices{1, 2, 3, 4, 5});
}

TEST_CASE("label_sets_view: slices keep the offsets of the whole")
{
    const ra::label_sets sets(lists{{1, 2}, {}, {3}, {4, 5, 6}});
    const ra::label_sets_view part = sets.view().slice(2, 2);
    CHECK(part.images() == 2);
    CHECK(part.first_label() == 2);
    CHECK(part.labels() == 4);
    CHECK(of(part[0]) == indices{3});
    CHECK(of(part[1]) == indices{4, 5, 6});
    CHECK(of(part.slice(1, 1)[0]) == indices{4, 5, 6});
    CHECK(part.slice(1, 1).first_label() == 3);
    CHECK(part.slice(2, 0).labels() == 0);
    CHECK(sets.view().slice(4, 0).images() == 0);
    CHECK_ERROR(std::out_of_range, part.slice(1, 2), "images [1, 1 + 2) were requested, expected a part of [0, 2)");
    CHECK_ERROR(std::out_of_range, part.slice(3, 0), "a part of [0, 2)");
    CHECK_ERROR(std::out_of_range, part.slice(1, largest), "a part of [0, 2)");
}
