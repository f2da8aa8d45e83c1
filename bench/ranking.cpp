// Benchmarks of ranking and evaluation relative to a loop that only reads the scores: element types, numbers of
// classes, kernel paths and threads.
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

/// The data set is cached; only one at a time is kept in memory.
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

/// `target`: the minimum of `of_read` that is aimed for; 0: no target.
template <class Benchmark>
void add(const std::string& name, double target, Benchmark run)
{
    const auto run_with_target = [=](benchmark::State& state) {
        run(state);
        if (target > 0.0) state.counters["target"] = target;
    };
    benchmark::RegisterBenchmark(name.c_str(), run_with_target)
        ->UseManualTime()
        ->Iterations(60)
        ->Unit(benchmark::kMillisecond);
}

/// Output of the row hook in addition to the ranks.
enum class additional_output { none, lists, log_loss, log_loss_and_brier_score };

/// One path of the kernel on one thread, without the checks of `rank`.
template <class T>
void kernel(benchmark::State& state, std::size_t classes, label_kind kind, instruction_set set,
            additional_output output = additional_output::none)
{
    if (!ra::detail::can_run(set)) return state.SkipWithError("this processor cannot run it");
    const auto& data = shared_data_set<T>(classes, kind);
    const bench::slices slices = slices_of(data);
    const ra::scores_view<T> scores(data.scores, classes);
    ra::image_results results;
    results.ties_known = true;
    std::vector<ra::class_index> lists(slices.slice_rows * 5);
    std::vector<std::uint8_t> refused;
    bench::compare_with_read_loop(state, slices, 1, [&](std::size_t slice) {
        const ra::targets_view targets = targets_of(data).slice(slice * slices.slice_rows, slices.slice_rows);
        ra::detail::resize_columns(results, slices.slice_rows, targets);
        const ra::detail::row_job<T> job(scores.slice(slice * slices.slice_rows, slices.slice_rows), targets, results);
        if (output == additional_output::lists) {
            const ra::detail::list_hook top_5{5, lists.data()};
            benchmark::DoNotOptimize(ra::detail::rank_rows(set, job, 0, slices.slice_rows, top_5));
        } else if (output != additional_output::none) {
            if constexpr (ra::real_score_element<T>) {
                const ra::loss_settings settings{
                    .scores = {.kind = ra::score_kind::logits},
                    .brier = output == additional_output::log_loss ? ra::brier_scores::no : ra::brier_scores::yes};
                const ra::detail::loss_hook<T> logits(job, settings, results, refused, slices.slice_rows);
                benchmark::DoNotOptimize(ra::detail::rank_rows(set, job, 0, slices.slice_rows, logits));
            }
        } else {
            benchmark::DoNotOptimize(ra::detail::rank_rows(set, job, 0, slices.slice_rows));
        }
    });
}

/// Calls of the public interface on all slices at once: 62,910 images.
template <class T, class Call>
void whole(benchmark::State& state, std::size_t classes, unsigned threads, Call call)
{
    const auto& data = shared_data_set<T>(classes, label_kind::real);
    const ra::scores_view<T> scores(data.scores, classes);
    const std::size_t bytes = data.images * classes * sizeof(T);
    bench::compare_with_read_loop(state,
                                  {reinterpret_cast<const std::byte*>(data.scores.data()), bytes, data.images, 1},
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

// In a row named "A compared with B", `of_read` is the time of B divided by the time of A in the same round.

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

/// Rows of T compared with the same number of rows of float.
template <class T>
void type_compared_with_float(benchmark::State& state)
{
    const auto& of_float = shared_data_set<float>(1000, label_kind::real);
    const bench::data_set<T> of_type = bench::make_data_set<T>(of_float.images, 1000, label_kind::real);
    slice_ranker<float> rank_float(of_float);
    slice_ranker<T> rank_type(of_type);
    const instruction_set set = ra::detail::fastest_instruction_set();
    const std::size_t rows = of_type.images / slice_count;
    bench::compare_times(
        state, rows * 1000 * sizeof(T), rows, [&](std::size_t round) { rank_float(set, round % slice_count); },
        [&](std::size_t round) { rank_type(set, round % slice_count); });
}

void kernel_compared_with_plain_loops(benchmark::State& state, std::size_t classes)
{
    const auto& data = shared_data_set<float>(classes, label_kind::real);
    slice_ranker<float> rank(data);
    bench::compare_times(
        state, slice_bytes, data.images / slice_count,
        [&](std::size_t round) { rank(instruction_set::plain, round % slice_count); },
        [&](std::size_t round) { rank(ra::detail::fastest_instruction_set(), round % slice_count); });
}

/// Speed-up by a second thread, for the ranks and for the read loop.
void two_threads_compared_with_one(benchmark::State& state, bool only_read)
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
    bench::compare_times(
        state, data.scores.size() * sizeof(float), data.images, [&](std::size_t) { run(1); },
        [&](std::size_t) { run(2); });
}

/// Additional time of counting all metrics, relative to `rank`.
template <class Policy>
void evaluate_compared_with_rank(benchmark::State& state, Policy policy)
{
    const auto& data = shared_data_set<float>(1000, label_kind::real);
    const ra::scores_view<float> scores(data.scores, data.classes);
    const ra::targets_view targets = targets_of(data);
    bench::compare_times(
        state, data.scores.size() * sizeof(float), data.images,
        [&](std::size_t) { benchmark::DoNotOptimize(ra::rank(policy, scores, targets)); },
        [&](std::size_t) { benchmark::DoNotOptimize(ra::evaluate(policy, scores, targets)); });
}

/// ReaL accuracy of stored predictions or top-5 lists, without scores.
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
    // The first class is the original label; the other classes of a list are pseudo-random.
    std::vector<std::int32_t> lists(images * slice_count * k);
    for (std::size_t i = 0; i < lists.size(); ++i)
        lists[i] = i % k == 0 ? data.original[i / k] : static_cast<std::int32_t>((i * 0x9e3779b1 >> 7) % classes);
    const auto list_of = [&](std::size_t slice) { return lists.data() + slice * images * k; };
    const std::size_t list_bytes = images * k * sizeof(std::int32_t), word_bytes = images * sizeof(std::uint64_t);
    bench::compare_times(
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
        // For 100 classes the target is three times the read time.
        const double target_of_avx2 = classes == 100 ? 1.0 / 3 : classes == 21843 ? 0.70 : 0.72;
        const double target = !std::is_same_v<T, float> || classes == 10            ? 0.0
                              : set == instruction_set::avx2                        ? target_of_avx2
                              : set == instruction_set::baseline && classes == 1000 ? 0.62
                                                                                    : 0.0;
        add("kernel/" + type + "/" + std::to_string(classes) + "/" + name_of(set), target,
            [=](benchmark::State& state) { kernel<T>(state, classes, label_kind::real, set); });
    }
}

}  // namespace

