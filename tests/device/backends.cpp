// Thrust's host systems through the body that CUDA runs too.
#include "support/policies.hpp"

#if defined(REASSESS_TEST_THRUST_CPP)
#    include "backend.hpp"
#endif

#include <doctest/doctest.h>

#include <string>

TEST_CASE("Thrust's host systems rank and count as seq does")
{
    test_support::for_each_thrust_policy([]([[maybe_unused]] auto policy) {
#if defined(REASSESS_TEST_THRUST_CPP)
        test_support::check_backend(policy, [](bool equal, const std::string& what) { CHECK_MESSAGE(equal, what); });
#endif
    });
}
