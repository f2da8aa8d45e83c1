// What labels say of themselves, against its definition: shares as exact integers over a common multiple.
#include "support/messages.hpp"
#include "support/relative_error.hpp"
#include "support/small_problem.hpp"

#include <reassess/metric/label_summary.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;
using test_support::small_problem;

namespace {

using lists = std::vector<std::vector<int>>;
using indices = std::vector<ra::class_index>;

ra::label_summary summary_of(std::size_t classes, const indices& original, const lists& sets)
{
    const ra::label_sets real(sets);
    ra::label_summary summary({.classes = classes});
    summary.update({.original = original, .real = real.view()});
    return summary;
}

/// lcm(1 .. 9): the sets of the random problems divide it.
constexpr std::uint64_t multiple = 2520;

}  // namespace

TEST_CASE("label_summary: every number equals its definition")
{
    test_support::random_source random(31);
    for (int repetition = 0; repetition < 200; ++repetition) {
        const small_problem p({.images = random.below(60), .classes = 1 + random.below(9)}, random);
        ra::label_summary summary({.classes = p.classes});
        summary.update(p.targets());

        REQUIRE(summary.images() == p.images());
        REQUIRE(summary.missing_labels() == p.count([&](std::size_t i) { return p.original[i] == -1; }));
        REQUIRE(summary.without_real_labels() == p.count([&](std::size_t i) { return p.sets[i].empty(); }));
        REQUIRE(summary.with_real_labels() == p.count([&](std::size_t i) { return !p.sets[i].empty(); }));
        std::uint64_t labels = 0;
        for (const auto& set : p.sets) labels += set.size();
        REQUIRE(summary.labels() == labels);
        REQUIRE(summary.multi_label() == p.share([&](std::size_t i) { return !p.sets[i].empty(); },
                                                 [&](std::size_t i) { return p.sets[i].size() > 1; }));
        REQUIRE(summary.chance() == ra::proportion{labels, summary.with_real_labels() * p.classes});
        for (const std::size_t least : {2UL, 3UL}) {
            ra::proportion chance;
            for (const auto& set : p.sets) {
                chance.hits += set.size() < least ? 0 : set.size();
                chance.total += set.size() < least ? 0 : p.classes;
            }
            REQUIRE(summary.chance(least) == chance);
        }
        REQUIRE(summary.original_labels_real() ==
                p.share([&](std::size_t i) { return p.labelled(i) && p.has_real_labels(i); },
                        [&](std::size_t i) { return p.confirmed(i); }));
        REQUIRE(summary.oracle_images() == p.count([&](std::size_t i) { return p.confirmed(i); }));
        const std::vector<std::uint64_t>& histogram = summary.set_size_histogram();
        for (std::size_t size = 0; size <= p.classes; ++size) {
            REQUIRE((size < histogram.size() ? histogram[size] : 0) ==
                    p.count([&](std::size_t i) { return p.sets[i].size() == size; }));
        }

        const std::vector<ra::class_oracle> oracle = summary.oracle();
        REQUIRE(oracle.size() == p.classes);
        double sum = 0;
        std::size_t classes_with_value = 0;
        indices below_90_percent;
        for (std::size_t c = 0; c < p.classes; ++c) {
            const auto label = static_cast<ra::class_index>(c);
            std::uint64_t images = 0, numerator = 0;
            for (std::size_t i = 0; i < p.images(); ++i) {
                if (!p.confirmed(i) || p.original[i] != label) continue;
                ++images;
                numerator += multiple / p.sets[i].size();
            }
            REQUIRE(oracle[c].images == images);
            REQUIRE(oracle[c].accuracy.has_value() == (images > 0));
            if (images == 0) continue;
            const double accuracy = static_cast<double>(numerator) / static_cast<double>(multiple * images);
            REQUIRE(*oracle[c].accuracy == accuracy);
            sum += accuracy;
            ++classes_with_value;
            if (10 * numerator < 9 * multiple * images) below_90_percent.push_back(label);
        }
        const ra::class_mean mean = summary.mean_oracle_accuracy();
        REQUIRE(mean.classes == classes_with_value);
        REQUIRE(mean.value.has_value() == (classes_with_value > 0));
        if (mean.value) REQUIRE(relative_error(*mean.value, sum / static_cast<double>(classes_with_value)) < 1e-15);
        REQUIRE(summary.ambiguous_classes() == below_90_percent);
    }
}

