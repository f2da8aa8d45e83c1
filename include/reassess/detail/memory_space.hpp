// Memory space tags of views: host or device. The tag is part of the view's type, so that a view of device memory
// cannot be passed to host code, or the reverse.
#pragma once

#include "../version.hpp"

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct host_space {};
struct device_space {};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
