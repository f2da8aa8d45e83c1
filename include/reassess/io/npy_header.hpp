// The header of npy files (NumPy's format specification, NEP 1, versions 1.0 to 3.0).
//
// The header is a Python dictionary. The grammar accepts only the three keys and their literals; nothing is evaluated.
// Every number is checked against the size of the file before it is used.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "file_error.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// The supported element types of npy files. A `boolean` is a byte, read as std::uint8_t; `text` is a fixed number of
/// UTF-32 code points and `bytes` of bytes, supported only in npz archives and for image names; `void16` has 16 bits
/// without a type, as NumPy writes ml_dtypes' bfloat16.
enum class npy_type {
    boolean,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
    float16,
    float32,
    float64,
    text,
    bytes,
    void16
};

/// Whether arrays of text ("<U28", "|S28") are accepted or are an unsupported dtype.
enum class npy_text { refuse, accept };

/// NumPy's name of the type: "float32".
[[nodiscard]] constexpr std::string_view name_of(npy_type type) noexcept
{
    switch (type) {
        case npy_type::boolean:
            return "bool";
        case npy_type::int8:
            return "int8";
        case npy_type::int16:
            return "int16";
        case npy_type::int32:
            return "int32";
        case npy_type::int64:
            return "int64";
        case npy_type::uint8:
            return "uint8";
        case npy_type::uint16:
            return "uint16";
        case npy_type::uint32:
            return "uint32";
        case npy_type::uint64:
            return "uint64";
        case npy_type::float16:
            return "float16";
        case npy_type::float32:
            return "float32";
        case npy_type::float64:
            return "float64";
        case npy_type::text:
            return "text";
        case npy_type::bytes:
            return "bytes of text";
        case npy_type::void16:
            return "16 bits without a type (V2)";
    }
    return "unknown";
}

/// The size in bytes of one element; for text and bytes, of one code point or byte.
[[nodiscard]] constexpr std::size_t size_of(npy_type type) noexcept
{
    switch (type) {
        case npy_type::boolean:
        case npy_type::int8:
        case npy_type::uint8:
        case npy_type::bytes:
            return 1;
        case npy_type::void16:
        case npy_type::int16:
        case npy_type::uint16:
        case npy_type::float16:
            return 2;
        case npy_type::int32:
        case npy_type::uint32:
        case npy_type::float32:
        case npy_type::text:
            return 4;
        case npy_type::int64:
        case npy_type::uint64:
        case npy_type::float64:
            return 8;
    }
    return 0;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

inline constexpr std::string_view npy_magic = "\x93NUMPY";

/// Maximum size of the dictionary. NumPy's dictionaries have about 100 bytes, those of structures about 1000.
inline constexpr std::size_t most_header_bytes = std::size_t{1} << 16;

/// A shape as NumPy prints it: "(2, 3)", "(6,)", "()".
[[nodiscard]] inline std::string shape_text(const std::vector<std::size_t>& shape)
{
    std::string text = "(";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (i > 0) text += ", ";
        text += std::to_string(shape[i]);
    }
    return text + (shape.size() == 1 ? ",)" : ")");
}

struct npy_header {
    io::npy_type dtype{};
    /// size_of(dtype), for text times its length.
    std::size_t element_bytes = 0;
    std::vector<std::size_t> shape;
    std::size_t elements = 0;
    /// Whether the elements are column-major, in an order that differs from row-major.
    bool column_major = false;
    /// Whether the bytes of the elements are in the opposite order of this machine's.
    bool big_endian = false;
    /// Offset of the data. The file ends after elements * element_bytes bytes of data.
    std::size_t data_offset = 0;
};

/// Parser of the dictionary.
class npy_dictionary_parser {
public:
    npy_dictionary_parser(const std::filesystem::path& path, std::string_view text, io::npy_text texts)
        : path_(path), text_(text), texts_(texts)
    {
    }

