// A NaN score is an error that names image and class, or its image is left out: at every place, on every policy.
#include "support/element_bits.hpp"
#include "support/messages.hpp"
#include "support/policies.hpp"

#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::for_each_policy;

namespace {

/// Both signs, quiet and signalling, the smallest and the largest fraction.
template <class T>
std::vector<T> nan_scores()
{
    constexpr int e = test_support::format_of<T>::exponent_bits, f = test_support::format_of<T>::fraction_bits;
    const std::uint64_t infinity = ((std::uint64_t{1} << e) - 1) << f;
    const std::uint64_t sign = std::uint64_t{1} << (e + f);
    const std::uint64_t largest = (std::uint64_t{1} << f) - 1, quiet = std::uint64_t{1} << (f - 1);
    std::vector<T> scores;
    for (const std::uint64_t fraction : {std::uint64_t{1}, quiet, largest}) {
        scores.push_back(test_support::from_bits<T>(infinity | fraction));
        scores.push_back(test_support::from_bits<T>(sign | infinity | fraction));
    }
    return scores;
}

}  // namespace

TEST_CASE_TEMPLATE("rank: a NaN at any class of a row is found", T, float, double, ra::half, ra::bfloat16)
{
    const std::vector<T> nans = nan_scores<T>();
    for (std::size_t classes = 1; classes <= 70; ++classes) {
        for (std::size_t c = 0; c < classes; ++c) {
            std::vector<T> scores(2 * classes);
            // Infinities around it must hide nothing.
            for (std::size_t i = 0; i < classes; i += 3) scores[classes + i] = test_support::special_scores<T>()[4];
            scores[classes + c] = nans[c % nans.size()];
            REQUIRE(test_support::lacks(test_support::message_of<std::domain_error>([&] {
                                            static_cast<void>(
                                                ra::rank(ra::seq, ra::scores_view<T>(scores, classes), {}, {}, 1000));
                                        }),
                                        {"class " + std::to_string(c) + " of image 1001 is NaN"}) == "");
        }
    }
}

TEST_CASE_TEMPLATE("rank: a NaN far into a long row, and the first of several", T, float, double, ra::half,
                   ra::bfloat16)
{
    constexpr std::size_t classes = 2053;
    for (const std::size_t c : {std::size_t{0}, std::size_t{1023}, std::size_t{2047}, classes - 2, classes - 1}) {
        std::vector<T> scores(classes);
        scores[c] = test_support::nan_score<T>();
        scores[classes - 1] = test_support::nan_score<T>();
        CHECK_ERROR(std::domain_error, ra::rank(ra::seq, ra::scores_view<T>(scores, classes), {}),
                    "class " + std::to_string(c) + " of image 0 is NaN");
    }
}

TEST_CASE("rank: of several images with a NaN the first is named, on every policy")
{
    constexpr std::size_t classes = 1000, images = 500;
    std::vector<float> scores(images * classes);
    for (const std::size_t image : {170UL, 171UL, 300UL, 499UL})
        scores[image * classes + image] = test_support::nan_score<float>();
    const ra::scores_view<float> view(scores, classes);
    for_each_policy([&](auto policy) {
        CHECK_ERROR(
            std::domain_error, ra::rank(policy, view, {}, {}, 4294967296U),
            "the score of class 170 of image 4294967466 is NaN; on_nan::exclude leaves such images out and counts "
            "them");
    });
}

TEST_CASE("rank: excluded images have no prediction and no ranks; the others are as without them")
{
    constexpr std::size_t classes = 1000, images = 300;
    std::vector<float> scores(images * classes);
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = static_cast<float>((i * 2654435761U) % 1013);
    std::vector<ra::class_index> original;
    ra::label_sets sets;
    for (std::size_t image = 0; image < images; ++image) {
        original.push_back(static_cast<ra::class_index>(image));
        const std::vector<std::size_t> set{image, 999 - image};
        sets.append(std::span<const std::size_t>(set));
    }
    const ra::targets_view targets{.original = original, .real = sets.view()};
    const ra::image_results clean = ra::rank(ra::seq, ra::scores_view<float>(scores, classes), targets);
    ra::image_results expected = clean;
    for (const std::size_t image : {0UL, 77UL, 78UL, 299UL}) {
        scores[image * classes + (image * 7) % classes] = test_support::nan_score<float>();
        expected.prediction[image] = ra::missing_label;
        expected.original_rank[image] = ra::no_rank;
        expected.original_tied[image] = 0;
        expected.label_rank[2 * image] = expected.label_rank[2 * image + 1] = ra::no_rank;
    }
    for_each_policy([&](auto policy) {
        CHECK(ra::rank(policy, ra::scores_view<float>(scores, classes), targets, {.nan = ra::on_nan::exclude}) ==
              expected);
    });
}
