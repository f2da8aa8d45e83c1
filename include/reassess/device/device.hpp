// Everything for scores and labels in the memory of a policy, device or host. Opt-in; needs Thrust.
#pragma once

#include "../execution/thrust.hpp"
#include "device_copies.hpp"
#include "staged.hpp"
