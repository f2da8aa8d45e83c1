// JSON lines: a text with one JSON value per line, such as {"image": "a.jpg", "label": 65}.
#pragma once

#include "../version.hpp"
#include "class_names.hpp"
#include "file_error.hpp"
#include "json_reader.hpp"
#include "text_file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// The values of JSON lines as the text of one list, and the line of every value.
struct json_lines {
    std::string list{};
    std::vector<std::size_t> lines{};
};

/// The values of a text with one JSON value per line (JSON lines), which all begin with `open` and end with `close`, as
/// the elements of a list; nothing if the text is not of this form or has fewer than `least` lines.
[[nodiscard]] inline std::optional<json_lines> list_of_json_lines(std::string_view text, char open, char close,
                                                                  std::size_t least = 2)
{
    text = without_byte_order_mark(text);
    json_lines found{.list = "["};
    for (std::size_t number = 1; !text.empty(); ++number) {
        std::string_view line = take_line(text);
        const std::size_t first = line.find_first_not_of(" \t\r\n");
        if (first == std::string_view::npos) continue;
        line = line.substr(first, line.find_last_not_of(" \t\r\n") + 1 - first);
        const bool is_value = line.size() >= 2 && line.front() == open && line.back() == close;
        if (!is_value || (open == '[' && line[1] == '[')) return std::nullopt;
        found.list += found.lines.empty() ? "" : ",";
        found.list += line;
        found.lines.push_back(number);
    }
    if (found.lines.size() < least) return std::nullopt;
    found.list += "]";
    return found;
}

/// The image that an object of a line names; nothing without one.
[[nodiscard]] inline std::optional<std::string> image_of_json_line(const nlohmann::json& line)
{
    for (const char* const key : {"image", "file_name", "filename", "file", "path", "name"}) {
        if (line.contains(key) && line[key].is_string()) return line[key].get<std::string>();
    }
    return std::nullopt;
}

/// The class in a value: an integer or the name of a class; nothing for other values.
[[nodiscard]] inline std::optional<std::int64_t> class_of_json(const nlohmann::json& value,
                                                               const io::class_names& classes)
{
    if (value.is_string()) return parse_class(value.get_ref<const std::string&>(), classes);
    if (value.is_number_unsigned() && !std::in_range<std::int64_t>(value.get<std::uint64_t>())) return std::nullopt;
    if (value.is_number_integer()) return value.get<std::int64_t>();
    return std::nullopt;
}

/// The objects of a text in JSON lines, with the line of each. A text of one line is of this form only if its object
/// names its image, because an object may also have images as keys. Nothing for other texts. Throws io::file_error for
/// lines that begin and end like objects, but are not JSON.
struct json_objects {
    nlohmann::json objects{};
    std::vector<std::size_t> lines{};
};
[[nodiscard]] inline std::optional<json_objects> objects_of_json_lines(const std::filesystem::path& path,
                                                                       std::string_view text, std::string_view expected)
{
    constexpr std::size_t most_bytes_of_one = 10'000;
    std::optional<json_lines> found = list_of_json_lines(text, '{', '}', text.size() <= most_bytes_of_one ? 1 : 2);
    if (!found) return std::nullopt;
    expect_no_nul(path, text);
    if (found->lines.size() == 1) {
        try {
            nlohmann::json one = parse_json(path, found->list, expected);
            if (one.size() != 1 || !image_of_json_line(one[0])) return std::nullopt;
            return json_objects{std::move(one), std::move(found->lines)};
        } catch (const io::file_error&) {
            return std::nullopt;
        }
    }
    nlohmann::json objects = parse_json(path, found->list, expected);
    if (objects.size() != found->lines.size()) {
        fail_file(path, found->lines.size(), " lines have ", objects.size(), " values, expected ", expected);
    }
    return json_objects{std::move(objects), std::move(found->lines)};
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
