// The heavy pass against the limit of the machine: scores of several types and shapes, paths and threads.
#include "read_loop.hpp"
#include "scores.hpp"

#include <reassess/data/packed_label_sets.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/metric/real_accuracy.hpp>
#include <reassess/ranking/rank_with_lists.hpp>
#include <reassess/ranking/rank_with_values.hpp>
#include <reassess/ranking/row_kernels.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ra = reassess;
using bench::label_kind;
using ra::detail::instruction_set;

namespace {

constexpr std::size_t slice_bytes = std::size_t{40} << 20;
constexpr std::size_t slice_count = 6;

/// One data set at a time is kept.
template <class T>
const bench::data_set<T>& shared_data_set(std::size_t classes, label_kind kind)
{
    static std::unique_ptr<bench::data_set<T>> data;
    static label_kind data_kind{};
    if (!data || data->classes != classes || data_kind != kind) {
        data.reset();
        data_kind = kind;
        const std::size_t rows = slice_bytes / (classes * sizeof(T));
        data = std::make_unique<bench::data_set<T>>(bench::make_data_set<T>(rows * slice_count, classes, kind));
    }
    return *data;
}

template <class T>
bench::slices slices_of(const bench::data_set<T>& data)
{
    const std::size_t rows = data.images / slice_count;
    return {reinterpret_cast<const std::byte*>(data.scores.data()), rows * data.classes * sizeof(T), rows, slice_count};
}

template <class T>
ra::truth_view truth_of(const bench::data_set<T>& data)
{
    return {.original = data.original, .real = data.real.view()};
}

template <class Benchmark>
void add(const std::string& name, Benchmark run)
{
    benchmark::RegisterBenchmark(name.c_str(), run)->UseManualTime()->Iterations(60)->Unit(benchmark::kMillisecond);
}

/// What is made beside the ranks.
enum class beside { nothing, lists, log_loss, log_loss_and_brier_score };

/// One path of the kernel on one thread, without the checks around it.
template <class T>
void kernel(benchmark::State& state, std::size_t classes, label_kind kind, instruction_set set,
            beside wanted = beside::nothing)
{
    if (!ra::detail::can_run(set)) return state.SkipWithError("this processor cannot run it");
    const auto& data = shared_data_set<T>(classes, kind);
    const bench::slices slices = slices_of(data);
    const ra::scores_view<T> scores(data.scores, classes);
    ra::rankings ranks;
    std::vector<ra::class_index> lists(slices.slice_rows * 5);
    ra::score_values values;
    std::vector<std::uint8_t> faults;
    bench::beside_read_loop(state, slices, 1, [&](std::size_t slice) {
        const ra::truth_view truth = truth_of(data).slice(slice * slices.slice_rows, slices.slice_rows);
        ra::detail::make_room(ranks, slices.slice_rows, classes, classes, true, truth);
        const ra::detail::row_job<T> job(scores.slice(slice * slices.slice_rows, slices.slice_rows), truth, ranks);
        if (wanted == beside::lists) {
            const ra::detail::list_job top_5{5, lists.data()};
            benchmark::DoNotOptimize(ra::detail::rank_rows(set, job, 0, slices.slice_rows, top_5));
        } else if (wanted != beside::nothing) {
            if constexpr (ra::real_score_element<T>) {
                const ra::score_value_options options{
                    .scores = ra::score_kind::logits,
                    .brier = wanted == beside::log_loss ? ra::brier_scores::no : ra::brier_scores::yes};
                const ra::detail::value_job<T> logits(job, options, values, faults, slices.slice_rows);
                benchmark::DoNotOptimize(ra::detail::rank_rows(set, job, 0, slices.slice_rows, logits));
            }
        } else {
            benchmark::DoNotOptimize(ra::detail::rank_rows(set, job, 0, slices.slice_rows));
        }
    });
}

/// What a user calls, on all slices at once: 62,910 images.
template <class T, class Call>
void whole(benchmark::State& state, std::size_t classes, unsigned threads, Call call)
{
    const auto& data = shared_data_set<T>(classes, label_kind::real);
    const ra::scores_view<T> scores(data.scores, classes);
    const std::size_t bytes = data.images * classes * sizeof(T);
    bench::beside_read_loop(state, {reinterpret_cast<const std::byte*>(data.scores.data()), bytes, data.images, 1},
                            threads, [&](std::size_t) { call(scores, truth_of(data)); });
}

template <class Policy>
void add_whole(const std::string& name, Policy policy, unsigned threads)
{
    add("rank/float/1000/" + name, [=](benchmark::State& state) {
        whole<float>(state, 1000, threads, [&](const auto& scores, const ra::truth_view& truth) {
            benchmark::DoNotOptimize(ra::rank(policy, scores, truth));
        });
    });
    add("evaluate/float/1000/" + name, [=](benchmark::State& state) {
        whole<float>(state, 1000, threads, [&](const auto& scores, const ra::truth_view& truth) {
            benchmark::DoNotOptimize(ra::evaluate(policy, scores, truth));
        });
    });
}

/// What all metrics cost beside the ranks that they are counted from: `of_read` is the time of `rank` by that of
/// `evaluate`.
template <class Policy>
void evaluate_beside_rank(benchmark::State& state, Policy policy)
{
    const auto& data = shared_data_set<float>(1000, label_kind::real);
    const ra::scores_view<float> scores(data.scores, data.classes);
    const ra::truth_view truth = truth_of(data);
    bench::beside_reading(
        state, data.scores.size() * sizeof(float), data.images,
        [&](std::size_t) { benchmark::DoNotOptimize(ra::rank(policy, scores, truth)); },
        [&](std::size_t) { benchmark::DoNotOptimize(ra::evaluate(policy, scores, truth)); });
}

/// Stored predictions, or lists of five, against label sets.
void labels_only(benchmark::State& state, unsigned threads, std::size_t depth)
{
    static constexpr std::size_t images = std::size_t{4} << 20, classes = 1000;
    static const bench::data_set<float> data = bench::make_labels(images * slice_count, classes);
    static const std::vector<ra::packed_label_sets> packed = [] {
        std::vector<ra::packed_label_sets> parts;
        for (std::size_t slice = 0; slice < slice_count; ++slice)
            parts.emplace_back(data.real.view().slice(slice * images, images), classes);
        return parts;
    }();
    // The first class is the original label's; of a longer list, the others are any.
    std::vector<std::int32_t> lists(images * slice_count * depth);
    for (std::size_t i = 0; i < lists.size(); ++i)
        lists[i] =
            i % depth == 0 ? data.original[i / depth] : static_cast<std::int32_t>((i * 0x9e3779b1 >> 7) % classes);
    const auto list_of = [&](std::size_t slice) { return lists.data() + slice * images * depth; };
    const std::size_t list_bytes = images * depth * sizeof(std::int32_t), word_bytes = images * sizeof(std::uint64_t);
    bench::beside_reading(
        state, list_bytes + word_bytes, images,
        [&](std::size_t round) {
            const std::size_t slice = round % slice_count;
            bench::read_loop(reinterpret_cast<const std::byte*>(list_of(slice)), list_bytes, threads);
            bench::read_loop(reinterpret_cast<const std::byte*>(packed[slice].words().data()), word_bytes, threads);
        },
        [&](std::size_t round) {
            const std::size_t slice = round % slice_count;
            const ra::predictions_view<std::int32_t> view(list_of(slice), images, depth);
            benchmark::DoNotOptimize(threads == 1 ? ra::real_accuracy(ra::seq, view, packed[slice])
                                                  : ra::real_accuracy(ra::par.on(threads), view, packed[slice]));
        });
}

const char* name_of(instruction_set set)
{
    switch (set) {
        case instruction_set::avx512:
            return "avx512";
        case instruction_set::avx2:
            return "avx2";
        case instruction_set::baseline:
            return "baseline";
        default:
            return "plain";
    }
}

template <class T>
void add_type(const std::string& type, std::size_t classes)
{
    for (const instruction_set set : {instruction_set::avx2, instruction_set::baseline, instruction_set::plain}) {
        add("kernel/" + type + "/" + std::to_string(classes) + "/" + name_of(set),
            [=](benchmark::State& state) { kernel<T>(state, classes, label_kind::real, set); });
    }
}

}  // namespace

