// Execution policies and the primitives that every backend implements, with the standard library only.
#pragma once

#include "../detail/memory_space.hpp"
#include "../version.hpp"
#include "atomic_tally.hpp"
#include "executor.hpp"
#include "lane_group.hpp"
#include "parallel.hpp"
#include "policy.hpp"
#include "serial.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {
namespace detail {

struct no_operation {
    template <class... Arguments>
    void operator()(Arguments...) const noexcept
    {
    }
};

}  // namespace detail

namespace detail {

template <class Policy>
concept has_primitives = requires(Policy policy, work_size work, std::span<std::uint64_t> counters)
{
    for_each_index(policy, work, no_operation{});
    for_each_row(policy, work, no_operation{});
    accumulate(policy, work, no_operation{}, counters);
};

}  // namespace detail

/// A type for which all primitives exist. Algorithms are written with these primitives only, so they run on every
/// policy whose functions read host memory; those policies also have accumulate_rows.
template <class Policy>
concept execution_policy = detail::has_primitives<Policy> && std::same_as<typename Policy::space, host_space> &&
    requires(Policy policy, work_size work, std::span<std::uint64_t> counters)
{
    accumulate_rows(policy, work, detail::no_operation{}, counters);
};

namespace detail {

/// A type that is not meant as a policy of this library, e.g. std::execution::par.
template <class Policy>
concept foreign_policy = !requires
{
    typename Policy::space;
};

/// Ends the compilation, with a message that says what to write, if Policy is a foreign_policy.
template <class Policy>
constexpr void expect_policy() noexcept
{
    static_assert(!foreign_policy<Policy>,
                  "the first argument is not an execution policy of reassess: use reassess::seq, reassess::par, "
                  "on_executor(pool) or, with reassess/execution/thrust.hpp, thrust_policy(exec)");
}

}  // namespace detail

/// A policy that owns memory in the memory space of its functions, `Policy::buffer<T>` (see `buffer` in
/// execution/thrust.hpp), on a device or on the host. Its for_each_row may call f(group, row), with a group of lanes
/// and one row, instead of f with a block of rows.
template <class Policy>
concept policy_with_memory = detail::has_primitives<Policy> && requires
{
    typename Policy::template buffer<int>;
};

/// A policy whose functions read device memory only.
template <class Policy>
concept device_policy = policy_with_memory<Policy> && std::same_as<typename Policy::space, device_space>;

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
