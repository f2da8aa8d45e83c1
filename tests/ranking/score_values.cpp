// Probabilities and losses of single images: against their definitions in long double, for every element type and every
// compiled path. Under -ffast-math nothing is promised of infinite ones, so these are left out there.
#include "support/element_bits.hpp"
#include "support/fast_math.hpp"
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/random_source.hpp"
#include "support/relative_error.hpp"

#include <reassess/ranking/rank_with_values.hpp>

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
ra::score_values values_by(instruction_set set, const std::vector<T>& row, const ra::targets_view& targets,
                           std::size_t* prediction = nullptr, ra::brier_scores brier = ra::brier_scores::yes)
{
    ra::rankings ranks;
    ra::detail::make_room(ranks, 1, row.size(), row.size(), true, targets);
    ra::score_values found;
    std::vector<std::uint8_t> faults;
    const ra::detail::row_job<T> job(ra::scores_view<T>(row, row.size()), targets, ranks);
    const ra::score_value_options options{.scores = ra::score_kind::logits, .brier = brier};
    REQUIRE(ra::detail::rank_rows(set, job, 0, 1, ra::detail::value_job<T>(job, options, found, faults, 1)) == 1);
    if (prediction != nullptr) *prediction = static_cast<std::size_t>(ranks.prediction[0]);
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
                std::size_t prediction = 0;
                const ra::score_values found = values_by(set, row, targets, &prediction);
                const auto label = static_cast<std::size_t>(original[0]);
                const double limit = set == instruction_set::plain ? 1e-13 : tolerance<T>;
                CHECK(relative_error(found.confidence[0],
                                     static_cast<double>(std::exp(-softmax_loss(values, prediction)))) < limit);
                CHECK(relative_error(found.original_softmax_loss[0], static_cast<double>(softmax_loss(values, label))) <
                      limit);
                if (classes < 200)
                    CHECK(relative_error(found.brier_score[0], static_cast<double>(brier(values, label))) < 4 * limit);
                // Without the squares, sums are made in another way.
                const ra::score_values alone = values_by(set, row, targets, nullptr, ra::brier_scores::no);
                CHECK(alone.brier_score.empty());
                CHECK(relative_error(alone.confidence[0],
                                     static_cast<double>(std::exp(-softmax_loss(values, prediction)))) < limit);
                CHECK(relative_error(alone.original_softmax_loss[0], static_cast<double>(softmax_loss(values, label))) <
                      limit);
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
                        const ra::score_values found = values_by(set, row, targets);
                        const auto label = static_cast<std::size_t>(original[0]);
                        CHECK(relative_error(found.original_softmax_loss[0],
                                             static_cast<double>(softmax_loss(values, label))) < tolerance<float>);
                        const ra::score_values alone = values_by(set, row, targets, nullptr, ra::brier_scores::no);
                        CHECK(relative_error(alone.original_softmax_loss[0],
                                             static_cast<double>(softmax_loss(values, label))) < tolerance<float>);
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
                    CHECK(relative_error(values_by(set, row, targets, nullptr, brier).original_softmax_loss[0],
                                         expected) < tolerance<float>);
            }
            CHECK(values_by(set, std::vector<float>{top, top - 131.0F}, targets).original_softmax_loss[0] == 0.0);
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
            // Alone, or beside another in the same vector, in the same chunk, anywhere.
            const std::size_t within[] = {0, 4, 100, classes};
            const std::size_t places = std::min(classes - 1 - first, within[repetition % 4]);
            if (places != 0) row[first + 1 + random.below(places)] = row[first];
            CAPTURE(classes);
            CAPTURE(first);
            CAPTURE(places);
            const auto check = [&](auto ranker, bool tied_by_loop) {
                CHECK(tied_by_loop == (places != 0));
                // Rows of so many classes are short on no path.
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

TEST_CASE("score values: losses with label sets and sigmoids, from their definitions, on every policy")
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
        const auto [ranks, values] =
            ra::rank_with_values(policy, ra::scores_view<double>(scores, classes), targets,
                                 {.scores = ra::score_kind::logits, .sigmoid = ra::sigmoid_losses::yes});
        CHECK(ranks == ra::rank(ra::seq, ra::scores_view<double>(scores, classes), targets));
        for (std::size_t i = 0; i < images; ++i) {
            const auto at = scores.begin() + static_cast<std::ptrdiff_t>(i * classes);
            const std::vector<double> row(at, at + classes);
            if (original[i] == ra::missing_label) {
                REQUIRE(values.original_softmax_loss[i] == 0.0);
                REQUIRE(values.original_sigmoid_loss[i] == 0.0);
                REQUIRE(values.brier_score[i] == 0.0);
            } else {
                const auto label = static_cast<std::size_t>(original[i]);
                REQUIRE(relative_error(values.original_softmax_loss[i], static_cast<double>(softmax_loss(row, label))) <
                        1e-13);
                REQUIRE(relative_error(values.original_sigmoid_loss[i],
                                       static_cast<double>(sigmoid_loss(row, {original[i]}))) < 1e-13);
                REQUIRE(relative_error(values.brier_score[i], static_cast<double>(brier(row, label))) < 1e-12);
            }
            const auto set = real.view()[i];
            if (set.empty()) {
                REQUIRE(values.real_softmax_loss[i] == 0.0);
                continue;
            }
            long double sum = 0;
            for (const ra::class_index label : set) sum += softmax_loss(row, static_cast<std::size_t>(label));
            REQUIRE(relative_error(values.real_softmax_loss[i],
                                   static_cast<double>(sum / static_cast<long double>(set.size()))) < 1e-13);
            REQUIRE(relative_error(values.real_sigmoid_loss[i],
                                   static_cast<double>(sigmoid_loss(row, {set.begin(), set.end()}))) < 1e-13);
        }
    });
}

