// Ranks, lists, losses and counts on a GPU, compared with a device-to-device copy, which reads the same number of bytes
// and also writes them, and with CUB's segmented ArgMax. gpu_peers.py prints the same table for torch. Run by hand:
// nvcc -std=c++20 -O2 -arch=native -Iinclude bench/cuda.cu -o bench_cuda && ./bench_cuda
#include "scores.hpp"

#include <reassess/device/device.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/ranking/device_ranking.hpp>

#include <cub/device/device_segmented_reduce.cuh>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <type_traits>
#include <vector>

namespace ra = reassess;

namespace {

using policy_type = decltype(ra::thrust_policy(thrust::cuda::par_nosync));

/// The median time of 40 runs, in seconds, after three warm-up runs.
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

/// Computes the prediction of every row, without ranks.
double seconds_of_cub(const policy_type& policy, const float* scores, std::size_t images, std::size_t classes)
{
    std::vector<int> begins(images + 1);
    for (std::size_t image = 0; image <= images; ++image) begins[image] = static_cast<int>(image * classes);
    policy_type::buffer<int> offsets(policy);
    offsets.copy_from(begins.data(), begins.size());
    policy_type::buffer<cub::KeyValuePair<int, float>> best(policy);
    best.grow(images);
    std::size_t bytes = 0;
    const auto reduce = [&](void* memory) {
        ra::detail::expect_success(
            cub::DeviceSegmentedReduce::ArgMax(memory, bytes, scores, best.data(), static_cast<std::int64_t>(images),
                                               offsets.data(), offsets.data() + 1, cudaStreamLegacy),
            "bench_cuda: CUB's ArgMax");
    };
    reduce(nullptr);
    policy_type::buffer<char> memory(policy);
    memory.grow(bytes);
    return seconds_of([&] { reduce(memory.data()); });
}

template <class T>
void measure(const char* type, std::size_t classes)
{
    const std::size_t images = (std::size_t{1} << 30) / (classes * sizeof(T));
    const auto data = bench::make_data_set<T>(images, classes, bench::label_kind::real);
    const policy_type policy(thrust::cuda::par_nosync);
    const ra::device_scores copied(policy, ra::scores_view<T>(data.scores, classes));
    const ra::device_targets labels(policy, {.original = data.original, .real = data.real.view()});
    const auto scores = copied.view();
    const auto targets = labels.view();
    const std::size_t bytes = images * classes * sizeof(T);

    double copying = 0;
    const auto print = [&](const char* work, double seconds) {
        std::printf("%-9s %6zu classes   %-28s %10.2f ns/row %7.0f GB/s %6.2f of the copy\n", type, classes, work,
                    seconds / static_cast<double>(images) * 1e9, static_cast<double>(bytes) / seconds * 1e-9,
                    copying / seconds);
    };
    {
        policy_type::buffer<T> there(policy);
        there.grow(images * classes);
        copying = seconds_of(
            [&] { cudaMemcpyAsync(there.data(), scores.data(), bytes, cudaMemcpyDeviceToDevice, cudaStreamLegacy); });
    }
    print("copy", copying);
    if constexpr (std::is_same_v<T, float>) print("CUB ArgMax", seconds_of_cub(policy, scores.data(), images, classes));
    // `rank` copies its results to the host; this is its work on the device.
    ra::detail::device_batch<policy_type> batch(policy);
    const auto rank_on_device = [&](const auto& view, const ra::evaluation_options& options) {
        const auto request = batch.checked(view, targets, ra::detail::request_of(options, 0));
        return seconds_of([&] { batch.rank(view, targets, request); });
    };
    print("ranks", rank_on_device(scores, {}));
    print("ranks and 5 best classes", rank_on_device(scores, {.top_k = 5}));
    print("ranks and log loss", rank_on_device(ra::logits(scores), {}));
    ra::evaluator counts(policy);
    print("ranks, counted", seconds_of([&] { counts.update(scores, targets); }));
    ra::evaluator losses(policy);
    print("ranks and log loss, counted", seconds_of([&] { losses.update(ra::logits(scores), targets); }));
    // Throws if a batch was invalid.
    static_cast<void>(batch.read());
    static_cast<void>(counts.result());
    static_cast<void>(losses.result());
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
