// CUDA through the body of the host systems. Ends with 77 where there is no GPU.
#include "../device/backend.hpp"

#include <reassess/device/native_elements.cuh>

#include <cstdio>
#include <string>

namespace ra = reassess;

int main()
{
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) return 77;
    int checks = 0, failures = 0;
    const auto check = [&](bool equal, const std::string& what) {
        ++checks;
        if (equal) return;
        ++failures;
        std::printf("not as seq: %s\n", what.c_str());
    };
    cudaStream_t stream = nullptr;
    if (cudaStreamCreate(&stream) != cudaSuccess) return 1;
    for (const cudaStream_t each : {cudaStream_t{nullptr}, stream})
        test_support::check_backend(ra::thrust_policy(thrust::cuda::par_nosync.on(each)), check);
    cudaStreamDestroy(stream);
    std::printf("CUDA: %d of %d results are those of seq\n", checks - failures, checks);
    return failures == 0 && checks > 0 ? 0 : 1;
}
