// Reads NumPy's npz archives (named arrays, stored or deflated) as streams. Uses libzip (libzip.org, BSD-3-Clause),
// which programs must link.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "file_error.hpp"
#include "npy.hpp"
#include "npy_header.hpp"
#include "npy_layout.hpp"
#include "npy_text.hpp"

#include <zip.h>
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <ios>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

struct npz_options {
    /// Maximum size in bytes of an inflated array; larger arrays are an error, because a few hundred bytes can inflate
    /// to gigabytes. (The rater votes of ImageNet are 377 MB, from 1.4 MB in the archive.)
    std::uint64_t max_array_bytes = std::uint64_t{1} << 30;
};

/// An array read from an archive, row-major.
template <class T>
struct npz_array {
    std::vector<std::size_t> shape{};
    std::vector<T> values{};
};

class npz_file;

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

class npz_stream;
[[nodiscard]] npz_stream open_array(const io::npz_file& file, std::string_view name);

struct discard_archive {
    void operator()(zip_t* archive) const noexcept { zip_discard(archive); }
};
struct close_member {
    void operator()(zip_file_t* file) const noexcept { zip_fclose(file); }
};

[[nodiscard]] inline std::string zip_message(zip_error_t* error)
{
    return zip_error_strerror(error);
}

/// The first bytes of a regular file, for messages; empty if it cannot be read.
[[nodiscard]] inline std::string first_bytes(const std::filesystem::path& path)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return {};
    std::ifstream file(path, std::ios::binary);
    std::string start(300, '\0');
    file.read(start.data(), static_cast<std::streamsize>(start.size()));
    start.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return start;
}

/// The beginning of messages about an array: the archive and the name of the array.
[[nodiscard]] inline std::filesystem::path member_path(const std::filesystem::path& archive, std::string_view name)
{
    return archive.string() + ": array " + in_quotes(name);
}

/// One array of an archive as a stream: the header, then the bytes of the data in order. The data are valid only after
/// finish() has returned, because the checksum covers the whole array.
class npz_stream {
public:
    /// Opens a member and reads its header. `path` is a member_path.
    npz_stream(zip_t* archive, zip_uint64_t member, std::filesystem::path path, io::npz_options options)
        : path_(std::move(path))
    {
        zip_stat_t stat;
        zip_stat_init(&stat);
        if (zip_stat_index(archive, member, 0, &stat) != 0) fail_file(path_, zip_message(zip_get_error(archive)));
        constexpr zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
        if ((stat.valid & needed) != needed) fail_file(path_, "the archive does not declare the size of the array");
        if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE)
            fail_file(path_, "unsupported: the array is encrypted");
        if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)
            fail_file(path_, "unsupported compression method ", stat.comp_method, ", expected stored or deflated");
        if (stat.size > options.max_array_bytes) {
            fail_file(path_, "inflates to ", stat.size, " bytes, above the limit of ", options.max_array_bytes,
                      " (npz_options::max_array_bytes)");
        }
        // The compression ratio of deflate is at most 1032.
        const zip_uint64_t most = stat.comp_method == ZIP_CM_STORE ? stat.comp_size
                                  : stat.comp_size > std::numeric_limits<zip_uint64_t>::max() / 1032
                                      ? std::numeric_limits<zip_uint64_t>::max()
                                      : stat.comp_size * 1032;
        if (stat.size > most)
            fail_file(path_, stat.comp_size, " bytes of the archive cannot inflate to the declared ", stat.size,
                      " bytes");
        file_.reset(zip_fopen_index(archive, member, 0));
        if (!file_) fail_file(path_, zip_message(zip_get_error(archive)));

        const std::size_t total = static_cast<std::size_t>(stat.size);
        start_.resize(std::min(total, most_header_bytes + npy_magic.size() + 6));
        start_.resize(read_archive(start_.data(), start_.size()));
        header_ = parse_npy_header(path_, {start_.data(), start_.size()}, total, io::npy_text::accept);
        at_ = header_.data_offset;
        left_ = header_.elements * header_.element_bytes;
    }

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] const npy_header& header() const noexcept { return header_; }
    /// Bytes of data not yet read.
    [[nodiscard]] std::size_t left() const noexcept { return left_; }

    /// Reads the next `size` bytes of data. Throws io::file_error if fewer are available.
    void read(void* to, std::size_t size)
    {
        char* next = static_cast<char*>(to);
        const std::size_t from_start = std::min(size, start_.size() - at_);
        if (from_start != 0) std::memcpy(next, start_.data() + at_, from_start);
        at_ += from_start;
        const std::size_t needed = size - from_start;
        const std::size_t got = read_archive(next + from_start, needed);
        if (got != needed) fail_file(path_, "truncated: ", left_ - from_start - got, " bytes of data are missing");
        left_ -= size;
    }

    /// Reads to the end and compares the checksum. Throws io::file_error if it differs.
    void finish()
    {
        char byte = 0;
        if (read_archive(&byte, 1) != 0) fail_file(path_, "has more bytes than the archive declares");
    }

