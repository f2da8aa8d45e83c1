// Umbrella header of device/: copies of scores, top-k lists and targets in a policy's memory, and staged host scores.
// Opt-in; needs Thrust.
#pragma once

#include "../execution/thrust.hpp"
#include "device_copies.hpp"
#include "staged.hpp"
