// Taxonomies of classes and the heights of mistakes: by hand, and against sets of ancestors on random trees.
#include "support/messages.hpp"
#include "support/small_problem.hpp"

#include <reassess/data/class_taxonomy.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/metric/mistake_heights.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::small_problem;

namespace {

// 0 entity: 1 animal (2 dog: 3, 4; 5 cat), 6 car; node 7 has no class below it. Classes: 3, 4, 5, 6.
const std::vector<std::int64_t> parents{-1, 0, 1, 2, 2, 1, 0, 6};
const std::vector<std::size_t> class_nodes{3, 4, 5, 6};

/// A tree by its parents; node 0 is the root.
struct plain_tree {
    std::vector<std::int64_t> parents;
    std::vector<std::size_t> class_nodes;

    [[nodiscard]] std::vector<std::size_t> upwards(std::size_t node) const
    {
        std::vector<std::size_t> way{node};
        while (parents[way.back()] != -1) way.push_back(static_cast<std::size_t>(parents[way.back()]));
        return way;
    }
    [[nodiscard]] std::size_t common(std::size_t a, std::size_t b) const
    {
        const std::vector<std::size_t> of_a = upwards(a);
        const std::set<std::size_t> above(of_a.begin(), of_a.end());
        for (const std::size_t node : upwards(b)) {
            if (above.contains(node)) return node;
        }
        return parents.size();
    }
    /// The longest way from a class up to the node.
    [[nodiscard]] std::optional<std::size_t> height(std::size_t node) const
    {
        std::optional<std::size_t> greatest;
        for (const std::size_t c : class_nodes) {
            const std::vector<std::size_t> way = upwards(c);
            const auto found = std::find(way.begin(), way.end(), node);
            if (found != way.end()) greatest = std::max(greatest.value_or(0), std::size_t(found - way.begin()));
        }
        return greatest;
    }
};

plain_tree random_tree(std::size_t classes, test_support::random_source& random)
{
    plain_tree tree{{-1}, {}};
    const std::size_t nodes = classes + random.below(12);
    while (tree.parents.size() < nodes) tree.parents.push_back(random.below<std::int64_t>(tree.parents.size()));
    std::vector<std::size_t> order(nodes);
    for (std::size_t i = 0; i < nodes; ++i) order[i] = i;
    random.shuffle(order);
    tree.class_nodes.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(classes));
    return tree;
}

}  // namespace

TEST_CASE("class taxonomy: heights, common ancestors and groups by hand")
{
    const auto tree = ra::class_taxonomy::of_parents(parents, class_nodes);
    CHECK(tree.nodes() == 8);
    CHECK(tree.classes() == 4);
    CHECK(tree.height() == 3);
    CHECK(tree.height(0) == 3);
    CHECK(tree.height(1) == 2);
    CHECK(tree.height(6) == 0);
    CHECK(tree.lowest_common_ancestor(0, 1) == 2);
    CHECK(tree.lowest_common_ancestor(0, 2) == 1);
    CHECK(tree.lowest_common_ancestor(3, 1) == 0);
    CHECK(tree.lowest_common_ancestor(2, 2) == 5);
    // Animals, dogs, the empty subtree, one class.
    const std::vector<std::size_t> roots{1, 2, 7, 6};
    CHECK(tree.groups_below(roots) == ra::class_groups(std::vector<std::vector<int>>{{0, 1}, {0, 1}, {0}, {3}}, 4));
    CHECK_ERROR(std::invalid_argument, static_cast<void>(tree.height(7)), "node 7 has no class at or below it");
    CHECK_ERROR(std::out_of_range, static_cast<void>(tree.height(8)), "node 8 is outside [0, 8)");
    CHECK_ERROR(std::out_of_range, static_cast<void>(tree.lowest_common_ancestor(0, 4)), "class 4 is outside [0, 4)");
    CHECK_ERROR(std::out_of_range, static_cast<void>(tree.groups_below(std::vector<std::size_t>{9})),
                "node 9 of group 0");
}

TEST_CASE("class taxonomy: graphs have groups but no common ancestors, and cycles and wrong nodes are errors")
{
    // Class 1 (node 3) is below 1 and 2, twice below 2.
    const std::vector<ra::taxonomy_edge> edges{{0, 1}, {0, 2}, {1, 3}, {2, 3}, {2, 3}, {1, 4}};
    const std::vector<std::size_t> nodes{4, 3};
    const ra::class_taxonomy graph(5, edges, nodes);
    CHECK(graph.groups_below(std::vector<std::size_t>{0, 1, 2}) ==
          ra::class_groups(std::vector<std::vector<int>>{{0, 1}, {0, 1, 2}}, 3));
    CHECK(graph.height(0) == 2);
    CHECK_ERROR(std::invalid_argument, static_cast<void>(graph.lowest_common_ancestor(0, 1)),
                "node 3 has 2 parents; depths and lowest common ancestors need a tree");
    const ra::class_taxonomy forest(2, {}, std::vector<std::size_t>{0, 1});
    CHECK_ERROR(std::invalid_argument, static_cast<void>(forest.lowest_common_ancestor(0, 1)),
                "classes 0 and 1 have no common ancestor");
    using edge_list = std::vector<ra::taxonomy_edge>;
    CHECK_ERROR(std::out_of_range, ra::class_taxonomy(4, edge_list{{0, 1}}, nodes).classes(),
                "node 4 of class 0 is outside [0, 4)");
    CHECK_ERROR(std::invalid_argument, ra::class_taxonomy(5, edge_list{{0, 1}, {1, 2}, {2, 1}}, nodes).classes(),
                "node 0 is in a cycle, or above one");
    CHECK_ERROR(std::invalid_argument, ra::class_taxonomy(5, {}, std::vector<std::size_t>{1, 1}).classes(),
                "class 1 is at node 1, where another class is");
    CHECK_ERROR(std::out_of_range, ra::class_taxonomy(5, edge_list{{0, 5}}, nodes).classes(), "edge 0 (0, 5)");
    CHECK_ERROR(
        std::out_of_range,
        ra::class_taxonomy::of_parents(std::vector<std::int64_t>{-1, -2}, std::vector<std::size_t>{1}).classes(),
        "parent -2 of node 1");
    CHECK(ra::class_taxonomy().height() == 0);
}

