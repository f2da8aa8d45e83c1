// Ranks of scores of every element type against sorting, for every shape of row that a fast path might trip over.
#include "support/element_bits.hpp"
#include "support/naive_ranks.hpp"
#include "support/policies.hpp"
#include "support/random_source.hpp"

#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::for_each_policy;
using test_support::random_source;
using test_support::value_of;

namespace {

enum class content { random, few_values, all_equal, zeros, special };
constexpr content contents[] = {content::random, content::few_values, content::all_equal, content::zeros,
                                content::special};

template <class T>
std::vector<T> make_row(content kind, std::size_t classes, random_source& random)
{
    const std::vector<T> special = test_support::special_scores<T>();
    const T a = test_support::any_score<T>(random), b = test_support::any_score<T>(random);
    std::vector<T> row(classes);
    for (T& score : row) {
        switch (kind) {
            case content::random:
                score = test_support::any_score<T>(random);
                break;
            case content::few_values:
                score = random.chance(50) ? a : b;
                break;
            case content::all_equal:
                score = a;
                break;
            case content::zeros:
                score = special[random.below(2)];
                break;
            case content::special:
                score = special[random.below(special.size())];
                break;
        }
    }
    return row;
}

/// Rows of scores, perhaps with gaps between them that hold what must never be read as a score.
template <class T>
struct matrix {
    std::size_t classes;
    std::size_t stride;
    std::vector<std::vector<double>> values{};
    std::vector<T> scores{};

    matrix(std::size_t images, std::size_t number_of_classes, std::size_t gap, random_source& random)
        : classes(number_of_classes), stride(number_of_classes + gap)
    {
        for (std::size_t image = 0; image < images; ++image) {
            const std::vector<T> row = make_row<T>(contents[image % std::size(contents)], classes, random);
            scores.insert(scores.end(), row.begin(), row.end());
            scores.insert(scores.end(), gap, test_support::nan_score<T>());
            values.emplace_back();
            for (const T score : row) values.back().push_back(value_of(score));
        }
    }
    [[nodiscard]] ra::scores_view<T> view() const { return {scores.data(), values.size(), classes, stride}; }
};

/// Labels of every position: image i has label i modulo classes; its set holds all classes of short rows, the ends and
/// some others of long ones.
struct labels {
    std::vector<ra::class_index> original{};
    ra::label_sets sets{};

    labels(std::size_t images, std::size_t classes, std::size_t first, random_source& random)
    {
        for (std::size_t image = 0; image < images; ++image) {
            original.push_back(static_cast<ra::class_index>((first + image) % classes));
            std::vector<std::size_t> set{0, classes - 1};
            for (std::size_t c = 0; c < classes; ++c) {
                if (classes <= 128 || random.below(classes) < 20) set.push_back(c);
            }
            sets.append(std::span<const std::size_t>(set));
        }
    }
    [[nodiscard]] ra::targets_view view() const { return {.original = original, .real = sets.view()}; }
};

/// What sorting makes of it; "" where the ranks agree.
template <class T>
std::string difference(const ra::image_results& ranks, const matrix<T>& m, const labels& l)
{
    for (std::size_t image = 0; image < m.values.size(); ++image) {
        const std::string where =
            " of image " + std::to_string(image) + " of " + std::to_string(m.classes) + " classes";
        const auto order = test_support::naive_order(m.values[image]);
        const auto positions = test_support::positions_in(order);
        const auto own = static_cast<std::size_t>(l.original[image]);
        if (ranks.prediction[image] != order[0]) return "prediction" + where;
        if (ranks.original_rank[image] != positions[own]) return "rank of the original label" + where;
        if ((ranks.original_tied[image] != 0) != test_support::naive_tied(m.values[image], l.original[image]))
            return "tie" + where;
        const auto set = l.sets[image];
        for (std::size_t j = 0; j < set.size(); ++j) {
            if (ranks.label_rank[l.sets.offsets()[image] + j] != positions[static_cast<std::size_t>(set[j])])
                return "rank of label " + std::to_string(set[j]) + where;
        }
    }
    return {};
}

std::vector<std::size_t> numbers_of_classes()
{
    std::vector<std::size_t> numbers;
    for (std::size_t classes = 1; classes <= 70; ++classes) numbers.push_back(classes);
    for (const std::size_t classes : {100UL, 128UL, 1000UL, 1001UL, 2053UL}) numbers.push_back(classes);
    return numbers;
}

}  // namespace

