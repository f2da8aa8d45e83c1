// Element types of the user's own: an 8-bit float without vector kernels, a 16-bit float with them and a 3-byte
// integer, defined here by element_traits alone, against plain references.
#include "support/emulated_device.hpp"
#include "support/image_results.hpp"
#include "support/messages.hpp"
#include "support/naive_ranks.hpp"
#include "support/policies.hpp"
#include "support/random_source.hpp"
#include "support/relative_error.hpp"

#include <reassess/data/element_traits.hpp>
#include <reassess/data/interpreted_scores.hpp>
#include <reassess/data/label_sets.hpp>
#include <reassess/data/scores.hpp>
#include <reassess/data/targets.hpp>
#include <reassess/labeling/mentions.hpp>
#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::random_source;

namespace own {

/// E4M3 (OCP 8-bit floating point): 1 sign, 4 exponent and 3 fraction bits, bias 7; no infinities, and NaN is
/// S.1111.111 alone.
struct e4m3 {
    std::uint8_t bits = 0;

    friend bool operator==(e4m3, e4m3) = default;
};

/// IEEE binary16, as another library would define it.
struct float16 {
    std::uint16_t bits = 0;
};

/// An unsigned big-endian integer of 24 bits: its size divides no packet of 16 bytes.
struct uint24 {
    std::uint8_t bytes[3]{};
};

struct without_traits {
    std::uint8_t bits = 0;
};

/// The traits say that it is real, but not which number it is.
struct without_value {
    std::uint8_t bits = 0;
};

}  // namespace own

template <>
struct reassess::element_traits<own::e4m3> {
    using key_type = std::int8_t;
    static constexpr bool is_real = true;

    REASSESS_HOST_DEVICE static constexpr key_type key(own::e4m3 x) noexcept
    {
        const int magnitude = x.bits & 0x7f;
        return static_cast<key_type>((x.bits & 0x80) != 0 ? -magnitude : magnitude);
    }
    REASSESS_HOST_DEVICE static constexpr bool is_nan(own::e4m3 x) noexcept { return (x.bits & 0x7f) == 0x7f; }
    REASSESS_HOST_DEVICE static constexpr double value(own::e4m3 x) noexcept
    {
        const int exponent = x.bits >> 3 & 15, fraction = x.bits & 7;
        const double magnitude = exponent == 0 ? fraction * 0x1p-9 : (8 + fraction) * (1 << exponent) * 0x1p-10;
        return (x.bits & 0x80) != 0 ? -magnitude : magnitude;
    }
};

template <>
struct reassess::element_traits<own::float16> {
    using as_half = element_traits<half>;
    using key_type = as_half::key_type;
    static constexpr bool is_real = true;
    static constexpr vector_format vectors = vector_format::binary16;

    static constexpr key_type key(own::float16 x) noexcept { return as_half::key({x.bits}); }
    static constexpr bool is_nan(own::float16 x) noexcept { return as_half::is_nan({x.bits}); }
    static constexpr double value(own::float16 x) noexcept { return as_half::value({x.bits}); }
};

template <>
struct reassess::element_traits<own::uint24> {
    using key_type = std::uint32_t;
    static constexpr bool is_real = false;

    static constexpr key_type key(own::uint24 x) noexcept
    {
        return std::uint32_t{x.bytes[0]} << 16 | std::uint32_t{x.bytes[1]} << 8 | x.bytes[2];
    }
    static constexpr bool is_nan(own::uint24) noexcept { return false; }
};

template <>
struct reassess::element_traits<own::without_value> {
    using key_type = std::uint8_t;
    static constexpr bool is_real = true;

    static constexpr key_type key(own::without_value x) noexcept { return x.bits; }
    static constexpr bool is_nan(own::without_value) noexcept { return false; }
};

static_assert(ra::score_element<own::e4m3> && ra::real_score_element<own::e4m3>);
static_assert(ra::score_element<own::uint24> && !ra::real_score_element<own::uint24>);
static_assert(ra::score_element<own::without_value> && !ra::real_score_element<own::without_value>);
static_assert(!ra::score_element<own::without_traits> && !ra::score_element<int> && !ra::score_element<const float>);
static_assert(ra::detail::vector_format_of<own::e4m3> == ra::vector_format::none);

