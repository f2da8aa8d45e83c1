// A statistic that may be undefined for the given data, as an optional value.
#pragma once

#include "../version.hpp"

#include <optional>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// f(), or nothing if f throws std::logic_error: the statistic is not defined for its data (too few points, no
/// variance). Other exceptions pass through.
template <class F>
[[nodiscard]] auto if_defined(F f) -> std::optional<decltype(f())>
{
    try {
        return f();
    } catch (const std::logic_error&) {
        return std::nullopt;
    }
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
