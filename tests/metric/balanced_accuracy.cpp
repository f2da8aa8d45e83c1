// Balanced accuracy: against plain loops over images, by hand, and where there is nothing to average.
#include "support/policies.hpp"
#include "support/random_source.hpp"
#include "support/relative_error.hpp"

#include <reassess/evaluate.hpp>
#include <reassess/metric/balanced_accuracy.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

namespace ra = reassess;
using test_support::random_source;
using test_support::relative_error;

namespace {

/// Predictions with labels some of which are missing, and sets of any size, some of which are empty.
struct ragged_problem {
    std::size_t classes = 0;
    std::vector<int> predictions{};
    std::vector<ra::class_index> original{};
    std::vector<std::set<ra::class_index>> sets{};
    ra::label_sets real{};

    ragged_problem(std::size_t images, std::size_t number_of_classes, random_source& random)
        : classes(number_of_classes)
    {
        for (std::size_t image = 0; image < images; ++image) {
            const auto c = random.below<ra::class_index>(classes);
            original.push_back(random.chance(15) ? ra::missing_label : c);
            predictions.push_back(random.chance(60) ? c : random.below<int>(classes));
            sets.emplace_back();
            if (!random.chance(25)) {
                for (std::size_t n = random.below(classes + 1); n > 0; --n)
                    sets.back().insert(random.below<ra::class_index>(classes));
            }
            const std::vector<ra::class_index> set(sets.back().begin(), sets.back().end());
            real.append(std::span<const ra::class_index>(set));
        }
    }
    [[nodiscard]] std::size_t images() const { return original.size(); }
    [[nodiscard]] ra::top_k_view<int> view() const { return {predictions.data(), images(), 1, classes}; }
    [[nodiscard]] ra::targets_view targets() const { return {.original = original, .real = real.view()}; }

    /// Images of a class: all, or those with a set that is not empty; and the right ones among them.
    [[nodiscard]] ra::proportion accuracy_of(ra::class_index c, bool by_set) const
    {
        ra::proportion accuracy;
        for (std::size_t i = 0; i < images(); ++i) {
            if (original[i] != c || (by_set && sets[i].empty())) continue;
            ++accuracy.total;
            accuracy.hits += by_set ? sets[i].contains(predictions[i]) : predictions[i] == c;
        }
        return accuracy;
    }
};

/// The mean as its definition says, class after class.
void check_mean(const ra::mean_over_classes& found, const std::vector<ra::proportion>& classes)
{
    long double sum = 0, variance = 0;
    std::size_t with_images = 0;
    for (const ra::proportion& c : classes) {
        if (c.total == 0) continue;
        ++with_images;
        const long double p = static_cast<long double>(c.hits) / static_cast<long double>(c.total);
        sum += p;
        variance += p * (1 - p) / static_cast<long double>(c.total);
    }
    REQUIRE(found.classes == with_images);
    REQUIRE(found.classes_without_images == classes.size() - with_images);
    REQUIRE(found.value.has_value() == (with_images > 0));
    REQUIRE(found.standard_error.has_value() == (with_images > 0));
    if (with_images == 0) return;
    const auto n = static_cast<long double>(with_images);
    REQUIRE(relative_error(*found.value, static_cast<double>(sum / n)) < 1e-14);
    REQUIRE(relative_error(*found.standard_error, static_cast<double>(std::sqrt(variance) / n)) < 1e-13);
}

ra::class_accuracies accuracies_of(const ra::evaluation<>& e)
{
    return e.get<ra::balanced_accuracy>();
}

ra::evaluation<> evaluation_of(const std::vector<int>& predictions, std::size_t classes,
                               const ra::targets_view& targets)
{
    return ra::evaluate(ra::seq, ra::top_k_view<int>(predictions, 1, classes), targets);
}

}  // namespace

