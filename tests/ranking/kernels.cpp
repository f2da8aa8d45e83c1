// Compares every compiled path of the row kernel, and lane groups of the sizes that devices use, with the plain loops:
// ties, infinities, NaN, denormals, tails and strides. Special scores are made from bit patterns, so that the tests
// also pass under -ffast-math.
#include "support/element_bits.hpp"
#include "support/emulated_device.hpp"
#include "support/fast_math.hpp"
#include "support/image_results.hpp"
#include "support/naive_ranks.hpp"
#include "support/random_source.hpp"
#include "support/sanitizers.hpp"

#include <reassess/data/float16.hpp>
#include <reassess/data/label_sets.hpp>
#include <reassess/data/scores.hpp>
#include <reassess/data/targets.hpp>
#include <reassess/ranking/list_hook.hpp>
#include <reassess/ranking/rank.hpp>
#include <reassess/ranking/rank_row.hpp>
#include <reassess/ranking/row_kernels.hpp>
#include <reassess/ranking/softmax_sums.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
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
        // Truncated: any half near x is sufficient.
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
        return negative ? T{0} : T{77};  // integers have no NaN: padding that would rank high
    } else {
        constexpr int e = test_support::format_of<T>::exponent_bits, f = test_support::format_of<T>::fraction_bits;
        const std::uint64_t exponent = (std::uint64_t{1} << e) - 1;
        // A signalling NaN and a quiet NaN.
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

/// A zero or one of the three smallest denormals, of either sign.
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
    std::vector<T> scores(images * stride, not_a_number<T>(false));  // the kernels must not read the padding
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
        // The original label is often in the set; the kernel ranks such a label only once.
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
        if (ra::detail::rank_row(test_support::emulated_lanes<Lanes>{}, ra::detail::labels_of_image(job, image)) !=
            ra::detail::no_class)
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

/// A hook with all that the kernels use of one: the sum of p_c / p_prediction of every image and, unless depth is 0,
/// the list of its best classes.
struct values_and_lists {
    static constexpr bool wants_values = true;
    static constexpr bool wants_lists = true;
    std::size_t depth = 0;
    ra::class_index* lists = nullptr;
    double* sums = nullptr;
    const double* brier_score = nullptr;

    [[nodiscard]] static bool of_logits() { return true; }
    [[nodiscard]] ra::class_index* of(std::size_t image) const { return lists + image * depth; }
    template <class T>
    void fill_from_logits(const ra::detail::row_job<T>&, std::size_t image, const ra::detail::softmax_sums& found) const
    {
        sums[image] = found.rest;
    }
    template <class T>
    void fill_from_probabilities(const ra::detail::row_job<T>&, std::size_t) const
    {
    }
    template <class Group, class T, class Tops>
    void fill(Group group, const ra::detail::row_job<T>& job, std::size_t image, std::uint32_t prediction, Tops&) const
    {
        const T* const row = job.row(image);
        sums[image] = ra::detail::plain_softmax_sums(row, job.classes, prediction, group).rest;
        if (depth != 0) ra::detail::list_row(group, row, job.classes, depth, prediction, of(image));
    }
    void leave_out(std::size_t) const {}
};

}  // namespace

TEST_CASE_TEMPLATE("every path of the row kernel gives the same ranks as the plain loops", T, float, double, ra::half,
                   ra::bfloat16, std::int8_t, std::uint8_t)
{
    std::mt19937_64 random(7);
    for (const content kind : contents) {
        // Sanitizers find what reads beyond a row with any scores; they take minutes for all.
        const std::size_t step = test_support::under_sanitizer && kind != content::random ? 7 : 1;
        for (std::size_t classes = 1; classes <= 140; classes += step)
            check_all_paths<T>(kind, classes, classes + classes % 3, random);
        for (const std::size_t classes : std::vector<std::size_t>{255, 256, 257, 511, 1000, 1001, 1031, 2053})
            check_all_paths<T>(kind, classes, classes, random);
    }
    if constexpr (sizeof(T) == 1)
        check_all_paths<T>(content::all_equal, 600011, 600011, random);  // more than a lane of the counts can represent
    // More classes than the maximum number of chunks of the least size: the chunks grow.
    for (const content kind : {content::random, content::ties, content::nan_somewhere}) {
        const std::size_t most = test_support::under_sanitizer ? 21843 : 100003;
        for (const std::size_t classes : std::vector<std::size_t>{21843, 70000, 100003}) {
            if (classes <= most) check_all_paths<T>(kind, classes, classes + 1, random);
        }
    }
}

