// Precision, recall, F1, Matthews' correlation and Cohen's kappa: scikit-learn's values, plain loops on random input,
// and what is undefined.
#include "support/emulated_device.hpp"
#include "support/policies.hpp"
#include "support/relative_error.hpp"
#include "support/small_problem.hpp"

#include <reassess/device/device_copies.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/metric/class_scores.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;
using test_support::small_problem;

namespace {

/// Confusion counts of labels and predictions.
ra::confusion confusion_of(const std::vector<ra::class_index>& labels, const std::vector<int>& predictions,
                           std::size_t classes, std::uint64_t times = 1)
{
    std::vector<std::uint64_t> hits(classes);
    ra::pair_counts mistakes;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] == predictions[i]) {
            hits[static_cast<std::size_t>(labels[i])] += times;
        } else {
            mistakes.add(static_cast<std::uint32_t>(labels[i]), static_cast<std::uint32_t>(predictions[i]), times);
        }
    }
    return {hits, mistakes};
}

bool near(const std::optional<double>& found, double expected)
{
    return found && (*found == expected || relative_error(*found, expected) < 1e-15 * 4);
}

/// Class 4 has no images, class 5 is never predicted, class 6 does not occur.
const std::vector<ra::class_index> labels{0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 3, 5, 5, 0, 1, 2, 3};
const std::vector<int> predictions{0, 0, 0, 1, 4, 1, 1, 2, 2, 0, 3, 3, 3, 1, 0, 3, 0, 1, 4, 3};

ra::class_scores real_scores_by_definition(const small_problem& p)
{
    ra::class_scores scores{std::vector<ra::class_score>(p.classes)};
    for (std::size_t c = 0; c < p.classes; ++c) {
        const auto k = static_cast<ra::class_index>(c);
        const auto predicted = [&](std::size_t i) { return p.has_real_labels(i) && p.prediction(i) == k; };
        const auto has = [&](std::size_t i) { return p.has_real_labels(i) && p.acceptable(i, k); };
        scores.classes[c] = {p.count([&](std::size_t i) { return predicted(i) && has(i); }), p.count(predicted),
                             p.count(has)};
    }
    return scores;
}

ra::class_scores real_scores_of(const ra::evaluation<ra::real_class_scores>& e)
{
    return e.get<ra::real_class_scores>();
}

}  // namespace

TEST_CASE("class scores: precision, recall, F1 and their means are scikit-learn's with zero_division=nan")
{
    // sklearn.metrics.precision_recall_fscore_support, version 1.9.1.
    const ra::class_scores scores = ra::scores_by_class(confusion_of(labels, predictions, 7));
    const std::vector<double> precision{2.0 / 3, 0.6, 0.5, 0.8, 0.0}, recall{2.0 / 3, 0.75, 1.0 / 3, 0.8},
        f1{2.0 / 3, 2.0 / 3, 0.4, 0.8, 0.0, 0.0};
    const std::vector<std::uint64_t> support{6, 4, 3, 5, 0, 2, 0};
    for (std::size_t c = 0; c < 7; ++c) {
        CAPTURE(c);
        CHECK(scores.classes[c].support == support[c]);
        CHECK(scores.classes[c].precision().try_value().has_value() == (c < 5));
        CHECK(scores.classes[c].recall().try_value().has_value() == (c < 4 || c == 5));
        CHECK(scores.classes[c].f1().try_value().has_value() == (c < 6));
        if (c < 5) CHECK(near(scores.classes[c].precision().value(), precision[c]));
        if (c < 4) CHECK(near(scores.classes[c].recall().value(), recall[c]));
        if (c < 6) CHECK(near(scores.classes[c].f1().value(), f1[c]));
    }
    CHECK(scores.micro() == ra::class_score{12, 20, 20});
    CHECK(near(scores.micro().f1().value(), 0.6));
    const ra::class_score_means macro = scores.macro(), weighted = scores.weighted();
    CHECK(near(macro.precision.value, 0.5133333333333333));
    CHECK(near(macro.recall.value, 0.51));
    CHECK(near(macro.f1.value, 0.4222222222222222));
    CHECK(near(weighted.precision.value, 0.6611111111111111));
    CHECK(near(weighted.recall.value, 0.6));
    CHECK(near(weighted.f1.value, 0.5933333333333334));
    for (const ra::class_score_means& means : {macro, weighted}) {
        CHECK(means.precision.classes == 5);
        CHECK(means.precision.undefined_classes == 2);
        CHECK(means.precision.undefined_support == 2);
        CHECK(means.recall.classes == 5);
        CHECK(means.recall.undefined_classes == 2);
        CHECK(means.recall.undefined_support == 0);
        CHECK(means.f1.classes == 6);
        CHECK(means.f1.undefined_classes == 1);
    }
    // zero_division=0: undefined scores of the six classes that occur count as 0.
    CHECK(near(*macro.precision.value * 5 / 6, 0.42777777777777776));
}

