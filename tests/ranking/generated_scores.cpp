// Sources that make rows as they are read: the same as ranking the matrix that they stand for.
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/random_source.hpp"
#include "support/relative_error.hpp"

#include <reassess/data/class_selection.hpp>
#include <reassess/data/ensemble.hpp>
#include <reassess/data/image_selection.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::random_source;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

struct problem {
    std::size_t images, classes;
    std::vector<float> scores = std::vector<float>(images * classes);
    std::vector<ra::class_index> original{};
    ra::label_sets real{};

    problem(std::size_t image_count, std::size_t class_count, random_source& random)
        : images(image_count), classes(class_count)
    {
        // Few distinct scores, so that ties are frequent.
        for (float& score : scores) score = static_cast<float>(random.below(40)) / 4;
        for (std::size_t i = 0; i < images; ++i) {
            original.push_back(random.chance(10) ? ra::missing_label : random.below<ra::class_index>(classes));
            std::vector<ra::class_index> set;
            for (std::size_t n = random.below(4); n > 0; --n) set.push_back(random.below<ra::class_index>(classes));
            real.append(std::span<const ra::class_index>(set));
        }
    }
    [[nodiscard]] ra::scores_view<float> view() const { return {scores, classes}; }
    [[nodiscard]] ra::targets_view targets() const { return {.original = original, .real = real.view()}; }
};

/// What a source stands for.
template <class Source>
std::vector<typename Source::element_type> matrix_of(const Source& source)
{
    std::vector<typename Source::element_type> matrix(source.images() * source.classes());
    for (std::size_t i = 0; i < source.images(); ++i) source.fill_row(i, matrix.data() + i * source.classes());
    return matrix;
}

/// Everything that reads scores gives the same from the source as from its matrix.
template <class Source>
void check_source(const Source& source, const ra::targets_view& targets)
{
    const std::vector<typename Source::element_type> matrix = matrix_of(source);
    const ra::scores_view<typename Source::element_type> view(matrix.data(), source.images(), source.classes());
    const ra::evaluation_options with_lists{.top_k = std::min<std::size_t>(source.classes(), 5)};
    test_support::for_each_policy([&](auto policy) {
        CHECK(ra::rank(policy, source, targets) == ra::rank(ra::seq, view, targets));
        CHECK(ra::rank(policy, source, targets, with_lists) == ra::rank(ra::seq, view, targets, with_lists));
        CHECK(ra::rank(policy, ra::logits(source), targets) == ra::rank(ra::seq, ra::logits(view), targets));
        CHECK(ra::evaluate(policy, ra::logits(source), targets) == ra::evaluate(ra::seq, ra::logits(view), targets));
        ra::evaluator streamed(policy);
        for (std::size_t first = 0; first < source.images(); first += 37) {
            const std::size_t count = std::min<std::size_t>(37, source.images() - first);
            streamed.update(source.slice(first, count), targets.slice(first, count));
        }
        CHECK(streamed.result() == ra::evaluate(ra::seq, view, targets));
    });
}

}  // namespace

static_assert(ra::score_source<ra::scores_view<float>> && ra::stored_scores<ra::scores_view<ra::half>>);
static_assert(!ra::score_source<ra::scores_view<float, ra::device_space>>, "a host pass reads no device memory");
static_assert(ra::generated_scores<ra::ensemble<float>> && ra::score_source<ra::selected_classes<std::int8_t>>);
static_assert(ra::score_source<ra::selected_images<double>> &&
              !ra::real_score_source<ra::selected_images<std::uint8_t>>);
static_assert(!ra::score_source<std::vector<float>> && !ra::score_source<int>);

