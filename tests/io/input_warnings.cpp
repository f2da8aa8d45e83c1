// Warnings about numbering and order: each fault of a known model is named, and honest models cause none.
#include <reassess/data/class_orders.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/io/input_warnings.hpp>

#include "support/random_source.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ra = reassess;
using classes_of_images = std::vector<ra::class_index>;

namespace {

/// Labels 0, 1, .. in turn and predictions that are right for `percent` of the images, else a near class.
struct model {
    std::size_t classes = 0;
    classes_of_images labels{};
    classes_of_images predictions{};

    model(std::size_t number_of_classes, std::size_t images, unsigned percent, std::uint64_t seed = 7)
        : classes(number_of_classes)
    {
        test_support::random_source random(seed);
        for (std::size_t i = 0; i < images; ++i) {
            const auto label = static_cast<ra::class_index>(i % classes);
            labels.push_back(label);
            predictions.push_back(random.chance(percent) ? label : random.below<ra::class_index>(classes));
        }
    }

    void predict(const std::function<ra::class_index(ra::class_index)>& change)
    {
        for (ra::class_index& p : predictions) p = change(p);
    }
    void relabel(const std::function<ra::class_index(ra::class_index)>& change)
    {
        for (ra::class_index& label : labels) label = change(label);
    }

    [[nodiscard]] ra::confusion confusion() const
    {
        return ra::evaluate(ra::seq,
                            ra::top_k_view<ra::class_index>(predictions.data(), predictions.size(), 1, classes),
                            {.original = labels})
            .confusion();
    }
    [[nodiscard]] std::vector<ra::io::input_warning> warnings(
        std::optional<ra::io::label_set_join> join = std::nullopt) const
    {
        return ra::io::numbering_warnings("m", ra::count_numberings(confusion()), "the original labels", join);
    }
};

/// The figure of the only warning, whose kind and text must be these.
double figure_of(const std::vector<ra::io::input_warning>& warnings, const std::string& kind, const std::string& text,
                 const std::string& figure)
{
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].kind == kind);
    CHECK_MESSAGE(warnings[0].text.find(text) != std::string::npos, warnings[0].text);
    for (const ra::io::warning_figure& one : warnings[0].figures) {
        if (one.name == figure) return one.value;
    }
    FAIL("no figure ", figure);
    return 0;
}

}  // namespace

TEST_CASE("numbering_warnings: models without a fault cause none, however weak and with few images or classes")
{
    for (const unsigned percent : {100U, 76U, 30U, 10U, 5U}) CHECK(model(40, 4000, percent).warnings().empty());
    for (const unsigned percent : {40U, 60U}) {
        for (const std::size_t images : {3U, 10U, 30U, 100U, 1000U}) {
            CHECK(model(3, images, percent).warnings().empty());
            CHECK(model(2, images, percent).warnings().empty());
        }
    }
    CHECK(model(1000, 5, 0).warnings().empty());
    CHECK(model(10, 0, 0).warnings().empty());
    // Ordered classes: near misses are more frequent than hits.
    model ordinal(10, 1000, 30);
    for (std::size_t i = 0; i < 1000; ++i) {
        if (ordinal.predictions[i] != ordinal.labels[i] && ordinal.labels[i] < 9)
            ordinal.predictions[i] = ordinal.labels[i] + 1;
    }
    CHECK(ordinal.warnings().empty());
    // A model that predicts few classes is weak, not numbered differently.
    model collapsed(5, 500, 100);
    collapsed.predict([](ra::class_index) { return 0; });
    for (const auto& warning : collapsed.warnings()) CHECK(warning.kind == "row_order");
}

TEST_CASE("numbering_warnings: shifts are named with their size, also with one image a class")
{
    for (const int shift : {1, -1, 7}) {
        model m(40, 4000, 76);
        m.predict([&](ra::class_index c) { return (c + shift + 40) % 40; });
        CHECK(figure_of(m.warnings(), "class_shift", shift == -1 ? "add 1 to the predictions" : " from the predictions",
                        "shift") == shift);
        CHECK(figure_of(m.warnings(), "class_shift", "", "relabelled_accuracy") ==
              ra::count_numberings(m.confusion()).relabelled.value());
        CHECK(ra::count_numberings(m.confusion()).relabelled.value() > 0.76);
    }
    model one_each(200, 200, 76);
    one_each.predict([](ra::class_index c) { return std::min(c + 1, 199); });
    CHECK(figure_of(one_each.warnings(), "class_shift", "+ 1", "shift") == 1);
    // A background class: 41 scores, labels 0 .. 39.
    model background(40, 2000, 76);
    background.classes = 41;
    background.predict([](ra::class_index c) { return c + 1; });
    CHECK(figure_of(background.warnings(), "class_shift", "background", "shift") == 1);
}