    /// Sets dtype, element_bytes and shape. Throws io::file_error unless the dictionary has exactly the three keys with
    /// literals.
    void parse(npy_header& header)
    {
        if (text_.find('\0') != std::string_view::npos) fail_file(path_, "the npy header contains a NUL byte");
        skip_blanks();
        if (!accept('{')) fail_file(path_, "the npy header is not a dictionary");
        std::optional<element_type> dtype;
        std::optional<bool> fortran_order;
        std::optional<std::vector<std::size_t>> shape;
        skip_blanks();
        while (!accept('}')) {
            const std::string_view key = string_literal("a key");
            skip_blanks();
            if (!accept(':')) unexpected("':'");
            skip_blanks();
            if (key == "descr") {
                once(key, dtype);
                dtype = type_literal();
            } else if (key == "fortran_order") {
                once(key, fortran_order);
                fortran_order = truth_literal();
            } else if (key == "shape") {
                once(key, shape);
                shape = tuple_literal();
            } else {
                fail_file(path_, "the npy header has the key ", in_quotes(key),
                          ", expected descr, fortran_order and shape");
            }
            skip_blanks();
            if (accept(',')) {
                skip_blanks();
            } else if (!next_is('}')) {
                unexpected("',' or '}'");
            }
        }
        skip_blanks();
        if (at_ != text_.size()) unexpected("nothing after the dictionary");
        if (!dtype) fail_file(path_, "the npy header has no key descr");
        if (!fortran_order) fail_file(path_, "the npy header has no key fortran_order");
        if (!shape) fail_file(path_, "the npy header has no key shape");
        header.column_major = *fortran_order && !order_is_free(*shape);
        header.big_endian = dtype->big_endian;
        header.dtype = dtype->type;
        header.element_bytes = dtype->bytes;
        header.shape = std::move(*shape);
    }

private:
    struct element_type {
        io::npy_type type{};
        std::size_t bytes = 0;
        bool big_endian = false;
    };

    template <class Value>
    void once(std::string_view key, const std::optional<Value>& value) const
    {
        if (value) fail_file(path_, "the npy header has the key ", key, " twice");
    }

    [[noreturn]] void unexpected(std::string_view expected) const
    {
        fail_file(path_, "npy header: found ", at_ == text_.size() ? "its end" : in_quotes(text_.substr(at_, 20)),
                  ", expected ", expected);
    }

    [[nodiscard]] bool next_is(char c) const noexcept { return at_ < text_.size() && text_[at_] == c; }
    [[nodiscard]] bool accept(char c) noexcept
    {
        const bool is_next = next_is(c);
        if (is_next) ++at_;
        return is_next;
    }
    [[nodiscard]] bool accept(std::string_view word) noexcept
    {
        const bool is_next = text_.substr(at_).starts_with(word);
        if (is_next) at_ += word.size();
        return is_next;
    }
    void skip_blanks() noexcept
    {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    }

    [[nodiscard]] std::string_view string_literal(std::string_view expected)
    {
        const char quote = next_is('"') ? '"' : '\'';
        if (!accept(quote)) unexpected(expected);
        const std::size_t end = text_.find(quote, at_);
        if (end == std::string_view::npos) fail_file(path_, "npy header: a string without its closing quote");
        const std::string_view value = text_.substr(at_, end - at_);
        // Keys and dtypes do not need escapes, so a backslash is an error.
        if (value.find('\\') != std::string_view::npos) fail_file(path_, "npy header: a string with a backslash");
        at_ = end + 1;
        return value;
    }

