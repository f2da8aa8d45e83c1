// Element types of scores: the customisation point element_traits<T>, its specialisations for float, double, half,
// bfloat16, int8 and uint8, and the concepts that follow from it.
#pragma once

#include "../detail/config.hpp"
#include "../version.hpp"
#include "float16.hpp"

#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Bit formats that have vector kernels. `none`: the plain loops of ranking/rank_row.hpp.
enum class vector_format { none, float32, float64, binary16, bfloat16, int8, uint8 };

/// Properties of an element type T of scores. Specialise it for a type of your own; T must be trivially copyable and
/// default-constructible. The primary template is not defined: without a specialisation T is not a score element.
///
///     template <>
///     struct reassess::element_traits<my_type> {
///         // An integer or floating-point type in which scores are compared by <, > and ==.
///         using key_type = std::int8_t;
///         // Greater scores have greater keys and equal scores (-0 and +0) have equal keys. Any key for NaN.
///         REASSESS_HOST_DEVICE static constexpr key_type key(my_type) noexcept;
///         // From the bit pattern, so that -ffast-math has no effect on it.
///         REASSESS_HOST_DEVICE static constexpr bool is_nan(my_type) noexcept;
///         // Whether scores are real numbers, so that they can be logits or probabilities.
///         static constexpr bool is_real = true;
///         // The number that a score represents. Needed only if is_real.
///         REASSESS_HOST_DEVICE static constexpr double value(my_type) noexcept;
///         // Optional, for a type with exactly one of these bit formats: ranked by the vector kernels.
///         static constexpr vector_format vectors = vector_format::none;
///     };
///
/// The specialisation must be visible before the first use of T as an element type. REASSESS_HOST_DEVICE is needed only
/// for scores in the memory of a device.
template <class T>
struct element_traits;

template <>
struct element_traits<float> {
    using key_type = float;
    static constexpr bool is_real = true;
    static constexpr vector_format vectors = vector_format::float32;

    REASSESS_HOST_DEVICE static constexpr key_type key(float x) noexcept { return x; }
    REASSESS_HOST_DEVICE static constexpr bool is_nan(float x) noexcept
    {
        return (__builtin_bit_cast(std::uint32_t, x) & 0x7fffffffU) > 0x7f800000U;
    }
    REASSESS_HOST_DEVICE static constexpr double value(float x) noexcept { return static_cast<double>(x); }
};

template <>
struct element_traits<double> {
    using key_type = double;
    static constexpr bool is_real = true;
    static constexpr vector_format vectors = vector_format::float64;

    REASSESS_HOST_DEVICE static constexpr key_type key(double x) noexcept { return x; }
    REASSESS_HOST_DEVICE static constexpr bool is_nan(double x) noexcept
    {
        return (__builtin_bit_cast(std::uint64_t, x) & 0x7fffffffffffffffU) > 0x7ff0000000000000U;
    }
    REASSESS_HOST_DEVICE static constexpr double value(double x) noexcept { return x; }
};

namespace detail {

/// The key of a 16-bit floating-point number: two's complement of its sign and magnitude, which has the order of the
/// numbers. -0 and +0 have key 0.
REASSESS_HOST_DEVICE constexpr std::int16_t sign_magnitude_key(std::uint16_t bits) noexcept
{
    const int magnitude = bits & 0x7fff;
    return static_cast<std::int16_t>((bits & 0x8000) != 0 ? -magnitude : magnitude);
}

}  // namespace detail

template <>
struct element_traits<half> {
    using key_type = std::int16_t;
    static constexpr bool is_real = true;
    static constexpr vector_format vectors = vector_format::binary16;

    REASSESS_HOST_DEVICE static constexpr key_type key(half x) noexcept { return detail::sign_magnitude_key(x.bits); }
    REASSESS_HOST_DEVICE static constexpr bool is_nan(half x) noexcept { return (x.bits & 0x7fffU) > 0x7c00U; }
    REASSESS_HOST_DEVICE static constexpr double value(half x) noexcept
    {
        return static_cast<double>(static_cast<float>(x));
    }
};

template <>
struct element_traits<bfloat16> {
    using key_type = std::int16_t;
    static constexpr bool is_real = true;
    static constexpr vector_format vectors = vector_format::bfloat16;

    REASSESS_HOST_DEVICE static constexpr key_type key(bfloat16 x) noexcept
    {
        return detail::sign_magnitude_key(x.bits);
    }
    REASSESS_HOST_DEVICE static constexpr bool is_nan(bfloat16 x) noexcept { return (x.bits & 0x7fffU) > 0x7f80U; }
    REASSESS_HOST_DEVICE static constexpr double value(bfloat16 x) noexcept
    {
        return static_cast<double>(static_cast<float>(x));
    }
};

/// Quantised scores. They are ranked exactly by their order; without a scale they have no real value.
template <>
struct element_traits<std::int8_t> {
    using key_type = std::int8_t;
    static constexpr bool is_real = false;
    static constexpr vector_format vectors = vector_format::int8;

    REASSESS_HOST_DEVICE static constexpr key_type key(std::int8_t x) noexcept { return x; }
    REASSESS_HOST_DEVICE static constexpr bool is_nan(std::int8_t) noexcept { return false; }
};