TEST_CASE("numbering_warnings: text order, the devkit's order, subsets, permutations and shuffled rows are told apart")
{
    model text(120, 6000, 76);
    const auto order = ra::text_class_order(120);
    text.predict([&](ra::class_index c) { return order[static_cast<std::size_t>(c)]; });
    figure_of(text.warnings(), "class_order", "--class-order text", "accuracy_if_renumbered");
    figure_of(ra::io::numbering_warnings("m", ra::count_numberings(text.confusion()), "the label sets"), "class_order",
              "the label sets number the classes in text order (folders sorted as 0, 1, 10, 100, ..): renumber them "
              "(--real-class-order text)",
              "accuracy_if_renumbered");
    text = model(120, 6000, 76);
    text.relabel([&](ra::class_index c) { return order[static_cast<std::size_t>(c)]; });
    figure_of(text.warnings(), "class_order",
              "predictions number the classes in text order (folders sorted as 0, 1, 10, 100, ..): renumber them "
              "(--model-class-order text)",
              "chance");

    const auto devkit = ra::devkit_class_order();
    for (const int first : {0, 1}) {
        model numbers(1000, 5000, 76);
        numbers.classes = 1001;
        numbers.relabel([&](ra::class_index c) { return c + first; });
        numbers.predict([&](ra::class_index c) { return devkit[static_cast<std::size_t>(c)]; });
        const double found = figure_of(numbers.warnings(), "class_order",
                                       first == 0 ? "devkit order, but from 0: add 1 to them, then renumber them "
                                                    "(--class-order devkit)"
                                                  : "devkit order: renumber them (--class-order devkit)",
                                       "accuracy_if_renumbered");
        CHECK(found > 0.7);
        numbers = model(1000, 5000, 76);
        numbers.classes = 1001;
        numbers.predict([&](ra::class_index c) { return c + first; });
        numbers.relabel([&](ra::class_index c) { return devkit[static_cast<std::size_t>(c)]; });
        figure_of(numbers.warnings(), "class_order",
                  first == 0 ? "(--model-class-order devkit; stored predictions, which count from 0 here, plus 1)"
                             : "(--model-class-order devkit)",
                  "accuracy_if_renumbered");
    }

    model subset(60, 6000, 50);  // 20 of 60 classes
    subset.relabel([](ra::class_index c) { return c / 3; });
    for (std::size_t i = 0; i < 6000; ++i) {
        if (subset.predictions[i] / 3 == subset.labels[i]) subset.predictions[i] = 3 * subset.labels[i] + 2;
    }
    figure_of(subset.warnings(), "class_subset", "number 20 classes, the predictions 60", "accuracy_if_renumbered");

    model permuted(40, 4000, 76);
    permuted.predict([](ra::class_index c) { return (c * 7 + 3) % 40; });
    figure_of(permuted.warnings(), "class_permutation", "0 -> 3, 1 -> 10, 2 -> 17, ..", "relabelled_accuracy");
    model swapped(2, 400, 90);
    swapped.predict([](ra::class_index c) { return 1 - c; });
    CHECK(swapped.warnings().size() == 1);

    model shuffled(40, 4000, 76);
    test_support::random_source random(3);
    random.shuffle(shuffled.predictions);
    figure_of(shuffled.warnings(), "row_order", "another order than the rows", "chance");
    figure_of(shuffled.warnings(ra::io::label_set_join::by_position), "row_order", "give --names", "chance");
    figure_of(shuffled.warnings(ra::io::label_set_join::by_name), "row_order", "--names is not the order", "chance");
}