private:
    std::size_t read_archive(char* to, std::size_t size)
    {
        std::size_t got = 0;
        do {
            const zip_int64_t bytes = zip_fread(file_.get(), to + got, size - got);
            if (bytes < 0) fail_file(path_, zip_message(zip_file_get_error(file_.get())));
            if (bytes == 0) break;
            got += static_cast<std::size_t>(bytes);
        } while (got < size);
        return got;
    }

    std::filesystem::path path_;
    std::unique_ptr<zip_file_t, close_member> file_;
    // The first bytes of the member: the header and some data.
    std::vector<char> start_;
    npy_header header_;
    std::size_t at_ = 0;
    std::size_t left_ = 0;
};

/// Calls f(values, index of the first) for blocks of some thousand elements of the stream; groups of `group` elements
/// are not split. Finally checks the checksum. O(1) memory.
template <class T, class F>
void for_each_chunk(npz_stream& stream, std::size_t group, F f)
{
    constexpr std::size_t about_bytes = std::size_t{1} << 16;
    const std::size_t groups = std::max<std::size_t>(1, about_bytes / sizeof(T) / std::max<std::size_t>(1, group));
    if (stream.header().column_major) {
        fail_file(stream.path(),
                  "is column-major, expected rows one after the other (save numpy.ascontiguousarray("
                  "array))");
    }
    const bool reversed = stream.header().big_endian && sizeof(T) == io::size_of(stream.header().dtype);
    std::vector<T> chunk(std::min(groups * group, stream.left() / sizeof(T)));
    for (std::size_t first = 0; stream.left() != 0;) {
        const std::size_t count = std::min(chunk.size(), stream.left() / sizeof(T));
        stream.read(chunk.data(), count * sizeof(T));
        if (reversed) reverse_bytes(reinterpret_cast<std::byte*>(chunk.data()), count, sizeof(T));
        f(std::span<const T>(chunk).first(count), first);
        first += count;
    }
    stream.finish();
}

/// Calls f(bytes) for blocks of the bytes as they are stored, in any layout. Finally checks the checksum. O(1) memory.
template <class F>
void for_each_byte_chunk(npz_stream& stream, F f)
{
    constexpr std::size_t about_bytes = std::size_t{1} << 16;
    std::vector<std::byte> chunk(std::min(about_bytes, stream.left()));
    while (stream.left() != 0) {
        const std::size_t count = std::min(chunk.size(), stream.left());
        stream.read(chunk.data(), count);
        f(std::span<const std::byte>(chunk).first(count));
    }
    stream.finish();
}