TEST_CASE("balanced accuracy: every class and both means are those of plain loops, on random ragged sets")
{
    random_source random(201);
    for (int repetition = 0; repetition < 200; ++repetition) {
        const ragged_problem p(random.below(80), 1 + random.below(12), random);
        const ra::evaluation e = ra::evaluate(ra::seq, p.view(), p.targets());
        const ra::class_accuracies found = accuracies_of(e);
        std::vector<ra::proportion> original, real;
        for (std::size_t c = 0; c < p.classes; ++c) {
            original.push_back(p.accuracy_of(static_cast<ra::class_index>(c), false));
            real.push_back(p.accuracy_of(static_cast<ra::class_index>(c), true));
            REQUIRE(e.class_accuracy(static_cast<ra::class_index>(c)) == original.back());
        }
        REQUIRE(found.original == original);
        REQUIRE(found.real == real);
        check_mean(found.balanced_accuracy(), original);
        check_mean(found.real_balanced_accuracy(), real);
    }
}

TEST_CASE("balanced accuracy: the same on every policy, and of scores and logits")
{
    random_source random(202);
    const ragged_problem p(300, 7, random);
    std::vector<float> scores(p.images() * p.classes);
    for (std::size_t i = 0; i < p.images(); ++i)
        scores[i * p.classes + static_cast<std::size_t>(p.predictions[i])] = 1.0F;
    const ra::scores_view<float> view(scores, p.classes);
    const ra::class_accuracies expected = accuracies_of(ra::evaluate(ra::seq, p.view(), p.targets()));
    test_support::for_each_policy([&](auto policy) {
        for (const ra::class_accuracies& found : {accuracies_of(ra::evaluate(policy, p.view(), p.targets())),
                                                  accuracies_of(ra::evaluate(policy, view, p.targets())),
                                                  accuracies_of(ra::evaluate(policy, ra::logits(view), p.targets()))}) {
            CHECK(found.original == expected.original);
            CHECK(found.real == expected.real);
        }
    });
}

TEST_CASE("balanced accuracy: the example of scikit-learn's balanced_accuracy_score")
{
    const std::vector<ra::class_index> original{0, 1, 0, 0, 1, 0};
    const std::vector<int> predictions{0, 1, 0, 0, 0, 1};
    const ra::mean_over_classes found =
        accuracies_of(evaluation_of(predictions, 2, {.original = original})).balanced_accuracy();
    CHECK(found.value.value() == 0.625);
    CHECK(found.classes == 2);
    CHECK(found.classes_without_images == 0);
}

TEST_CASE("balanced accuracy: by hand, with standard errors, empty sets, missing labels and a class without images")
{
    // Class 0: 3 of 4; class 1: 1 of 2; class 2: none; class 3: 1 of 1. By sets: 3 of 3; 2 of 2; none; 0 of 1.
    const std::vector<ra::class_index> original{0, 0, 0, 0, 1, 1, 3, -1, -1};
    const std::vector<int> predictions{0, 0, 0, 2, 1, 0, 3, 2, 2};
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}, {}, {0, 1}, {2, 0}, {1}, {0}, {1, 2}, {2}, {0}});
    const ra::evaluation e = evaluation_of(predictions, 4, {.original = original, .real = sets.view()});
    const ra::class_accuracies found = accuracies_of(e);
    CHECK(found.original == std::vector<ra::proportion>{{3, 4}, {1, 2}, {0, 0}, {1, 1}});
    CHECK(found.real == std::vector<ra::proportion>{{3, 3}, {2, 2}, {0, 0}, {0, 1}});
    const ra::mean_over_classes mean = found.balanced_accuracy();
    CHECK(mean.value.value() == 0.75);
    // sqrt(3/4 * 1/4 / 4 + 1/2 * 1/2 / 2 + 0) / 3 = sqrt(11/64) / 3.
    CHECK(relative_error(mean.standard_error.value(), std::sqrt(11.0) / 24.0) < 1e-15);
    CHECK(mean.classes == 3);
    CHECK(mean.classes_without_images == 1);
    const ra::mean_over_classes real = found.real_balanced_accuracy();
    CHECK(relative_error(real.value.value(), 2.0 / 3.0) < 1e-15);
    CHECK(real.standard_error.value() == 0.0);
    CHECK(real.classes == 3);
    CHECK(real.classes_without_images == 1);
    CHECK(e.missing_labels() == 2);
}

