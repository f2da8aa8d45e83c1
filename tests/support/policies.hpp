// All policies whose functions read host memory; results must be the same for each. REASSESS_TEST_THRUST_* are defined
// for the Thrust systems that the build found.
#pragma once

#include <reassess/execution/execution.hpp>

#if defined(REASSESS_TEST_THRUST_CPP)
#    include <reassess/execution/thrust.hpp>

#    include <thrust/system/cpp/execution_policy.h>
#    if defined(REASSESS_TEST_THRUST_OMP)
#        include <thrust/system/omp/execution_policy.h>
#    endif
#    if defined(REASSESS_TEST_THRUST_TBB)
#        include <thrust/system/tbb/execution_policy.h>
#    endif
#endif

#include <cstddef>
#include <thread>

namespace test_support {

/// A pool with an unusual order of blocks: from last to first, the odd ones on another thread.
struct backward_pool {
    template <class Block>
    void operator()(std::size_t blocks, const Block& run) const
    {
        const auto every_second = [&](std::size_t first) {
            for (std::size_t block = blocks; block-- > 0;) {
                if (block % 2 == first) run(block);
            }
        };
        std::thread other(every_second, std::size_t{1});
        every_second(0);
        other.join();
    }
};

/// Calls f(policy) for Thrust's host systems, if the build has them.
template <class Function>
void for_each_thrust_policy([[maybe_unused]] Function f)
{
#if defined(REASSESS_TEST_THRUST_CPP)
    f(reassess::thrust_policy(thrust::cpp::par));
#endif
#if defined(REASSESS_TEST_THRUST_OMP)
    f(reassess::thrust_policy(thrust::omp::par));
#endif
#if defined(REASSESS_TEST_THRUST_TBB)
    f(reassess::thrust_policy(thrust::tbb::par));
#endif
}

/// Calls f(policy) for the serial policy, for 1, 2, 3 and 7 threads, for a user-provided pool without a size threshold,
/// and for Thrust's host systems.
template <class Function>
void for_each_policy(Function f)
{
    f(reassess::seq);
    for (const unsigned threads : {1U, 2U, 3U, 7U}) f(reassess::par.on(threads).serial_below(0));
    f(reassess::on_executor(backward_pool{}).serial_below(0).threads(5));
    for_each_thrust_policy(f);
}

}  // namespace test_support