TEST_CASE("score values: infinite logits are the limit of finite ones" * doctest::skip(test_support::fast_math))
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
    const ra::score_value_options logits{.scores = ra::score_kind::logits};
    const auto of_first = ra::rank_with_values(ra::seq, view, {.original = first}, logits).values;
    const auto of_second = ra::rank_with_values(ra::seq, view, {.original = second}, logits).values;
    CHECK(of_first.confidence == std::vector<double>{0.5, 0.5, 1.0 / 3.0});
    for (std::size_t image = 0; image < 3; ++image) {
        const double share = -std::log(of_first.confidence[image]);
        CHECK(relative_error(of_first.original_softmax_loss[image], share) < 1e-15);
        CHECK(relative_error(of_second.original_softmax_loss[image], image == 2 ? share : infinity) < 1e-15);
    }
    CHECK(relative_error(of_second.brier_score[0], 1.5) < 1e-15);
    CHECK(relative_error(of_first.brier_score[1], 0.5) < 1e-15);
}

TEST_CASE_TEMPLATE("score values: ties count in full, and what is far below counts nothing", T, float, ra::bfloat16)
{
    for (const double top : {0.0, -3.0, 131072.0, 1073741824.0}) {
        for (const std::size_t classes : {2UL, 9UL, 31UL, 64UL, 1000UL}) {
            std::vector<T> tied(classes, score_of<T>(top)), alone(classes, score_of<T>(-1073741824.0));
            alone[classes / 2] = score_of<T>(top);
            const std::vector<ra::class_index> original{static_cast<ra::class_index>(classes / 2)};
            for (const instruction_set set : all_paths) {
                if (!ra::detail::can_run(set)) continue;
                const auto values_of = [&](const std::vector<T>& row) {
                    const ra::targets_view targets{.original = original};
                    ra::rankings ranks;
                    ra::detail::make_room(ranks, 1, classes, classes, true, targets);
                    ra::score_values values;
                    std::vector<std::uint8_t> faults;
                    const ra::detail::row_job<T> job(ra::scores_view<T>(row, classes), targets, ranks);
                    const ra::detail::value_job<T> values_job(job, {.scores = ra::score_kind::logits}, values, faults,
                                                              1);
                    CHECK(ra::detail::rank_rows(set, job, 0, 1, values_job) == 1);
                    return values;
                };
                CAPTURE(top);
                CAPTURE(classes);
                CAPTURE(static_cast<int>(set));
                CHECK(values_of(tied).confidence[0] == 1.0 / static_cast<double>(classes));
                CHECK(values_of(alone).original_softmax_loss[0] == 0.0);
                CHECK(values_of(alone).brier_score[0] == 0.0);
            }
        }
    }
}