namespace {

/// The number that an E4M3 pattern represents, from the definition of the format.
double number_of(own::e4m3 x)
{
    const int sign = x.bits / 128, exponent = x.bits / 8 % 16, fraction = x.bits % 8;
    const double magnitude =
        exponent == 0 ? std::ldexp(fraction / 8.0, -6) : std::ldexp(1 + fraction / 8.0, exponent - 7);
    return sign == 1 ? -magnitude : magnitude;
}

double number_of(own::uint24 x)
{
    return x.bytes[0] * 65536.0 + x.bytes[1] * 256.0 + x.bytes[2];
}

bool is_not_a_number(own::e4m3 x)
{
    return x.bits == 0x7f || x.bits == 0xff;
}

own::e4m3 any_number(random_source& random)
{
    for (;;) {
        const own::e4m3 x{static_cast<std::uint8_t>(random.bits() >> 56)};
        if (!is_not_a_number(x)) return x;
    }
}

template <class T>
T draw_score(random_source& random, bool many_ties)
{
    if constexpr (std::same_as<T, own::e4m3>) {
        // Both zeros, the smallest denormal, the greatest and the lowest number.
        constexpr std::uint8_t few[] = {0x00, 0x80, 0x01, 0x7e, 0xfe};
        return many_ties ? own::e4m3{few[random.below(5)]} : any_number(random);
    } else {
        const auto bits = many_ties ? random.bits() & 0x010001 : random.bits();
        return own::uint24{{static_cast<std::uint8_t>(bits >> 16), static_cast<std::uint8_t>(bits >> 8),
                            static_cast<std::uint8_t>(bits)}};
    }
}

struct problem_labels {
    std::vector<ra::class_index> original{};
    ra::label_sets real{};

    problem_labels(std::size_t images, std::size_t classes, random_source& random)
    {
        for (std::size_t image = 0; image < images; ++image) {
            original.push_back(random.chance(10) ? ra::missing_label : random.below<ra::class_index>(classes));
            std::vector<ra::class_index> set;
            for (std::size_t n = random.below(5); n > 0; --n) set.push_back(random.below<ra::class_index>(classes));
            real.append(std::span<const ra::class_index>(set));
        }
    }
    [[nodiscard]] ra::targets_view view() const { return {.original = original, .real = real.view()}; }
};

/// What `rank` should give: every row is sorted; excluded[image] != 0 for rows with a NaN.
template <class T>
ra::image_results naive_results(const std::vector<T>& scores, std::size_t classes, const problem_labels& labels,
                                const std::vector<std::uint8_t>& excluded)
{
    ra::image_results expected;
    expected.classes = expected.depth = classes;
    expected.ties_known = true;
    for (std::size_t image = 0; image < excluded.size(); ++image) {
        std::vector<double> row;
        for (std::size_t c = 0; c < classes; ++c) row.push_back(number_of(scores[image * classes + c]));
        const bool left_out = excluded[image] != 0;
        const std::vector<ra::class_index> order =
            left_out ? std::vector<ra::class_index>{ra::missing_label} : test_support::naive_order(row);
        const std::vector<std::size_t> positions =
            left_out ? std::vector<std::size_t>{} : test_support::positions_in(order);
        const auto rank_of = [&](ra::class_index label) {
            return left_out || label == ra::missing_label
                       ? ra::no_rank
                       : static_cast<ra::rank_index>(positions[static_cast<std::size_t>(label)]);
        };
        const ra::class_index label = labels.original[image];
        expected.prediction.push_back(order[0]);
        expected.original_rank.push_back(rank_of(label));
        expected.original_tied.push_back(!left_out && label != ra::missing_label &&
                                         test_support::naive_tied(row, label));
        for (const ra::class_index of_set : labels.real.view()[image]) expected.label_rank.push_back(rank_of(of_set));
    }
    return expected;
}

template <std::size_t Lanes, class T>
ra::image_results rank_by_groups(const ra::scores_view<T>& scores, const ra::targets_view& targets)
{
    ra::image_results ranks = test_support::results_with_room(scores.images(), scores.classes(), targets);
    const ra::detail::row_job<T> job(scores, targets, ranks);
    for (std::size_t image = 0; image < scores.images(); ++image)
        ra::detail::rank_row(test_support::emulated_lanes<Lanes>{}, ra::detail::labels_of_image(job, image));
    return ranks;
}

}  // namespace

