// Accuracy at the level of groups: by hand, against plain loops on random groups and sets, and against scikit-learn's
// scores of relabelled classes where every class is in one group.
#include "support/emulated_device.hpp"
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/small_problem.hpp"

#include <reassess/data/class_groups.hpp>
#include <reassess/device/device_copies.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/metric/class_scores.hpp>
#include <reassess/metric/group_scores.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace ra = reassess;
using test_support::small_problem;

namespace {

using lists = std::vector<std::vector<int>>;

ra::evaluation<ra::real_group_scores> evaluation_by(const small_problem& p, const ra::class_groups& groups)
{
    return ra::evaluate(ra::seq, p.view(), p.targets(), {.nan = ra::on_nan::exclude}, ra::real_group_scores{groups});
}

lists random_groups(std::size_t classes, std::size_t groups, test_support::random_source& random)
{
    lists of_class(classes);
    for (auto& list : of_class) {
        for (std::size_t n = random.below(4); n > 0; --n) list.push_back(random.below<int>(groups));
    }
    return of_class;
}

/// By definition. `labels(i)` is the set of labels of image i; an image with none does not count.
template <class Labels>
ra::group_scores by_definition(const small_problem& p, const lists& of_class, std::size_t groups, Labels labels)
{
    ra::group_scores scores{.groups = {std::vector<ra::class_score>(groups)}};
    for (std::size_t i = 0; i < p.images(); ++i) {
        const std::set<ra::class_index> set = labels(i);
        if (set.empty()) continue;
        std::set<int> of_labels;
        for (const ra::class_index c : set) {
            const auto& list = of_class[static_cast<std::size_t>(c)];
            of_labels.insert(list.begin(), list.end());
        }
        const auto& list = of_class[static_cast<std::size_t>(p.prediction(i))];
        const std::set<int> of_prediction(list.begin(), list.end());
        for (const int group : of_labels) ++scores.groups.classes[static_cast<std::size_t>(group)].support;
        if (of_labels.empty()) {
            ++scores.without_group;
            continue;
        }
        bool shared = false;
        for (const int group : of_prediction) {
            ra::class_score& of_group = scores.groups.classes[static_cast<std::size_t>(group)];
            ++of_group.predicted;
            if (!of_labels.contains(group)) continue;
            ++of_group.true_positives;
            shared = true;
        }
        ++scores.accuracy.total;
        scores.accuracy.hits += shared;
        if (!set.contains(p.prediction(i))) {
            ++scores.mistakes_within.total;
            scores.mistakes_within.hits += shared;
        }
    }
    return scores;
}

}  // namespace

TEST_CASE("class groups: lists are sorted and checked; equality and fingerprint follow the contents")
{
    const ra::class_groups groups(lists{{2, 0, 2}, {}, {1}}, 3);
    CHECK(groups.classes() == 3);
    CHECK(groups.groups() == 3);
    CHECK(std::ranges::equal(groups.groups_of(0), std::vector{0, 2}));
    CHECK(groups.groups_of(1).empty());
    CHECK(groups.view().share_group(0, 0));
    CHECK(!groups.view().share_group(1, 1));
    CHECK(!groups.view().share_group(0, 2));
    const std::vector<std::int64_t> map{0, -1, 1};
    CHECK(ra::class_groups::by_map(std::span(std::as_const(map)), 2) == ra::class_groups(lists{{0}, {}, {1}}, 2));
    const auto print = [](const lists& of_class, std::size_t number) {
        return ra::class_groups(of_class, number).view().fingerprint;
    };
    CHECK(print({{0, 1}, {}}, 2) == print({{1, 0}, {}}, 2));
    for (const auto& other :
         {print({{0}, {1}}, 2), print({{}, {0, 1}}, 2), print({{0, 1}, {}}, 3), print({{0, 1}}, 2)}) {
        CHECK(other.low != print({{0, 1}, {}}, 2).low);
        CHECK(other.high != print({{0, 1}, {}}, 2).high);
    }
    CHECK_ERROR(std::out_of_range, ra::class_groups(lists{{0}, {3}}, 3), "group 3 of class 1 is outside [0, 3)");
    CHECK_ERROR(std::out_of_range, ra::class_groups(lists{{-2}}, 3), "group -2 of class 0");
    CHECK_ERROR(std::out_of_range, static_cast<void>(groups.groups_of(3)), "class 3 is outside [0, 3)");
}

TEST_CASE("group scores: by hand, for original labels and sets")
{
    // Classes 0 and 1 are dogs (group 0), 2 and 3 cats (1), 1 is also a pet (2), 4 is in no group.
    const ra::class_groups groups(lists{{0}, {0, 2}, {1}, {1}, {}}, 3);
    const std::vector<ra::class_index> original{0, 0, 0, 1, 2, 3, 4, -1};
    const std::vector<int> predictions{0, 1, 2, 1, 3, 0, 0, 2};
    const ra::label_sets sets(lists{{0}, {}, {0, 3}, {1}, {4}, {3, 4}, {4, 0}, {1, 2}});
    const auto result = ra::evaluate(ra::seq, ra::top_k_view<int>(predictions, 1, 5),
                                     {.original = original, .real = sets.view()}, {}, ra::real_group_scores{groups});
    const ra::group_scores by_label = ra::scores_by_group(result.confusion(), groups);
    CHECK(by_label.accuracy == ra::proportion{4, 6});
    CHECK(by_label.mistakes_within == ra::proportion{2, 4});
    CHECK(by_label.without_group == 1);
    CHECK(by_label.groups.classes == std::vector<ra::class_score>{{3, 4, 4}, {1, 2, 2}, {1, 2, 1}});
    const ra::group_scores by_set = result.get<ra::real_group_scores>();
    CHECK(by_set.accuracy == ra::proportion{5, 6});
    CHECK(by_set.mistakes_within == ra::proportion{1, 2});
    CHECK(by_set.without_group == 1);
    CHECK(by_set.groups.classes == std::vector<ra::class_score>{{3, 4, 5}, {2, 2, 3}, {1, 1, 2}});
}

