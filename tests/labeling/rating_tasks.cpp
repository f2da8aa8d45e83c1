// Tests of rating tasks: maximum number of proposals per task, related classes stay together.
#include <reassess/data/class_taxonomy.hpp>
#include <reassess/data/label_sets.hpp>
#include <reassess/labeling/rating_tasks.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

namespace ra = reassess;

namespace {

using classes = std::vector<ra::class_index>;

const std::vector<std::uint32_t> image_0{0};

std::vector<classes> tasks_of(const classes& proposed, const ra::class_taxonomy& taxonomy, std::size_t most = 8)
{
    const ra::label_sets sets(std::vector<classes>{proposed});
    std::vector<classes> found;
    for (const ra::rating_task& task : ra::rating_tasks(sets, image_0, taxonomy, {.most = most}))
        found.push_back(task.classes);
    return found;
}

/// A taxonomy whose first nodes are the classes.
ra::class_taxonomy taxonomy_of(const std::vector<std::int64_t>& parents, std::size_t number_of_classes)
{
    std::vector<std::size_t> nodes(number_of_classes);
    std::iota(nodes.begin(), nodes.end(), std::size_t{0});
    return ra::class_taxonomy::of_parents(parents, nodes);
}

/// Classes 0..11; dogs 12: 0, 3, 6, 9; cats 13: 1, 4; birds 14: 2, 5, 8; pets 15: 12, 13; animals 16: 14, 15; 7 has no
/// parent, 10 and 11 are direct children of animals.
const ra::class_taxonomy zoo = taxonomy_of({12, 13, 14, 12, 13, 14, 12, -1, 14, 12, 16, 16, 15, 15, 16, 16, -1}, 12);

}  // namespace

TEST_CASE("rating tasks: without a taxonomy, proposals are split in class order")
{
    CHECK(tasks_of({0, 1, 2, 3, 4, 5, 6, 7}, {}) == std::vector<classes>{{0, 1, 2, 3, 4, 5, 6, 7}});
    CHECK(tasks_of({0, 1, 2, 3, 4, 5, 6, 7, 8}, {}) == std::vector<classes>{{0, 1, 2, 3, 4, 5, 6, 7}, {8}});
    CHECK(tasks_of({}, {}).empty());
}

TEST_CASE("rating tasks: siblings stay together, then cousins")
{
    CHECK(tasks_of({0, 1, 2, 3, 4, 5}, zoo, 6) == std::vector<classes>{{0, 1, 2, 3, 4, 5}});
    // The class order 0, 1 | 2, 3 | 4, 5 would separate every pair of siblings.
    CHECK(tasks_of({0, 1, 2, 3, 4, 5}, zoo, 2) == std::vector<classes>{{0, 3}, {1, 4}, {2, 5}});
    // Dogs and cats are pets, so they share a task before birds are added.
    CHECK(tasks_of({0, 1, 2, 3, 4, 5}, zoo, 4) == std::vector<classes>{{0, 1, 3, 4}, {2, 5}});
    // Four dogs do not fit into three: only dogs are separated, and the remaining one is merged with other classes.
    CHECK(tasks_of({0, 1, 3, 4, 6, 9}, zoo, 3) == std::vector<classes>{{0, 3, 6}, {1, 4, 9}});
    CHECK(tasks_of({7, 10, 11}, zoo, 2) == std::vector<classes>{{7}, {10, 11}});
}

TEST_CASE("rating tasks: tasks follow the order of the requested images")
{
    const ra::label_sets sets(std::vector<classes>{{0, 1}, {2}, {}, {3, 4, 5}});
    const auto tasks = ra::rating_tasks(sets, std::vector<std::uint32_t>{3, 2, 0}, zoo, {.most = 2});
    CHECK(tasks == std::vector<ra::rating_task>{{3, {3, 4}}, {3, {5}}, {0, {0, 1}}});
}

