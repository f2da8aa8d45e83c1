// gpu: scores that a device makes are evaluated where they lie, batch by batch, while nothing waits; only counts come
// back. Build it with CUDA's compiler, no library needed: nvcc -std=c++20 -O2 -Iinclude examples/gpu.cu -o gpu
#include <reassess/device/device.hpp>
#include <reassess/evaluate.hpp>

#include <thrust/device_vector.h>
#include <thrust/tabulate.h>

#include <cstddef>
#include <cstdio>
#include <exception>
#include <vector>

namespace ra = reassess;

namespace {

constexpr std::size_t images = 200'000, classes = 1000, batch_images = 20'000;

__host__ __device__ unsigned scramble(unsigned x)
{
    x = (x ^ x >> 16) * 0x7feb352dU;
    x = (x ^ x >> 15) * 0x846ca68bU;
    return x ^ x >> 16;
}

/// Stands for a model: noise, and a bump at the label of three images in four.
struct model {
    std::size_t first_image;
    const ra::class_index* original;

    __device__ float operator()(std::size_t element) const
    {
        const std::size_t image = first_image + element / classes, c = element % classes;
        const auto id = static_cast<unsigned>(image);
        const float noise = static_cast<float>(scramble(id * 1000U + static_cast<unsigned>(c)) >> 8) * 0x1p-24F;
        const bool knows = scramble(id) % 4 != 0;
        return noise + (knows && static_cast<std::size_t>(original[image]) == c ? 1.0F : 0.0F);
    }
};

}  // namespace

int main()
try {
    std::vector<ra::class_index> original(images);
    for (std::size_t image = 0; image < images; ++image)
        original[image] = static_cast<ra::class_index>(scramble(static_cast<unsigned>(image) + 77U) % classes);

    // Everything below is put into the stream of the policy, in order.
    const ra::thrust_policy policy(thrust::cuda::par_nosync);
    const ra::device_targets targets(policy, {.original = original});
    ra::evaluator counts(policy);
    thrust::device_vector<float> scores(batch_images * classes);
    for (std::size_t first = 0; first < images; first += batch_images) {
        thrust::tabulate(policy.exec(), scores.begin(), scores.end(), model{first, targets.view().original});
        const ra::scores_view<float, ra::device_space> batch(thrust::raw_pointer_cast(scores.data()), batch_images,
                                                             classes);
        counts.update(ra::logits(batch), targets.slice(first, batch_images));
    }
    const ra::evaluation<> result = counts.result();  // the only wait
    std::printf("%llu images, top-1 %.4f, top-5 %.4f, log loss %.4f\n",
                static_cast<unsigned long long>(result.images()), result.top_k(1).value(), result.top_k(5).value(),
                result.log_loss().value());
} catch (const std::exception& error) {
    std::fprintf(stderr, "gpu: %s\n", error.what());
    return 1;
}