/// Quantised scores, see std::int8_t. The keys are signed, because vector instructions compare signed integers.
template <>
struct element_traits<std::uint8_t> {
    using key_type = std::int8_t;
    static constexpr bool is_real = false;
    static constexpr vector_format vectors = vector_format::uint8;

    REASSESS_HOST_DEVICE static constexpr key_type key(std::uint8_t x) noexcept
    {
        return static_cast<std::int8_t>(x - 128);
    }
    REASSESS_HOST_DEVICE static constexpr bool is_nan(std::uint8_t) noexcept { return false; }
};

/// Element types of scores: those with a specialisation of element_traits.
template <class T>
concept score_element = std::is_trivially_copyable_v<T> && std::default_initializable<T> && requires(T x)
{
    requires std::numeric_limits<typename element_traits<T>::key_type>::is_specialized;
    requires std::same_as<decltype(element_traits<T>::key(x)), typename element_traits<T>::key_type>;
    requires std::same_as<decltype(element_traits<T>::is_nan(x)), bool>;
    requires std::same_as<decltype(element_traits<T>::is_real), const bool>;
};

/// Element types of scores that are real numbers: logits or probabilities.
template <class T>
concept real_score_element = score_element<T> && element_traits<T>::is_real && requires(T x)
{
    requires std::same_as<decltype(element_traits<T>::value(x)), double>;
};

namespace detail {

/// Whether the score is NaN.
template <class T>
[[nodiscard]] REASSESS_HOST_DEVICE constexpr bool is_nan(T x) noexcept
{
    return element_traits<T>::is_nan(x);
}

/// The type in which scores of type T are compared.
template <class T>
using comparable_t = typename element_traits<T>::key_type;

/// The key of a score that is not NaN: it compares exactly as the score does.
template <class T>
[[nodiscard]] REASSESS_HOST_DEVICE constexpr comparable_t<T> comparable(T x) noexcept
{
    return element_traits<T>::key(x);
}

/// The number that a score represents, exactly.
template <class T>
[[nodiscard]] REASSESS_HOST_DEVICE constexpr double real_value(T x) noexcept
{
    return element_traits<T>::value(x);
}

/// Less than or equal to the key of every score.
template <class T>
inline constexpr comparable_t<T> least_comparable = std::numeric_limits<comparable_t<T>>::has_infinity
                                                        ? -std::numeric_limits<comparable_t<T>>::infinity()
                                                        : std::numeric_limits<comparable_t<T>>::lowest();

/// Greater than or equal to the key of every score.
template <class T>
inline constexpr comparable_t<T> greatest_comparable = std::numeric_limits<comparable_t<T>>::has_infinity
                                                           ? std::numeric_limits<comparable_t<T>>::infinity()
                                                           : std::numeric_limits<comparable_t<T>>::max();

/// The bit format of T that has vector kernels; vector_format::none if the traits do not name one.
template <class T>
inline constexpr vector_format vector_format_of = vector_format::none;
template <class T>
    requires requires
    {
        element_traits<T>::vectors;
    }
inline constexpr vector_format vector_format_of<T> = element_traits<T>::vectors;

/// Constants of a bit format for the vector kernels: the type of the keys, the bits of the lowest score and, if the
/// format has NaN, the bits of +infinity. The magnitude of every NaN is greater than these bits.
template <vector_format Format>
struct format_constants;
template <>
struct format_constants<vector_format::float32> {
    using key_type = float;
    static constexpr std::uint32_t lowest = 0xff800000U;
    static constexpr std::int32_t infinity = 0x7f800000;
};
template <>
struct format_constants<vector_format::float64> {
    using key_type = double;
    static constexpr std::uint64_t lowest = 0xfff0000000000000U;
    static constexpr std::int64_t infinity = 0x7ff0000000000000;
};
template <>
struct format_constants<vector_format::binary16> {
    using key_type = std::int16_t;
    static constexpr std::uint16_t lowest = 0xfc00U;
    static constexpr std::int16_t infinity = 0x7c00;
};
template <>
struct format_constants<vector_format::bfloat16> {
    using key_type = std::int16_t;
    static constexpr std::uint16_t lowest = 0xff80U;
    static constexpr std::int16_t infinity = 0x7f80;
};
template <>
struct format_constants<vector_format::int8> {
    using key_type = std::int8_t;
    static constexpr std::uint8_t lowest = 0x80U;
};
template <>
struct format_constants<vector_format::uint8> {
    using key_type = std::int8_t;
    static constexpr std::uint8_t lowest = 0;
};

/// Formats of floating-point numbers that are compared as integers: sign and magnitude in 16 bits.
template <class T>
inline constexpr bool has_16_bit_format =
    vector_format_of<T> == vector_format::binary16 || vector_format_of<T> == vector_format::bfloat16;

/// Formats of integers, which have no NaN.
template <class T>
inline constexpr bool has_integer_format =
    vector_format_of<T> == vector_format::int8 || vector_format_of<T> == vector_format::uint8;

/// Formats whose numbers are exact in float. Their exponentials are computed by vectors of float.
template <class T>
inline constexpr bool is_exact_in_float = vector_format_of<T> == vector_format::float32 || has_16_bit_format<T>;

/// The lowest score of a type with vector kernels.
template <class T>
inline constexpr T lowest_score = __builtin_bit_cast(T, format_constants<vector_format_of<T>>::lowest);

}  // namespace detail

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
