// image_fault: a thread-safe record of the first invalid image of a stream of batches, for every backend, and the
// exceptions for it.
#pragma once

#include "../data/device_targets.hpp"
#include "../data/labels.hpp"
#include "../data/targets.hpp"
#include "../detail/atomic.hpp"
#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../detail/number_text.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

enum class fault : std::uint32_t {
    none,
    nan_score,
    not_a_probability,
    zero_sum,
    infinite_sum,
    original_label,
    real_label,
    prediction,
    /// A prediction of an unsigned type outside the classes; `which` has the bits of the unsigned value.
    unsigned_prediction,
    repeated_prediction
};

/// The reason why an image is invalid: the kind of fault, the class or value, and for not_a_probability the score.
struct fault_description {
    fault what = fault::none;
    /// The class whose score is NaN or not a probability, or the value that is not a class.
    std::int64_t which = 0;
    double score = 0.0;
};

[[nodiscard]] REASSESS_HOST_DEVICE inline fault fault_of(invalid_label found) noexcept
{
    return found == invalid_label::none       ? fault::none
           : found == invalid_label::original ? fault::original_label
                                              : fault::real_label;
}

/// Throws the exception for an invalid image of a data set with `classes` classes. All backends and kinds of scores use
/// these messages.
[[noreturn]] inline void throw_fault(const fault_description& found, std::uint64_t image, std::uint64_t classes)
{
    switch (found.what) {
        case fault::nan_score:
            fail<std::domain_error>("the score of class ", found.which, " of image ", image,
                                    " is NaN; on_nan::exclude leaves such images out and counts them");
        case fault::not_a_probability:
            fail<std::domain_error>("the score of class ", found.which, " of image ", image,
                                    " is outside [0, 1] (value ", short_text(found.score),
                                    "); use logits(...) if these are logits, or normalise::yes if they are weights");
        case fault::zero_sum:
        case fault::infinite_sum:
            fail<std::domain_error>("the probabilities of image ", image, " sum to ",
                                    found.what == fault::zero_sum ? "0" : "infinity",
                                    ", expected a positive finite sum");
        case fault::repeated_prediction:
            fail<std::invalid_argument>("image ", image, " has class ", found.which, " twice in its top-k list");
        case fault::original_label:
        case fault::real_label:
        case fault::prediction:
            fail<std::out_of_range>(found.what == fault::original_label ? "original label "
                                    : found.what == fault::real_label   ? "ReaL label "
                                                                        : "prediction ",
                                    found.which, " of image ", image, " is outside [0, ", classes, ")");
        case fault::unsigned_prediction:
            fail<std::out_of_range>("prediction ", static_cast<std::uint64_t>(found.which), " of image ", image,
                                    " is outside [0, ", classes, ")");
        case fault::none:
            break;
    }
    throw std::logic_error("reassess: internal error: an invalid image without a fault");
}

/// The invalid image with the lowest number in a stream of batches, and its first fault; all bytes 0 if there is none.
/// The functions of a pass write it from any thread, through a pointer to memory of the backend.
struct image_fault {
    /// 2^64 - 1 minus the number of the lowest invalid image. 0 means none, and the lowest image is the maximum.
    std::uint64_t from_above = 0;
    fault_description description{};
    std::uint64_t classes = 0;

    REASSESS_HOST_DEVICE void report(std::uint64_t image) noexcept { atomic_max(&from_above, ~image); }
    [[nodiscard]] REASSESS_HOST_DEVICE bool found() const noexcept { return from_above != 0; }
    [[nodiscard]] REASSESS_HOST_DEVICE std::uint64_t image() const noexcept { return ~from_above; }

    void throw_if_found() const
    {
        if (found()) throw_fault(description, image(), classes);
    }
};

/// An image_fault in the memory of a policy.
template <policy_with_memory Policy>
class device_image_fault {
public:
    explicit device_image_fault(Policy policy) : there_(policy)
    {
        there_.grow(1);
        clear();
    }
    void clear() { there_.fill_zero(); }
    /// A pointer to the policy's memory.
    [[nodiscard]] image_fault* data() const noexcept { return there_.data(); }
    /// A copy on the host; waits for the work.
    [[nodiscard]] image_fault read() const
    {
        image_fault copy;
        there_.copy_to(&copy, 1);
        return copy;
    }

private:
    typename Policy::template buffer<image_fault> there_;
};

/// Function that runs after a pass, in stream order: describes the first invalid image if it belongs to this batch.
template <class Pass>
struct describe_fault {
    Pass pass;
    std::size_t images = 0;

    REASSESS_HOST_DEVICE void operator()(std::size_t) const noexcept
    {
        image_fault& found = *pass.found;
        if (!found.found() || found.description.what != fault::none || found.image() < pass.first_image) return;
        const std::uint64_t image = found.image() - pass.first_image;
        if (image >= images) return;
        found.classes = pass.classes();
        found.description = pass.describe(static_cast<std::size_t>(image));
    }
};

/// Counts an image unless this batch or an earlier one has an invalid image.
template <class Count>
struct count_unless_invalid {
    Count count;
    const image_fault* found;

    template <class Tally>
    REASSESS_HOST_DEVICE void operator()(std::size_t image, const Tally& tally) const noexcept
    {
        if (!found->found()) count(image, tally);
    }
};

/// Checks that labels in the memory of a backend are in [0, classes), for passes that rank nothing.
struct check_labels_of_images {
    device_targets_view targets{};
    std::size_t number_of_classes = 0;
    std::uint64_t first_image = 0;
    image_fault* found = nullptr;

    REASSESS_HOST_DEVICE void operator()(std::size_t image) const noexcept
    {
        if (describe(image).what != fault::none) found->report(first_image + image);
    }
    [[nodiscard]] REASSESS_HOST_DEVICE std::size_t classes() const noexcept { return number_of_classes; }
    [[nodiscard]] REASSESS_HOST_DEVICE fault_description describe(std::size_t image) const noexcept
    {
        std::int64_t label = 0;
        const invalid_label kind =
            find_invalid_label(targets.original, targets.offsets, targets.classes, number_of_classes, image, &label);
        return {fault_of(kind), label};
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