TEST_CASE("count_numberings: each count against plain loops")
{
    test_support::random_source random(5);
    for (int round = 0; round < 60; ++round) {
        const std::size_t classes = 1 + random.below(12);
        model m(classes, random.below(60), 40, random.bits());
        const ra::numbering_counts found = ra::count_numberings(m.confusion());
        std::vector<std::vector<int>> counts(classes, std::vector<int>(classes));
        for (std::size_t i = 0; i < m.labels.size(); ++i)
            ++counts[static_cast<std::size_t>(m.labels[i])][static_cast<std::size_t>(m.predictions[i])];
        std::uint64_t hits = 0, relabelled = 0, best_shift = 0;
        for (std::size_t c = 0; c < classes; ++c) {
            hits += static_cast<std::uint64_t>(counts[c][c]);
            relabelled += static_cast<std::uint64_t>(*std::max_element(counts[c].begin(), counts[c].end()));
        }
        for (int shift = -12; shift <= 12; ++shift) {
            std::uint64_t of_shift = 0;
            for (std::size_t i = 0; i < m.labels.size(); ++i) of_shift += m.predictions[i] - m.labels[i] == shift;
            if (shift != 0) best_shift = std::max(best_shift, of_shift);
        }
        CHECK(found.accuracy == ra::proportion{hits, m.labels.size()});
        CHECK(found.relabelled.hits == relabelled);
        // The prediction of an image must be the only most frequent one of its label class without this image.
        const auto stays_favourite = [&](std::size_t label, std::size_t prediction) {
            std::vector<int> others = counts[label];
            const int left = std::exchange(others[prediction], 0) - 1;
            return left > *std::max_element(others.begin(), others.end());
        };
        std::uint64_t one_to_one = 0;
        std::vector<ra::class_index> matches(classes, ra::missing_label);
        for (std::size_t label = 0; label < classes; ++label) {
            for (std::size_t prediction = 0; prediction < classes; ++prediction) {
                bool owns = stays_favourite(label, prediction);
                for (std::size_t other = 0; other < classes; ++other) {
                    const int mine = counts[label][prediction], theirs = counts[other][prediction];
                    const bool before = theirs > mine || (theirs == mine && other < label);
                    owns = owns && !(before && stays_favourite(other, prediction));
                }
                if (!owns) continue;
                one_to_one += static_cast<std::uint64_t>(counts[label][prediction]);
                matches[label] = static_cast<ra::class_index>(prediction);
            }
        }
        CHECK(found.one_to_one.hits == one_to_one);
        CHECK(found.matches == matches);
        CHECK((found.best ? found.best->hits.hits : 0) >= best_shift);
    }
}

TEST_CASE("single_label_confusion: counts images with one label, in batches")
{
    const std::vector<ra::class_index> predictions{0, 1, 2, 1, 0};
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}, {0}, {1, 2}, {}, {2}});
    ra::single_label_confusion counts(3);
    for (std::size_t first = 0; first < 5; first += 2) {
        const std::size_t count = std::min<std::size_t>(2, 5 - first);
        const ra::targets_view targets{.real = sets.view().slice(first, count)};
        counts.add(ra::rank(ra::seq, ra::top_k_view<ra::class_index>(predictions.data() + first, count, 1, 3), targets),
                   targets);
    }
    CHECK(counts.result().dense() == std::vector<std::uint64_t>{1, 1, 0, 0, 0, 0, 1, 0, 0});
}

TEST_CASE("rank_warnings: hits by rank that rise mean predictions sorted worst first")
{
    const std::vector<std::uint64_t> rising{12, 19, 38, 99, 761}, falling{761, 99, 38, 19, 12},
        even{20, 19, 22, 20, 19};
    const auto warnings = ra::io::rank_warnings("m", rising, 1000);
    CHECK(figure_of(warnings, "worst_first", "sorted worst first", "rank_5") == 0.761);
    CHECK(figure_of(warnings, "worst_first", "76.10 %", "rank_1") == 0.012);
    CHECK(ra::io::rank_warnings("m", falling, 1000).empty());
    CHECK(ra::io::rank_warnings("m", even, 100).empty());
    CHECK(ra::io::rank_warnings("m", std::vector<std::uint64_t>{0, 3}, 3).empty());  // too few to tell
    CHECK(ra::io::rank_warnings("m", std::vector<std::uint64_t>{5}, 9).empty());
}

TEST_CASE("label_warnings and lone_label_warnings: labels that disagree with the sets, a lone label far off")
{
    CHECK(figure_of(ra::io::label_warnings({176, 10000}, {8296, 10000}), "labels_disagree", "1.76 %", "labels_real") ==
          0.0176);
    CHECK(ra::io::label_warnings({9002, 10000}, {8296, 10000}).empty());
    CHECK(ra::io::label_warnings({0, 0}, {8296, 10000}).empty());

    const classes_of_images labels{0, 1, 9, 255, -1, 255, 3};
    CHECK(figure_of(ra::io::lone_label_warnings(labels, 9), "lone_label", "--ignore-label 255", "images") == 2);
    CHECK(ra::io::lone_label_warnings(labels, 200).empty());
    CHECK(ra::io::lone_label_warnings(classes_of_images{0, 1, 2, 5}, 4).empty());
    CHECK(ra::io::lone_label_warnings(classes_of_images{}, std::nullopt).empty());
    CHECK(ra::io::lone_label_warnings(classes_of_images{7}, std::nullopt).empty());
}
