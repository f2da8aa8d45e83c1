// Base of the JSON readers: events instead of a document in memory (nlohmann's SAX interface), and one error message
// for every unexpected value.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "file_error.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Throws io::file_error for a NUL: nlohmann's lexer treats it as the end of its input and would ignore the rest.
inline void expect_no_nul(const std::filesystem::path& path, std::string_view text)
{
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
        fail_file(path, "byte ", nul, " is NUL, so this is not valid JSON", this_is(text));
}

/// The whole text as a document in memory, for small formats. `expected` describes it in messages. Throws
/// io::file_error for anything other than one JSON value. O(bytes).
[[nodiscard]] inline nlohmann::json parse_json(const std::filesystem::path& path, std::string_view text,
                                               std::string_view expected)
{
    expect_no_nul(path, text);
    try {
        return nlohmann::json::parse(text);
    } catch (const nlohmann::json::parse_error& error) {
        fail_file(path, "not valid JSON near byte ", error.byte, ", expected ", expected);
    } catch (const nlohmann::json::exception&) {
        fail_file(path, "not valid JSON, expected ", expected);
    }
}

/// A value of an untrusted file as part of a message. The contents of lists and objects are not printed: nlohmann's
/// dump recurses, and the nesting of a file can be deeper than the stack.
[[nodiscard]] inline std::string value_text(const nlohmann::json& value)
{
    if (value.is_object()) return "an object";
    if (value.is_array()) return "a list";
    return value.is_string() ? in_quotes(value.get_ref<const std::string&>()) : value.dump();
}

/// Rejects every value; a derived reader overrides the events of the values that it accepts. Errors name the element
/// and its approximate byte.
class json_reader : public nlohmann::json_sax<nlohmann::json> {
public:
    explicit json_reader(const std::filesystem::path& path) : path_(path) {}

    /// Reads the text to its end. Throws io::file_error for anything other than one JSON value that the derived reader
    /// accepts. O(bytes). Deep nesting is safe, because neither this class nor nlohmann's parser recurses.
    void read(std::string_view text)
    {
        expect_no_nul(path_, text);
        begin_ = text.data();
        at_ = begin_;
        const char* const end = begin_ + text.size();
        nlohmann::json::sax_parse(counted_bytes{begin_, &at_}, counted_bytes{end, &at_}, this);
    }

    bool null() override { unexpected("null"); }
    bool boolean(bool value) override { unexpected(value ? "true" : "false"); }
    bool number_integer(number_integer_t value) override { unexpected(concatenate("the number ", value)); }
    bool number_unsigned(number_unsigned_t value) override { unexpected(concatenate("the number ", value)); }
    bool number_float(number_float_t, const string_t& digits) override
    {
        unexpected(concatenate("the number ", in_quotes(digits)));
    }
    bool string(string_t& value) override { unexpected(concatenate("the string ", in_quotes(value))); }
    bool binary(binary_t&) override { unexpected("bytes"); }
    bool start_object(std::size_t) override { unexpected("an object"); }
    bool key(string_t& name) override { unexpected(concatenate("the key ", in_quotes(name))); }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { unexpected("a list"); }
    bool end_array() override { return true; }

    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override
    {
        // The message repeats the last token, which may be as long as the file, after an identifier in brackets.
        std::string_view what = error.what();
        if (const std::size_t bracket = what.find("] "); bracket != std::string_view::npos)
            what.remove_prefix(bracket + 2);
        constexpr std::size_t most = 200;
        fail_file(path_, "not valid JSON near byte ", at_ - begin_, ": ", what.substr(0, most),
                  what.size() > most ? "..." : "");
    }

protected:
    /// The name of the next value: "label set 3".
    [[nodiscard]] virtual std::string place() const = 0;
    /// What it should be: "a list".
    [[nodiscard]] virtual std::string_view expected() const = 0;

    [[noreturn]] void unexpected(std::string_view found) const
    {
        fail_file(path_, place(), " is ", found, ", expected ", expected(), " (near byte ", at_ - begin_, ")");
    }

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    // Reports the position of the parser; its events do not.
    struct counted_bytes {
        using iterator_category = std::input_iterator_tag;
        using value_type = char;
        using difference_type = std::ptrdiff_t;
        using pointer = const char*;
        using reference = const char&;

        const char* byte = nullptr;
        const char** furthest = nullptr;

        reference operator*() const noexcept { return *byte; }
        counted_bytes& operator++() noexcept
        {
            *furthest = ++byte;
            return *this;
        }
        counted_bytes operator++(int) noexcept
        {
            const counted_bytes before = *this;
            ++*this;
            return before;
        }
        friend bool operator==(const counted_bytes& a, const counted_bytes& b) noexcept { return a.byte == b.byte; }
    };

    const std::filesystem::path& path_;
    const char* begin_ = nullptr;
    const char* at_ = nullptr;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
