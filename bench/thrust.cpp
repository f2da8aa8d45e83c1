// Thrust's host systems compared with the native policies: the same ranks of the same scores, so the ratio is the
// overhead of Thrust.
#include "read_loop.hpp"
#include "scores.hpp"

#include <reassess/execution/thrust.hpp>
#include <reassess/ranking/rank.hpp>

#include <benchmark/benchmark.h>

#include <thrust/system/cpp/execution_policy.h>
#include <thrust/system/omp/execution_policy.h>
#include <thrust/system/tbb/execution_policy.h>

#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>

namespace ra = reassess;

namespace {

constexpr std::size_t slice_bytes = std::size_t{40} << 20, slice_count = 6;

template <class T>
const bench::data_set<T>& shared_data_set(std::size_t classes)
{
    static std::unique_ptr<bench::data_set<T>> data;
    if (!data || data->classes != classes) {
        const std::size_t rows = slice_bytes / (classes * sizeof(T)) * slice_count;
        data = std::make_unique<bench::data_set<T>>(bench::make_data_set<T>(rows, classes, bench::label_kind::real));
    }
    return *data;
}

/// In this program `of_read` is the native time divided by Thrust's time.
template <class T, class Native, class Thrust>
void compare_with_native(benchmark::State& state, std::size_t classes, Native native, Thrust thrust)
{
    const auto& data = shared_data_set<T>(classes);
    const std::size_t rows = data.images / slice_count;
    const ra::scores_view<T> scores(data.scores, classes);
    const auto rank_slice = [&](auto policy, std::size_t round) {
        const std::size_t first = round % slice_count * rows;
        const ra::targets_view targets{.original = data.original, .real = data.real.view()};
        benchmark::DoNotOptimize(ra::rank(policy, scores.slice(first, rows), targets.slice(first, rows)));
    };
    bench::compare_times(
        state, rows * classes * sizeof(T), rows, [&](std::size_t round) { rank_slice(native, round); },
        [&](std::size_t round) { rank_slice(thrust, round); });
}

template <class T>
void add(const std::string& type)
{
    for (const std::size_t classes : {std::size_t{100}, std::size_t{1000}, std::size_t{21843}}) {
        const std::string what = type + "/" + std::to_string(classes);
        const auto add_one = [&](const std::string& name, auto native, auto thrust) {
            benchmark::RegisterBenchmark(
                (name + "/" + what).c_str(),
                [=](benchmark::State& state) { compare_with_native<T>(state, classes, native, thrust); })
                ->UseManualTime()
                ->Iterations(40)
                ->Unit(benchmark::kMillisecond);
        };
        add_one("cpp_of_seq", ra::seq, ra::thrust_policy(thrust::cpp::par));
        add_one("omp_of_par", ra::par, ra::thrust_policy(thrust::omp::par));
        add_one("tbb_of_par", ra::par, ra::thrust_policy(thrust::tbb::par));
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
    add<float>("float");
    add<ra::half>("half");
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
#endif
}