TEST_CASE("ensemble: the sum of the models' scores, equally weighted or not")
{
    random_source random(51);
    for (const std::size_t classes : {1UL, 9UL, 150UL}) {
        const problem a(230, classes, random), b(230, classes, random), c(230, classes, random);
        const ra::ensemble<float> equal({a.view(), b.view(), c.view()});
        const ra::ensemble<float> weighted({a.view(), b.view(), c.view()}, {.weights = {0.5F, 2.0F, -0.1F}});
        const auto sums = matrix_of(equal);
        const auto weighted_sums = matrix_of(weighted);
        for (std::size_t i = 0; i < sums.size(); ++i) {
            const double x = a.scores[i], y = b.scores[i], z = c.scores[i];
            REQUIRE(sums[i] == x + y + z);
            REQUIRE(weighted_sums[i] == 0.5 * x + 2.0 * y + static_cast<double>(-0.1F) * z);
        }
        check_source(equal, a.targets());
        check_source(weighted, a.targets());
    }
}

TEST_CASE("ensemble: an ensemble of one model ranks as the model, and of probabilities as its softmax")
{
    random_source random(52);
    const problem p(120, 17, random);
    const ra::ensemble<float> one({p.view()});
    CHECK(ra::rank(ra::seq, one, p.targets()) == ra::rank(ra::seq, p.view(), p.targets()));
    const ra::ensemble<float> probabilities({p.view()}, {.combine = ra::ensemble_of::probabilities});
    const auto matrix = matrix_of(probabilities);
    for (std::size_t i = 0; i < p.images; ++i) {
        double sum = 0;
        for (std::size_t c = 0; c < 17; ++c) sum += std::exp(static_cast<double>(p.scores[i * 17 + c]));
        for (std::size_t c = 0; c < 17; ++c)
            REQUIRE(test_support::relative_error(matrix[i * 17 + c],
                                                 std::exp(static_cast<double>(p.scores[i * 17 + c])) / sum) < 1e-14);
    }
    check_source(
        ra::ensemble<float>({p.view(), p.view()}, {.combine = ra::ensemble_of::probabilities, .weights = {1.0F, 3.0F}}),
        p.targets());
}

TEST_CASE("ensemble: means of logits and of probabilities are two ensembles")
{
    // One model is very sure of class 0, two prefer class 1 a little.
    const std::vector<float> sure{9, 0}, other{0, 1};
    const std::vector<ra::scores_view<float>> models{{sure, 2}, {other, 2}, {other, 2}};
    CHECK(ra::rank(ra::seq, ra::ensemble<float>(models), {}).prediction[0] == 0);
    CHECK(
        ra::rank(ra::seq, ra::ensemble<float>(models, {.combine = ra::ensemble_of::probabilities}), {}).prediction[0] ==
        0);
    const std::vector<float> slightly{1, 0};
    const std::vector<ra::scores_view<float>> close{{sure, 2}, {other, 2}, {other, 2}, {other, 2}};
    CHECK(ra::rank(ra::seq, ra::ensemble<float>(close), {}).prediction[0] == 0);
    CHECK(
        ra::rank(ra::seq, ra::ensemble<float>(close, {.combine = ra::ensemble_of::probabilities}), {}).prediction[0] ==
        1);
}

TEST_CASE("ensemble: a NaN is found at its class; opposed infinities have no sum; shapes must agree")
{
    std::vector<float> first{0, 1, 2, 3, 4, 5}, second{0, 1, 2, 3, not_a_number, 5};
    const ra::scores_view<float> a(first, 3), b(second, 3);
    for (const auto combine : {ra::ensemble_of::logits, ra::ensemble_of::probabilities}) {
        const ra::ensemble<float> both({a, b}, {.combine = combine});
        CHECK_ERROR(std::domain_error, ra::rank(ra::seq, both, {}, {}, 7), "class 1", "image 8");
        const ra::image_results ranks = ra::rank(ra::seq, both, {}, {.nan = ra::on_nan::exclude});
        CHECK(ranks.prediction == std::vector<ra::class_index>{2, ra::missing_label});
    }
    first[2] = infinity;
    second = {0, 1, -infinity, 0, 0, 0};
    CHECK_ERROR(std::domain_error, ra::rank(ra::seq, ra::ensemble<float>({a, b}), {}), "class 2", "image 0");

    CHECK_ERROR(std::invalid_argument, ra::ensemble<float>({}), "no models");
    CHECK_ERROR(std::invalid_argument, ra::ensemble<float>({a, ra::scores_view<float>(second, 2)}), "model 1",
                "3 images and 2 classes", "2 images and 3 classes");
    CHECK_ERROR(std::invalid_argument, ra::ensemble<float>({a, b}, {.weights = {1.0F}}), "1 weights", "2 models");
    CHECK_ERROR(std::invalid_argument, ra::ensemble<float>({a, b}, {.weights = {1.0F, not_a_number}}), "model 1",
                "not finite");
    CHECK_ERROR(std::out_of_range, ra::ensemble<float>({a, b}).slice(1, 2),
                "images [1, 1 + 2) were requested, expected a part of [0, 2)");
}

