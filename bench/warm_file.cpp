// evaluate from a file in the page cache that is mapped again in every round, compared with a read loop over a new
// mapping of the same file. 50,000 x 1000 float32, 200 MB.
#include "read_loop.hpp"
#include "scores.hpp"

#include <reassess/evaluate.hpp>
#include <reassess/io/npy.hpp>
#include <reassess/ranking/row_kernels.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace ra = reassess;

namespace {

constexpr std::size_t images = 50'000, classes = 1000;

/// The file and its labels; the destructor removes the file.
class warm_file {
public:
    warm_file() : path_(std::filesystem::temp_directory_path() / "reassess_bench_warm_file.npy")
    {
        bench::data_set<float> data = bench::make_data_set<float>(images, classes, bench::label_kind::real);
        ra::io::write_npy(path_, data.scores, {images, classes});
        original_ = std::move(data.original);
        real_ = std::move(data.real);
    }
    warm_file(const warm_file&) = delete;
    warm_file& operator=(const warm_file&) = delete;
    ~warm_file()
    {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }

    [[nodiscard]] ra::io::mapped_scores<float> map() const { return ra::io::map_npy<float>(path_); }
    [[nodiscard]] ra::targets_view targets() const { return {.original = original_, .real = real_.view()}; }

private:
    std::filesystem::path path_;
    std::vector<ra::class_index> original_;
    ra::label_sets real_;
};

/// The expected counts, by plain loops.
ra::evaluation<> plain_evaluation(const warm_file& file)
{
    const auto scores = file.map();
    const ra::targets_view targets = file.targets();
    ra::image_results results;
    results.classes = results.depth = classes;
    results.ties_known = true;
    ra::detail::resize_columns(results, images, targets);
    ra::detail::rank_rows(ra::detail::instruction_set::plain,
                          ra::detail::row_job<float>(scores.view(), targets, results), 0, images);
    ra::evaluator counts(ra::seq);
    counts.update(results, targets);
    return counts.result();
}

template <class Policy>
void evaluate(benchmark::State& state, const warm_file& file, Policy policy, unsigned threads)
{
    const ra::evaluation<> expected = plain_evaluation(file);
    bool equal = true;
    bench::compare_times(
        state, images * classes * sizeof(float), images,
        [&](std::size_t) {
            const auto scores = file.map();
            const std::span<const float> all = scores.file().values<float>();
            bench::read_loop(reinterpret_cast<const std::byte*>(all.data()), all.size_bytes(), threads);
        },
        [&](std::size_t) {
            const auto scores = file.map();
            equal = ra::evaluate(policy, scores.view(), file.targets()) == expected && equal;
        });
    if (!equal) state.SkipWithError("the counts differ from those of the plain loops");
}

template <class Policy>
void add(const std::string& name, const warm_file& file, Policy policy, unsigned threads)
{
    benchmark::RegisterBenchmark(
        name.c_str(), [&file, policy, threads](benchmark::State& state) { evaluate(state, file, policy, threads); })
        ->UseManualTime()
        ->Iterations(41)
        ->Unit(benchmark::kMillisecond);
}

}  // namespace

int main([[maybe_unused]] int argc, [[maybe_unused]] char** argv)
{
#ifndef NDEBUG
    std::fputs("bench: assertions are enabled, so the figures would not be valid; build with the CMake preset bench\n",
               stderr);
    return 1;
#else
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    const warm_file file;
    add("evaluate/warm file/seq", file, ra::seq, 1);
    add("evaluate/warm file/par.on(2)", file, ra::par.on(2), 2);
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
#endif
}