    [[nodiscard]] element_type type_literal()
    {
        if (next_is('['))
            fail_file(path_, "unsupported dtype: a structure of several fields, expected ", supported_types);
        const std::string_view descr = string_literal("a dtype");
        std::string_view code = descr;
        const char order = code.empty() ? '\0' : code.front();
        if (order == '<' || order == '>' || order == '=' || order == '|') code.remove_prefix(1);
        if (texts_ == io::npy_text::accept) {
            if (const std::size_t length = text_length(code); length != 0) {
                const io::npy_type type = code.front() == 'U' ? io::npy_type::text : io::npy_type::bytes;
                return {type, length * io::size_of(type), order == '>' && type == io::npy_type::text};
            }
        }
        const auto type = type_of(code);
        if (!type) {
            fail_file(path_, "unsupported dtype ", in_quotes(descr),
                      code == "O" ? ", a pickle of Python objects (save array.astype of a number or of str)" : "",
                      ", expected ", supported_types,
                      texts_ == io::npy_text::accept ? ", or text (<U1 and longer)" : "");
        }
        return {*type, io::size_of(*type), order == '>' && io::size_of(*type) > 1};
    }

    // The length of a text dtype, 28 for U28 and S28; 0 for other dtypes and for lengths whose byte count would
    // overflow.
    [[nodiscard]] static std::size_t text_length(std::string_view code) noexcept
    {
        if ((!code.starts_with('U') && !code.starts_with('S')) || code.size() > 8) return 0;
        std::size_t length = 0;
        const auto parsed = std::from_chars(code.data() + 1, code.data() + code.size(), length);
        return parsed.ec == std::errc{} && parsed.ptr == code.data() + code.size() ? length : 0;
    }

    [[nodiscard]] static std::optional<io::npy_type> type_of(std::string_view code) noexcept
    {
        if (code == "b1") return io::npy_type::boolean;
        if (code == "i1") return io::npy_type::int8;
        if (code == "i2") return io::npy_type::int16;
        if (code == "i4") return io::npy_type::int32;
        if (code == "i8") return io::npy_type::int64;
        if (code == "u1") return io::npy_type::uint8;
        if (code == "u2") return io::npy_type::uint16;
        if (code == "u4") return io::npy_type::uint32;
        if (code == "u8") return io::npy_type::uint64;
        if (code == "f2") return io::npy_type::float16;
        if (code == "f4") return io::npy_type::float32;
        if (code == "f8") return io::npy_type::float64;
        if (code == "V2") return io::npy_type::void16;
        return std::nullopt;
    }

    [[nodiscard]] bool truth_literal()
    {
        if (accept("True")) return true;
        if (accept("False")) return false;
        unexpected("fortran_order: True or False");
    }

    [[nodiscard]] std::vector<std::size_t> tuple_literal()
    {
        if (!accept('(')) unexpected("shape: a tuple");
        std::vector<std::size_t> shape;
        skip_blanks();
        while (!accept(')')) {
            shape.push_back(size_literal());
            skip_blanks();
            if (accept(',')) {
                skip_blanks();
            } else if (!next_is(')')) {
                unexpected("shape: ',' or ')'");
            } else if (shape.size() == 1) {
                unexpected("shape: ',' (in Python, a tuple of one number has a comma)");
            }
        }
        return shape;
    }

    [[nodiscard]] std::size_t size_literal()
    {
        if (next_is('-')) fail_file(path_, "bad shape: a negative dimension");
        std::size_t size = 0;
        const char* const begin = text_.data() + at_;
        const auto parsed = std::from_chars(begin, text_.data() + text_.size(), size);
        if (parsed.ec == std::errc::result_out_of_range)
            fail_file(path_, "bad shape: a dimension does not fit into ", std::numeric_limits<std::size_t>::digits,
                      " bits");
        if (parsed.ec != std::errc{}) unexpected("shape: a number");
        if (*begin == '0' && parsed.ptr - begin > 1) unexpected("shape: a number without leading zeros");
        at_ += static_cast<std::size_t>(parsed.ptr - begin);
        // Python 2 wrote its long integers as 2L.
        static_cast<void>(accept('L'));
        return size;
    }

