// Inflates gzip files (RFC 1952), by libzip: the compressed data of a gzip file are those of a zip archive.
#pragma once

#include "../version.hpp"
#include "file_error.hpp"

#include <zip.h>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

inline constexpr std::string_view gzip_magic = "\x1f\x8b\x08";

/// Maximum size of an inflated file, because a few hundred bytes can inflate to gigabytes.
inline constexpr std::uint64_t most_inflated_bytes = std::uint64_t{1} << 30;

/// The number of bytes before the compressed data. Throws io::file_error for a header that does not end.
[[nodiscard]] inline std::size_t gzip_header_bytes(const std::filesystem::path& path, std::string_view bytes)
{
    constexpr std::size_t fixed = 10, trailer = 8;
    const auto byte = [&](std::size_t i) -> unsigned {
        return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
    };
    const unsigned flags = byte(3);
    std::size_t at = fixed;
    if ((flags & 4U) != 0) at += 2 + (byte(at) | byte(at + 1) << 8U);
    for (const unsigned text : {8U, 16U}) {  // the file's name, a comment
        if ((flags & text) != 0) at = std::min(bytes.find('\0', std::min(at, bytes.size())), bytes.size()) + 1;
    }
    if ((flags & 2U) != 0) at += 2;
    if (at > bytes.size() || bytes.size() - at < trailer) fail_file(path, "truncated gzip file");
    return at;
}

/// A zip archive with one deflated file.
[[nodiscard]] inline std::string zip_of_deflated(std::string_view deflated, std::string_view crc, std::string_view size)
{
    const auto number = [](std::size_t value, std::size_t bytes) {
        std::string text;
        for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
        return text;
    };
    // Version 2.0, no flags, deflate, no date; then the sizes, and a name of one byte.
    std::string about = number(20, 2) + number(0, 2) + number(8, 2) + number(0, 4);
    about.append(crc).append(number(deflated.size(), 4)).append(size).append(number(1, 2)).append(number(0, 2));
    std::string archive = "PK\x03\x04" + about + "a";
    archive.append(deflated);
    const std::size_t directory = archive.size();
    archive += "PK\x01\x02" + number(20, 2) + about + number(0, 2) + number(0, 2) + number(0, 2) + number(0, 4) +
               number(0, 4) + "a";
    const std::size_t directory_bytes = archive.size() - directory;
    return archive + "PK\x05\x06" + number(0, 4) + number(1, 2) + number(1, 2) + number(directory_bytes, 4) +
           number(directory, 4) + number(0, 2);
}

/// The bytes of a gzip file of one member. Throws io::file_error if it is truncated, inflates to more than 1 GiB, has
/// several members (also equal ones), or has a wrong checksum. O(bytes).
[[nodiscard]] inline std::string inflate_gzip(const std::filesystem::path& path, std::string_view bytes)
{
    const std::size_t begin = gzip_header_bytes(path, bytes);
    const std::string_view trailer = bytes.substr(bytes.size() - 8);
    const std::string_view deflated = bytes.substr(begin, bytes.size() - 8 - begin);
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size |= std::uint64_t{static_cast<unsigned char>(trailer[4 + i])} << (8 * i);
    const auto damaged = [&] {
        fail_file(path, "a truncated or damaged gzip file, or one of several members; inflate it with gunzip");
    };
    // The compression ratio of deflate is at most 1032: these are not the last bytes of a whole file.
    if (size > 1032 * std::uint64_t{deflated.size()}) damaged();
    if (size > most_inflated_bytes || deflated.size() > most_inflated_bytes) {
        fail_file(path, "inflates to ", size, " bytes, above the limit of ", most_inflated_bytes,
                  "; inflate it with gunzip");
    }
    const std::string archive = zip_of_deflated(deflated, trailer.substr(0, 4), trailer.substr(4));
    // Inflating ends silently after the first member; a last member of other bytes fails the checksum below.
    if (deflated.find(trailer) != std::string_view::npos) damaged();
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* const source = zip_source_buffer_create(archive.data(), archive.size(), 0, &error);
    zip_t* const opened = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error);
    zip_error_fini(&error);
    if (opened == nullptr) {
        if (source != nullptr) zip_source_free(source);
        damaged();
    }
    const auto close_archive = [](zip_t* it) { zip_discard(it); };
    const std::unique_ptr<zip_t, decltype(close_archive)> holder(opened, close_archive);
    const auto close_file = [](zip_file_t* it) { zip_fclose(it); };
    const std::unique_ptr<zip_file_t, decltype(close_file)> file(zip_fopen_index(opened, 0, 0), close_file);
    if (!file) damaged();
    // Memory grows with the bytes that are read, not with the declared size.
    constexpr std::size_t chunk_bytes = std::size_t{1} << 16;
    const auto chunk = std::make_unique<char[]>(chunk_bytes);
    std::string text;
    for (;;) {
        const zip_int64_t count = zip_fread(file.get(), chunk.get(), chunk_bytes);
        if (count < 0 || text.size() > size) damaged();
        if (count == 0) break;
        text.append(chunk.get(), static_cast<std::size_t>(count));
    }
    if (text.size() != size) damaged();
    return text;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