TEST_CASE("rating tasks: each random proposal occurs once, and siblings that fit are not separated")
{
    std::mt19937_64 engine(5);
    for (int round = 0; round < 300; ++round) {
        std::vector<std::int64_t> parents;
        for (int node = 0; node < 60; ++node)
            parents.push_back(node == 59 ? -1
                                         : static_cast<std::int64_t>(
                                               node < 40 ? 40 + engine() % 20
                                                         : static_cast<std::uint64_t>(node) + 1 +
                                                               engine() % static_cast<std::uint64_t>(59 - node)));
        const ra::class_taxonomy taxonomy = taxonomy_of(parents, 40);
        classes proposed;
        for (ra::class_index c = 0; c < 40; ++c) {
            if (engine() % 3 == 0) proposed.push_back(c);
        }
        classes asked;
        const auto parent_of = [&](ra::class_index c) { return parents[static_cast<std::size_t>(c)]; };
        std::map<std::int64_t, std::size_t> siblings;
        for (const ra::class_index c : proposed) ++siblings[parent_of(c)];
        for (const classes& task : tasks_of(proposed, taxonomy)) {
            CHECK(!task.empty());
            CHECK(task.size() <= 8);
            CHECK(std::is_sorted(task.begin(), task.end()));
            std::map<std::int64_t, std::size_t> here;
            for (const ra::class_index c : task) ++here[parent_of(c)];
            for (const auto& [parent, count] : here) CHECK((siblings[parent] > 8 || siblings[parent] == count));
            asked.insert(asked.end(), task.begin(), task.end());
        }
        std::sort(asked.begin(), asked.end());
        CHECK(asked == proposed);
    }
}

TEST_CASE("class taxonomy: depths and parents are those of trees")
{
    CHECK(zoo.depth(7) == 0);
    CHECK(zoo.depth(10) == 1);
    CHECK(zoo.depth(0) == 3);
    CHECK(zoo.parents(7).empty());
    CHECK(zoo.parents(0).front() == 12);
    CHECK_THROWS_WITH_AS(static_cast<void>(zoo.depth(17)), "class taxonomy: node 17 is outside [0, 17)",
                         std::out_of_range);
    CHECK_THROWS_WITH_AS(static_cast<void>(zoo.parents(17)), "class taxonomy: node 17 is outside [0, 17)",
                         std::out_of_range);
}

TEST_CASE("rating tasks: class 0 and a root that is node 0 are not confused with the absence of a parent")
{
    // Node 0 is a class and the parent of classes 1 and 2; class 3 has no parent.
    const ra::class_taxonomy taxonomy = taxonomy_of({-1, 0, 0, -1}, 4);
    CHECK(tasks_of({0, 1, 2, 3}, taxonomy, 2) == std::vector<classes>{{0, 3}, {1, 2}});
}

TEST_CASE("rating tasks: cousins stay together, and classes without a parent are added where they fit")
{
    // Classes 0 and 2 are cousins, below node 8; 1 and 3 below node 9.
    const ra::class_taxonomy cousins = taxonomy_of({4, 5, 6, 7, 8, 9, 8, 9, -1, -1}, 4);
    CHECK(tasks_of({0, 1, 2, 3}, cousins, 2) == std::vector<classes>{{0, 2}, {1, 3}});
    // Classes 0 and 1 are roots, which are not packed together before siblings 2 and 3 are.
    const ra::class_taxonomy roots = taxonomy_of({-1, -1, 4, 4, -1}, 4);
    CHECK(tasks_of({0, 1, 2, 3}, roots, 3) == std::vector<classes>{{0, 2, 3}, {1}});
}

TEST_CASE("rating tasks: a class below two parents throws")
{
    const std::vector<ra::taxonomy_edge> edges{{1, 0}, {2, 0}};
    const ra::class_taxonomy graph(3, edges, std::vector<std::size_t>{0});
    CHECK_THROWS_WITH_AS(static_cast<void>(tasks_of({0}, graph)),
                         "class taxonomy: node 0 has 2 parents; depths and lowest common ancestors need a tree",
                         std::invalid_argument);
}

TEST_CASE("rating tasks: invalid images, classes and options throw")
{
    const ra::label_sets sets(std::vector<classes>{{0, 12}});
    CHECK_THROWS_AS(static_cast<void>(ra::rating_tasks(sets, image_0, {}, {.most = 0})), std::invalid_argument);
    CHECK_THROWS_WITH_AS(static_cast<void>(ra::rating_tasks(sets, std::vector<std::uint32_t>{1})),
                         "rating tasks: image 1 is outside [0, 1)", std::out_of_range);
    CHECK_THROWS_WITH_AS(static_cast<void>(ra::rating_tasks(sets, image_0, zoo)),
                         "rating tasks: class 12 of image 0 is not among the 12 classes of the taxonomy",
                         std::out_of_range);
}