TEST_CASE("class scores: Matthews' correlation and Cohen's kappa are scikit-learn's, also of counts near 2^59")
{
    for (const std::uint64_t times : {std::uint64_t{1}, std::uint64_t{1} << 59}) {
        const ra::confusion many = confusion_of(labels, predictions, 7, times);
        CHECK(near(ra::matthews_correlation(many), 0.49676372004041025));
        CHECK(near(ra::cohen_kappa(many), 0.4888178913738018));
        const ra::confusion two = confusion_of({1, 1, 1, 0}, {1, 0, 1, 1}, 2, times);
        CHECK(near(ra::matthews_correlation(two), -1.0 / 3));
        CHECK(near(ra::cohen_kappa(two), -1.0 / 3));
    }
}

TEST_CASE("class scores: Matthews' correlation and kappa are those of sums over pairs of images")
{
    test_support::random_source random(301);
    for (int repetition = 0; repetition < 100; ++repetition) {
        const small_problem p({.images = random.below(60), .classes = 1 + random.below(7), .nan_rows = 5}, random);
        std::vector<std::size_t> valid;
        for (std::size_t i = 0; i < p.images(); ++i) {
            if (p.labelled(i)) valid.push_back(i);
        }
        // Covariances of one-hot vectors: n sum [same] - sum of sums, over all pairs of images.
        std::int64_t between = 0, of_predictions = 0, of_labels = 0, chance = 0, agree = 0;
        const auto n = static_cast<std::int64_t>(valid.size());
        for (const std::size_t i : valid) {
            agree += p.prediction(i) == p.original[i];
            for (const std::size_t j : valid) {
                between += p.prediction(i) == p.original[i];
                between -= p.prediction(i) == p.original[j];
                of_predictions += p.prediction(i) != p.prediction(j);
                of_labels += p.original[i] != p.original[j];
                chance += p.prediction(i) == p.original[j];
            }
        }
        const ra::confusion counts =
            ra::evaluate(ra::seq, p.view(), p.targets(), {.nan = ra::on_nan::exclude}).confusion();
        const auto found = ra::matthews_correlation(counts), kappa = ra::cohen_kappa(counts);
        REQUIRE(found.has_value() == (of_predictions != 0 && of_labels != 0));
        if (found)
            REQUIRE(near(found, static_cast<double>(between) /
                                    std::sqrt(static_cast<double>(of_predictions) * static_cast<double>(of_labels))));
        REQUIRE(kappa.has_value() == (chance != n * n));
        if (kappa) REQUIRE(near(kappa, static_cast<double>(n * agree - chance) / static_cast<double>(n * n - chance)));
        // The scores of every class by definition.
        const ra::class_scores scores = ra::scores_by_class(counts);
        for (std::size_t c = 0; c < p.classes; ++c) {
            const auto k = static_cast<ra::class_index>(c);
            const auto predicted = [&](std::size_t i) { return p.labelled(i) && p.prediction(i) == k; };
            const auto has = [&](std::size_t i) { return p.labelled(i) && p.original[i] == k; };
            REQUIRE(scores.classes[c] == ra::class_score{p.confused(k, k), p.count(predicted), p.count(has)});
        }
    }
}

