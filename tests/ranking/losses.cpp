// Probabilities and losses of single images: against their definitions in long double, for every element type and every
// compiled path. Under -ffast-math nothing is promised of infinite ones, so these are left out there.
#include "support/element_bits.hpp"
#include "support/fast_math.hpp"
#include "support/image_results.hpp"
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/random_source.hpp"
#include "support/relative_error.hpp"

#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace ra = reassess;
using ra::detail::instruction_set;
using test_support::random_source;
using test_support::relative_error;
using test_support::value_of;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The score that is nearest to x or somewhat below.
template <class T>
T score_of(double x)
{
    if constexpr (std::is_same_v<T, ra::half>) {
        if (x < -1e30) return {0xfc00};
        std::uint16_t best = 0;
        double nearest = infinity;
        for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
            if ((bits & 0x7fffU) >= 0x7c00U) continue;
            const double value = value_of(ra::half{static_cast<std::uint16_t>(bits)});
            if (std::abs(value - x) < nearest) {
                nearest = std::abs(value - x);
                best = static_cast<std::uint16_t>(bits);
            }
        }
        return {best};
    } else if constexpr (std::is_same_v<T, ra::bfloat16>) {
        return {static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(static_cast<float>(x)) >> 16)};
    } else {
        return static_cast<T>(x);
    }
}

/// -log of the softmax probability, with no cancellation, from the definition.
long double softmax_loss(const std::vector<double>& row, std::size_t label)
{
    if (row[label] == -infinity) return infinity;
    long double sum = 0;
    for (std::size_t c = 0; c < row.size(); ++c)
        if (c != label) sum += std::exp(static_cast<long double>(row[c]) - static_cast<long double>(row[label]));
    return std::log1p(sum);
}

long double sigmoid_loss(const std::vector<double>& row, const std::vector<ra::class_index>& labels)
{
    long double sum = 0;
    for (std::size_t c = 0; c < row.size(); ++c) {
        const bool label = std::find(labels.begin(), labels.end(), static_cast<ra::class_index>(c)) != labels.end();
        const long double x = label ? -static_cast<long double>(row[c]) : static_cast<long double>(row[c]);
        sum += x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
    }
    return sum;
}

long double brier(const std::vector<double>& row, std::size_t label)
{
    long double sum = 0;
    for (std::size_t c = 0; c < row.size(); ++c) {
        // 1 - p of the label is the sum of the others'.
        long double p = 0;
        if (c == label) {
            for (std::size_t other = 0; other < row.size(); ++other)
                if (other != c) p += std::exp(-softmax_loss(row, other));
        } else {
            p = std::exp(-softmax_loss(row, c));
        }
        sum += p * p;
    }
    return sum;
}

template <class T>
constexpr double tolerance = sizeof(T) == 8 ? 1e-13 : 1e-6;

constexpr instruction_set vector_paths[] = {instruction_set::baseline, instruction_set::avx2, instruction_set::avx512};
constexpr instruction_set all_paths[] = {instruction_set::plain, instruction_set::baseline, instruction_set::avx2,
                                         instruction_set::avx512};

/// One row of logits by one path.
template <class T>
ra::image_results results_by(instruction_set set, const std::vector<T>& row, const ra::targets_view& targets,
                             ra::brier_scores brier = ra::brier_scores::yes)
{
    ra::image_results found = test_support::results_with_room(1, row.size(), targets);
    std::vector<std::uint8_t> refused;
    const ra::detail::row_job<T> job(ra::scores_view<T>(row, row.size()), targets, found);
    const ra::loss_settings settings{.scores = {.kind = ra::score_kind::logits}, .brier = brier};
    REQUIRE(ra::detail::rank_rows(set, job, 0, 1, ra::detail::loss_hook<T>(job, settings, found, refused, 1)) == 1);
    return found;
}

}  // namespace

