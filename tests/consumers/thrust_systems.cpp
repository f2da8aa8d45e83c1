// seq, par and two systems of Thrust in one program: each call names its own, and all count the same.
#include <reassess/device/device.hpp>
#include <reassess/evaluate.hpp>

#include <thrust/system/omp/execution_policy.h>
#include <thrust/system/tbb/execution_policy.h>

#include <cstddef>
#include <cstdio>
#include <vector>

namespace ra = reassess;

int main()
{
    constexpr std::size_t images = 3000, classes = 100;
    std::vector<float> scores(images * classes);
    std::vector<ra::class_index> original(images);
    unsigned state = 1;
    const auto next = [&] { return (state = state * 1664525U + 1013904223U) >> 8; };
    for (float& score : scores) score = static_cast<float>(next() % 1000);
    for (ra::class_index& label : original) label = static_cast<ra::class_index>(next() % classes);

    const ra::scores_view<float> view(scores, classes);
    const ra::targets_view targets{.original = original};
    const ra::thrust_policy omp(thrust::omp::par);
    const ra::thrust_policy tbb(thrust::tbb::par);
    const auto expected = ra::evaluate(ra::seq, view, targets);
    const bool by_par = ra::evaluate(ra::par.serial_below(0), view, targets) == expected;
    const bool by_omp = ra::evaluate(omp, view, targets) == expected;
    const bool by_tbb = ra::evaluate(tbb, ra::staged(view, {.buffer_bytes = 1 << 16}), targets) == expected;
    std::printf("Thrust %d: as seq: par %d, omp %d, tbb %d\n", THRUST_VERSION, by_par, by_omp, by_tbb);
    return by_par && by_omp && by_tbb ? 0 : 1;
}
