// file_error: the exception for files that cannot be read or written, or have an invalid content.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
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

[[noreturn]] inline void throw_file_error(const std::filesystem::path& path, std::initializer_list<message_part> parts)
{
    throw io::file_error(path.string() + ": " + joined(parts));
}

/// Throws io::file_error with the path and the parts as its message.
template <class... Parts>
[[noreturn]] void fail_file(const std::filesystem::path& path, const Parts&... parts)
{
    throw_file_error(path, {message_part(parts)...});
}

/// What the first bytes of a file say it is, and what to do, as part of a message; empty for unknown bytes.
[[nodiscard]] inline std::string_view kind_of_bytes(std::string_view bytes) noexcept
{
    constexpr std::size_t zip_name = 30;
    if (bytes.starts_with("PK\3\4")) {
        const std::string_view name = bytes.substr(std::min(zip_name, bytes.size()), 256);
        return name.substr(0, name.find("PK\3\4")).find("data.pkl") != std::string_view::npos
                   ? "a PyTorch file: load it and save the array with numpy.save"
                   : "a zip archive: name it .npz if it has npy arrays, or unpack it";
    }
    if (bytes.starts_with("\x1f\x8b")) return "a gzip file: inflate it with gunzip";
    if (bytes.starts_with("\x89HDF")) return "an HDF5 file: save the array with numpy.save";
    if (bytes.starts_with("\x93NUMPY")) return "an npy file; if it is compressed, inflate it with gunzip";
    if (bytes.starts_with("\xfd"
                          "7zXZ") ||
        bytes.starts_with("BZh") || bytes.starts_with("\x28\xb5\x2f\xfd"))
        return "a file compressed by xz, bzip2 or zstd: decompress it";
    if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) return "text in UTF-16: save it as UTF-8";
    if (bytes.starts_with("MATLAB 5.0")) return "a MATLAB file: save the array with numpy.save";
    if (bytes.size() >= 2 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5)
        return "a Python pickle, or an old PyTorch file: save the array with numpy.save, without objects";
    if (bytes.starts_with("PAR1")) return "a Parquet file: save it as CSV";
    if (bytes.starts_with("\xff\xd8\xff") || bytes.starts_with("\x89PNG")) return "an image";
    return {};
}

/// The same with "; this is " before it.
[[nodiscard]] inline std::string this_is(std::string_view bytes)
{
    const std::string_view kind = kind_of_bytes(bytes);
    return kind.empty() ? std::string() : "; this is " + std::string(kind);
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
