// cross_entropy and gradient_options: which loss, and what it is divided by; derivatives and messages of all backends.
#pragma once

#include "../detail/config.hpp"
#include "../detail/expects.hpp"
#include "../ranking/image_fault.hpp"
#include "../version.hpp"

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Type of cross-entropy, for an image with the label set Y (or the original label alone) and the scores s:
/// - sigmoid: the sum over all classes c of -log sigmoid(s_c) for c in Y and of -log(1 - sigmoid(s_c)) for the others;
///   every class is a separate binary problem, so several labels do not compete;
/// - softmax: the sum over all classes c of -t_c log softmax(s)_c, with t_c = 1/|Y| for c in Y and 0 otherwise.
///
/// Source: Beyer et al., "Are we done with ImageNet?" (2020), section 6.
enum class cross_entropy { sigmoid, softmax };

struct gradient_options {
    /// Divisor of the sum of the losses; by default the number of images with labels in the batch. Set it to the number
    /// of the whole batch if the batch is computed in parts.
    std::optional<std::uint64_t> images{};
    /// Index of the batch's first image, used in error messages.
    std::uint64_t first_image = 0;
};

namespace detail {

/// Element types that a network is trained in.
template <class T>
concept gradient_element = std::same_as<T, float> || std::same_as<T, double>;

/// Derivative of one class's sigmoid loss: sigmoid(s) if it is not a label, sigmoid(s) - 1 = -sigmoid(-s) if it is. exp
/// has only non-positive arguments, so nothing overflows, and 1 is never subtracted.
REASSESS_HOST_DEVICE inline double sigmoid_derivative(double score, bool is_label) noexcept
{
    const double s = is_label ? -score : score;
    const double e = std::exp(-std::abs(s));
    const double sigmoid = s >= 0 ? 1 / (1 + e) : e / (1 + e);
    return is_label ? -sigmoid : sigmoid;
}

inline void check_divisor(const gradient_options& options)
{
    expects(!options.images || *options.images > 0, "gradient: options.images is 0; the mean needs at least 1 image");
}

inline void expect_memory(std::size_t elements, std::size_t needed)
{
    expects(elements >= needed, "gradient: memory for ", elements, " elements; the minimum is ", needed);
}

/// Throws the exception for an invalid image. Not throw_fault for a NaN: its message names an option that does not
/// exist here.
[[noreturn]] inline void throw_gradient_fault(const fault_description& found, std::uint64_t image,
                                              std::uint64_t classes)
{
    if (found.what != fault::nan_score) throw_fault(found, image, classes);
    fail<std::domain_error>("gradient: the score of class ", found.which, " of image ", image, " is NaN");
}

}  // namespace detail

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
