// Converts the data of npy files to row-major order and to the byte order of this machine.
#pragma once

#include "../version.hpp"
#include "npy_header.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Reverses the bytes of each of `elements` elements of `size` bytes.
inline void reverse_bytes(std::byte* data, std::size_t elements, std::size_t size) noexcept
{
    for (std::size_t i = 0; i < elements; ++i) std::reverse(data + i * size, data + (i + 1) * size);
}

/// Whether the data can be used as they are in the file.
[[nodiscard]] inline bool is_native(const npy_header& header) noexcept
{
    return !header.column_major && !header.big_endian;
}

/// Copies rows first .. first + count - 1 (the first dimension) of an array to `to`, row-major and in the byte order of
/// this machine. `from` are all data of the file. Column-major arrays of two dimensions are read in tiles that fit in
/// the cache. O(elements).
inline void copy_rows(const npy_header& header, const std::byte* from, std::size_t first, std::size_t count,
                      std::byte* to)
{
    const std::size_t bytes = header.element_bytes;
    const std::size_t rows = header.shape.empty() ? 1 : header.shape[0];
    if (rows == 0 || count == 0) return;
    const std::size_t width = header.elements / rows;
    if (!header.column_major) {
        if (width != 0) std::memcpy(to, from + first * width * bytes, count * width * bytes);
    } else {
        // The offset of every element of a row in units of rows: the later dimensions, the first of them fastest.
        std::vector<std::size_t> column_of(width, 0);
        std::vector<std::size_t> index(header.shape.size(), 0);
        for (std::size_t j = 0; j < width; ++j) {
            std::size_t stride = 1;
            for (std::size_t d = 1; d < index.size(); ++d) {
                column_of[j] += index[d] * stride;
                stride *= header.shape[d];
            }
            for (std::size_t d = index.size() - 1; d > 0 && ++index[d] == header.shape[d]; --d) index[d] = 0;
        }
        constexpr std::size_t tile = 64;
        for (std::size_t r = 0; r < count; r += tile) {
            for (std::size_t c = 0; c < width; c += tile) {
                for (std::size_t j = c; j < std::min(c + tile, width); ++j) {
                    for (std::size_t i = r; i < std::min(r + tile, count); ++i) {
                        std::memcpy(to + (i * width + j) * bytes, from + (column_of[j] * rows + first + i) * bytes,
                                    bytes);
                    }
                }
            }
        }
    }
    if (!header.big_endian) return;
    const std::size_t unit = io::size_of(header.dtype);
    reverse_bytes(to, count * width * bytes / unit, unit);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