TEST_CASE("balanced accuracy: one class")
{
    const std::vector<ra::class_index> original{0, 0, -1};
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}, {}, {0}});
    const ra::class_accuracies found =
        accuracies_of(evaluation_of({0, 0, 0}, 1, {.original = original, .real = sets.view()}));
    CHECK(found.balanced_accuracy() == ra::mean_over_classes{.value = 1.0, .standard_error = 0.0, .classes = 1});
    CHECK(found.real_balanced_accuracy() == found.balanced_accuracy());
    CHECK(found.real == std::vector<ra::proportion>{{1, 1}});
}

TEST_CASE("balanced accuracy: where no class has images it is absent, not 0")
{
    const std::vector<ra::class_index> missing{-1, -1}, given{0, 1};
    const ra::label_sets sets(std::vector<std::vector<int>>{{0}, {1}}),
        empty_sets(std::vector<std::vector<int>>{{}, {}}), no_sets;
    const ra::mean_over_classes none{.classes_without_images = 3};
    // All original labels are missing; they were not given; there are no images.
    for (const ra::evaluation<>& e :
         {evaluation_of({0, 1}, 3, {.original = missing, .real = sets.view()}),
          evaluation_of({0, 1}, 3, {.real = sets.view()}), evaluation_of({0, 1}, 3, {}),
          evaluation_of({}, 3, {.original = std::span<const ra::class_index>{}, .real = no_sets.view()})}) {
        CHECK(accuracies_of(e).balanced_accuracy() == none);
        CHECK(accuracies_of(e).real_balanced_accuracy() == none);
        CHECK(accuracies_of(e).original.size() == 3);
    }
    // Nothing was counted at all.
    CHECK(accuracies_of(ra::evaluation<>()).balanced_accuracy() == ra::mean_over_classes{});
    // Every set is empty, or none was given.
    for (const ra::evaluation<>& e : {evaluation_of({0, 1}, 3, {.original = given, .real = empty_sets.view()}),
                                      evaluation_of({0, 1}, 3, {.original = given})}) {
        CHECK(accuracies_of(e).balanced_accuracy() ==
              ra::mean_over_classes{.value = 1.0, .standard_error = 0.0, .classes = 2, .classes_without_images = 1});
        CHECK(accuracies_of(e).real_balanced_accuracy() == none);
    }
}

TEST_CASE("balanced accuracy: parts merge in any order to the whole, and bytes keep it")
{
    random_source random(203);
    for (int repetition = 0; repetition < 30; ++repetition) {
        const ragged_problem p(1 + random.below(100), 1 + random.below(9), random);
        const ra::evaluation whole = ra::evaluate(ra::seq, p.view(), p.targets());
        std::vector<ra::evaluation<>> parts;
        for (std::size_t first = 0; first < p.images();) {
            const std::size_t count = std::min(1 + random.below(20), p.images() - first);
            parts.push_back(ra::evaluate(ra::seq, p.view().slice(first, count), p.targets().slice(first, count)));
            first += count;
        }
        random.shuffle(parts);
        ra::evaluation<> merged;
        for (const ra::evaluation<>& part : parts) merged.merge(part);
        REQUIRE(merged == whole);
        const ra::evaluation loaded = ra::evaluation<>::from_bytes(merged.to_bytes());
        for (const ra::evaluation<>& e : {merged, loaded}) {
            REQUIRE(accuracies_of(e).original == accuracies_of(whole).original);
            REQUIRE(accuracies_of(e).real == accuracies_of(whole).real);
            REQUIRE(accuracies_of(e).balanced_accuracy() == accuracies_of(whole).balanced_accuracy());
        }
    }
}

TEST_CASE("balanced accuracy: an image that is left out for a NaN, or repeated, has no part in it")
{
    std::vector<float> scores{1, 0, 0, 1, 0, 1};
    const std::vector<ra::class_index> original{0, 1, 0};
    const std::vector<std::uint64_t> ids{7, 8, 7};
    const ra::scores_view<float> view(scores, 2);
    ra::evaluator counts(ra::seq);
    counts.update(view, {.original = original}, {.image_ids = ids, .repeated = ra::on_repeated::skip});
    CHECK(accuracies_of(counts.result()).original == std::vector<ra::proportion>{{1, 1}, {1, 1}});
    scores[2] = std::nanf("");
    CHECK(accuracies_of(ra::evaluate(ra::seq, view, {.original = original}, {.nan = ra::on_nan::exclude})).original ==
          std::vector<ra::proportion>{{1, 2}, {0, 0}});
}
