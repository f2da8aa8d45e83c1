// Lists of the k best classes of a row: against sorting, on every compiled path.
#include "support/element_bits.hpp"
#include "support/image_results.hpp"
#include "support/messages.hpp"
#include "support/policies.hpp"
#include "support/random_source.hpp"

#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace ra = reassess;
using ra::detail::instruction_set;
using test_support::random_source;

namespace {

/// Distinct scores, few distinct ones, equal ones, rising and falling ones, infinities.
template <class T>
std::vector<T> draw_row(int kind, std::size_t classes, random_source& random)
{
    std::vector<T> row(classes);
    for (std::size_t c = 0; c < classes; ++c) {
        int score = 0;
        switch (kind) {
            case 0:
                score = random.below<int>(30000) - 15000;
                break;
            case 1:
                score = random.below<int>(4);
                break;
            case 2:
                score = 1;
                break;
            case 3:
                score = static_cast<int>(c % 30000);
                break;
            case 4:
                score = -static_cast<int>(c % 30000);
                break;
            default:
                score = random.below<int>(3) - 1;
                break;
        }
        if constexpr (sizeof(T) == 2) {
            row[c] = T{static_cast<std::uint16_t>(score < 0 ? 0x8000 | -score : score)};  // its order is the integer's
        } else if constexpr (sizeof(T) == 1) {
            row[c] = static_cast<T>(score);
        } else {
            row[c] = kind == 5 && score != 0 ? test_support::infinite_score<T>(score < 0) : static_cast<T>(score) / 8;
        }
    }
    return row;
}

}  // namespace

TEST_CASE_TEMPLATE("top-k lists: the order of a stable sort, for every path, k and number of classes", T, float, double,
                   ra::half, ra::bfloat16, std::int8_t, std::uint8_t)
{
    random_source random(41);
    std::vector<std::size_t> sizes;
    for (std::size_t classes = 1; classes <= 70; ++classes) sizes.push_back(classes);
    for (const std::size_t classes : {127UL, 129UL, 257UL, 300UL, 520UL, 1000UL, 1003UL, 5000UL})
        sizes.push_back(classes);
    for (const std::size_t classes : sizes) {
        for (int kind = 0; kind < 6; ++kind) {
            const std::vector<T> row = draw_row<T>(kind, classes, random);
            std::vector<ra::class_index> order(classes);
            std::iota(order.begin(), order.end(), 0);
            std::stable_sort(order.begin(), order.end(), [&](ra::class_index a, ra::class_index b) {
                return ra::detail::comparable(row[static_cast<std::size_t>(a)]) >
                       ra::detail::comparable(row[static_cast<std::size_t>(b)]);
            });
            const ra::scores_view<T> view(row, classes);
            for (const std::size_t k : {1UL, 2UL, 5UL, 33UL, 64UL}) {
                if (k > classes) continue;
                for (const instruction_set set : {instruction_set::plain, instruction_set::baseline,
                                                  instruction_set::avx2, instruction_set::avx512}) {
                    if (!ra::detail::can_run(set)) continue;
                    CAPTURE(classes);
                    CAPTURE(kind);
                    CAPTURE(k);
                    CAPTURE(static_cast<int>(set));
                    ra::image_results results = test_support::results_with_room(1, classes, {});
                    const ra::detail::row_job<T> job(view, {}, results);
                    std::vector<ra::class_index> list(k, -7);
                    REQUIRE(ra::detail::rank_rows(set, job, 0, 1, ra::detail::list_hook{k, list.data()}) == 1);
                    REQUIRE(std::equal(list.begin(), list.end(), order.begin()));
                    REQUIRE(results.prediction[0] == order[0]);
                    if constexpr (!std::is_integral_v<T>) {
                        if (k != 5) continue;
                        list.assign(k, -7);
                        std::vector<std::uint8_t> refused;
                        ra::detail::loss_hook<T> hook(job, {.scores = {.kind = ra::score_kind::logits}}, results,
                                                      refused, 1);
                        hook.depth = k;
                        hook.lists = list.data();
                        REQUIRE(ra::detail::rank_rows(set, job, 0, 1, hook) == 1);
                        REQUIRE(std::equal(list.begin(), list.end(), order.begin()));
                        REQUIRE(results.prediction[0] == order[0]);
                    }
                }
            }
        }
    }
}

TEST_CASE("top-k lists: the same ranks and losses as without them, on every policy; NaN rows have no list")
{
    random_source random(42);
    for (const std::size_t classes : {7UL, 300UL}) {
        constexpr std::size_t images = 200;
        std::vector<float> scores(images * classes);
        std::vector<ra::class_index> original;
        for (float& score : scores) score = static_cast<float>(random.below(50));
        for (std::size_t i = 0; i < images; ++i) original.push_back(random.below<ra::class_index>(classes));
        scores[19 * classes + 3] = test_support::nan_score<float>();
        const ra::scores_view<float> view(scores, classes);
        const ra::targets_view targets{.original = original};
        const ra::evaluation_options excluding{.nan = ra::on_nan::exclude};
        const ra::evaluation_options with_lists{.nan = ra::on_nan::exclude, .top_k = 5};
        test_support::for_each_policy([&](auto policy) {
            const ra::image_results found = ra::rank(policy, view, targets, with_lists);
            CHECK(test_support::ranks_only(found) == ra::rank(ra::seq, view, targets, excluding));
            CHECK(found.k == 5);
            CHECK(found.lists().k() == 5);
            CHECK(found.lists().classes() == classes);
            ra::image_results of_logits = ra::rank(policy, ra::logits(view), targets, with_lists);
            CHECK(of_logits.top_k == found.top_k);
            of_logits.k = 0;
            of_logits.top_k.clear();
            CHECK(of_logits == ra::rank(ra::seq, ra::logits(view), targets, excluding));
            for (std::size_t i = 0; i < images; ++i) {
                const ra::class_index* const list = found.lists().row(i);
                REQUIRE(list[0] == found.prediction[i]);
                if (i == 19) {
                    REQUIRE(std::all_of(list, list + 5, [](ra::class_index c) { return c == ra::missing_label; }));
                    continue;
                }
                const ra::class_index* const place = std::find(list, list + 5, original[i]);
                const ra::rank_index rank = found.original_rank[i];
                REQUIRE((rank < 5 ? place == list + rank : place == list + 5));
            }
            CHECK_ERROR(std::domain_error, ra::rank(policy, view, targets, {.top_k = 5}),
                        "the score of class 3 of image 19 is NaN");
        });
        CHECK_ERROR(std::invalid_argument, ra::rank(ra::seq, view, targets, excluding).lists(),
                    "these results have no top-k lists: request them with {.top_k = k}");
        CHECK_ERROR(std::out_of_range, ra::rank(ra::seq, view, targets, {.top_k = 65}),
                    "top-k lists of k = 65 were requested, expected at most 64");
        if (classes == 7)
            CHECK_ERROR(std::out_of_range, ra::rank(ra::seq, view, targets, {.top_k = 8}), "k = 8 were requested",
                        "at most the number of classes, 7");
    }
}