TEST_CASE("class selection: a subset, ranked among itself and among all classes")
{
    random_source random(53);
    const problem p(300, 60, random);
    std::vector<ra::class_index> kept{7, 3, 59, 20, 21, 0};
    const ra::class_selection selection = ra::class_selection::of(kept, 60);
    CHECK(selection.classes() == 6);
    const std::vector<ra::class_index> labels = selection.to_task(p.original);
    const ra::label_sets sets = selection.to_task(p.real.view());
    const ra::selected_classes<float> scores(p.view(), selection);
    check_source(scores, {.original = labels, .real = sets.view()});
    const auto matrix = matrix_of(scores);
    for (std::size_t i = 0; i < p.images; ++i) {
        for (std::size_t c = 0; c < 6; ++c)
            REQUIRE(matrix[i * 6 + c] == p.scores[i * 60 + static_cast<std::size_t>(kept[c])]);
        const auto place = std::find(kept.begin(), kept.end(), p.original[i]);
        REQUIRE(labels[i] ==
                (place == kept.end() ? ra::missing_label : static_cast<ra::class_index>(place - kept.begin())));
        std::vector<ra::class_index> expected;
        for (std::size_t c = 0; c < 6; ++c)
            if (p.real.view().contains(i, kept[c])) expected.push_back(static_cast<ra::class_index>(c));
        const auto set = sets.view()[i];
        REQUIRE(std::vector<ra::class_index>(set.begin(), set.end()) == expected);
    }
    // Back among all classes: the labels of the task are the source labels that were kept.
    const std::vector<ra::class_index> back = selection.to_source(labels);
    for (std::size_t i = 0; i < p.images; ++i)
        REQUIRE(back[i] == (labels[i] == ra::missing_label ? ra::missing_label : p.original[i]));
    const ra::label_sets sets_back = selection.to_source(sets.view());
    for (std::size_t i = 0; i < p.images; ++i) REQUIRE(sets_back.view().size_of(i) == sets.view().size_of(i));
    // A 1000-way prediction is seldom one of few classes: the second rule is stricter.
    const auto among_all = ra::evaluate(ra::seq, p.view(), {.original = back});
    const auto among_kept = ra::evaluate(ra::seq, scores, {.original = labels});
    CHECK(among_all.top_k(1).total == among_kept.top_k(1).total);
    CHECK(among_all.top_k(1).hits < among_kept.top_k(1).hits);
}

TEST_CASE("class selection: a map of many classes to few takes the greatest score of each")
{
    random_source random(54);
    const problem p(200, 40, random);
    std::vector<ra::class_index> target(40);
    for (std::size_t c = 0; c < 40; ++c)
        target[c] = c % 5 == 4 ? ra::missing_label : static_cast<ra::class_index>(c % 5);
    const ra::class_selection selection = ra::class_selection::by_map(target, 4);
    const ra::selected_classes<float> scores(p.view(), selection);
    const auto matrix = matrix_of(scores);
    for (std::size_t i = 0; i < p.images; ++i) {
        for (std::size_t t = 0; t < 4; ++t) {
            float greatest = -infinity;
            for (std::size_t c = t; c < 40; c += 5) greatest = std::max(greatest, p.scores[i * 40 + c]);
            REQUIRE(matrix[i * 4 + t] == greatest);
        }
    }
    const std::vector<ra::class_index> labels = selection.to_task(p.original);
    const ra::label_sets sets = selection.to_task(p.real.view());
    check_source(scores, {.original = labels, .real = sets.view()});
    CHECK_ERROR(std::invalid_argument, selection.to_source(labels), "8 source classes");
    const ra::label_sets back = selection.to_source(sets.view());
    for (std::size_t i = 0; i < p.images; ++i) REQUIRE(back.view().size_of(i) == 8 * sets.view().size_of(i));

    std::vector<float> with_nan(40, 1.0F);
    with_nan[13] = not_a_number;
    with_nan[18] = 2.0F;
    CHECK_ERROR(std::domain_error,
                ra::rank(ra::seq, ra::selected_classes<float>(ra::scores_view<float>(with_nan, 40), selection), {}),
                "class 3", "image 0");
}

