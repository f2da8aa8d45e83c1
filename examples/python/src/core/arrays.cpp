#include "arrays.hpp"

#include <nanobind/stl/string.h>

#include <string>
#include <type_traits>

namespace binding {
namespace {

/// The name of an element type in messages: "float32".
std::string name_of(nb::dlpack::dtype type)
{
    const auto is = [&](nb::dlpack::dtype_code code) { return type.code == static_cast<std::uint8_t>(code); };
    const char* const kind = is(nb::dlpack::dtype_code::Int)      ? "int"
                             : is(nb::dlpack::dtype_code::UInt)   ? "uint"
                             : is(nb::dlpack::dtype_code::Float)  ? "float"
                             : is(nb::dlpack::dtype_code::Bfloat) ? "bfloat"
                             : is(nb::dlpack::dtype_code::Bool)   ? "bool"
                                                                  : "another type of bits ";
    return kind + std::to_string(type.bits);
}

}  // namespace

any_array read_array(nb::handle object, const char* what)
{
    any_array array;
    if (!nb::try_cast(object, array, false)) {
        const std::string type = nb::cast<std::string>(nb::str(nb::handle(object.type()).attr("__name__")));
        throw nb::type_error((std::string(what) + ": " + type +
                              " is not readable as an array: expected a numpy array, or an array on the CPU with "
                              "__dlpack__ (of a torch tensor with gradients, its detach())")
                                 .c_str());
    }
    if (array.device_type() != nb::device::cpu::value)
        throw nb::value_error(
            (std::string(what) + ": the array is on a device, expected the CPU; copy it, e.g. scores.cpu()").c_str());
    return array;
}

namespace {

/// The matrix of an array, without its element type.
matrix shape_of(const any_array& array, const std::string& what)
{
    if (array.ndim() != 2) {
        throw nb::value_error(
            (what + ": the array has " + std::to_string(array.ndim()) + " dimensions, expected 2").c_str());
    }
    matrix m{.data = array.data(), .rows = array.shape(0), .columns = array.shape(1)};
    if (m.columns > 1 && m.rows > 0 && array.stride(1) != 1) {
        throw nb::value_error((what + ": stride " + std::to_string(array.stride(1)) +
                               " along the last axis, expected 1 (row-major); use numpy.ascontiguousarray")
                                  .c_str());
    }
    if (m.rows > 1 && array.stride(0) < 0) {
        throw nb::value_error((what + ": the rows are in reverse order in memory (stride " +
                               std::to_string(array.stride(0)) + "); use numpy.ascontiguousarray")
                                  .c_str());
    }
    m.row_stride = m.rows > 1 ? static_cast<std::size_t>(array.stride(0)) : m.columns;
    return m;
}

}  // namespace

owned_matrix read_scores(nb::handle scores, bool bits_of_bfloat16)
{
    owned_matrix result{.owner = read_array(scores, "scores")};
    result.view = shape_of(result.owner, "scores");
    const nb::dlpack::dtype type = result.owner.dtype();
    constexpr auto code_of = [](nb::dlpack::dtype_code code) { return static_cast<std::uint8_t>(code); };
    const auto is = [&](nb::dlpack::dtype_code code, int bits) {
        return type.code == code_of(code) && type.bits == bits && type.lanes == 1;
    };
    using nb::dlpack::dtype_code;
    if (is(dtype_code::Bfloat, 16) || (bits_of_bfloat16 && is(dtype_code::UInt, 16))) {
        result.view.type = element::bfloat16;
    } else if (is(dtype_code::Float, 16)) {
        result.view.type = element::float16;
    } else if (is(dtype_code::Float, 32)) {
        result.view.type = element::float32;
    } else if (is(dtype_code::Float, 64)) {
        result.view.type = element::float64;
    } else if (is(dtype_code::Int, 8)) {
        result.view.type = element::int8;
    } else if (is(dtype_code::UInt, 8)) {
        result.view.type = element::uint8;
    } else {
        throw nb::value_error(("scores: the element type is " + name_of(type) +
                               ", expected float16, bfloat16, float32, float64, int8 or uint8; stored top-k lists are "
                               "TopK(lists, classes)")
                                  .c_str());
    }
    return result;
}

owned_matrix read_lists(nb::handle lists)
{
    owned_matrix result{.owner = read_array(lists, "top-k lists")};
    result.view = shape_of(result.owner, "top-k lists");
    const bool wide = result.owner.dtype() == nb::dtype<std::int64_t>();
    if ((!wide && result.owner.dtype() != nb::dtype<std::int32_t>()) || result.view.row_stride != result.view.columns)
        throw nb::value_error("top-k lists: expected a C-contiguous array of int32 or int64");
    result.view.type = wide ? element::int64 : element::int32;
    return result;
}

ra::original_labels_view read_original(nb::handle labels)
{
    if (labels.is_none()) return {};
    const any_array array = read_array(labels, "original labels");
    const char* const what = "original labels: expected a contiguous array of int32, int64 or uint64, one per image";
    if (array.dtype() == nb::dtype<std::int32_t>()) return read_column<std::int32_t>(array, what);
    if (array.dtype() == nb::dtype<std::int64_t>()) return read_column<std::int64_t>(array, what);
    return read_column<std::uint64_t>(array, what);
}

}  // namespace binding