TEST_CASE("mistake heights: by hand")
{
    const auto tree = ra::class_taxonomy::of_parents(parents, class_nodes);
    const std::vector<ra::class_index> original{0, 0, 0, 0, 3, -1};
    const std::vector<int> predictions{0, 1, 2, 3, 3, 1};
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}, {2, 3}, {}, {1, 2}, {0, 3}, {0, 2}});
    const ra::targets_view targets{.original = original, .real = sets.view()};
    const ra::top_k_view<int> lists(predictions, 1, 4);
    const auto by_label = ra::mistake_heights(ra::evaluate(ra::seq, lists, targets).confusion(), tree);
    CHECK(by_label == ra::mistake_heights_result{{0, 1, 1, 1}, 2});
    CHECK(by_label.of_mistakes() == ra::mean{6.0, 3});
    CHECK(by_label.of_images() == ra::mean{6.0, 5});
    // Class 1 to {2, 3}: animal, 2. Class 3 to {1, 2}: entity, 3. Class 1 to {0, 2}: dog, 1.
    CHECK(ra::real_mistake_heights(ra::rank(ra::seq, lists, targets), targets, tree) ==
          ra::mistake_heights_result{{0, 1, 1, 1}, 2});
    CHECK(!ra::mistake_heights_result{}.of_mistakes().try_value());
    const auto small = ra::class_taxonomy::of_parents(std::vector<std::int64_t>{-1}, std::vector<std::size_t>{0});
    CHECK_ERROR(std::invalid_argument,
                static_cast<void>(ra::mistake_heights(ra::evaluate(ra::seq, lists, targets).confusion(), small)),
                "have 4 classes, the taxonomy has 1");
    CHECK_ERROR(std::invalid_argument,
                static_cast<void>(ra::real_mistake_heights(ra::rank(ra::seq, lists, targets), targets, small)),
                "have 4 classes, the taxonomy has 1");
    const ra::targets_view originals{.original = original};
    CHECK_ERROR(std::invalid_argument,
                static_cast<void>(ra::real_mistake_heights(ra::rank(ra::seq, lists, originals), originals, tree)),
                "no label sets");
}

TEST_CASE("mistake heights: sets of ancestors, on random trees, labels and sets with NaN")
{
    test_support::random_source random(331);
    for (int repetition = 0; repetition < 60; ++repetition) {
        const small_problem p({.images = random.below(40), .classes = 1 + random.below(7), .nan_rows = 8}, random);
        const plain_tree plain = random_tree(p.classes, random);
        const auto tree = ra::class_taxonomy::of_parents(plain.parents, plain.class_nodes);
        for (std::size_t node = 0; node < plain.parents.size(); ++node) {
            if (const auto height = plain.height(node)) REQUIRE(tree.height(node) == *height);
        }
        const auto distance = [&](ra::class_index a, ra::class_index b) {
            return *plain.height(plain.common(plain.class_nodes[static_cast<std::size_t>(a)],
                                              plain.class_nodes[static_cast<std::size_t>(b)]));
        };
        ra::mistake_heights_result by_label{std::vector<std::uint64_t>(tree.height() + 1)}, by_set = by_label;
        for (std::size_t i = 0; i < p.images(); ++i) {
            if (p.labelled(i)) {
                if (p.right(i)) {
                    ++by_label.right;
                } else {
                    ++by_label.mistakes[distance(p.original[i], p.prediction(i))];
                }
            }
            if (!p.has_real_labels(i)) continue;
            std::vector<std::size_t> distances;
            for (const ra::class_index c : p.sets[i]) distances.push_back(distance(c, p.prediction(i)));
            if (p.acceptable(i, p.prediction(i))) {
                ++by_set.right;
            } else {
                ++by_set.mistakes[*std::min_element(distances.begin(), distances.end())];
            }
        }
        const ra::image_results ranks = ra::rank(ra::seq, p.view(), p.targets(), {.nan = ra::on_nan::exclude});
        ra::evaluator counts(ra::seq, {.nan = ra::on_nan::exclude});
        counts.update(ranks, p.targets());
        REQUIRE(ra::mistake_heights(counts.result().confusion(), tree) == by_label);
        REQUIRE(ra::real_mistake_heights(ranks, p.targets(), tree) == by_set);
    }
}