TEST_CASE_TEMPLATE("sums of exponentials: every path against long double", T, float, double, ra::half, ra::bfloat16)
{
    random_source random(11);
    std::vector<std::size_t> sizes;
    for (std::size_t classes = 1; classes <= 75; ++classes) sizes.push_back(classes);
    for (const std::size_t classes : {127UL, 128UL, 129UL, 1000UL, 2053UL, 21843UL}) sizes.push_back(classes);
    // A half is found by search, so few of them are drawn from.
    std::vector<T> pool;
    for (int i = 0; i < 300; ++i)
        pool.push_back(score_of<T>(static_cast<double>(random.below(2000000)) / 50000.0 - 20.0));
    if (!test_support::fast_math) pool.push_back(score_of<T>(-infinity));
    pool.push_back(score_of<T>(-300.0));
    for (const std::size_t classes : sizes) {
        for (const double lead : {0.0, 15.0, 60.0}) {
            std::vector<T> row(classes);
            for (T& score : row) score = pool[random.below(pool.size())];
            // One class leads, so that the others are small, or several are tied.
            row[random.below(classes)] = score_of<T>(lead);
            if (random.chance(30)) row[random.below(classes)] = score_of<T>(lead);
            const std::vector<ra::class_index> original{random.below<ra::class_index>(classes)};
            const ra::targets_view targets{.original = original};
            std::vector<double> values;
            for (const T score : row) values.push_back(value_of(score));
            for (const instruction_set set : all_paths) {
                if (!ra::detail::can_run(set)) continue;
                CAPTURE(classes);
                CAPTURE(lead);
                CAPTURE(static_cast<int>(set));
                const ra::image_results found = results_by(set, row, targets);
                const auto prediction = static_cast<std::size_t>(found.prediction[0]);
                const auto label = static_cast<std::size_t>(original[0]);
                const double limit = set == instruction_set::plain ? 1e-13 : tolerance<T>;
                CHECK(relative_error(found.confidence[0],
                                     static_cast<double>(std::exp(-softmax_loss(values, prediction)))) < limit);
                CHECK(relative_error(found.cross_entropy[0], static_cast<double>(softmax_loss(values, label))) < limit);
                if (classes < 200)
                    CHECK(relative_error(found.brier_score[0], static_cast<double>(brier(values, label))) < 4 * limit);
                // Without the squares, sums are made in another way.
                const ra::image_results alone = results_by(set, row, targets, ra::brier_scores::no);
                CHECK(alone.brier_score.empty());
                CHECK(relative_error(alone.confidence[0],
                                     static_cast<double>(std::exp(-softmax_loss(values, prediction)))) < limit);
                CHECK(relative_error(alone.cross_entropy[0], static_cast<double>(softmax_loss(values, label))) < limit);
            }
        }
    }
}

TEST_CASE("softmax losses: as right for scores that are large, equal or far below the top")
{
    random_source random(14);
    const auto drawn = [&](double from, double to) {
        return from + (to - from) * static_cast<double>(random.below(1000000)) / 1e6;
    };
    const std::vector<ra::class_index> original{0};
    const ra::targets_view targets{.original = original};
    for (const std::size_t classes : {2UL, 40UL, 511UL, 1000UL}) {
        // Up to 512 scores are reduced as they are, beyond as distances.
        for (const double offset : {0.0, -100.0, 470.0, -520.0, 8000.0, -3e8}) {
            for (const double lead : {0.0, 1.0, 15.0, 60.0}) {
                for (int repetition = 0; repetition < 6; ++repetition) {
                    const double shared = drawn(-20.0, 20.0);
                    std::vector<float> row(classes);
                    for (float& score : row)
                        score = static_cast<float>(offset + (repetition % 2 == 0 ? shared : drawn(-20.0, 20.0)));
                    row[0] = static_cast<float>(offset + 20.0 + lead + drawn(0.0, 1.0));
                    const std::vector<double> values(row.begin(), row.end());
                    for (const instruction_set set : vector_paths) {
                        if (!ra::detail::can_run(set)) continue;
                        CAPTURE(classes);
                        CAPTURE(offset);
                        CAPTURE(lead);
                        CAPTURE(static_cast<int>(set));
                        const ra::image_results found = results_by(set, row, targets);
                        const auto label = static_cast<std::size_t>(original[0]);
                        CHECK(relative_error(found.cross_entropy[0], static_cast<double>(softmax_loss(values, label))) <
                              tolerance<float>);
                        const ra::image_results alone = results_by(set, row, targets, ra::brier_scores::no);
                        CHECK(relative_error(alone.cross_entropy[0], static_cast<double>(softmax_loss(values, label))) <
                              tolerance<float>);
                        // Squares of what is more than 84 below the top are not promised.
                        if (classes <= 40 && lead < 40.0)
                            CHECK(relative_error(found.brier_score[0], static_cast<double>(brier(values, label))) <
                                  4 * tolerance<float>);
                    }
                }
            }
        }
    }
}