TEST_CASE("class scores: one class, and no images, leave correlation and kappa undefined")
{
    const ra::confusion one = confusion_of({0, 0}, {0, 0}, 1);
    CHECK(!ra::matthews_correlation(one));
    CHECK(!ra::cohen_kappa(one));
    CHECK(ra::scores_by_class(one).macro().f1 == ra::class_score_mean{.value = 1.0, .classes = 1});
    // All labels are one class: kappa is 0, because agreement is that of chance.
    const ra::confusion one_label = confusion_of({0, 0}, {0, 1}, 2);
    CHECK(!ra::matthews_correlation(one_label));
    CHECK(ra::cohen_kappa(one_label).value() == 0.0);
    const ra::confusion none = confusion_of({}, {}, 3);
    CHECK(!ra::matthews_correlation(none));
    CHECK(!ra::cohen_kappa(none));
    for (const ra::class_score_means& means : {ra::scores_by_class(none).macro(), ra::scores_by_class(none).weighted()})
        CHECK(means.precision == ra::class_score_mean{.undefined_classes = 3});
    CHECK(!ra::matthews_correlation(confusion_of({}, {}, 0)));
}

TEST_CASE("real class scores: scikit-learn's on a multilabel indicator with one-hot predictions")
{
    const ra::label_sets sets(
        std::vector<std::vector<int>>{{0}, {0, 1}, {1}, {2, 3}, {1, 2}, {4}, {0, 3}, {3}, {0}, {}});
    const std::vector<int> predicted{0, 1, 0, 2, 5, 4, 0, 3, 2, 6};
    const ra::class_scores scores = real_scores_of(ra::evaluate(ra::seq, ra::top_k_view<int>(predicted, 1, 7),
                                                                {.real = sets.view()}, {}, ra::real_class_scores{}));
    CHECK(scores.classes ==
          std::vector<ra::class_score>{{2, 3, 4}, {1, 1, 3}, {1, 2, 2}, {1, 1, 3}, {1, 1, 1}, {0, 1, 0}, {0, 0, 0}});
    CHECK(near(scores.micro().precision().value(), 0.6666666666666666));
    CHECK(near(scores.micro().recall().value(), 0.46153846153846156));
    CHECK(near(scores.micro().f1().value(), 0.5454545454545454));
    CHECK(near(scores.macro().precision.value, 0.6944444444444443));
    CHECK(near(scores.macro().recall.value, 0.5333333333333333));
    CHECK(near(scores.macro().f1.value, 0.5119047619047619));
    CHECK(near(scores.weighted().precision.value, 0.8205128205128205));
    CHECK(near(scores.weighted().recall.value, 0.46153846153846156));
    CHECK(near(scores.weighted().f1.value, 0.5604395604395604));
}

TEST_CASE("real class scores: plain loops on random sets with NaN, on every policy, in parts, as bytes, on a device")
{
    test_support::random_source random(302);
    const ra::evaluation_options options{.nan = ra::on_nan::exclude};
    for (int repetition = 0; repetition < 40; ++repetition) {
        const small_problem p({.images = random.below(70), .classes = 1 + random.below(6), .nan_rows = 10}, random);
        const auto whole = ra::evaluate(ra::seq, p.view(), p.targets(), options, ra::real_class_scores{});
        const ra::class_scores expected = real_scores_by_definition(p);
        REQUIRE(real_scores_of(whole) == expected);
        REQUIRE(expected.micro().precision() == whole.real(1));
        test_support::for_each_policy([&](auto policy) {
            REQUIRE(ra::evaluate(policy, p.view(), p.targets(), options, ra::real_class_scores{}) == whole);
        });
        ra::evaluation<ra::real_class_scores> merged;
        const std::size_t cut = random.below(p.images() + 1);
        for (const auto& [first, count] : {std::pair{cut, p.images() - cut}, std::pair{std::size_t{0}, cut}})
            merged.merge(ra::evaluate(ra::seq, p.view().slice(first, count), p.targets().slice(first, count), options,
                                      ra::real_class_scores{}));
        REQUIRE(merged == whole);
        REQUIRE(ra::evaluation<ra::real_class_scores>::from_bytes(merged.to_bytes()) == whole);
        const test_support::emulated_device<4> device;
        const ra::device_scores scores(device, p.view());
        const ra::device_targets targets(device, p.targets());
        REQUIRE(ra::evaluate(device, scores, targets, options, ra::real_class_scores{}) == whole);
    }
    // Without label sets nothing is counted.
    const small_problem p({.images = 9, .classes = 2}, random);
    const ra::targets_view originals{.original = p.original};
    CHECK(real_scores_of(ra::evaluate(ra::seq, p.view(), originals, {}, ra::real_class_scores{})).micro() ==
          ra::class_score{});
}