TEST_CASE("E4M3 traits: known numbers")
{
    using traits = ra::element_traits<own::e4m3>;
    CHECK(traits::value({0x38}) == 1.0);
    CHECK(traits::value({0x7e}) == 448.0);
    CHECK(traits::value({0xfe}) == -448.0);
    CHECK(traits::value({0x01}) == 0x1p-9);
    CHECK(traits::value({0x08}) == 0x1p-6);
    int nans = 0;
    for (int bits = 0; bits < 256; ++bits) {
        const own::e4m3 x{static_cast<std::uint8_t>(bits)};
        nans += traits::is_nan(x) ? 1 : 0;
        if (!traits::is_nan(x)) CHECK(traits::value(x) == number_of(x));
    }
    CHECK(nans == 2);
}

TEST_CASE_TEMPLATE("an element type defined by its traits is ranked as by sorting, on every policy and by lane groups",
                   T, own::e4m3, own::uint24)
{
    random_source random(61);
    for (const std::size_t classes : {1UL, 2UL, 7UL, 16UL, 33UL, 128UL, 300UL, 1000UL}) {
        for (const bool many_ties : {false, true}) {
            constexpr std::size_t images = 23;
            std::vector<T> scores;
            for (std::size_t i = 0; i < images * classes; ++i) scores.push_back(draw_score<T>(random, many_ties));
            const problem_labels labels(images, classes, random);
            const ra::image_results expected =
                naive_results(scores, classes, labels, std::vector<std::uint8_t>(images));
            CAPTURE(classes);
            CAPTURE(many_ties);
            const ra::scores_view<T> view(scores, classes);
            test_support::for_each_policy(
                [&](auto policy) { CHECK(ra::rank(policy, view, labels.view()) == expected); });
            CHECK(rank_by_groups<4>(view, labels.view()) == expected);
            CHECK(rank_by_groups<32>(view, labels.view()) == expected);
        }
    }
}

TEST_CASE("an element type defined by its traits: a NaN is an error that names image and class")
{
    random_source random(62);
    for (const std::size_t classes : {1UL, 5UL, 40UL, 200UL}) {
        for (const std::uint8_t nan : {std::uint8_t{0x7f}, std::uint8_t{0xff}}) {
            for (std::size_t c = 0; c < classes; ++c) {
                std::vector<own::e4m3> scores;
                for (std::size_t i = 0; i < 3 * classes; ++i) scores.push_back(any_number(random));
                scores[classes + c].bits = nan;
                REQUIRE(test_support::lacks(test_support::message_of<std::domain_error>([&] {
                                                static_cast<void>(
                                                    ra::rank(ra::seq, ra::scores_view<own::e4m3>(scores, classes), {}));
                                            }),
                                            {"class " + std::to_string(c) + " of image 1 is NaN"}) == "");
            }
        }
    }
}

TEST_CASE("an element type defined by its traits: rows with a NaN are excluded, all others are ranked")
{
    random_source random(63);
    for (const std::size_t classes : {1UL, 9UL, 64UL, 257UL}) {
        constexpr std::size_t images = 30;
        std::vector<own::e4m3> scores;
        for (std::size_t i = 0; i < images * classes; ++i) scores.push_back(any_number(random));
        std::vector<std::uint8_t> excluded(images);
        for (std::size_t image = 0; image < images; image += 1 + random.below(4)) {
            scores[image * classes + random.below(classes)].bits = random.chance(50) ? 0x7f : 0xff;
            excluded[image] = 1;
        }
        const problem_labels labels(images, classes, random);
        const ra::image_results expected = naive_results(scores, classes, labels, excluded);
        CHECK(ra::rank(ra::seq, ra::scores_view<own::e4m3>(scores, classes), labels.view(),
                       {.nan = ra::on_nan::exclude}) == expected);
    }
}

