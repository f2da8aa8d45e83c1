// own_pool: scores evaluated on threads that are not reassess's own: OpenMP's and TBB's, as far as they were found when
// this was built. Every result equals the one on a single thread.
#include <reassess/evaluate.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <random>
#include <vector>

#if defined(REASSESS_EXAMPLE_TBB)
#    include <tbb/parallel_for.h>
#endif

namespace ra = reassess;

namespace {

#if defined(_OPENMP)
// The loop is the whole hook: n blocks, each run once, all done when it returns.
const auto openmp = ra::on_executor([](std::size_t blocks, const auto& run) {
#    pragma omp parallel for schedule(dynamic)
    for (std::size_t block = 0; block < blocks; ++block) run(block);
});
#endif

#if defined(REASSESS_EXAMPLE_TBB)
const auto tbb_pool =
    ra::on_executor([](std::size_t blocks, const auto& run) { tbb::parallel_for(std::size_t{0}, blocks, run); });
#endif

struct problem {
    static constexpr std::size_t images = 50'000, classes = 1000;
    std::vector<float> scores = std::vector<float>(images * classes);
    std::vector<ra::class_index> original{};

    problem()
    {
        std::minstd_rand random(1);
        for (float& score : scores) score = static_cast<float>(random()) * 1e-9F;
        for (std::size_t i = 0; i < images; ++i) original.push_back(static_cast<ra::class_index>(random() % classes));
    }
};

template <class Policy>
bool equals(const char* name, Policy policy, const problem& p, const ra::evaluation<>& expected)
{
    const auto start = std::chrono::steady_clock::now();
    const ra::evaluation<> found =
        ra::evaluate(policy, ra::scores_view<float>(p.scores, problem::classes), {.original = p.original});
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    const bool same = found == expected;
    std::printf("%-16s %6.1f ms   %s\n", name, time.count(), same ? "the same counts" : "OTHER COUNTS");
    return same;
}

}  // namespace

int main()
{
    const problem p;
    const ra::evaluation<> expected =
        ra::evaluate(ra::seq, ra::scores_view<float>(p.scores, problem::classes), {.original = p.original});
    bool same = equals("one thread", ra::seq, p, expected) && equals("own threads", ra::par, p, expected);
#if defined(_OPENMP)
    same = equals("OpenMP", openmp, p, expected) && same;
#else
    std::puts("OpenMP           was not found when this was built");
#endif
#if defined(REASSESS_EXAMPLE_TBB)
    same = equals("TBB", tbb_pool, p, expected) && same;
#else
    std::puts("TBB              was not found when this was built");
#endif
    return same ? 0 : 1;
}