TEST_CASE("softmax losses: of one other class, as right down to the distance at which it counts as nothing")
{
    const std::vector<ra::class_index> original{0};
    const ra::targets_view targets{.original = original};
    for (const instruction_set set : vector_paths) {
        if (!ra::detail::can_run(set)) continue;
        for (const float top : {0.0F, 0.3F, 0.69F, -7.25F, 88.8F, -511.0F, 700.0F}) {
            for (int distance = 1; distance <= 116; ++distance) {
                const std::vector<float> row{top, top - static_cast<float>(distance)};
                CAPTURE(static_cast<int>(set));
                CAPTURE(top);
                CAPTURE(distance);
                const double expected = std::log1p(std::exp(static_cast<double>(row[1]) - static_cast<double>(row[0])));
                for (const auto brier : {ra::brier_scores::yes, ra::brier_scores::no})
                    CHECK(relative_error(results_by(set, row, targets, brier).cross_entropy[0], expected) <
                          tolerance<float>);
            }
            CHECK(results_by(set, std::vector<float>{top, top - 131.0F}, targets).cross_entropy[0] == 0.0);
        }
    }
}

#if REASSESS_VECTOR_KERNELS
TEST_CASE_TEMPLATE("top score: a second class that has it is seen wherever it stands", T, float, ra::half, ra::bfloat16)
{
    random_source random(15);
    std::vector<std::size_t> sizes{1000, 1001, 2053, 21843};
    for (std::size_t classes = 2; classes <= 300; ++classes) sizes.push_back(classes);
    for (const std::size_t classes : sizes) {
        for (int repetition = 0; repetition < 20; ++repetition) {
            std::vector<T> row(classes, score_of<T>(-1.0));
            const std::size_t first = random.below(classes);
            row[first] = score_of<T>(2.0);
            // Alone, or with another one in the same vector, in the same chunk, anywhere.
            const std::size_t within[] = {0, 4, 100, classes};
            const std::size_t places = std::min(classes - 1 - first, within[repetition % 4]);
            if (places != 0) row[first + 1 + random.below(places)] = row[first];
            CAPTURE(classes);
            CAPTURE(first);
            CAPTURE(places);
            const auto check = [&](auto ranker, bool tied_by_loop) {
                CHECK(tied_by_loop == (places != 0));
                // No path treats rows of this many classes as short.
                if (classes <= 256) return;
                bool tied = places == 0;
                REQUIRE(ranker->scan(row.data()));
                CHECK(static_cast<std::size_t>(ranker->prediction_and_tie(tied)) == first);
                CHECK(tied == (places != 0));
            };
            namespace baseline = ra::detail::baseline_row_kernel_here;
            check(std::make_unique<baseline::row_ranker<T>>(classes), baseline::is_tied(row.data(), classes, first));
#    if REASSESS_X86_KERNELS
            if (!ra::detail::can_run(instruction_set::avx2)) continue;
            namespace avx2 = ra::detail::avx2_row_kernel_here;
            check(std::make_unique<avx2::row_ranker<T>>(classes), avx2::is_tied(row.data(), classes, first));
#    endif
        }
    }
}
#endif