int main([[maybe_unused]] int argc, [[maybe_unused]] char** argv)
{
#ifndef NDEBUG
    std::fputs("bench: assertions are enabled, so the figures would not be valid; build with the CMake preset bench\n",
               stderr);
    return 1;
#else
    constexpr auto avx512 = instruction_set::avx512, avx2 = instruction_set::avx2, baseline = instruction_set::baseline;
    const auto add_kernel = [](const std::string& name, instruction_set set, double target, label_kind labels,
                               additional_output output) {
        add(name + name_of(set), target,
            [=](benchmark::State& state) { kernel<float>(state, 1000, labels, set, output); });
    };
    add_type<float>("float", 1000);
    add_kernel("kernel/float/1000/random labels/", avx2, 0.58, label_kind::random, additional_output::none);
    add_kernel("kernel/float/1000/random labels/", baseline, 0.0, label_kind::random, additional_output::none);
    add_kernel("kernel+top-5/float/1000/", avx2, 0.54, label_kind::real, additional_output::lists);
    add_kernel("kernel+top-5/float/1000/", baseline, 0.40, label_kind::real, additional_output::lists);
    for (const instruction_set set : {avx512, avx2, baseline}) {
        add_kernel("kernel+log loss/float/1000/", set, set == baseline ? 0.19 : 0.46, label_kind::real,
                   additional_output::log_loss);
        add_kernel("kernel+log loss, Brier score/float/1000/", set, 0.0, label_kind::real,
                   additional_output::log_loss_and_brier_score);
    }
    // Target: at most 5 % more time.
    add("evaluate compared with rank/float/1000/seq", 1.0 / 1.05,
        [](benchmark::State& state) { evaluate_compared_with_rank(state, ra::seq); });
    add("evaluate compared with rank/float/1000/par.on(2)", 1.0 / 1.05,
        [](benchmark::State& state) { evaluate_compared_with_rank(state, ra::par.on(2)); });
    add_whole("seq", ra::seq, 1);
    add_whole("par.on(2)", ra::par.on(2), 2);
    add("rank on 2 threads compared with 1", 1.4,
        [](benchmark::State& state) { two_threads_compared_with_one(state, false); });
    add("reading on 2 threads compared with 1", 0.0,
        [](benchmark::State& state) { two_threads_compared_with_one(state, true); });
    add("labels only/seq", 0.80, [](benchmark::State& state) { labels_only(state, 1, 1); });
    add("labels only/par.on(2)", 0.0, [](benchmark::State& state) { labels_only(state, 2, 1); });
    add("labels only/lists of 5/seq", 0.0, [](benchmark::State& state) { labels_only(state, 1, 5); });
    add("half compared with float/1000", 1.4, type_compared_with_float<ra::half>);
    add("bfloat16 compared with float/1000", 1.4, type_compared_with_float<ra::bfloat16>);
    add("int8 compared with float/1000", 0.0, type_compared_with_float<std::int8_t>);
    add_type<double>("double", 1000);
    add_type<ra::half>("half", 1000);
    add_type<ra::bfloat16>("bfloat16", 1000);
    add_type<std::int8_t>("int8", 1000);
    for (const std::size_t classes : {std::size_t{21843}, std::size_t{100}, std::size_t{10}})
        add_type<float>("float", classes);
    add("kernel compared with plain loops/float/10", 4.0,
        [](benchmark::State& state) { kernel_compared_with_plain_loops(state, 10); });
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
#endif
}
