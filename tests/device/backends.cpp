// Every backend that needs no GPU through the body that CUDA runs too.
#include "backend.hpp"
#include "gradients.hpp"
#include "support/emulated_device.hpp"
#include "support/policies.hpp"
#include "support/sanitizers.hpp"

#if defined(REASSESS_TEST_THRUST_CPP)
#    include "emulated_staging.hpp"
#endif

#include <reassess/data/float16.hpp>
#include <reassess/execution/execution.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ra = reassess;

namespace {

const auto check = [](bool equal, const std::string& what) { CHECK_MESSAGE(equal, what); };

}  // namespace

TEST_CASE("threads and a pool of the user's rank and count as seq does")
{
    const auto check_types = [](auto policy) {
        test_support::check_backend_with<float>(policy, check);
        test_support::check_backend_with<ra::half>(policy, check);
    };
    check_types(ra::seq);
    check_types(ra::par.on(3).serial_below(0));
    check_types(ra::on_executor(test_support::backward_pool{}).serial_below(0).threads(5));
}

TEST_CASE("Thrust's host systems rank and count as seq does")
{
    test_support::for_each_thrust_policy([](auto policy) { test_support::check_backend(policy, check); });
}

TEST_CASE("a device ranks and counts as seq does")
{
#if defined(REASSESS_TEST_UNDER_SANITIZER)
    // Minutes for all: one element type for each number of lanes.
    test_support::check_backend_with<float>(test_support::emulated_device<32>{}, check);
    test_support::check_backend_with<ra::half>(test_support::emulated_device<8>{}, check);
    test_support::check_backend_with<std::int8_t>(test_support::emulated_device<4>{}, check);
#else
    test_support::check_backend(test_support::emulated_device<32>{}, check);
    test_support::check_backend_with<float>(test_support::emulated_device<8>{}, check);
    test_support::check_backend_with<float>(test_support::emulated_device<4>{}, check);
#endif
}

TEST_CASE("a device computes the gradients of seq, and no call of them waits")
{
    test_support::check_gradients(test_support::emulated_device<32>{}, check);
    test_support::check_gradients_of<float>(test_support::emulated_device<4>{}, {3, 33, 40}, check);

    const test_support::emulated_device<8> device;
    const std::vector<float> logits(20, 1.0F);
    const ra::device_scores scores(device, ra::scores_view<float>(logits, 5));
    const ra::device_targets targets(device, {.original = std::vector<ra::class_index>{0, 1, 2, 3}});
    ra::cross_entropy_gradient<float, test_support::emulated_device<8>> gradient(device, ra::cross_entropy::sigmoid);
    gradient(scores, targets);
    const std::size_t waits = device.queue().waits, allocations = device.queue().allocations;
    for (int call = 0; call < 3; ++call) gradient(scores, targets);
    CHECK(device.queue().waits == waits);
    CHECK(device.queue().allocations == allocations);
    gradient.wait();
    CHECK(device.queue().waits == waits + 1);
}
