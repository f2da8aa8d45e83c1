// mean: the sum and the number of terms of a metric such as log loss.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The mean of a value over `total` images. `sum` is the exact sum, rounded once; it is infinite if the value of an
/// image is.
struct mean {
    double sum = 0.0;
    std::uint64_t total = 0;

    /// sum / total. Throws std::domain_error if `total` is 0.
    [[nodiscard]] double value() const
    {
        detail::expects<std::domain_error>(total != 0, "mean: undefined for 0 images; use try_value()");
        return sum / static_cast<double>(total);
    }

    /// value(), or nothing if `total` is 0.
    [[nodiscard]] std::optional<double> try_value() const
    {
        if (total == 0) return std::nullopt;
        return value();
    }

    friend bool operator==(const mean&, const mean&) = default;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
