// What was wrong with a batch that nobody looks at before the work has ended: the first bad image, kept in memory of
// the backend.
#pragma once

#include "../detail/atomic.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

enum class fault : std::uint32_t {
    none,
    nan_score,
    no_probability,
    zero_sum,
    infinite_sum,
    label,
    prediction,
    repeated_prediction
};

/// The lowest bad image of a stream of batches, and its first fault. All zero: none. Written by functions of a pass,
/// through a pointer to memory of the backend.
struct bad_image {
    /// 2^64 - 1 less the number of the lowest bad image, so that 0 stands for none.
    std::uint64_t from_above = 0;
    fault what = fault::none;
    /// The class whose score is NaN or no probability, or what is no class.
    std::int64_t which = 0;
    /// How many classes there are.
    std::uint64_t classes = 0;

    REASSESS_HOST_DEVICE void report(std::uint64_t image) noexcept { atomic_max(&from_above, ~image); }
    [[nodiscard]] REASSESS_HOST_DEVICE bool found() const noexcept { return from_above != 0; }
    [[nodiscard]] REASSESS_HOST_DEVICE std::uint64_t image() const noexcept { return ~from_above; }

    /// Throws what `rank` and its like throw for such an image, if there is one.
    void expect_none() const
    {
        if (!found()) return;
        if (what == fault::nan_score)
            fail<std::domain_error>("the score of class ", which, " of image ", image(), " is NaN");
        if (what == fault::no_probability)
            fail<std::domain_error>("the score of class ", which, " of image ", image(),
                                    " is no probability, which was promised; logits are named so");
        if (what == fault::zero_sum || what == fault::infinite_sum)
            fail<std::domain_error>("the probabilities of image ", image(), " sum to ",
                                    what == fault::zero_sum ? "0" : "infinity");
        if (what == fault::repeated_prediction)
            fail<std::invalid_argument>("image ", image(), " has class ", which, " twice among its predictions");
        fail<std::out_of_range>(what == fault::label ? "label " : "prediction ", which, " of image ", image(),
                                " is not in [0, ", classes, ")");
    }
};

/// A bad_image in the memory of a policy.
template <policy_with_memory Policy>
class kept_bad_image {
public:
    explicit kept_bad_image(Policy policy) : there_(policy)
    {
        there_.grow(1);
        forget();
    }
    void forget() { there_.fill_zero(); }
    /// A pointer to the policy's memory.
    [[nodiscard]] bad_image* data() const noexcept { return there_.data(); }
    /// Waits for the work.
    [[nodiscard]] bad_image read() const
    {
        bad_image bad;
        there_.copy_to(&bad, 1);
        return bad;
    }

private:
    typename Policy::template buffer<bad_image> there_;
};

/// After a pass, in its order: looks again at the first bad image, if it is one of this batch.
template <class Pass>
struct describe_bad_image {
    Pass pass;
    std::size_t images = 0;

    REASSESS_HOST_DEVICE void operator()(std::size_t) const noexcept
    {
        const bad_image& bad = *pass.bad;
        if (!bad.found() || bad.what != fault::none || bad.image() < pass.first_image) return;
        const std::uint64_t image = bad.image() - pass.first_image;
        if (image < images) pass.describe(static_cast<std::size_t>(image));
    }
};

/// Counts an image of a batch, unless one of this or an earlier batch was bad.
template <class Count>
struct count_unless_bad {
    Count count;
    const bad_image* bad;

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(std::size_t image, const Tally& tally) const noexcept
    {
        if (!bad->found()) count(image, tally);
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
