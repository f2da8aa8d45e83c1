// ReaL accuracy of stored predictions by packed sets: the same counts as the evaluation, and as plain loops.
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/random_source.hpp"

#include <reassess/evaluate.hpp>
#include <reassess/metric/real_accuracy.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>
#include <vector>

namespace ra = reassess;
using test_support::random_source;

namespace {

ra::label_sets random_sets(random_source& random, std::size_t images, std::size_t classes)
{
    ra::label_sets sets;
    for (std::size_t i = 0; i < images; ++i) {
        std::vector<ra::class_index> set;
        // Often more than a word holds.
        for (std::size_t n = random.below(8); n > 0; --n) set.push_back(random.below<ra::class_index>(classes));
        sets.append(std::span<const ra::class_index>(set));
    }
    return sets;
}

}  // namespace

TEST_CASE_TEMPLATE("real accuracy of predictions: the counts of the evaluation, for every integer type and depth", T,
                   std::int16_t, std::uint16_t, std::int32_t, std::uint32_t, std::int64_t, std::uint64_t)
{
    random_source random(31);
    for (const std::size_t classes : {1UL, 2UL, 9UL, 1000UL, 32767UL}) {
        for (const std::size_t depth : {1UL, 2UL, 3UL, 4UL, 5UL, 8UL, 9UL, 15UL, 16UL, 21UL}) {
            if (depth > classes) continue;
            // Tail lengths, and blocks of conversion.
            for (std::size_t images = 0; images <= 1100; images += images < 70 ? 1 : 343) {
                const ra::label_sets sets = random_sets(random, images, classes);
                std::vector<T> lists;
                for (std::size_t i = 0; i < images; ++i) {
                    const std::size_t first = random.below(classes);
                    for (std::size_t r = 0; r < depth; ++r) lists.push_back(static_cast<T>((first + r) % classes));
                }
                const ra::top_k_view<T> view(lists, depth, classes);
                const ra::packed_label_sets packed(sets.view(), classes);
                const auto expected = ra::evaluate(ra::seq, view, {.real = sets.view()});
                const auto found = ra::real_accuracy(ra::seq, view, packed);
                REQUIRE(found.size() == depth);
                for (std::size_t k = 1; k <= depth; ++k) REQUIRE(found[k - 1] == expected.real(k));
            }
        }
    }
}

TEST_CASE("real accuracy of predictions: every class in every place of the word, none taken for another")
{
    // All pairs of a label and a prediction that differ in one bit, and the greatest class together with the mark of no
    // label.
    for (const std::size_t classes : {256UL, ra::packed_label_sets::most_classes}) {
        for (std::size_t label = 0; label<classes; label += classes> 256 ? 251 : 1) {
            for (std::size_t place = 0; place < 4; ++place) {
                std::vector<int> set(place + 1);
                std::iota(set.begin(), set.end(), static_cast<int>(label) - static_cast<int>(place));
                if (set.front() < 0) continue;
                ra::label_sets sets;
                std::vector<std::int32_t> predictions;
                const auto last = static_cast<std::int32_t>(classes) - 1;
                for (std::int32_t bit = 0; bit <= 16; ++bit) {
                    sets.append(std::span<const int>(set));
                    const std::int32_t other =
                        bit == 16 ? static_cast<std::int32_t>(label) : static_cast<std::int32_t>(label) ^ (1 << bit);
                    predictions.push_back(other > last ? last : other);
                }
                const ra::packed_label_sets packed(sets.view(), classes);
                const ra::top_k_view<std::int32_t> view(predictions, 1, classes);
                REQUIRE(ra::real_accuracy(ra::seq, view, packed)[0] ==
                        ra::evaluate(ra::seq, view, {.real = sets.view()}).real(1));
            }
        }
    }
}

TEST_CASE("real accuracy of predictions: on every policy, and beyond what a lane counts")
{
    random_source random(32);
    constexpr std::size_t images = 300'001;
    std::vector<int> one{3};
    ra::label_sets sets;
    std::vector<std::int32_t> predictions(images, 3);
    for (std::size_t i = 0; i < images; ++i) sets.append(std::span<const int>(one));
    predictions[17] = 2;
    const ra::packed_label_sets packed(sets.view(), 5);
    test_support::for_each_policy([&](auto policy) {
        CHECK(ra::real_accuracy(policy, ra::top_k_view<std::int32_t>(predictions, 1, 5), packed)[0] ==
              ra::proportion{images - 1, images});
    });
}

TEST_CASE("real accuracy of predictions: what does not fit is refused")
{
    random_source random(33);
    const ra::label_sets sets = random_sets(random, 9, 5);
    const ra::packed_label_sets packed(sets.view(), 5);
    for (const std::int64_t bad : {std::int64_t{5}, std::int64_t{-1}, std::int64_t{65535}, std::int64_t{65536},
                                   std::int64_t{1} << 32, std::numeric_limits<std::int64_t>::min()}) {
        std::vector<std::int64_t> predictions(9, 1);
        predictions[7] = bad;
        CHECK_ERROR(std::out_of_range,
                    ra::real_accuracy(ra::seq, ra::top_k_view<std::int64_t>(predictions, 1, 5), packed),
                    "prediction " + std::to_string(bad) + " of image 7 is outside [0, 5)");
        predictions.resize(18, 1);
        CHECK_ERROR(std::out_of_range,
                    ra::real_accuracy(ra::seq, ra::top_k_view<std::int64_t>(predictions, 2, 5), packed),
                    "prediction " + std::to_string(bad) + " of image 3 is outside [0, 5)");
        if (bad != static_cast<std::int32_t>(bad)) continue;
        std::vector<std::int32_t> narrow(9, 1);
        narrow[2] = static_cast<std::int32_t>(bad);
        CHECK_ERROR(std::out_of_range, ra::real_accuracy(ra::seq, ra::top_k_view<std::int32_t>(narrow, 1, 5), packed),
                    "image 2");
    }
    const std::vector<int> eight(8), many(9 * 6);
    CHECK_ERROR(std::invalid_argument, ra::real_accuracy(ra::seq, ra::top_k_view<int>(eight, 1, 5), packed),
                "the top-k lists have 8 images, the label sets have 9");
    CHECK_ERROR(std::invalid_argument, ra::top_k_view<int>(many, 6, 5),
                "k is 6, expected at most the number of classes, 5");
    CHECK_ERROR(std::invalid_argument, ra::real_accuracy(ra::seq, ra::top_k_view<int>(many, 6, 6), packed),
                "the top-k lists have 6 classes, the label sets have 5");
    CHECK_ERROR(std::invalid_argument, ra::real_accuracy(ra::seq, ra::top_k_view<int>(), packed), "k is 0");
    CHECK_ERROR(std::invalid_argument, ra::packed_label_sets(sets.view(), 65535), "65535", "65534");
    CHECK_ERROR(std::invalid_argument, ra::packed_label_sets(sets.view(), 0), "0 classes");
    const ra::label_sets label_4(std::vector<std::vector<int>>{{1}, {4}});
    CHECK_ERROR(std::out_of_range, ra::packed_label_sets(label_4.view(), 4), "label 4", "image 1", "[0, 4)");
    CHECK(ra::real_accuracy(ra::seq, ra::top_k_view<int>(std::span<const int>(), 1, 5), {})[0] == ra::proportion{});
}
