// Converts the text of NumPy arrays (UTF-32 of fixed length) to UTF-8.
#pragma once

#include "../version.hpp"
#include "file_error.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Converts a fixed number of UTF-32 code points to UTF-8, without the zeros at the end. The memory of `text` is
/// reused. Throws io::file_error for numbers that are not code points.
inline void decode_text(const std::filesystem::path& path, std::span<const char32_t> points, std::string& text)
{
    while (!points.empty() && points.back() == 0) points = points.first(points.size() - 1);
    text.clear();
    for (const char32_t point : points) {
        const auto add = [&](char32_t bits) { text += static_cast<char>(static_cast<unsigned char>(bits)); };
        if (point < 0x80) {
            add(point);
        } else if (point < 0x800) {
            add(0xc0 | point >> 6);
            add(0x80 | (point & 0x3f));
        } else if (point < 0x10000) {
            if (point >= 0xd800 && point < 0xe000) fail_file(path, "text with a surrogate, which is not a code point");
            add(0xe0 | point >> 12);
            add(0x80 | (point >> 6 & 0x3f));
            add(0x80 | (point & 0x3f));
        } else {
            if (point > 0x10ffff)
                fail_file(path, "text with the number ", std::uint32_t{point}, ", which is not a code point");
            add(0xf0 | point >> 18);
            add(0x80 | (point >> 12 & 0x3f));
            add(0x80 | (point >> 6 & 0x3f));
            add(0x80 | (point & 0x3f));
        }
    }
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