TEST_CASE("losses: with label sets and sigmoids, from their definitions, on every policy")
{
    random_source random(12);
    constexpr std::size_t classes = 13, images = 500;
    std::vector<double> scores(images * classes);
    std::vector<ra::class_index> original;
    ra::label_sets real;
    for (double& score : scores) score = static_cast<double>(random.below(100000)) / 2500.0 - 20.0;
    for (std::size_t i = 0; i < images; ++i) {
        original.push_back(random.chance(10) ? ra::missing_label : random.below<ra::class_index>(classes));
        std::vector<ra::class_index> set;
        for (std::size_t n = random.below(4); n > 0; --n) set.push_back(random.below<ra::class_index>(classes));
        real.append(std::span<const ra::class_index>(set));
    }
    const ra::targets_view targets{.original = original, .real = real.view()};
    test_support::for_each_policy([&](auto policy) {
        const ra::scores_view<double> view(scores, classes);
        const ra::image_results values =
            ra::rank(policy, ra::logits(view), targets, {.sigmoid = ra::sigmoid_losses::yes});
        CHECK(test_support::ranks_only(values) == ra::rank(ra::seq, view, targets));
        for (std::size_t i = 0; i < images; ++i) {
            const auto at = scores.begin() + static_cast<std::ptrdiff_t>(i * classes);
            const std::vector<double> row(at, at + classes);
            if (original[i] == ra::missing_label) {
                REQUIRE(values.cross_entropy[i] == 0.0);
                REQUIRE(values.sigmoid_cross_entropy[i] == 0.0);
                REQUIRE(values.brier_score[i] == 0.0);
            } else {
                const auto label = static_cast<std::size_t>(original[i]);
                REQUIRE(relative_error(values.cross_entropy[i], static_cast<double>(softmax_loss(row, label))) < 1e-13);
                REQUIRE(relative_error(values.sigmoid_cross_entropy[i],
                                       static_cast<double>(sigmoid_loss(row, {original[i]}))) < 1e-13);
                REQUIRE(relative_error(values.brier_score[i], static_cast<double>(brier(row, label))) < 1e-12);
            }
            const auto set = real.view()[i];
            if (set.empty()) {
                REQUIRE(values.real_cross_entropy[i] == 0.0);
                continue;
            }
            long double sum = 0;
            for (const ra::class_index label : set) sum += softmax_loss(row, static_cast<std::size_t>(label));
            REQUIRE(relative_error(values.real_cross_entropy[i],
                                   static_cast<double>(sum / static_cast<long double>(set.size()))) < 1e-13);
            REQUIRE(relative_error(values.real_sigmoid_cross_entropy[i],
                                   static_cast<double>(sigmoid_loss(row, {set.begin(), set.end()}))) < 1e-13);
        }
    });
}

TEST_CASE("losses: infinite logits are the limit of finite ones" * doctest::skip(test_support::fast_math))
{
    const std::vector<float> scores{static_cast<float>(infinity),
                                    1,
                                    static_cast<float>(infinity),  // two share
                                    3,
                                    static_cast<float>(-infinity),
                                    3,  // one is impossible
                                    static_cast<float>(-infinity),
                                    static_cast<float>(-infinity),
                                    static_cast<float>(-infinity)};  // all share
    const std::vector<ra::class_index> first{0, 0, 0}, second{1, 1, 1};
    const ra::scores_view<float> view(scores, 3);
    const auto of_first = ra::rank(ra::seq, ra::logits(view), {.original = first});
    const auto of_second = ra::rank(ra::seq, ra::logits(view), {.original = second});
    CHECK(of_first.confidence == std::vector<double>{0.5, 0.5, 1.0 / 3.0});
    for (std::size_t image = 0; image < 3; ++image) {
        const double share = -std::log(of_first.confidence[image]);
        CHECK(relative_error(of_first.cross_entropy[image], share) < 1e-15);
        CHECK(relative_error(of_second.cross_entropy[image], image == 2 ? share : infinity) < 1e-15);
    }
    CHECK(relative_error(of_second.brier_score[0], 1.5) < 1e-15);
    CHECK(relative_error(of_first.brier_score[1], 0.5) < 1e-15);
}

TEST_CASE_TEMPLATE("losses: ties count in full, and what is far below counts nothing", T, float, ra::bfloat16)
{
    for (const double top : {0.0, -3.0, 131072.0, 1073741824.0}) {
        for (const std::size_t classes : {2UL, 9UL, 31UL, 64UL, 1000UL}) {
            std::vector<T> tied(classes, score_of<T>(top)), alone(classes, score_of<T>(-1073741824.0));
            alone[classes / 2] = score_of<T>(top);
            const std::vector<ra::class_index> original{static_cast<ra::class_index>(classes / 2)};
            for (const instruction_set set : all_paths) {
                if (!ra::detail::can_run(set)) continue;
                const ra::targets_view targets{.original = original};
                CAPTURE(top);
                CAPTURE(classes);
                CAPTURE(static_cast<int>(set));
                CHECK(results_by(set, tied, targets).confidence[0] == 1.0 / static_cast<double>(classes));
                CHECK(results_by(set, alone, targets).cross_entropy[0] == 0.0);
                CHECK(results_by(set, alone, targets).brier_score[0] == 0.0);
            }
        }
    }
}

