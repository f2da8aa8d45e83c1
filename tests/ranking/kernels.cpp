// Every compiled path of the row kernel, and groups of lanes as a device has them, against the plain loops, on ties,
// infinities, NaN, denormals, tails and strides. Special scores are made from their bits, so that all holds under
// -ffast-math too.
#include "support/element_bits.hpp"
#include "support/emulated_device.hpp"
#include "support/fast_math.hpp"
#include "support/image_results.hpp"
#include "support/naive_ranks.hpp"
#include "support/random_source.hpp"

#include <reassess/data/float16.hpp>
#include <reassess/data/label_sets.hpp>
#include <reassess/data/scores.hpp>
#include <reassess/data/targets.hpp>
#include <reassess/ranking/rank.hpp>
#include <reassess/ranking/rank_row.hpp>
#include <reassess/ranking/row_kernels.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace ra = reassess;
using ra::detail::instruction_set;
using test_support::results_with_room;

namespace {

enum class content { random, ties, all_equal, zeros, infinities, denormals, descending, nan_somewhere };
constexpr content contents[] = {content::random,     content::ties,      content::all_equal,  content::zeros,
                                content::infinities, content::denormals, content::descending, content::nan_somewhere};

template <class T>
T from_float(float x)
{
    if constexpr (std::is_same_v<T, ra::half>) {
        // Truncated; the test needs some half of that size, not the nearest.
        const auto bits = std::bit_cast<std::uint32_t>(x);
        const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
        const int exponent = static_cast<int>(bits >> 23 & 0xff) - 112;
        if (exponent <= 0) return {static_cast<std::uint16_t>(sign | (bits >> 13 & 0x3ff))};
        if (exponent >= 31) return {static_cast<std::uint16_t>(sign | 0x7c00)};
        return {static_cast<std::uint16_t>(sign | exponent << 10 | static_cast<int>(bits >> 13 & 0x3ff))};
    } else if constexpr (std::is_same_v<T, ra::bfloat16>) {
        return {static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(x) >> 16)};
    } else if constexpr (std::is_integral_v<T>) {
        using ends = std::numeric_limits<T>;
        return static_cast<T>(std::clamp(x * 25, static_cast<float>(ends::lowest()), static_cast<float>(ends::max())));
    } else {
        return x;
    }
}

template <class T>
T not_a_number(bool negative)
{
    if constexpr (std::is_integral_v<T>) {
        return negative ? T{0} : T{77};  // there is none: padding that would rank high
    } else {
        constexpr int e = test_support::format_of<T>::exponent_bits, f = test_support::format_of<T>::fraction_bits;
        const std::uint64_t exponent = (std::uint64_t{1} << e) - 1;
        // A signalling one and a quiet one.
        return test_support::from_bits<T>(negative ? ((std::uint64_t{1} << e | exponent) << f | 1)
                                                   : (exponent << f | std::uint64_t{1} << (f - 1)));
    }
}

template <class T>
T infinite(bool negative)
{
    if constexpr (std::is_integral_v<T>) {
        return negative ? std::numeric_limits<T>::lowest() : std::numeric_limits<T>::max();
    } else {
        return test_support::infinite_score<T>(negative);
    }
}

template <class T>
T zero(bool negative)
{
    if constexpr (std::is_integral_v<T>) {
        return 0;
    } else {
        return test_support::from_bits<T>(std::uint64_t{negative} << (8 * sizeof(T) - 1));
    }
}

/// One of the smallest denormals of either sign, or a zero.
template <class T>
T denormal(std::uint64_t draw)
{
    if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(draw);
    } else {
        return test_support::from_bits<T>((draw >> 2 & 1) << (8 * sizeof(T) - 1) | (draw & 3));
    }
}

template <class T>
std::vector<T> draw_scores(content kind, std::size_t images, std::size_t classes, std::size_t stride,
                           std::mt19937_64& random)
{
    std::vector<T> scores(images * stride, not_a_number<T>(false));  // the padding must not be read
    for (std::size_t i = 0; i < images; ++i) {
        for (std::size_t c = 0; c < classes; ++c) {
            const std::uint64_t draw = random();
            const float uniform = static_cast<float>(draw >> 40) * 0x1p-24F;
            T& score = scores[i * stride + c];
            switch (kind) {
                case content::random:
                case content::nan_somewhere:
                    score = from_float<T>(uniform * 8 - 4);
                    break;
                case content::ties:
                    score = from_float<T>(static_cast<float>(draw % 4) - 1.5F);
                    break;
                case content::all_equal:
                    score = from_float<T>(2.5F);
                    break;
                case content::zeros:
                    score = zero<T>(draw % 2 != 0);
                    break;
                case content::infinities:
                    score = draw % 3 == 0 ? from_float<T>(uniform) : infinite<T>(draw % 3 == 2);
                    break;
                case content::denormals:
                    score = denormal<T>(draw);
                    break;
                case content::descending:
                    score = from_float<T>(static_cast<float>(classes - c));
                    break;
            }
        }
        if (kind == content::nan_somewhere && i % 3 != 0)
            scores[i * stride + random() % classes] = not_a_number<T>(i % 2 == 0);
    }
    return scores;
}

