// The joint tallies of an image against its counters, one by one as evaluation_layout says them.
#include "support/small_problem.hpp"

#include <reassess/execution/execution.hpp>
#include <reassess/metric/rank_counters.hpp>
#include <reassess/ranking/rank.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ra = reassess;
using layout = ra::detail::evaluation_layout;
using test_support::small_problem;

namespace {

void count_plainly(std::vector<std::uint64_t>& counters, const layout& at, const ra::image_results& ranks,
                   const ra::targets_view& targets, const std::uint8_t* repeated)
{
    for (std::size_t i = 0; i < ranks.images(); ++i) {
        const auto add = [&](std::size_t counter) { ++counters[counter]; };
        add(layout::images);
        if (repeated != nullptr && repeated[i] != 0) {
            add(layout::repeated_images);
            continue;
        }
        const ra::class_index prediction = ranks.prediction[i];
        if (prediction == ra::missing_label) {
            add(layout::nan_images);
            continue;
        }
        const auto set = targets.real ? (*targets.real)[i] : std::span<const ra::class_index>{};
        const auto in_set = [&](ra::class_index c) { return std::find(set.begin(), set.end(), c) != set.end(); };
        if (targets.real && set.empty()) add(layout::without_real_labels);
        if (!set.empty()) {
            const auto first = ranks.label_rank.begin() +
                               static_cast<std::ptrdiff_t>(targets.real->offsets()[i] - targets.real->first_label());
            std::vector<ra::rank_index> sorted(first, first + static_cast<std::ptrdiff_t>(set.size()));
            std::sort(sorted.begin(), sorted.end());
            std::size_t leading = 0;
            while (leading < sorted.size() && sorted[leading] == leading) ++leading;
            for (const ra::rank_index rank : sorted) {
                add(at.real_rank(rank));
                if (rank < set.size()) add(at.real_rank_where_enough(rank));
            }
            add(at.best_real_rank(sorted[0]));
            add(at.leading_real(leading));
            add(at.set_size(set.size()));
        }
        if (!targets.original) continue;
        const ra::class_index label = (*targets.original)[i];
        if (label == ra::missing_label) {
            add(layout::missing_labels);
            continue;
        }
        const auto c = static_cast<std::size_t>(label);
        const bool hit = ranks.original_rank[i] == 0;
        add(at.original_rank(ranks.original_rank[i]));
        add(at.labelled(c));
        if (hit) add(at.labelled_hits(c));
        if (in_set(label)) add(at.confirmed(c));
        if (in_set(label) && hit) add(at.confirmed_hits(c));
        if (ranks.ties_known && ranks.original_tied[i] != 0) add(layout::ties);
        if (!targets.real || prediction == label) continue;
        const bool model = in_set(prediction), original = in_set(label);
        add(model && original ? layout::both_correct
            : model           ? layout::model_preferred
            : original        ? layout::label_preferred
                              : layout::both_wrong);
        if (set.empty()) add(layout::both_wrong_without_labels);
    }
}

void check(const layout& at, const ra::image_results& ranks, const ra::targets_view& targets,
           const std::uint8_t* repeated)
{
    const ra::detail::count_image counted(at, ra::detail::ranked_images(ranks, targets, repeated));
    std::vector<std::uint64_t> tallies(counted.at.size()), counters(at.size()), expected(at.size());
    ra::accumulate(ra::seq, {ranks.images(), 1}, counted, tallies);
    counted.at.add_to(counters, tallies);
    count_plainly(expected, at, ranks, targets, repeated);
    REQUIRE(counters == expected);
}

}  // namespace

TEST_CASE("rank counters: joint tallies add up to every counter, at every depth")
{
    test_support::random_source random(27);
    for (std::size_t classes = 1; classes <= 9; ++classes) {
        for (std::size_t depth = 1; depth <= classes; ++depth) {
            CAPTURE(classes);
            CAPTURE(depth);
            const small_problem p({.images = 300, .classes = classes, .nan_rows = 10}, random);
            std::vector<std::uint8_t> repeated(p.images());
            for (std::uint8_t& r : repeated) r = random.chance(10);
            const small_problem without_nan({.images = 300, .classes = classes}, random);
            const std::vector<std::int16_t> lists = without_nan.lists(depth);
            const ra::targets_view original_only{.original = p.original}, real_only{.real = p.real.view()}, neither{};
            for (const ra::targets_view& targets : {p.targets(), original_only, real_only, neither}) {
                const ra::image_results ranks = ra::rank(ra::seq, p.view(), targets, {.nan = ra::on_nan::exclude});
                check({classes, depth}, ranks, targets, nullptr);
                check({classes, depth}, ranks, targets, repeated.data());
            }
            check({classes, depth},
                  ra::rank(ra::seq, ra::top_k_view<std::int16_t>(lists, depth, classes), without_nan.targets()),
                  without_nan.targets(), nullptr);
        }
    }
}