TEST_CASE("losses: probabilities as they are, normalised, clipped")
{
    const std::vector<double> scores{0.5, 0.25, 0.25, 1.0, 0.0, 0.0};
    const std::vector<ra::class_index> original{1, 1};
    const ra::scores_view<double> view(scores, 3);
    const ra::targets_view targets{.original = original};
    const auto plain = ra::rank(ra::seq, ra::probabilities(view), targets, {.sigmoid = ra::sigmoid_losses::yes});
    CHECK(plain.confidence == std::vector<double>{0.5, 1.0});
    CHECK(plain.cross_entropy[0] == -std::log(0.25));
    CHECK(plain.brier_score == std::vector<double>{0.5625 + 0.25 + 0.0625, 2.0});
    CHECK(relative_error(plain.sigmoid_cross_entropy[0], -std::log(0.25) - std::log(0.5) - std::log(0.75)) < 1e-15);
    if (!test_support::fast_math) {
        CHECK(plain.cross_entropy[1] == infinity);
        CHECK(plain.sigmoid_cross_entropy[1] == infinity);
    }

    const auto clipped = ra::rank(ra::seq, ra::probabilities(view, {.clip = 0.3}), targets);
    CHECK(clipped.cross_entropy == std::vector<double>{-std::log(0.3), -std::log(0.3)});
    CHECK(clipped.confidence == plain.confidence);

    const std::vector<double> counts{2, 1, 1, 8, 0, 0};
    const ra::scores_view<double> weights(counts, 3);
    const auto normalised = ra::rank(ra::seq, ra::probabilities(weights, {.normalise = ra::normalise::yes}), targets);
    CHECK(normalised.confidence == plain.confidence);
    CHECK(normalised.cross_entropy[0] == plain.cross_entropy[0]);
    if (!test_support::fast_math) CHECK(normalised.cross_entropy[1] == infinity);
    CHECK(normalised.brier_score == plain.brier_score);
}

TEST_CASE("losses: a normalised probability near 1 keeps its digits")
{
    // log(1 + 1e-9), log(1 + 3e-12) and 2 (1e-9 / (1 + 1e-9))^2.
    const std::vector<double> scores{1.0, 1e-9, 0.0, 2e-12, 2.0, 4e-12};
    const std::vector<ra::class_index> original{0, 1};
    for (const double clip : {0.0, 1e-300}) {
        const auto weights =
            ra::probabilities(ra::scores_view<double>(scores, 3), {.normalise = ra::normalise::yes, .clip = clip});
        const auto losses = ra::rank(ra::seq, weights, {.original = original});
        CHECK(relative_error(losses.cross_entropy[0], 9.999999995000000003e-10) < 1e-13);
        CHECK(relative_error(losses.cross_entropy[1], 2.9999999999955e-12) < 1e-13);
        CHECK(relative_error(losses.brier_score[0], 1.999999996000000006e-18) < 1e-13);
    }
    const auto clipped = ra::rank(
        ra::seq, ra::probabilities(ra::scores_view<double>(scores, 3), {.normalise = ra::normalise::yes, .clip = 0.25}),
        {.original = original});
    CHECK(clipped.cross_entropy == std::vector<double>{-std::log(0.75), -std::log(0.75)});
}