    // With at most one dimension above 1, or without elements, row-major and column-major order are the same.
    [[nodiscard]] static bool order_is_free(const std::vector<std::size_t>& shape) noexcept
    {
        std::size_t above_one = 0;
        for (const std::size_t size : shape) {
            if (size == 0) return true;
            if (size > 1) ++above_one;
        }
        return above_one <= 1;
    }

    static constexpr std::string_view supported_types =
        "a boolean, an integer of 8 to 64 bits or a float of 16 to 64 bits";

    const std::filesystem::path& path_;
    std::string_view text_;
    io::npy_text texts_;
    std::size_t at_ = 0;
};

/// Reads the header of an npy file of `total_bytes` that begins with `bytes` (the header must be within them), and
/// checks that the size of the file is exactly that of header and data. `path` is only used in messages.
///
/// Accepted: format versions 1.0, 2.0 and 3.0, a dictionary of at most 64 KiB with its keys in any order and either
/// quotes; Python 2's 2L for 2; either byte order and order of rows, which the caller converts (npy_layout.hpp). Throws
/// io::file_error for anything else. O(header); allocates only the shape. Source: numpy/lib/format.py and its
/// documentation, numpy.org/neps/nep-0001-npy-format.html.
[[nodiscard]] inline npy_header parse_npy_header(const std::filesystem::path& path, std::string_view bytes,
                                                 std::size_t total_bytes, io::npy_text texts)
{
    if (!bytes.starts_with(npy_magic))
        fail_file(path, "not an npy file: ", bytes.empty() ? "it is empty" : "its first bytes are not \\x93NUMPY",
                  this_is(bytes));
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
    const auto expect_bytes = [&](std::size_t expected) {
        if (bytes.size() < expected)
            fail_file(path, "truncated header: expected ", expected, " bytes, has ", bytes.size());
    };

    std::size_t before = npy_magic.size() + 2;
    expect_bytes(before);
    const std::size_t major = byte(6);
    const std::size_t minor = byte(7);
    if (major < 1 || major > 3 || minor != 0)
        fail_file(path, "unsupported npy version ", major, ".", minor, ", expected 1.0, 2.0 or 3.0");
    const std::size_t length_bytes = major == 1 ? 2 : 4;
    expect_bytes(before + length_bytes);
    std::size_t length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) length |= byte(before + i) << (8 * i);
    before += length_bytes;
    if (length > most_header_bytes)
        fail_file(path, "a header of ", length, " bytes, expected at most ", most_header_bytes);
    expect_bytes(before + length);

    npy_header header;
    npy_dictionary_parser(path, bytes.substr(before, length), texts).parse(header);
    header.data_offset = before + length;

    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    bool empty = false;
    std::size_t elements = 1;
    // Dimensions of 0 are ignored here, so that they do not hide an overflow: (2**40, 2**40, 0) has a stride that
    // overflows.
    for (const std::size_t size : header.shape) {
        empty = empty || size == 0;
        if (size != 0 && elements > most / size)
            fail_file(path, "bad shape ", shape_text(header.shape), ": the number of elements overflows ",
                      std::numeric_limits<std::size_t>::digits, " bits");
        if (size != 0) elements *= size;
    }
    if (elements > most / header.element_bytes)
        fail_file(path, "bad shape ", shape_text(header.shape), " of ", io::name_of(header.dtype),
                  ": the byte count overflows ", std::numeric_limits<std::size_t>::digits, " bits");
    header.elements = empty ? 0 : elements;
    const std::size_t expected = header.elements * header.element_bytes;
    const std::size_t present = total_bytes - header.data_offset;
    if (present < expected) fail_file(path, "truncated: expected ", expected, " bytes of data, has ", present);
    if (present > expected)
        fail_file(path, "bytes after the data: expected ", expected, " bytes of data, has ", present);
    return header;
}

/// Reads the header of an npy file; `bytes` is the whole file.
[[nodiscard]] inline npy_header parse_npy_header(const std::filesystem::path& path, std::string_view bytes)
{
    return parse_npy_header(path, bytes, bytes.size(), io::npy_text::refuse);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