TEST_CASE_TEMPLATE("every path finds a NaN of either sign at every class", T, float, double, ra::half, ra::bfloat16)
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

TEST_CASE_TEMPLATE("denormals are ranked in order; under -ffast-math they may tie with zero and with each other", T,
                   float, double, ra::half, ra::bfloat16)
{
    constexpr int e = test_support::format_of<T>::exponent_bits, f = test_support::format_of<T>::fraction_bits;
    constexpr std::uint64_t least_normal = std::uint64_t{1} << f, sign = std::uint64_t{1} << (e + f);
    test_support::random_source random(8);
    for (const std::size_t classes : std::vector<std::size_t>{1, 4, 16, 33, 100, 300, 1000}) {
        std::vector<T> row;
        std::vector<ra::class_index> every_class;
        // Integers with the order of the scores; exact in double.
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

TEST_CASE("a row with both infinities, whose sum is NaN, is ranked")
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

TEST_CASE_TEMPLATE("a hook for values and lists gets both from every path, and no lists if its depth is 0", T, float,
                   ra::half, double)
{
    std::mt19937_64 random(9);
    for (const std::size_t classes : std::vector<std::size_t>{5, 70, 300, 1000}) {
        constexpr std::size_t images = 7, depth = 5;
        const std::vector<T> scores = draw_scores<T>(content::nan_somewhere, images, classes, classes, random);
        const ra::scores_view<T> view(scores, classes);
        for (const instruction_set set : {instruction_set::baseline, instruction_set::avx2, instruction_set::avx512}) {
            if (!ra::detail::can_run(set)) continue;
            for (const std::size_t wanted : {depth, std::size_t{0}}) {
                CAPTURE(classes);
                CAPTURE(static_cast<int>(set));
                CAPTURE(wanted);
                ra::image_results expected_ranks = test_support::results_with_room(images, classes, {});
                ra::image_results ranks = test_support::results_with_room(images, classes, {});
                std::vector<double> expected_sums(images), sums(images);
                std::vector<ra::class_index> expected_lists(images * depth, -7), lists(images * depth, -7);
                const values_and_lists expected_hook{wanted, expected_lists.data(), expected_sums.data()};
                const values_and_lists hook{wanted, lists.data(), sums.data()};
                const std::size_t first_nan = ra::detail::rank_rows(
                    instruction_set::plain, ra::detail::row_job<T>(view, {}, expected_ranks), 0, images, expected_hook);
                CHECK(ra::detail::rank_rows(set, ra::detail::row_job<T>(view, {}, ranks), 0, images, hook) ==
                      first_nan);
                CHECK(ranks == expected_ranks);
                CHECK(lists == expected_lists);
                CHECK(std::count(lists.begin(), lists.end(), -7) == (wanted == 0 ? 35 : 20));
                for (std::size_t image = 0; image < images; ++image)
                    CHECK(std::abs(sums[image] - expected_sums[image]) <= 1e-6 * expected_sums[image]);
            }
        }
    }
}

TEST_CASE("the fastest path can run on this machine")
{
    CHECK(ra::detail::can_run(ra::detail::fastest_instruction_set()));
    MESSAGE("avx2: " << ra::detail::can_run(instruction_set::avx2)
                     << ", avx512: " << ra::detail::can_run(instruction_set::avx512));
}
