// Every host policy: the counts must not depend on it.
#pragma once

#include <reassess/execution/execution.hpp>

#include <cstddef>
#include <thread>

namespace test_support {

/// A pool that takes the blocks in the most unlikely order: odd ones on another thread, all from the last on.
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

/// f(policy) for the serial policy, for 1, 2, 3 and 7 threads and for a pool of the user's, however small the work.
template <class Function>
void for_each_policy(Function f)
{
    f(reassess::seq);
    for (const unsigned threads : {1U, 2U, 3U, 7U}) f(reassess::par.on(threads).serial_below(0));
    f(reassess::on_executor(backward_pool{}).serial_below(0).threads(5));
}

}  // namespace test_support