/// Calls f(text, index) for every text of the stream, in order. The text is valid only during the call. Finally checks
/// the checksum. O(1) memory. Throws io::file_error for an array that is not text.
template <class F>
void for_each_text(npz_stream& stream, F f)
{
    if (stream.header().dtype != io::npy_type::text && stream.header().dtype != io::npy_type::bytes)
        fail_file(stream.path(), "has elements of type ", io::name_of(stream.header().dtype), ", expected text");
    std::string text;
    if (stream.header().dtype == io::npy_type::bytes) {
        const std::size_t bytes = stream.header().element_bytes;
        for_each_chunk<char>(stream, bytes, [&](std::span<const char> all, std::size_t first) {
            for (std::size_t i = 0; i < all.size(); i += bytes) {
                const std::string_view one(all.data() + i, bytes);
                text = one.substr(0, one.find_last_not_of('\0') + 1);
                f(std::string_view(text), (first + i) / bytes);
            }
        });
        return;
    }
    const std::size_t length = stream.header().element_bytes / sizeof(char32_t);
    for_each_chunk<char32_t>(stream, length, [&](std::span<const char32_t> points, std::size_t first) {
        for (std::size_t i = 0; i < points.size(); i += length) {
            decode_text(stream.path(), points.subspan(i, length), text);
            f(std::string_view(text), (first + i) / length);
        }
    });
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// An npz archive: a zip archive (also zip64) of npy files, stored or deflated.
///
/// Members whose names do not end in ".npy" are skipped. Arrays are read by name without the extension. Declared sizes
/// are compared with the bytes that are read; memory grows only with the bytes that are read. An array is returned only
/// if its checksum (CRC-32) is correct. Not thread-safe.
class npz_file {
public:
    /// Opens the archive and reads its directory. Throws file_error for a file that is not a zip archive, an archive
    /// whose directories contradict each other, and one with a name twice. O(names).
    explicit npz_file(const std::filesystem::path& path, npz_options options = {}) : path_(path), options_(options)
    {
        if (is_npy_file(path_)) detail::fail_file(path_, "is an npy file, expected an npz archive");
        int code = 0;
        archive_.reset(zip_open(path_.string().c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
        if (!archive_) {
            zip_error_t error;
            zip_error_init_with_code(&error, code);
            const std::string message = detail::zip_message(&error);
            zip_error_fini(&error);
            const std::string start = detail::first_bytes(path_);
            const bool is_zip = detail::kind_of_bytes(start).starts_with("a zip archive");
            detail::fail_file(path_, "cannot be opened as an npz archive: ", message,
                              is_zip ? "; this is a truncated or damaged zip archive" : detail::this_is(start));
        }
        constexpr std::string_view ending = ".npy";
        const zip_int64_t members = zip_get_num_entries(archive_.get(), 0);
        for (zip_int64_t i = 0; i < members; ++i) {
            const char* const name = zip_get_name(archive_.get(), static_cast<zip_uint64_t>(i), 0);
            if (name == nullptr) detail::fail_file(path_, detail::zip_message(zip_get_error(archive_.get())));
            std::string_view stem = name;
            if (!stem.ends_with(ending)) continue;
            stem.remove_suffix(ending.size());
            names_.emplace_back(stem);
            members_.push_back(static_cast<zip_uint64_t>(i));
        }
        std::vector<std::string_view> sorted(names_.begin(), names_.end());
        std::sort(sorted.begin(), sorted.end());
        const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
        if (twice != sorted.end()) detail::fail_file(path_, "the array ", detail::in_quotes(*twice), " occurs twice");
    }

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// The names of the arrays in order of the archive, without ".npy".
    [[nodiscard]] std::span<const std::string> names() const noexcept { return names_; }

    /// The name of the only array. Throws file_error if there is none or more than one, naming them.
    [[nodiscard]] const std::string& only_name() const
    {
        if (names_.empty()) {
            std::ifstream file(path_, std::ios::binary);
            std::string start(300, '\0');
            file.read(start.data(), static_cast<std::streamsize>(start.size()));
            detail::fail_file(path_, "has no arrays, expected one npy array", detail::this_is(start));
        }
        if (names_.size() != 1) {
            detail::fail_file(path_, "has the arrays ", names_text(), ", expected one array; name one of them (",
                              path_.filename().string(), ":", names_.front(), ")");
        }
        return names_.front();
    }

    /// An array whose elements are of type T: half for float16, std::uint8_t also for bool, bfloat16 for
    /// uint16. Elements are not converted.
    ///
    /// Throws file_error if there is no such array, and for an array of another type, above the size limit, encrypted,
    /// compressed by another method, truncated, malformed, or with a wrong checksum. O(bytes).
    template <npy_element T>
    [[nodiscard]] npz_array<T> read(std::string_view name) const
    {
        detail::npz_stream stream = detail::open_array(*this, name);
        const npy_type type = stream.header().dtype;
        const bool byte_of_boolean = std::same_as<T, std::uint8_t> && type == npy_type::boolean;
        if (type != npy_type_of<T>() && !byte_of_boolean)
            detail::fail_file(stream.path(), "has elements of type ", name_of(type), ", expected ",
                              name_of(npy_type_of<T>()));
        npz_array<T> array{.shape = stream.header().shape};
        // Memory grows with the bytes that are read.
        detail::for_each_chunk<T>(stream, 1, [&](std::span<const T> values, std::size_t) {
            array.values.insert(array.values.end(), values.begin(), values.end());
        });
        return array;
    }

    /// An array of text ("<U28") as UTF-8. Throws file_error like read(), and for invalid code points. O(bytes).
    [[nodiscard]] npz_array<std::string> read_texts(std::string_view name) const
    {
        detail::npz_stream stream = detail::open_array(*this, name);
        npz_array<std::string> array{.shape = stream.header().shape};
        detail::for_each_text(stream, [&](std::string_view text, std::size_t) { array.values.emplace_back(text); });
        return array;
    }

private:
    friend detail::npz_stream detail::open_array(const npz_file& file, std::string_view name);

    [[nodiscard]] std::string names_text() const
    {
        if (names_.empty()) return "no arrays";
        std::string text;
        constexpr std::size_t most = 8;
        for (std::size_t i = 0; i < std::min(most, names_.size()); ++i)
            text += (i == 0 ? "" : ", ") + detail::in_quotes(names_[i]);
        if (names_.size() > most) text += detail::concatenate(" and ", names_.size() - most, " more");
        return text;
    }

    std::filesystem::path path_;
    npz_options options_;
    std::unique_ptr<zip_t, detail::discard_archive> archive_;
    std::vector<std::string> names_;
    std::vector<zip_uint64_t> members_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// The stream of an array, for readers that do not keep the whole array. Throws io::file_error like npz_file::read.
[[nodiscard]] inline npz_stream open_array(const io::npz_file& file, std::string_view name)
{
    const auto found = std::find(file.names_.begin(), file.names_.end(), name);
    if (found == file.names_.end()) fail_file(file.path_, "no array ", in_quotes(name), "; it has ", file.names_text());
    const auto index = static_cast<std::size_t>(found - file.names_.begin());
    return {file.archive_.get(), file.members_[index], member_path(file.path_, *found), file.options_};
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Whether the file begins with the magic bytes of a zip archive, like every npz archive. False for a file that cannot
/// be opened or is not a regular file.
[[nodiscard]] inline bool is_npz_file(const std::filesystem::path& path)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return false;
    std::ifstream file(path, std::ios::binary);
    char start[4] = {};
    if (!file.read(start, sizeof start)) return false;
    const std::string_view bytes(start, sizeof start);
    // The second is an archive without members.
    return bytes == std::string_view("PK\3\4", 4) || bytes == std::string_view("PK\5\6", 4);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