TEST_CASE("score values: probabilities as they are, normalised, clipped")
{
    const std::vector<double> scores{0.5, 0.25, 0.25, 1.0, 0.0, 0.0};
    const std::vector<ra::class_index> original{1, 1};
    const ra::scores_view<double> view(scores, 3);
    const ra::targets_view targets{.original = original};
    const auto values = [&](const ra::score_value_options& options) {
        return ra::rank_with_values(ra::seq, view, targets, options).values;
    };
    const auto plain = values({.scores = ra::score_kind::probabilities, .sigmoid = ra::sigmoid_losses::yes});
    CHECK(plain.confidence == std::vector<double>{0.5, 1.0});
    CHECK(plain.original_softmax_loss[0] == -std::log(0.25));
    CHECK(plain.brier_score == std::vector<double>{0.5625 + 0.25 + 0.0625, 2.0});
    CHECK(relative_error(plain.original_sigmoid_loss[0], -std::log(0.25) - std::log(0.5) - std::log(0.75)) < 1e-15);
    if (!test_support::fast_math) {
        CHECK(plain.original_softmax_loss[1] == infinity);
        CHECK(plain.original_sigmoid_loss[1] == infinity);
    }

    const auto clipped = values({.scores = ra::score_kind::probabilities, .clip = 0.3});
    CHECK(clipped.original_softmax_loss == std::vector<double>{-std::log(0.3), -std::log(0.3)});
    CHECK(clipped.confidence == plain.confidence);

    const std::vector<double> counts{2, 1, 1, 8, 0, 0};
    const auto normalised =
        ra::rank_with_values(ra::seq, ra::scores_view<double>(counts, 3), targets,
                             {.scores = ra::score_kind::probabilities, .normalise = ra::normalise::yes})
            .values;
    CHECK(normalised.confidence == plain.confidence);
    CHECK(normalised.original_softmax_loss[0] == plain.original_softmax_loss[0]);
    if (!test_support::fast_math) CHECK(normalised.original_softmax_loss[1] == infinity);
    CHECK(normalised.brier_score == plain.brier_score);
}

TEST_CASE("score values: what is not said, contradicts itself or is no probability is refused")
{
    const std::vector<float> scores{0.5F, 0.5F, 0.25F, 0.75F, 0.5F, 1.5F};
    const ra::scores_view<float> view(scores, 2);
    const auto refused = [&](const ra::score_value_options& options) {
        return test_support::message_of<std::invalid_argument>(
            [&] { static_cast<void>(ra::rank_with_values(ra::seq, view.slice(0, 2), {}, options)); });
    };
    CHECK(test_support::lacks(refused({}), {"not said", "logits or probabilities"}) == "");
    CHECK(test_support::lacks(refused({.scores = ra::score_kind::logits, .normalise = ra::normalise::yes}),
                              {"normalised", "logits"}) == "");
    CHECK(test_support::lacks(refused({.scores = ra::score_kind::logits, .clip = 1e-7}), {"clipped", "logits"}) == "");
    CHECK(test_support::lacks(refused({.scores = ra::score_kind::probabilities, .clip = 0.5}), {"[0, 0.5)"}) == "");
    CHECK(test_support::lacks(
              refused({.scores = ra::score_kind::probabilities, .clip = std::numeric_limits<double>::quiet_NaN()}),
              {"[0, 0.5)"}) == "");
    CHECK(test_support::lacks(refused({.scores = ra::score_kind::probabilities,
                                       .normalise = ra::normalise::yes,
                                       .sigmoid = ra::sigmoid_losses::yes}),
                              {"sigmoid"}) == "");

    const ra::score_value_options probabilities{.scores = ra::score_kind::probabilities};
    CHECK_ERROR(std::domain_error, ra::rank_with_values(ra::seq, view, {}, probabilities, {.first_image = 40}),
                "class 1", "image 42", "no probability");
    const std::vector<float> zeros{0, 0};
    CHECK_ERROR(std::domain_error,
                ra::rank_with_values(
                    ra::seq, ra::scores_view<float>(zeros, 2), {},
                    ra::score_value_options{.scores = ra::score_kind::probabilities, .normalise = ra::normalise::yes}),
                "image 0", "sum to 0");
    const std::vector<float> negative{1, -0.25F};
    CHECK_ERROR(std::domain_error,
                ra::rank_with_values(ra::seq, ra::scores_view<float>(negative, 2), {}, probabilities), "class 1",
                "image 0");
    CHECK(ra::rank_with_values(ra::seq, ra::scores_view<float>(nullptr, 0, 2), {}, probabilities).values.images() == 0);
}
