// The two kernels of label proposals, each compared with plain loops: selection of the largest pairs of a stream of
// scores, and the search over all subsets of models.
#include <reassess/data/scores.hpp>
#include <reassess/labeling/mentions.hpp>
#include <reassess/labeling/pair_selection.hpp>
#include <reassess/labeling/subset_search.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <queue>
#include <random>
#include <vector>

namespace ra = reassess;

namespace {

// ---- The 150,000 largest of 50,000,000 scores

constexpr std::size_t images = 50'000;
constexpr std::size_t classes = 1000;
constexpr std::size_t requested_pairs = 150'000;

enum class order_of_scores { random, rising };

const std::vector<float>& scores_in(order_of_scores order)
{
    static const std::vector<float> random = [] {
        std::mt19937_64 engine(1);
        std::vector<float> scores(images * classes);
        for (float& score : scores) {
            const std::uint64_t bits = engine();
            score = static_cast<float>((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff)) / 16384;
        }
        return scores;
    }();
    static std::vector<float> rising;
    if (order == order_of_scores::random) return random;
    if (rising.empty()) {
        rising = random;
        std::sort(rising.begin(), rising.end());
    }
    return rising;
}

/// Reading the scores without selection.
void read_scores(benchmark::State& state)
{
    const auto& scores = scores_in(order_of_scores::random);
    for (auto _ : state) {
        float sums[32] = {};
        for (std::size_t i = 0; i < scores.size(); i += 32) {
            for (std::size_t j = 0; j < 32; ++j) sums[j] += scores[i + j];
        }
        benchmark::DoNotOptimize(sums);
    }
}
BENCHMARK(read_scores)->Unit(benchmark::kMillisecond);

void select_pairs(benchmark::State& state, order_of_scores order)
{
    const auto& scores = scores_in(order);
    for (auto _ : state) {
        ra::pair_selection selection(requested_pairs);
        for (std::size_t image = 0; image < images; ++image)
            selection.offer_row(static_cast<std::uint32_t>(image), scores.data() + image * classes, classes);
        benchmark::DoNotOptimize(selection.pairs().data());
    }
}
BENCHMARK_CAPTURE(select_pairs, random, order_of_scores::random)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(select_pairs, rising, order_of_scores::rising)->Unit(benchmark::kMillisecond);

/// Plain loop with little memory: a heap of the largest scores so far.
void select_pairs_by_heap(benchmark::State& state)
{
    const auto& scores = scores_in(order_of_scores::random);
    using entry = std::pair<float, std::uint64_t>;
    for (auto _ : state) {
        std::priority_queue<entry, std::vector<entry>, std::greater<>> largest;
        for (std::size_t i = 0; i < scores.size(); ++i) {
            if (largest.size() < requested_pairs) {
                largest.emplace(scores[i], i);
            } else if (scores[i] > largest.top().first) {
                largest.pop();
                largest.emplace(scores[i], i);
            }
        }
        benchmark::DoNotOptimize(largest.top());
    }
}
BENCHMARK(select_pairs_by_heap)->Unit(benchmark::kMillisecond);

/// Like np.partition on a copy of all scores, followed by the pass that finds the pairs.
void select_pairs_by_partition(benchmark::State& state)
{
    const auto& scores = scores_in(order_of_scores::random);
    for (auto _ : state) {
        std::vector<float> copy = scores;
        const auto last = copy.begin() + static_cast<std::ptrdiff_t>(requested_pairs - 1);
        std::nth_element(copy.begin(), last, copy.end(), std::greater<>());
        std::vector<std::size_t> pairs;
        for (std::size_t i = 0; i < scores.size(); ++i) {
            if (scores[i] > *last) pairs.push_back(i);
        }
        benchmark::DoNotOptimize(pairs.data());
    }
}
BENCHMARK(select_pairs_by_partition)->Unit(benchmark::kMillisecond);

/// Both lists and the predictions of one model: the logits are ranked, and every softmax is computed.
template <class Policy>
void find_mentions(benchmark::State& state, Policy policy)
{
    const ra::scores_view<float> scores(scores_in(order_of_scores::random), classes);
    for (auto _ : state) benchmark::DoNotOptimize(ra::find_mentions(policy, scores, {.pairs = requested_pairs}));
}
BENCHMARK_CAPTURE(find_mentions, serial, ra::seq)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(find_mentions, all_cores, ra::par)->Unit(benchmark::kMillisecond)->UseRealTime();

// ---- All subsets of 19 models over 3,328 pairs of 256 images with gold labels

struct search_data {
    std::vector<ra::model_mentions> models;
    std::vector<ra::class_index> original = std::vector<ra::class_index>(256, 0);
    ra::label_sets gold;
};

/// 13 pairs per image; class 0 is the original label, 1 may be a prediction, 0 to 3 are gold labels.
const search_data& data_of(std::size_t count)
{
    static std::vector<search_data> all(ra::most_models_of_a_search + 1);
    search_data& data = all[count];
    if (!data.models.empty()) return data;
    std::mt19937_64 engine(2);
    data.models.resize(count, {.classes = 13});
    for (ra::model_mentions& model : data.models) {
        for (std::uint32_t image = 0; image < 256; ++image) {
            for (ra::class_index c = 0; c < 13; ++c) {
                const std::uint64_t bits = engine();
                if (bits % 3 == 0) model.by_logit.push_back({image, c});
                if ((bits >> 32) % 6 == 0) model.by_probability.push_back({image, c});
            }
            model.top_1.push_back(static_cast<ra::class_index>(engine() % 2));
        }
    }
    for (std::size_t image = 0; image < 256; ++image)
        data.gold.append(std::span<const ra::class_index>(std::vector<ra::class_index>{0, 1, 2, 3}));
    return data;
}

void search_subsets(benchmark::State& state, ra::mention_unit unit)
{
    const search_data& data = data_of(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        const ra::subset_search search(data.models, data.original, data.gold, {.unit = unit});
        benchmark::DoNotOptimize(search.best(0.97));
    }
    state.counters["subsets"] = static_cast<double>(std::size_t{1} << state.range(0));
}
BENCHMARK_CAPTURE(search_subsets, full_rule, ra::mention_unit::list)->Arg(19)->Arg(24)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_subsets, one_mention_a_model, ra::mention_unit::model)->Arg(19)->Unit(benchmark::kMillisecond);

/// The plain loop over subsets and pairs, on a 64th of the subsets: multiply by 64.
void search_subsets_one_by_one(benchmark::State& state)
{
    constexpr std::size_t models = 19;
    const search_data& data = data_of(models);
    const ra::subset_search search(data.models, data.original, data.gold);
    for (auto _ : state) {
        std::uint64_t sum = 0;
        for (ra::model_subset subset = 1; subset < ra::model_subset{1} << models; subset += 64)
            sum += search.figures(subset).correct;
        benchmark::DoNotOptimize(sum);
    }
}
BENCHMARK(search_subsets_one_by_one)->Unit(benchmark::kMillisecond);

}  // namespace