struct drawn_labels {
    std::vector<ra::class_index> original{};
    ra::label_sets real{};
};

drawn_labels draw_labels(std::size_t images, std::size_t classes, std::mt19937_64& random)
{
    drawn_labels labels;
    for (std::size_t i = 0; i < images; ++i) {
        labels.original.push_back(random() % 9 == 0 ? ra::missing_label
                                                    : static_cast<ra::class_index>(random() % classes));
        std::vector<int> set;
        for (std::uint64_t n = random() % 5; n > 0; --n) set.push_back(static_cast<int>(random() % classes));
        // The original label is often in its set, which is ranked only once.
        if (labels.original.back() >= 0 && random() % 2 == 0) set.push_back(labels.original.back());
        labels.real.append(std::span<const int>(set));
    }
    return labels;
}

/// Ranks rows as a device does; returns the first with a NaN, or `images`.
template <std::size_t Lanes, class T>
std::size_t rank_by_groups(const ra::detail::row_job<T>& job, std::size_t images)
{
    std::size_t first_nan = images;
    for (std::size_t image = images; image-- > 0;) {
        if (ra::detail::rank_row(test_support::emulated_lanes<Lanes>{}, job, image) != ra::detail::no_class)
            first_nan = image;
    }
    return first_nan;
}

template <class T>
void check_all_paths(content kind, std::size_t classes, std::size_t stride, std::mt19937_64& random)
{
    constexpr std::size_t images = 7;
    const std::vector<T> scores = draw_scores<T>(kind, images, classes, stride, random);
    const ra::scores_view<T> view(scores.data(), images, classes, stride);
    const drawn_labels labels = draw_labels(images, classes, random);
    for (const bool with_original : {true, false}) {
        for (const bool with_real : {true, false}) {
            ra::targets_view targets;
            if (with_original) targets.original = labels.original;
            if (with_real) targets.real = labels.real.view();
            ra::image_results expected = results_with_room(images, classes, targets);
            const std::size_t first_nan = ra::detail::rank_rows(
                instruction_set::plain, ra::detail::row_job<T>(view, targets, expected), 0, images);
            for (const instruction_set set : {instruction_set::baseline, instruction_set::avx2}) {
                if (!ra::detail::can_run(set)) continue;
                ra::image_results found = results_with_room(images, classes, targets);
                CAPTURE(static_cast<int>(kind));
                CAPTURE(classes);
                CAPTURE(static_cast<int>(set));
                CHECK(ra::detail::rank_rows(set, ra::detail::row_job<T>(view, targets, found), 0, images) == first_nan);
                CHECK(found == expected);
            }
            const auto check_groups = [&](std::size_t lanes, auto rank) {
                ra::image_results found = results_with_room(images, classes, targets);
                CAPTURE(static_cast<int>(kind));
                CAPTURE(classes);
                CAPTURE(lanes);
                CHECK(rank(ra::detail::row_job<T>(view, targets, found), images) == first_nan);
                CHECK(found == expected);
            };
            check_groups(4, rank_by_groups<4, T>);
            check_groups(8, rank_by_groups<8, T>);
            check_groups(32, rank_by_groups<32, T>);
        }
    }
}

}  // namespace

TEST_CASE_TEMPLATE("every path of the row kernel gives the ranks of the plain loops", T, float, double, ra::half,
                   ra::bfloat16, std::int8_t, std::uint8_t)
{
    std::mt19937_64 random(7);
    for (const content kind : contents) {
        for (std::size_t classes = 1; classes <= 140; ++classes)
            check_all_paths<T>(kind, classes, classes + classes % 3, random);
        for (const std::size_t classes : std::vector<std::size_t>{255, 256, 257, 511, 1000, 1001, 1031, 2053})
            check_all_paths<T>(kind, classes, classes, random);
    }
    if constexpr (sizeof(T) == 1)
        check_all_paths<T>(content::all_equal, 600011, 600011, random);  // beyond a lane's counts
    // More chunks than the kernel keeps: they grow instead.
    for (const content kind : {content::random, content::ties, content::nan_somewhere}) {
        for (const std::size_t classes : std::vector<std::size_t>{21843, 70000, 100003})
            check_all_paths<T>(kind, classes, classes + 1, random);
    }
}

