// Ranks and counts on a GPU beside a copy within its memory, which reads as many bytes and writes them too. By hand:
// nvcc -std=c++20 -O2 -arch=native -Iinclude bench/cuda.cu -o bench_cuda && ./bench_cuda
#include "scores.hpp"

#include <reassess/device/device.hpp>
#include <reassess/metric/device_evaluation.hpp>
#include <reassess/ranking/device_ranks.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <vector>

namespace ra = reassess;

namespace {

using policy_type = decltype(ra::thrust_policy(thrust::cuda::par_nosync));

/// The median of 40 runs, in seconds, after three that do not count.
template <class Work>
double seconds_of(Work work)
{
    cudaEvent_t begin, end;
    cudaEventCreate(&begin);
    cudaEventCreate(&end);
    std::vector<double> times;
    for (int run = -3; run < 40; ++run) {
        cudaEventRecord(begin, cudaStreamLegacy);
        work();
        cudaEventRecord(end, cudaStreamLegacy);
        cudaEventSynchronize(end);
        float milliseconds = 0;
        cudaEventElapsedTime(&milliseconds, begin, end);
        if (run >= 0) times.push_back(static_cast<double>(milliseconds) * 1e-3);
    }
    cudaEventDestroy(begin);
    cudaEventDestroy(end);
    std::nth_element(times.begin(), times.begin() + 20, times.end());
    return times[20];
}

template <class T>
void measure(const char* type, std::size_t classes)
{
    const std::size_t images = (std::size_t{1} << 30) / (classes * sizeof(T));
    const auto data = bench::make_data_set<T>(images, classes, bench::label_kind::real);
    const policy_type policy(thrust::cuda::par_nosync);
    const ra::device_scores scores(policy, ra::scores_view<T>(data.scores, classes));
    const ra::device_truth truth(policy, {.original = data.original, .real = data.real.view()});
    policy_type::buffer<T> copy(policy);
    copy.grow(images * classes);

    const std::size_t bytes = images * classes * sizeof(T);
    const double copying = seconds_of(
        [&] { cudaMemcpyAsync(copy.data(), scores.view().data(), bytes, cudaMemcpyDeviceToDevice, cudaStreamLegacy); });
    ra::device_ranks<policy_type> ranks(policy);
    const double ranking = seconds_of([&] { ranks.update(scores.view(), truth.view()); });
    ra::device_evaluation<policy_type> counts(policy);
    const double counting = seconds_of([&] { counts.update(scores.view(), truth.view()); });
    static_cast<void>(counts.read());
    const auto rate = [&](double seconds) { return static_cast<double>(bytes) / seconds * 1e-9; };
    std::printf("%-9s %6zu classes   copy %6.0f GB/s read   rank %6.0f GB/s (%.2f of it)   rank and count %6.0f GB/s\n",
                type, classes, rate(copying), rate(ranking), copying / ranking, rate(counting));
}

}  // namespace

int main()
try {
    for (const std::size_t classes : {std::size_t{10}, std::size_t{100}, std::size_t{1000}, std::size_t{21843}}) {
        measure<float>("float", classes);
        measure<ra::half>("half", classes);
        measure<ra::bfloat16>("bfloat16", classes);
    }
} catch (const std::exception& error) {
    std::fprintf(stderr, "bench_cuda: %s\n", error.what());
    return 1;
}
