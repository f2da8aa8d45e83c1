// file_error: the exception for files that cannot be read or written, or have an invalid content.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Exception for a file that cannot be read or written, or has an invalid content. The message begins with the path of
/// the file. Invalid arguments (a row outside the table, a shape that does not match the values) throw
/// std::invalid_argument or std::out_of_range instead.
struct file_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Throws io::file_error with the path and the parts as its message.
template <class... Parts>
[[noreturn]] void fail_file(const std::filesystem::path& path, const Parts&... parts)
{
    fail<io::file_error>(path.string(), ": ", parts...);
}

/// Bytes of an untrusted file as part of a message: one line, in quotes, no control characters, at most
/// 60 bytes.
[[nodiscard]] inline std::string in_quotes(std::string_view bytes)
{
    constexpr std::size_t most = 60;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "\"";
    for (const char byte : bytes.substr(0, most)) {
        const auto code = static_cast<unsigned char>(byte);
        if (code < 0x20 || code == 0x7f) {
            text += "\\x";
            text += digits[code >> 4];
            text += digits[code & 0xf];
        } else {
            text += byte;
        }
    }
    return text + (bytes.size() > most ? "\"..." : "\"");
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