TEST_CASE("label_summary: co-occurrences of every pair of classes")
{
    test_support::random_source random(32);
    for (int repetition = 0; repetition < 100; ++repetition) {
        const small_problem p({.images = random.below(60), .classes = 1 + random.below(6)}, random);
        ra::label_summary summary({.classes = p.classes});
        summary.update(p.targets());
        std::vector<ra::co_occurrence> all;
        for (std::size_t c = 0; c < p.classes; ++c) {
            const auto label = static_cast<ra::class_index>(c);
            const auto of_class = [&](std::size_t i) { return p.confirmed(i) && p.original[i] == label; };
            std::vector<ra::co_occurrence> expected;
            for (std::size_t o = 0; o < p.classes; ++o) {
                const auto other = static_cast<ra::class_index>(o);
                const ra::proportion images = p.share(of_class, [&](std::size_t i) { return p.acceptable(i, other); });
                if (other != label && images.hits > 0) expected.push_back({label, other, images});
            }
            std::stable_sort(expected.begin(), expected.end(),
                             [](const auto& a, const auto& b) { return a.images.hits > b.images.hits; });
            REQUIRE(summary.co_occurrences(label) == expected);
            all.insert(all.end(), expected.begin(), expected.end());
        }
        REQUIRE(summary.co_occurrences() == all);
    }
}

TEST_CASE("oracle: sets of 1, 2 and 4 labels give exactly 7/12; a repeated class counts once")
{
    const ra::label_summary summary = summary_of(5, {3, 3, 3, 0}, {{3}, {3, 1}, {0, 1, 2, 3}, {0, 0}});
    CHECK(summary.oracle()[3].accuracy.value() == 7.0 / 12);
    CHECK(summary.oracle()[3].images == 3);
    CHECK(summary.oracle()[0].accuracy.value() == 1.0);
}

TEST_CASE("oracle: a class without images has no value and is left out of the mean")
{
    const ra::label_summary summary = summary_of(4, {0, 0, 1, 2, -1}, {{0}, {0, 3}, {2}, {}, {3}});
    CHECK(!summary.oracle()[1].accuracy.has_value());
    CHECK(!summary.oracle()[2].accuracy.has_value());
    CHECK(!summary.oracle()[3].accuracy.has_value());
    CHECK(summary.oracle()[1].images == 0);
    CHECK(summary.mean_oracle_accuracy().classes == 1);
    CHECK(summary.mean_oracle_accuracy().value.value() == 0.75);
    const ra::label_summary none = summary_of(4, {}, {});
    CHECK(none.oracle().size() == 4);
    CHECK(none.mean_oracle_accuracy().classes == 0);
    CHECK(!none.mean_oracle_accuracy().value.has_value());
    CHECK(!none.original_labels_real().try_value().has_value());
    CHECK(!none.chance().try_value().has_value());
    CHECK(!none.multi_label().try_value().has_value());
    CHECK(none.co_occurrences().empty());
}

TEST_CASE("oracle: set sizes without a common multiple of 53 bits")
{
    // Every size from 1 to 60 once: the harmonic number over 60, to 17 digits.
    lists sets;
    indices original;
    for (int size = 1; size <= 60; ++size) {
        sets.emplace_back();
        for (int c = 0; c < size; ++c) sets.back().push_back(c);
        original.push_back(0);
    }
    constexpr double harmonic_60 = 4.679870412951738;
    CHECK(relative_error(summary_of(60, original, sets).oracle()[0].accuracy.value(), harmonic_60 / 60) < 1e-14);
}

