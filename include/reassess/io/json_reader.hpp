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
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Throws io::file_error for a NUL: nlohmann's lexer treats it as the end of its input and would ignore the rest.
inline void expect_no_nul(const std::filesystem::path& path, std::string_view text)
{
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
        fail_file(path, "byte ", nul, " is NUL, so this is not valid JSON", this_is(text));
}

/// A value of an untrusted file as part of a message. The contents of lists and objects are not printed. (nlohmann's
/// dump would recurse, where the nesting of a file can be deeper than the stack, and take a second to compile.)
[[nodiscard]] inline std::string value_text(const nlohmann::json& value)
{
    using kind = nlohmann::json::value_t;
    switch (value.type()) {
        case kind::object:
            return "an object";
        case kind::array:
            return "a list";
        case kind::string:
            return in_quotes(value.get_ref<const std::string&>());
        case kind::boolean:
            return value.get<bool>() ? "true" : "false";
        case kind::number_integer:
            return concatenate(value.get<std::int64_t>());
        case kind::number_unsigned:
            return concatenate(value.get<std::uint64_t>());
        case kind::number_float: {
            std::string text = concatenate(value.get<double>());
            if (text.find_first_of(".e") == std::string::npos) text += ".0";
            return text;
        }
        default:
            return "null";
    }
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
        // What json::sax_parse calls for text. It would also compile the readers of five binary formats, which take two
        // seconds in every source.
        auto input = nlohmann::detail::input_adapter(counted_bytes{begin_, &at_}, counted_bytes{end, &at_});
        nlohmann::json_sax<nlohmann::json>* const events = this;
        nlohmann::detail::parser<nlohmann::json, decltype(input)>(std::move(input)).sax_parse(events);
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

/// Builds a document in memory from the same events as the other readers, so that one parser is compiled.
class json_document_reader final : public json_reader {
public:
    /// `expected` describes the document in messages.
    json_document_reader(const std::filesystem::path& path, std::string_view expected)
        : json_reader(path), expected_(expected)
    {
    }

    [[nodiscard]] nlohmann::json take() { return std::move(document_); }

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t&) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool start_object(std::size_t) override { return open(nlohmann::json::value_t::object); }
    bool key(string_t& name) override
    {
        member_ = &(*open_.back())[name];
        return true;
    }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(nlohmann::json::value_t::array); }
    bool end_array() override { return close(); }

    bool parse_error(std::size_t byte, const std::string&, const nlohmann::detail::exception&) override
    {
        fail_file(path(), "not valid JSON near byte ", byte, ", expected ", expected_);
    }

private:
    nlohmann::json& place_of_next()
    {
        if (open_.empty()) return document_;
        nlohmann::json& parent = *open_.back();
        return parent.is_object() ? *member_ : parent.emplace_back();
    }
    bool add(nlohmann::json value)
    {
        place_of_next() = std::move(value);
        return true;
    }
    bool open(nlohmann::json::value_t kind)
    {
        nlohmann::json& list_or_object = place_of_next();
        list_or_object = kind;
        open_.push_back(&list_or_object);
        return true;
    }
    bool close()
    {
        open_.pop_back();
        return true;
    }

    [[nodiscard]] std::string place() const override { return "the file"; }
    [[nodiscard]] std::string_view expected() const override { return expected_; }

    std::string_view expected_;
    nlohmann::json document_{};
    std::vector<nlohmann::json*> open_{};  // lists and objects without their end; a pointer is used until then only
    nlohmann::json* member_ = nullptr;     // the value of the last key
};

/// The whole text as a document in memory, for small formats. `expected` describes it in messages. Throws
/// io::file_error for anything other than one JSON value. O(bytes).
[[nodiscard]] inline nlohmann::json parse_json(const std::filesystem::path& path, std::string_view text,
                                               std::string_view expected)
{
    json_document_reader reader(path, expected);
    reader.read(text);
    return reader.take();
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
