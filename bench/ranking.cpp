// The heavy pass against the limit of the machine: scores of several types and shapes, paths and threads.
#include "read_loop.hpp"
#include "scores.hpp"

#include <reassess/data/packed_label_sets.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/metric/real_accuracy.hpp>
#include <reassess/ranking/row_kernels.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
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
ra::targets_view targets_of(const bench::data_set<T>& data)
{
    return {.original = data.original, .real = data.real.view()};
}

/// `wanted`: what `of_read` is meant to be at least; 0: nothing is.
template <class Benchmark>
void add(const std::string& name, double wanted, Benchmark run)
{
    const auto run_and_say = [=](benchmark::State& state) {
        run(state);
        if (wanted > 0.0) state.counters["wanted"] = wanted;
    };
    benchmark::RegisterBenchmark(name.c_str(), run_and_say)
        ->UseManualTime()
        ->Iterations(60)
        ->Unit(benchmark::kMillisecond);
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
    ra::image_results results;
    results.ties_known = true;
    std::vector<ra::class_index> lists(slices.slice_rows * 5);
    std::vector<std::uint8_t> refused;
    bench::beside_read_loop(state, slices, 1, [&](std::size_t slice) {
        const ra::targets_view targets = targets_of(data).slice(slice * slices.slice_rows, slices.slice_rows);
        ra::detail::resize_columns(results, slices.slice_rows, targets);
        const ra::detail::row_job<T> job(scores.slice(slice * slices.slice_rows, slices.slice_rows), targets, results);
        if (wanted == beside::lists) {
            const ra::detail::list_hook top_5{5, lists.data()};
            benchmark::DoNotOptimize(ra::detail::rank_rows(set, job, 0, slices.slice_rows, top_5));
        } else if (wanted != beside::nothing) {
            if constexpr (ra::real_score_element<T>) {
                const ra::loss_settings settings{
                    .scores = {.kind = ra::score_kind::logits},
                    .brier = wanted == beside::log_loss ? ra::brier_scores::no : ra::brier_scores::yes};
                const ra::detail::loss_hook<T> logits(job, settings, results, refused, slices.slice_rows);
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
                            threads, [&](std::size_t) { call(scores, targets_of(data)); });
}

template <class Policy>
void add_whole(const std::string& name, Policy policy, unsigned threads)
{
    add("rank/float/1000/" + name, 0.72, [=](benchmark::State& state) {
        whole<float>(state, 1000, threads, [&](const auto& scores, const ra::targets_view& targets) {
            benchmark::DoNotOptimize(ra::rank(policy, scores, targets));
        });
    });
    add("evaluate/float/1000/" + name, 0.0, [=](benchmark::State& state) {
        whole<float>(state, 1000, threads, [&](const auto& scores, const ra::targets_view& targets) {
            benchmark::DoNotOptimize(ra::evaluate(policy, scores, targets));
        });
    });
}

// Of what is named "A beside B", `of_read` is the time of B by that of A in the same round.

/// The ranks of a slice, by one path.
template <class T>
class slice_ranker {
public:
    explicit slice_ranker(const bench::data_set<T>& data) : data_(data), rows_(data.images / slice_count) {}
    void operator()(instruction_set set, std::size_t slice)
    {
        const ra::scores_view<T> scores(data_.scores, data_.classes);
        const ra::targets_view targets = targets_of(data_).slice(slice * rows_, rows_);
        results_.ties_known = true;
        ra::detail::resize_columns(results_, rows_, targets);
        const ra::detail::row_job<T> job(scores.slice(slice * rows_, rows_), targets, results_);
        benchmark::DoNotOptimize(ra::detail::rank_rows(set, job, 0, rows_));
    }

private:
    const bench::data_set<T>& data_;
    std::size_t rows_;
    ra::image_results results_;
};

/// Rows of T beside as many of float.
template <class T>
void type_beside_float(benchmark::State& state)
{
    const auto& of_float = shared_data_set<float>(1000, label_kind::real);
    const bench::data_set<T> of_type = bench::make_data_set<T>(of_float.images, 1000, label_kind::real);
    slice_ranker<float> rank_float(of_float);
    slice_ranker<T> rank_type(of_type);
    const instruction_set set = ra::detail::fastest_instruction_set();
    const std::size_t rows = of_type.images / slice_count;
    bench::beside_reading(
        state, rows * 1000 * sizeof(T), rows, [&](std::size_t round) { rank_float(set, round % slice_count); },
        [&](std::size_t round) { rank_type(set, round % slice_count); });
}

void kernel_beside_plain_loops(benchmark::State& state, std::size_t classes)
{
    const auto& data = shared_data_set<float>(classes, label_kind::real);
    slice_ranker<float> rank(data);
    bench::beside_reading(
        state, slice_bytes, data.images / slice_count,
        [&](std::size_t round) { rank(instruction_set::plain, round % slice_count); },
        [&](std::size_t round) { rank(ra::detail::fastest_instruction_set(), round % slice_count); });
}

/// What a second thread gains, for the ranks and for the loop that only reads.
void two_threads_beside_one(benchmark::State& state, bool only_read)
{
    const auto& data = shared_data_set<float>(1000, label_kind::real);
    const auto run = [&](unsigned threads) {
        if (only_read) {
            bench::read_loop(reinterpret_cast<const std::byte*>(data.scores.data()), data.scores.size() * sizeof(float),
                             threads);
        } else {
            const ra::scores_view<float> scores(data.scores, data.classes);
            benchmark::DoNotOptimize(threads == 1 ? ra::rank(ra::seq, scores, targets_of(data))
                                                  : ra::rank(ra::par.on(threads), scores, targets_of(data)));
        }
    };
    bench::beside_reading(
        state, data.scores.size() * sizeof(float), data.images, [&](std::size_t) { run(1); },
        [&](std::size_t) { run(2); });
}

/// What all metrics cost beside the ranks that they are counted from.
template <class Policy>
void evaluate_beside_rank(benchmark::State& state, Policy policy)
{
    const auto& data = shared_data_set<float>(1000, label_kind::real);
    const ra::scores_view<float> scores(data.scores, data.classes);
    const ra::targets_view targets = targets_of(data);
    bench::beside_reading(
        state, data.scores.size() * sizeof(float), data.images,
        [&](std::size_t) { benchmark::DoNotOptimize(ra::rank(policy, scores, targets)); },
        [&](std::size_t) { benchmark::DoNotOptimize(ra::evaluate(policy, scores, targets)); });
}

/// Stored predictions, or top-5 lists, against label sets.
void labels_only(benchmark::State& state, unsigned threads, std::size_t k)
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
    std::vector<std::int32_t> lists(images * slice_count * k);
    for (std::size_t i = 0; i < lists.size(); ++i)
        lists[i] = i % k == 0 ? data.original[i / k] : static_cast<std::int32_t>((i * 0x9e3779b1 >> 7) % classes);
    const auto list_of = [&](std::size_t slice) { return lists.data() + slice * images * k; };
    const std::size_t list_bytes = images * k * sizeof(std::int32_t), word_bytes = images * sizeof(std::uint64_t);
    bench::beside_reading(
        state, list_bytes + word_bytes, images,
        [&](std::size_t round) {
            const std::size_t slice = round % slice_count;
            bench::read_loop(reinterpret_cast<const std::byte*>(list_of(slice)), list_bytes, threads);
            bench::read_loop(reinterpret_cast<const std::byte*>(packed[slice].words().data()), word_bytes, threads);
        },
        [&](std::size_t round) {
            const std::size_t slice = round % slice_count;
            const ra::top_k_view<std::int32_t> view(list_of(slice), images, k, classes);
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
        // Of 100 classes three times the read time is meant.
        const double wanted_of_avx2 = classes == 100 ? 1.0 / 3 : classes == 21843 ? 0.70 : 0.72;
        const double wanted = !std::is_same_v<T, float> || classes == 10            ? 0.0
                              : set == instruction_set::avx2                        ? wanted_of_avx2
                              : set == instruction_set::baseline && classes == 1000 ? 0.62
                                                                                    : 0.0;
        add("kernel/" + type + "/" + std::to_string(classes) + "/" + name_of(set), wanted,
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
    constexpr auto avx512 = instruction_set::avx512, avx2 = instruction_set::avx2, baseline = instruction_set::baseline;
    const auto add_kernel = [](const std::string& name, instruction_set set, double wanted, label_kind labels,
                               beside what) {
        add(name + name_of(set), wanted,
            [=](benchmark::State& state) { kernel<float>(state, 1000, labels, set, what); });
    };
    add_type<float>("float", 1000);
    add_kernel("kernel/float/1000/random labels/", avx2, 0.58, label_kind::random, beside::nothing);
    add_kernel("kernel/float/1000/random labels/", baseline, 0.0, label_kind::random, beside::nothing);
    add_kernel("kernel+top-5/float/1000/", avx2, 0.54, label_kind::real, beside::lists);
    add_kernel("kernel+top-5/float/1000/", baseline, 0.40, label_kind::real, beside::lists);
    for (const instruction_set set : {avx512, avx2, baseline}) {
        add_kernel("kernel+log loss/float/1000/", set, set == baseline ? 0.19 : 0.46, label_kind::real,
                   beside::log_loss);
        add_kernel("kernel+log loss, Brier score/float/1000/", set, 0.0, label_kind::real,
                   beside::log_loss_and_brier_score);
    }
    // At most 5 % more time.
    add("evaluate beside rank/float/1000/seq", 1.0 / 1.05,
        [](benchmark::State& state) { evaluate_beside_rank(state, ra::seq); });
    add("evaluate beside rank/float/1000/par.on(2)", 1.0 / 1.05,
        [](benchmark::State& state) { evaluate_beside_rank(state, ra::par.on(2)); });
    add_whole("seq", ra::seq, 1);
    add_whole("par.on(2)", ra::par.on(2), 2);
    add("rank on 2 threads beside 1", 1.4, [](benchmark::State& state) { two_threads_beside_one(state, false); });
    add("reading on 2 threads beside 1", 0.0, [](benchmark::State& state) { two_threads_beside_one(state, true); });
    add("labels only/seq", 0.80, [](benchmark::State& state) { labels_only(state, 1, 1); });
    add("labels only/par.on(2)", 0.0, [](benchmark::State& state) { labels_only(state, 2, 1); });
    add("labels only/lists of 5/seq", 0.0, [](benchmark::State& state) { labels_only(state, 1, 5); });
    add("half beside float/1000", 1.4, type_beside_float<ra::half>);
    add("bfloat16 beside float/1000", 1.4, type_beside_float<ra::bfloat16>);
    add("int8 beside float/1000", 0.0, type_beside_float<std::int8_t>);
    add_type<double>("double", 1000);
    add_type<ra::half>("half", 1000);
    add_type<ra::bfloat16>("bfloat16", 1000);
    add_type<std::int8_t>("int8", 1000);
    for (const std::size_t classes : {std::size_t{21843}, std::size_t{100}, std::size_t{10}})
        add_type<float>("float", classes);
    add("kernel beside plain loops/float/10", 4.0,
        [](benchmark::State& state) { kernel_beside_plain_loops(state, 10); });
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
#endif
}