TEST_CASE("losses: a row with a NaN has losses of 0 and no list, also in memory that held others, by every path")
{
    for (const std::size_t classes : {7UL, 300UL}) {
        std::vector<float> row(classes);
        row[3] = test_support::nan_score<float>();
        const std::vector<ra::class_index> original{1};
        const ra::targets_view targets{.original = original};
        for (const instruction_set set : all_paths) {
            if (!ra::detail::can_run(set)) continue;
            CAPTURE(classes);
            CAPTURE(static_cast<int>(set));
            ra::image_results results = test_support::results_with_room(1, classes, targets);
            results.confidence = results.cross_entropy = results.brier_score = {7.0};
            std::vector<ra::class_index> list(2, 5);
            std::vector<std::uint8_t> refused;
            const ra::detail::row_job<float> job(ra::scores_view<float>(row, classes), targets, results);
            ra::detail::loss_hook<float> hook(job, {.scores = {.kind = ra::score_kind::logits}}, results, refused, 1);
            hook.depth = list.size();
            hook.lists = list.data();
            CHECK(ra::detail::rank_rows(set, job, 0, 1, hook) == 0);
            CHECK(results.confidence == std::vector<double>{0.0});
            CHECK(results.cross_entropy == std::vector<double>{0.0});
            CHECK(results.brier_score == std::vector<double>{0.0});
            CHECK(list == std::vector<ra::class_index>(2, ra::missing_label));
        }
    }
}

TEST_CASE("losses: scores without an interpretation have none")
{
    const std::vector<float> scores{0.5F, 0.5F, 0.25F, 0.75F};
    const std::vector<ra::class_index> original{0, 1};
    const ra::label_sets real(std::vector<std::vector<int>>{{0}, {0, 1}});
    const ra::scores_view<float> view(scores, 2);
    const ra::targets_view targets{.original = original, .real = real.view()};
    const ra::image_results found = ra::rank(ra::seq, view, targets, {.sigmoid = ra::sigmoid_losses::yes});
    CHECK(!found.settings.has_losses());
    CHECK(found == test_support::ranks_only(ra::rank(ra::seq, ra::logits(view), targets)));
}

TEST_CASE("losses: contradicting settings and scores that are not probabilities are refused")
{
    const std::vector<float> scores{0.5F, 0.5F, 0.25F, 0.75F, 0.5F, 1.5F};
    const ra::scores_view<float> view(scores, 2);
    // logits() takes no options, so that only an interpretation made by hand can contradict itself.
    const auto by_hand = [&](const ra::score_interpretation& interpretation) {
        return ra::rank(ra::seq, ra::interpreted_scores(view.slice(0, 2), interpretation), {});
    };
    CHECK_ERROR(std::invalid_argument, by_hand({.kind = ra::score_kind::logits, .normalise = ra::normalise::yes}),
                "normalise::yes needs probabilities(...)");
    CHECK_ERROR(std::invalid_argument, by_hand({.kind = ra::score_kind::logits, .clip = 1e-7}),
                "clip needs probabilities(...)");
    CHECK_ERROR(std::invalid_argument, by_hand({.kind = ra::score_kind::probabilities, .clip = 0.5}),
                "clip is outside [0, 0.5)");
    for (const double clip : {0.5, -0.1, std::numeric_limits<double>::quiet_NaN()})
        CHECK_ERROR(std::invalid_argument, ra::probabilities(view, {.clip = clip}),
                    "probabilities: clip is outside [0, 0.5)");
    const auto weights = ra::probabilities(view.slice(0, 2), {.normalise = ra::normalise::yes});
    CHECK_ERROR(
        std::invalid_argument, ra::rank(ra::seq, weights, {}, {.sigmoid = ra::sigmoid_losses::yes}),
        "sigmoid_losses::yes excludes normalise::yes, because sigmoid losses use the probability of each class alone");

    CHECK_ERROR(std::domain_error, ra::rank(ra::seq, ra::probabilities(view), {}, {}, 40),
                "the score of class 1 of image 42 is outside [0, 1] (value 1.5); use logits(...) if these are logits, "
                "or normalise::yes if they are weights");
    const std::vector<float> zeros{0, 0};
    const ra::scores_view<float> no_weight(zeros, 2);
    CHECK_ERROR(std::domain_error,
                ra::rank(ra::seq, ra::probabilities(no_weight, {.normalise = ra::normalise::yes}), {}),
                "the probabilities of image 0 sum to 0");
    const std::vector<float> negative{1, -0.25F};
    CHECK_ERROR(std::domain_error, ra::rank(ra::seq, ra::probabilities(ra::scores_view<float>(negative, 2)), {}),
                "the score of class 1 of image 0 is outside [0, 1] (value -0.25)");
    CHECK(ra::rank(ra::seq, ra::probabilities(ra::scores_view<float>(nullptr, 0, 2)), {}).images() == 0);
}
