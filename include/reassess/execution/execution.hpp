// The one door for backends: every policy that needs nothing but the standard library, and what a policy is.
#pragma once

#include "executor.hpp"
#include "parallel.hpp"
#include "policy.hpp"
#include "serial.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace reassess::inline v0_1 {
namespace detail {

struct no_operation {
    template <class... Arguments>
    void operator()(Arguments...) const noexcept
    {
    }
};

}  // namespace detail

/// A policy is a value for which the three primitives exist. Whatever is written on these runs on every policy.
template <class Policy>
concept execution_policy = requires(Policy policy, work_size work, std::span<std::uint64_t> counters)
{
    for_each_index(policy, work, detail::no_operation{});
    for_each_row(policy, work, detail::no_operation{});
    accumulate(policy, work, detail::no_operation{}, counters);
};

}  // namespace reassess::inline v0_1
