// A mean of reals whose sum was exact: what score metrics hand to their readers.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// `sum` over `total` images; the sum is rounded once. Infinite where one image's value is.
struct mean {
    double sum = 0.0;
    std::uint64_t total = 0;

    /// sum / total. Throws std::domain_error for no images, whose mean has no value.
    [[nodiscard]] double value() const
    {
        detail::expects<std::domain_error>(total != 0, "a mean over 0 images has no value");
        return sum / static_cast<double>(total);
    }

    /// value(), or nothing for no images.
    [[nodiscard]] std::optional<double> try_value() const
    {
        if (total == 0) return std::nullopt;
        return value();
    }

    friend bool operator==(const mean&, const mean&) = default;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
