// built_in_metrics: the metrics that every evaluation counts in addition to the rank and loss counters, in the order in
// which they are saved.
#pragma once

#include "../version.hpp"
#include "balanced_accuracy.hpp"
#include "metric.hpp"

#include <tuple>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

using built_in_metrics = std::tuple<balanced_accuracy>;

/// The built-in metrics, then the metrics of the user's own.
template <class... Metrics>
[[nodiscard]] auto with_built_in(const std::tuple<Metrics...>& metrics)
{
    return std::tuple_cat(built_in_metrics{}, metrics);
}
template <class... Metrics>
using with_built_in_metrics = decltype(with_built_in(std::tuple<Metrics...>{}));

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