TEST_CASE("class selection: what does not fit is refused")
{
    const std::vector<ra::class_index> twice{1, 2, 1}, outside{1, 5}, two{0, 1}, none;
    CHECK_ERROR(std::invalid_argument, ra::class_selection::of(twice, 5), "class 1", "twice");
    CHECK_ERROR(std::out_of_range, ra::class_selection::of(outside, 5), "class 5", "[0, 5)");
    CHECK_ERROR(std::invalid_argument, ra::class_selection::of(none, 5), "the number of classes is 0");
    CHECK_ERROR(std::invalid_argument, ra::class_selection::by_map({0, 0, 2}, 3), "becomes class 1");
    CHECK_ERROR(std::out_of_range, ra::class_selection::by_map({0, 1, 7}, 2), "target 7 of source class 2");
    CHECK_ERROR(std::invalid_argument, ra::class_selection::by_map({0}, std::numeric_limits<std::size_t>::max()),
                "classes, but only 1 source classes");
    const ra::class_selection selection = ra::class_selection::of(two, 5);
    const std::vector<float> scores(12);
    CHECK_ERROR(std::invalid_argument, ra::selected_classes<float>(ra::scores_view<float>(scores, 4), selection),
                "have 4 classes", "expected 5");
    const std::vector<ra::class_index> labels{0, 5};
    CHECK_ERROR(std::out_of_range, selection.to_task(labels), "label 5", "image 1", "[0, 5)");
    CHECK_ERROR(std::out_of_range, selection.to_source(labels), "label 5", "image 1", "[0, 2)");
}

TEST_CASE("image selection: rows and labels of some images; a denylist")
{
    random_source random(55);
    const problem p(100, 12, random);
    const std::vector<std::size_t> denied{3, 99, 3, 0};
    const std::vector<std::size_t> kept = ra::images_without(100, denied);
    CHECK(kept.size() == 97);
    CHECK(kept.front() == 1);
    std::vector<std::size_t> selected = kept;
    random.shuffle(selected);
    selected.push_back(selected.front());  // an image may be taken twice
    const auto labels = ra::select_images(p.original, selected);
    const ra::label_sets sets = ra::select_images(p.real.view(), selected);
    const ra::selected_images<float> scores(p.view(), selected);
    check_source(scores, {.original = labels, .real = sets.view()});
    const ra::image_results whole = ra::rank(ra::seq, p.view(), p.targets());
    const ra::image_results part = ra::rank(ra::seq, scores, {.original = labels, .real = sets.view()});
    for (std::size_t i = 0; i < selected.size(); ++i) {
        REQUIRE(part.prediction[i] == whole.prediction[selected[i]]);
        REQUIRE(part.original_rank[i] == whole.original_rank[selected[i]]);
    }
    const std::vector<std::size_t> bad{1, 100};
    CHECK_ERROR(std::out_of_range, ra::images_without(100, bad), "image 100");
    CHECK_ERROR(std::out_of_range, ra::select_images(p.original, bad), "100");
    CHECK_ERROR(std::out_of_range, ra::select_images(p.real.view(), bad), "100");
    CHECK_ERROR(std::out_of_range, ra::selected_images<float>(p.view(), bad), "100");
    CHECK_ERROR(std::out_of_range, scores.slice(97, 2), "images [97, 97 + 2)", "a part of [0, 98)");
}
