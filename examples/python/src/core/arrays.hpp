// Python arrays as matrices and labels, without copies of scores.
#pragma once

#include "pass.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace binding {

namespace nb = nanobind;

using any_array = nb::ndarray<nb::ro>;

/// An array on the CPU. Throws TypeError, with the name of the argument, for an object that is not an array, and
/// ValueError for an array on a device.
any_array read_array(nb::handle object, const char* what);

/// A matrix and the Python object that owns its memory.
struct owned_matrix {
    any_array owner{};
    matrix view{};
};

/// Reads a two-dimensional array on the CPU whose last axis is contiguous: numpy, or any object with __dlpack__ or the
/// buffer protocol. `bits_of_bfloat16`: its uint16 elements are bfloat16. Throws TypeError for any other object and
/// ValueError, with what was found, for another shape, element type, memory order or device.
owned_matrix read_scores(nb::handle scores, bool bits_of_bfloat16);

/// Reads stored lists: a C-contiguous int32 or int64 array, images x k.
owned_matrix read_lists(nb::handle lists);

/// One label per image: a contiguous int32, int64 or uint64 array; None: no labels. int32 labels are not copied.
ra::original_labels_view read_original(nb::handle labels);

/// The values of a contiguous array of T. Throws ValueError for another type or shape.
template <class T>
std::span<const T> read_column(const any_array& array, const char* what)
{
    if (array.ndim() != 1 || array.dtype() != nb::dtype<T>() || (array.shape(0) > 1 && array.stride(0) != 1))
        throw nb::value_error(what);
    return {static_cast<const T*>(array.data()), array.shape(0)};
}

/// A vector as a numpy array without a copy: the array owns the vector.
template <class T>
nb::object to_numpy(std::vector<T> values)
{
    auto* const owned = new std::vector<T>(std::move(values));
    const nb::capsule owner(owned, [](void* pointer) noexcept { delete static_cast<std::vector<T>*>(pointer); });
    return nb::cast(nb::ndarray<nb::numpy, T, nb::ndim<1>>(owned->data(), {owned->size()}, owner));
}

}  // namespace binding