int main([[maybe_unused]] int argc, [[maybe_unused]] char** argv)
{
#ifndef NDEBUG
    std::fputs("bench: assertions are on, so the figures would be of another program; build with the preset bench\n",
               stderr);
    return 1;
#else
    add_type<float>("float", 1000);
    for (const instruction_set set : {instruction_set::avx2, instruction_set::baseline}) {
        add(std::string("kernel/float/1000/random labels/") + name_of(set),
            [=](benchmark::State& state) { kernel<float>(state, 1000, label_kind::random, set); });
    }
    for (const instruction_set set : {instruction_set::avx2, instruction_set::baseline}) {
        add(std::string("kernel+top-5/float/1000/") + name_of(set),
            [=](benchmark::State& state) { kernel<float>(state, 1000, label_kind::real, set, beside::lists); });
    }
    for (const instruction_set set : {instruction_set::avx512, instruction_set::avx2, instruction_set::baseline}) {
        add(std::string("kernel+log loss/float/1000/") + name_of(set),
            [=](benchmark::State& state) { kernel<float>(state, 1000, label_kind::real, set, beside::log_loss); });
        add(std::string("kernel+log loss, Brier score/float/1000/") + name_of(set), [=](benchmark::State& state) {
            kernel<float>(state, 1000, label_kind::real, set, beside::log_loss_and_brier_score);
        });
    }
    add("evaluate beside rank/float/1000/seq", [](benchmark::State& state) { evaluate_beside_rank(state, ra::seq); });
    add_whole("seq", ra::seq, 1);
    add_whole("par.on(2)", ra::par.on(2), 2);
    add("labels only/seq", [](benchmark::State& state) { labels_only(state, 1, 1); });
    add("labels only/par.on(2)", [](benchmark::State& state) { labels_only(state, 2, 1); });
    add("labels only/lists of 5/seq", [](benchmark::State& state) { labels_only(state, 1, 5); });
    add_type<double>("double", 1000);
    add_type<ra::half>("half", 1000);
    add_type<ra::bfloat16>("bfloat16", 1000);
    add_type<std::int8_t>("int8", 1000);
    for (const std::size_t classes : {std::size_t{21843}, std::size_t{100}, std::size_t{10}})
        add_type<float>("float", classes);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
#endif
}