TEST_CASE("an element type defined by its traits: lists have the order of a stable sort")
{
    random_source random(64);
    for (const std::size_t classes : {5UL, 33UL, 300UL}) {
        std::vector<own::e4m3> row;
        std::vector<double> numbers;
        for (std::size_t c = 0; c < classes; ++c) {
            row.push_back(any_number(random));
            numbers.push_back(number_of(row.back()));
        }
        const auto order = test_support::naive_order(numbers);
        const auto found = ra::rank(ra::seq, ra::scores_view<own::e4m3>(row, classes), {}, {.top_k = 5});
        CHECK(std::equal(found.top_k.begin(), found.top_k.end(), order.begin()));
    }
}

TEST_CASE("a real element type defined by its traits: confidence and cross-entropy of logits follow from its values")
{
    random_source random(65);
    for (const std::size_t classes : {2UL, 10UL, 300UL}) {
        constexpr std::size_t images = 5;
        std::vector<own::e4m3> scores;
        // Of magnitude below 16.
        for (std::size_t i = 0; i < images * classes; ++i)
            scores.push_back({static_cast<std::uint8_t>(random.below(0x58) | (random.chance(50) ? 0x80U : 0U))});
        const std::vector<ra::class_index> original(images, 1);
        const auto found =
            ra::rank(ra::par, ra::logits(ra::scores_view<own::e4m3>(scores, classes)), {.original = original});
        for (std::size_t image = 0; image < images; ++image) {
            const auto logit = [&](std::size_t c) {
                return static_cast<long double>(number_of(scores[image * classes + c]));
            };
            long double sum = 0, greatest = logit(0);
            for (std::size_t c = 0; c < classes; ++c) greatest = std::max(greatest, logit(c));
            for (std::size_t c = 0; c < classes; ++c) sum += std::exp(logit(c));
            CHECK(test_support::relative_error(found.confidence[image], static_cast<double>(std::exp(greatest) / sum)) <
                  1e-13);
            CHECK(test_support::relative_error(found.cross_entropy[image],
                                               static_cast<double>(std::log(sum) - logit(1))) < 1e-11);
        }
    }
}

TEST_CASE("a real element type defined by its traits: mentions are those of the same logits in double")
{
    random_source random(66);
    constexpr std::size_t classes = 50, images = 40;
    std::vector<own::e4m3> scores;
    std::vector<double> numbers;
    for (std::size_t i = 0; i < images * classes; ++i) {
        scores.push_back(any_number(random));
        numbers.push_back(number_of(scores.back()));
    }
    const ra::mention_options options{.pairs = 100};
    CHECK(ra::find_mentions(ra::seq, ra::scores_view<own::e4m3>(scores, classes), options) ==
          ra::find_mentions(ra::seq, ra::scores_view<double>(numbers, classes), options));
}

TEST_CASE("an element type with the bit format of half gives what half gives, by the vector kernels")
{
    random_source random(67);
    for (const std::size_t classes : {3UL, 31UL, 500UL, 3001UL}) {
        constexpr std::size_t images = 9;
        std::vector<own::float16> scores;
        std::vector<ra::half> halves;
        for (std::size_t i = 0; i < images * classes; ++i) {
            // Of magnitude below 32.
            const auto bits = static_cast<std::uint16_t>(random.below(0x5000) | (random.chance(50) ? 0x8000U : 0U));
            scores.push_back({bits});
            halves.push_back({bits});
        }
        const problem_labels labels(images, classes, random);
        const auto found = ra::rank(ra::seq, ra::logits(ra::scores_view<own::float16>(scores, classes)), labels.view());
        const auto expected = ra::rank(ra::seq, ra::logits(ra::scores_view<ra::half>(halves, classes)), labels.view());
        CHECK(found == expected);
        CHECK(found.cross_entropy.size() == images);
        scores[2 * classes + 1].bits = 0xfc01;
        CHECK_THROWS_AS(static_cast<void>(ra::rank(ra::seq, ra::scores_view<own::float16>(scores, classes), {})),
                        std::domain_error);
    }
}
