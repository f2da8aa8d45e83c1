// built_in_metrics: the metrics that every evaluation counts in addition to the rank and loss counters, in the order in
// which they are saved.
#pragma once

#include "../version.hpp"
#include "balanced_accuracy.hpp"
#include "metric.hpp"

#include <tuple>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

using built_in_metrics = std::tuple<balanced_accuracy>;

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