TEST_CASE("group scores: plain loops on random groups, on every policy, in parts, as bytes and on a device")
{
    test_support::random_source random(321);
    const ra::evaluation_options options{.nan = ra::on_nan::exclude};
    for (int repetition = 0; repetition < 40; ++repetition) {
        const small_problem p({.images = random.below(60), .classes = 1 + random.below(6), .nan_rows = 10}, random);
        const std::size_t number = 1 + random.below(4);
        const lists of_class = random_groups(p.classes, number, random);
        const ra::class_groups groups(of_class, number);
        const auto whole = evaluation_by(p, groups);
        const auto label_of = [&](std::size_t i) {
            return p.labelled(i) ? std::set{p.original[i]} : std::set<ra::class_index>{};
        };
        const auto set_of = [&](std::size_t i) {
            return p.has_real_labels(i) ? p.sets[i] : std::set<ra::class_index>{};
        };
        REQUIRE(ra::scores_by_group(whole.confusion(), groups) == by_definition(p, of_class, number, label_of));
        REQUIRE(whole.get<ra::real_group_scores>() == by_definition(p, of_class, number, set_of));
        test_support::for_each_policy([&](auto policy) {
            REQUIRE(ra::evaluate(policy, p.view(), p.targets(), options, ra::real_group_scores{groups}) == whole);
        });
        ra::evaluation<ra::real_group_scores> merged;
        const std::size_t cut = random.below(p.images() + 1);
        for (const auto& [first, count] : {std::pair{cut, p.images() - cut}, std::pair{std::size_t{0}, cut}})
            merged.merge(ra::evaluate(ra::seq, p.view().slice(first, count), p.targets().slice(first, count), options,
                                      ra::real_group_scores{groups}));
        REQUIRE(merged == whole);
        REQUIRE(merged.get<ra::real_group_scores>() == whole.get<ra::real_group_scores>());
        REQUIRE(ra::evaluation<ra::real_group_scores>::from_bytes(merged.to_bytes(), ra::real_group_scores{groups}) ==
                whole);
        const test_support::emulated_device<4> device;
        const ra::device_scores scores(device, p.view());
        const ra::device_targets targets(device, p.targets());
        const ra::device_class_groups there(device, groups);
        REQUIRE(ra::evaluate(device, scores, targets, options, ra::real_group_scores{there.view()}) == whole);
    }
}

TEST_CASE("group scores: groups of one class each are the scores of the classes")
{
    test_support::random_source random(322);
    const small_problem p({.images = 80, .classes = 5}, random);
    const ra::class_groups groups(lists{{0}, {1}, {2}, {3}, {4}}, 5);
    const auto result =
        ra::evaluate(ra::seq, p.view(), p.targets(), {}, ra::real_group_scores{groups}, ra::real_class_scores{});
    CHECK(ra::scores_by_group(result.confusion(), groups).groups == ra::scores_by_class(result.confusion()));
    CHECK(result.get<ra::real_group_scores>().groups == result.get<ra::real_class_scores>());
    CHECK(result.get<ra::real_group_scores>().accuracy == result.real(1));
    CHECK(result.get<ra::real_group_scores>().mistakes_within.hits == 0);
}

TEST_CASE("group scores: other groups are refused, with a message, and nothing is counted")
{
    test_support::random_source random(323);
    const small_problem p({.images = 9, .classes = 3}, random);
    const ra::class_groups groups(lists{{0}, {1}, {1}}, 2), others(lists{{0}, {0}, {1}}, 2), two(lists{{0}, {1}}, 2);
    auto mine = evaluation_by(p, groups);
    const auto before = mine;
    CHECK_THROWS_AS(mine.merge(evaluation_by(p, others)), std::invalid_argument);
    CHECK(mine == before);
    CHECK_THROWS_AS(static_cast<void>(ra::evaluation<ra::real_group_scores>::from_bytes(mine.to_bytes(),
                                                                                        ra::real_group_scores{others})),
                    std::invalid_argument);
    CHECK_ERROR(std::invalid_argument, static_cast<void>(evaluation_by(p, two)), "the groups are of 2 classes",
                "have 3");
    CHECK_ERROR(std::invalid_argument, static_cast<void>(evaluation_by(p, ra::class_groups())),
                "the groups are of 0 classes");
    CHECK_ERROR(std::invalid_argument, static_cast<void>(ra::scores_by_group(mine.confusion(), two)),
                "have 3 classes, the groups have 2");
    CHECK(!ra::evaluation<ra::real_group_scores>().get<ra::real_group_scores>().accuracy.try_value());
    // No images: nothing is defined, and groups are there.
    const ra::evaluator none(ra::seq, {}, ra::real_group_scores{groups});
    CHECK(none.result().get<ra::real_group_scores>().groups.classes.size() == 2);
}
