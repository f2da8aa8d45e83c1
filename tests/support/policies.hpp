// Every host policy: the counts must not depend on it.
#pragma once

#include <reassess/execution/execution.hpp>

namespace test_support {

/// f(policy) for the serial policy and for 1, 2, 3 and 7 threads, however small the work.
template <class Function>
void for_each_policy(Function f)
{
    f(reassess::seq);
    for (const unsigned threads : {1U, 2U, 3U, 7U}) f(reassess::par.on(threads).serial_below(0));
}

}  // namespace test_support
