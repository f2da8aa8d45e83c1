// Programs that must not compile; CASE says which. The message is checked by check.sh.
#if CASE == 3
#    include <reassess/execution/thrust.hpp>  // without a device system
#else
#    include "../support/emulated_device.hpp"

#    include <reassess/evaluate.hpp>

#    include <cstdint>
#    include <span>
#    include <vector>

namespace ra = reassess;

struct without_version {
    static constexpr std::string_view name = "test.without_version";
    std::size_t counters(ra::metric_shape) const { return 1; }
    template <class Tally>
    void operator()(const ra::ranked_image&, const Tally& tally) const
    {
        tally.add(0);
    }
    std::uint64_t result(std::span<const std::uint64_t> counters, ra::metric_shape) const { return counters[0]; }
};

struct foreign_policy {};

int main()
{
    const float row[] = {1, 2};
#    if CASE == 0     // the frame of the others compiles
    static_cast<void>(ra::evaluate(ra::seq, ra::scores_view<float>(row, 1, 2), {}));
#    elif CASE == 1   // host scores, a device's policy
    static_cast<void>(ra::evaluate(test_support::emulated_device<32>{}, ra::scores_view<float>(row, 1, 2), {}));
#    elif CASE == 2   // a device's scores, a host's policy
    static_cast<void>(ra::evaluate(ra::par, ra::scores_view<float, ra::device_space>(row, 1, 2), ra::targets_view{}));
#    elif CASE == 4   // host logits, a device's policy
    static_cast<void>(
        ra::evaluate(test_support::emulated_device<32>{}, ra::logits(ra::scores_view<float>(row, 1, 2)), {}));
#    elif CASE == 5   // the same, by an evaluator
    ra::evaluator counts(test_support::emulated_device<32>{});
    counts.update(ra::scores_view<float>(row, 1, 2), {});
#    elif CASE == 6   // 8-bit integers as logits
    const std::int8_t small[] = {1, 2};
    static_cast<void>(ra::evaluate(ra::seq, ra::logits(ra::scores_view<std::int8_t>(small, 1, 2)), {}));
#    elif CASE == 7   // an incomplete metric
    static_cast<void>(ra::evaluate(ra::seq, ra::scores_view<float>(row, 1, 2), {}, {}, without_version{}));
#    elif CASE == 8   // the same, by an evaluator
    ra::evaluator counts(ra::seq, {}, without_version{});
#    elif CASE == 10  // scores without their number of classes
    static_cast<void>(ra::evaluate(ra::par, std::vector<float>(4), {}));
#    elif CASE == 11
    static_cast<void>(ra::evaluate(row, {}));
#    elif CASE == 12
    static_cast<void>(ra::rank(ra::par, std::span<const float>(row), {}));
#    elif CASE == 13
    static_cast<void>(ra::logits(&row[0]));
#    elif CASE == 14
    ra::evaluator counts(ra::par);
    counts.update(std::vector<float>(4), {});
#    elif CASE == 15  // another library's policy
    static_cast<void>(ra::evaluate(foreign_policy{}, ra::scores_view<float>(row, 1, 2), {}));
#    elif CASE == 16
    static_cast<void>(ra::rank(foreign_policy{}, ra::scores_view<float>(row, 1, 2), {}));
#    elif CASE == 17
    ra::evaluator counts(foreign_policy{});
#    elif CASE == 18  // labels without their kind
    static_cast<void>(ra::evaluate(ra::par, ra::scores_view<float>(row, 1, 2), std::vector<int>(1)));
#    elif CASE == 19
    static_cast<void>(ra::rank(ra::par, ra::scores_view<float>(row, 1, 2), std::vector<int>(1)));
#    elif CASE == 20
    ra::evaluator counts(ra::par);
    counts.update(ra::scores_view<float>(row, 1, 2), std::vector<int>(1));
#    elif CASE == 21  // label sets as lists
    const std::vector<std::vector<int>> lists(1);
    static_cast<void>(ra::evaluate(ra::par, ra::scores_view<float>(row, 1, 2), {.real = lists}));
#    elif CASE == 9   // a metric that is built in
    static_cast<void>(ra::evaluate(ra::seq, ra::scores_view<float>(row, 1, 2), {}, {}, ra::balanced_accuracy{}));
#    endif
}
#endif