TEST_CASE_TEMPLATE("a NaN at any place, of either sign, is found by every path", T, float, double, ra::half,
                   ra::bfloat16)
{
    for (const std::size_t classes : std::vector<std::size_t>{1, 5, 8, 16, 17, 64, 130, 300}) {
        std::vector<T> row(classes, from_float<T>(1.0F));
        std::vector<ra::class_index> prediction(1);
        for (std::size_t place = 0; place < classes; ++place) {
            for (const bool negative : {true, false}) {
                row[place] = not_a_number<T>(negative);
                for (const instruction_set set :
                     {instruction_set::plain, instruction_set::baseline, instruction_set::avx2}) {
                    if (!ra::detail::can_run(set)) continue;
                    ra::image_results ranks = results_with_room(1, classes, {});
                    CHECK(ra::detail::rank_rows(
                              set, ra::detail::row_job<T>(ra::scores_view<T>(row, classes), {}, ranks), 0, 1) == 0);
                    CHECK(ranks.prediction[0] == ra::missing_label);
                }
            }
            row[place] = from_float<T>(1.0F);
        }
    }
}

TEST_CASE_TEMPLATE("denormals stand in order; under -ffast-math they may tie with zero and with each other", T, float,
                   double, ra::half, ra::bfloat16)
{
    constexpr int e = test_support::format_of<T>::exponent_bits, f = test_support::format_of<T>::fraction_bits;
    constexpr std::uint64_t least_normal = std::uint64_t{1} << f, sign = std::uint64_t{1} << (e + f);
    test_support::random_source random(8);
    for (const std::size_t classes : std::vector<std::size_t>{1, 4, 16, 33, 100, 300, 1000}) {
        std::vector<T> row;
        std::vector<ra::class_index> every_class;
        // The order of the numbers is that of these integers; they are exact in double.
        std::vector<double> exact, flushed;
        for (std::size_t c = 0; c < classes; ++c) {
            const std::uint64_t draws[] = {0, 1 + random.below(3), least_normal - 1 - random.below(3),
                                           least_normal + random.below(2)};
            const std::uint64_t magnitude = draws[random.below(4)];
            const bool negative = random.chance(50);
            row.push_back(test_support::from_bits<T>(magnitude | (negative ? sign : 0)));
            every_class.push_back(static_cast<ra::class_index>(c));
            const double key = static_cast<double>(magnitude) * (negative ? -1 : 1);
            exact.push_back(key);
            flushed.push_back(magnitude < least_normal ? 0.0 : key);
        }
        ra::label_sets all;
        all.append(std::span<const ra::class_index>(every_class));
        const ra::targets_view targets{.real = all.view()};
        const auto are = [](const std::vector<ra::rank_index>& ranks, const std::vector<std::size_t>& wanted) {
            return std::equal(ranks.begin(), ranks.end(), wanted.begin(), wanted.end(),
                              [](ra::rank_index rank, std::size_t want) { return std::cmp_equal(rank, want); });
        };
        const auto in_order = test_support::positions_in(test_support::naive_order(exact));
        const auto tying = test_support::positions_in(test_support::naive_order(flushed));
        for (const instruction_set set : {instruction_set::plain, instruction_set::baseline, instruction_set::avx2}) {
            if (!ra::detail::can_run(set)) continue;
            CAPTURE(classes);
            CAPTURE(static_cast<int>(set));
            ra::image_results ranks = results_with_room(1, classes, targets);
            ra::detail::rank_rows(set, ra::detail::row_job<T>(ra::scores_view<T>(row, classes), targets, ranks), 0, 1);
            const bool may_tie = test_support::fast_math && sizeof(T) > 2;  // 16 bits are compared as integers
            CHECK((are(ranks.label_rank, in_order) || (may_tie && are(ranks.label_rank, tying))));
            CHECK(ranks.label_rank[static_cast<std::size_t>(ranks.prediction[0])] == 0);
        }
    }
}

TEST_CASE("infinities that meet are no NaN")
{
    std::vector<float> row(100, 0.0F);
    row[3] = infinite<float>(false);
    row[99] = infinite<float>(true);
    for (const instruction_set set : {instruction_set::plain, instruction_set::baseline, instruction_set::avx2}) {
        if (!ra::detail::can_run(set)) continue;
        ra::image_results ranks = results_with_room(1, 100, {});
        CHECK(ra::detail::rank_rows(set, ra::detail::row_job<float>(ra::scores_view<float>(row, 100), {}, ranks), 0,
                                    1) == 1);
        CHECK(ranks.prediction[0] == 3);
    }
}

TEST_CASE("this machine's fastest path is one that it can run")
{
    CHECK(ra::detail::can_run(ra::detail::fastest_instruction_set()));
    MESSAGE("avx2: " << ra::detail::can_run(instruction_set::avx2)
                     << ", avx512: " << ra::detail::can_run(instruction_set::avx512));
}
