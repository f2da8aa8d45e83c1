// CUDA through the bodies of the host systems, on a GPU or on the emulator of tests/cuda_emulator. With the argument
// "short" few shapes, for many orders of lanes and streams; with "counts" only what the emulator counts. Ends with 77
// where there is neither.
#include "../device/backend.hpp"
#include "../device/gradients.hpp"
#include "counts.hpp"
#include "faults.hpp"
#include "views.hpp"

#include <reassess/device/native_elements.cuh>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <new>
#include <string>
#include <string_view>

namespace ra = reassess;

namespace {

/// An allocator of the program's own.
struct counting_allocator {
    using value_type = char;

    char* allocate(std::ptrdiff_t bytes)
    {
        void* memory = nullptr;
        if (cudaMalloc(&memory, static_cast<std::size_t>(bytes)) != cudaSuccess) throw std::bad_alloc();
        ++taken;
        return static_cast<char*>(memory);
    }
    void deallocate(char* memory, std::size_t)
    {
        cudaFree(memory);
        ++given_back;
    }

    std::size_t taken = 0, given_back = 0;
};

}  // namespace

int main(int arguments, char** argument)
{
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) return 77;
    const std::string_view how = arguments > 1 ? argument[1] : "all";
    int checks = 0, failures = 0;
    const auto check = [&](bool equal, const std::string& what) {
        ++checks;
        if (equal) return;
        ++failures;
        std::printf("not as seq: %s\n", what.c_str());
    };
    const test_support::owned_stream stream;
    const ra::thrust_policy in_stream(thrust::cuda::par_nosync.on(stream.get()));
    if (how != "short" && cuda_emulator_counted != nullptr) test_support::check_counts(check);
    if (how == "counts") return failures == 0 ? 0 : 1;
    if (how == "short") {
        for (const std::size_t classes : {3UL, 70UL, 300UL}) {
            test_support::check_backend_with<float>(in_stream, check, {classes});
            test_support::check_backend_with<std::int8_t>(in_stream, check, {classes});
        }
        test_support::check_gradients_of<float>(in_stream, {3, 34, 300}, check);
    } else {
        test_support::check_backend(in_stream, check);
        test_support::check_views(in_stream, check);
        test_support::check_gradients(in_stream, check);
    }
    counting_allocator allocator;
    {
        test_support::check_policy(ra::thrust_policy(thrust::cuda::par), check);
        test_support::check_policy(ra::thrust_policy(thrust::cuda::par.on(stream.get())), check);
        test_support::check_policy(ra::thrust_policy(thrust::cuda::par_nosync), check);
        test_support::check_policy(ra::thrust_policy(thrust::cuda::par_nosync(allocator).on(stream.get())), check);
        // Two blocks, so that threads process several rows.
        test_support::check_policy(ra::thrust_policy(thrust::cuda::par_nosync.on(stream.get()), {.most_blocks = 2}),
                                   check);
    }
    check(allocator.taken > 0 && allocator.taken == allocator.given_back, "memory of the program's own allocator");
    test_support::check_faults(check);
    std::printf("CUDA%s: %d of %d results are those of seq\n", cuda_emulator_reports != nullptr ? " (emulated)" : "",
                checks - failures, checks);
    return failures == 0 && checks > 0 ? 0 : 1;
}
