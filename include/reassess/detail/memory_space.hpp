// Where the memory behind a view lives. The tag is part of the view's type, so a view of device memory
// cannot reach host code, nor the other way round.
#pragma once

#include "../version.hpp"

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct host_space {};
struct device_space {};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