TEST_CASE_TEMPLATE("rank: every rank is what sorting gives", T, float, double, ra::half, ra::bfloat16)
{
    random_source random(7);
    for (const std::size_t classes : numbers_of_classes()) {
        for (const std::size_t gap : {0UL, 1UL, 3UL}) {
            const matrix<T> m(10, classes, gap, random);
            const labels l(10, classes, random.below(classes), random);
            const ra::image_results ranks = ra::rank(ra::seq, m.view(), l.view());
            REQUIRE(ranks.classes == classes);
            REQUIRE(ranks.depth == classes);
            REQUIRE(ranks.ties_known);
            REQUIRE(difference(ranks, m, l) == "");
        }
    }
}

TEST_CASE_TEMPLATE("rank: the same on every policy", T, float, double, ra::half, ra::bfloat16)
{
    random_source random(8);
    // Long rows, so that a few hundred images are several blocks of work.
    const matrix<T> m(400, 1001, 2, random);
    const labels l(400, 1001, 0, random);
    const ra::image_results expected = ra::rank(ra::seq, m.view(), l.view());
    REQUIRE(difference(expected, m, l) == "");
    for_each_policy([&](auto policy) { REQUIRE(ra::rank(policy, m.view(), l.view()) == expected); });
}

TEST_CASE("rank: the original label at every position of a row")
{
    random_source random(9);
    for (const std::size_t classes : {31UL, 64UL, 1000UL}) {
        const matrix<float> m(5 * classes, classes, 0, random);
        // Five contents in turn, so a step of one label every five images meets each with every label.
        labels l(0, classes, 0, random);
        for (std::size_t image = 0; image < 5 * classes; ++image) {
            l.original.push_back(static_cast<ra::class_index>(image / 5));
            l.sets.append(std::span<const int>{});
        }
        REQUIRE(difference(ra::rank(ra::par, m.view(), l.view()), m, l) == "");
    }
}

TEST_CASE("rank: slices of scores and targets give the same ranks as the whole")
{
    random_source random(10);
    const matrix<float> m(20, 9, 1, random);
    const labels l(20, 9, 0, random);
    const ra::image_results whole = ra::rank(ra::seq, m.view(), l.view());
    for (std::size_t first = 0; first <= 20; ++first) {
        const std::size_t count = (20 - first) / 2;
        const ra::image_results part = ra::rank(ra::seq, m.view().slice(first, count), l.view().slice(first, count));
        REQUIRE(part.images() == count);
        for (std::size_t image = 0; image < count; ++image) {
            REQUIRE(part.prediction[image] == whole.prediction[first + image]);
            REQUIRE(part.original_rank[image] == whole.original_rank[first + image]);
        }
        const std::vector<ra::rank_index> expected(
            whole.label_rank.begin() + static_cast<std::ptrdiff_t>(l.sets.offsets()[first]),
            whole.label_rank.begin() + static_cast<std::ptrdiff_t>(l.sets.offsets()[first + count]));
        REQUIRE(part.label_rank == expected);
    }
}

TEST_CASE("rank: columns of labels that are not given are empty; a missing label has no rank")
{
    const std::vector<float> scores{1, 2, 2, 1};
    const ra::scores_view<float> view(scores, 2);
    const ra::image_results neither = ra::rank(ra::seq, view, {});
    CHECK(neither.prediction == std::vector<ra::class_index>{1, 0});
    CHECK(neither.original_rank.empty());
    CHECK(neither.original_tied.empty());
    CHECK(neither.label_rank.empty());
    const std::vector<ra::class_index> original{-1, 1};
    const ra::image_results only_original = ra::rank(ra::seq, view, {.original = original});
    CHECK(only_original.original_rank == std::vector<ra::rank_index>{ra::no_rank, 1});
    CHECK(only_original.original_tied == std::vector<std::uint8_t>{0, 0});
    CHECK(only_original.label_rank.empty());
}

TEST_CASE("rank: ties go to the lower class")
{
    const float inf = std::numeric_limits<float>::infinity();
    const std::vector<float> scores{.5F, .5F, 0, 3, 3, 3, -1, inf, inf, -0.0F, 0, -0.0F};
    const ra::scores_view<float> view(scores, 3);
    const std::vector<ra::class_index> first{0, 0, 1, 0}, last{1, 2, 2, 2};
    for_each_policy([&](auto policy) {
        const ra::image_results of_first = ra::rank(policy, view, {.original = first});
        CHECK(of_first.prediction == std::vector<ra::class_index>{0, 0, 1, 0});
        CHECK(of_first.original_rank == std::vector<ra::rank_index>{0, 0, 0, 0});
        CHECK(of_first.original_tied == std::vector<std::uint8_t>{1, 1, 1, 1});
        CHECK(ra::rank(policy, view, {.original = last}).original_rank == std::vector<ra::rank_index>{1, 2, 1, 2});
    });
}