TEST_CASE("ambiguous classes: the threshold and the exclusion list")
{
    // Class 0: 1; class 1: 3/4; class 2: 1/2; class 3: none.
    const ra::label_summary summary = summary_of(4, {0, 1, 1, 2}, {{0}, {1}, {1, 0}, {2, 3}});
    CHECK(summary.ambiguous_classes() == indices{1, 2});
    CHECK(summary.ambiguous_classes({.threshold = 0.75}) == indices{2});
    CHECK(summary.ambiguous_classes({.threshold = 2.0}) == indices{0, 1, 2});
    CHECK(summary.ambiguous_classes({.threshold = 0}).empty());
    const indices excluded{2, 3, 2};
    CHECK(summary.ambiguous_classes({.excluded_classes = excluded}) == indices{1});
    const indices beyond{4}, negative{-1};
    CHECK_ERROR(std::out_of_range, summary.ambiguous_classes({.excluded_classes = beyond}), "class 4", "[0, 4)");
    CHECK_ERROR(std::out_of_range, summary.ambiguous_classes({.excluded_classes = negative}), "class -1");
    CHECK_ERROR(std::invalid_argument,
                summary.ambiguous_classes({.threshold = std::numeric_limits<double>::quiet_NaN()}), "NaN");
}

TEST_CASE("label_summary: one kind of labels only")
{
    const ra::label_sets sets(lists{{0}, {1, 2}, {}});
    ra::label_summary real_only({.classes = 3}), original_only({.classes = 3});
    real_only.update({.real = sets.view()});
    const indices original{0, -1};
    original_only.update({.original = original});
    CHECK(real_only.has_real());
    CHECK(!real_only.has_original());
    CHECK(real_only.with_real_labels() == 2);
    CHECK(real_only.chance() == ra::proportion{3, 6});
    CHECK(original_only.images() == 2);
    CHECK(original_only.missing_labels() == 1);
    for (const ra::label_summary* summary : {&real_only, &original_only}) {
        CHECK_ERROR(std::invalid_argument, summary->oracle(), "both needed");
        CHECK_ERROR(std::invalid_argument, summary->oracle_images(), "both needed");
        CHECK_ERROR(std::invalid_argument, summary->original_labels_real(), "both needed");
        CHECK_ERROR(std::invalid_argument, summary->mean_oracle_accuracy(), "both needed");
        CHECK_ERROR(std::invalid_argument, summary->ambiguous_classes(), "both needed");
        CHECK_ERROR(std::invalid_argument, summary->co_occurrences(), "both needed");
        CHECK_ERROR(std::invalid_argument, summary->co_occurrences(0), "both needed");
    }
}

TEST_CASE("label_summary: invalid batches are refused and nothing of them is counted")
{
    const ra::label_sets sets(lists{{0}, {1, 3}});
    const indices two{0, 1}, one{0}, bad{0, 3}, negative{-2, 0};
    CHECK_ERROR(std::invalid_argument, ra::label_summary().update({.original = two}), "the number of classes is 0");
    CHECK_ERROR(std::invalid_argument, ra::label_summary().chance(), "the number of classes is 0");
    CHECK_ERROR(std::invalid_argument, ra::label_summary({.classes = std::size_t{1} << 31}), "2147483648");
    ra::label_summary summary({.classes = 4});
    summary.update({.original = two, .real = sets.view()});
    const ra::label_summary before = summary;
    CHECK_ERROR(std::invalid_argument, summary.update({.original = one, .real = sets.view()}), "2 images",
                "the original labels have 1");
    CHECK_ERROR(std::invalid_argument, summary.update({.original = two}),
                "this label summary has original labels and label sets", "label summary has original labels only");
    CHECK_ERROR(std::invalid_argument, summary.update({.real = sets.view()}),
                "this label summary has original labels and label sets", "label summary has label sets only");
    CHECK_ERROR(std::invalid_argument, summary.merge(ra::label_summary({.classes = 5})),
                "this label summary has 4 classes, the merged label summary has 5");
    CHECK(summary == before);
    ra::label_summary narrow({.classes = 3});
    narrow.update({.original = one, .real = ra::label_sets(lists{{2}}).view()});
    const ra::label_summary narrow_before = narrow;
    const ra::label_sets fine(lists{{0}, {1}});
    CHECK_ERROR(std::out_of_range, narrow.update({.original = bad, .real = fine.view()}),
                "label 3 of image 2 is outside [0, 3)");
    CHECK_ERROR(std::out_of_range, narrow.update({.original = negative, .real = fine.view()}),
                "label -2 of image 1 is outside [0, 3)");
    CHECK_ERROR(std::out_of_range, narrow.update({.original = two, .real = sets.view()}),
                "label 3 of image 2 is outside [0, 3)");
    CHECK(narrow == narrow_before);
    CHECK_ERROR(std::out_of_range, narrow.co_occurrences(3), "class 3", "[0, 3)");
}
