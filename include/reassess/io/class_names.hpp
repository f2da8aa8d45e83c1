// Classes in files: an index, a whole number such as 6.5e+01, or a name such as the WordNet id n01440764.
#pragma once

#include "../data/class_orders.hpp"
#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "file_error.hpp"
#include "text_file.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// The names of classes: name i is class i. By default the WordNet ids of ImageNet-1k.
class class_names {
public:
    class_names() : class_names(imagenet_synsets()) {}

    /// Throws std::invalid_argument for a name that occurs twice.
    explicit class_names(std::span<const std::string> names)
    {
        index_of_.reserve(names.size());
        for (const std::string& name : names) {
            const auto [entry, added] = index_of_.emplace(name, static_cast<class_index>(index_of_.size()));
            detail::expects(added, "class names: ", detail::in_quotes(name), " occurs twice (classes ", entry->second,
                            " and ", index_of_.size(), ")");
        }
    }

    [[nodiscard]] std::size_t classes() const noexcept { return index_of_.size(); }
    /// The class with this name; nothing if there is none. O(1).
    [[nodiscard]] std::optional<class_index> find(const std::string& name) const
    {
        const auto entry = index_of_.find(name);
        return entry == index_of_.end() ? std::nullopt : std::optional(entry->second);
    }

private:
    std::unordered_map<std::string, class_index> index_of_;
};

/// The names of classes in a text file with one class per line, whose first word is the name (synset_words.txt:
/// "n01440764 tench, Tinca tinca"). Throws file_error for a name that occurs twice, and like read_text_file.
[[nodiscard]] inline class_names read_class_names(const std::filesystem::path& path)
{
    const std::string text = read_text_file(path);
    std::vector<std::string> names;
    for (const std::string_view line : detail::lines_of_values(path, text, "a class name")) {
        const std::size_t begin = line.find_first_not_of(" \t");
        const std::size_t end = line.find_first_of(" \t,", begin);
        names.emplace_back(line.substr(begin, end == std::string_view::npos ? end : end - begin));
    }
    try {
        return class_names(names);
    } catch (const std::invalid_argument& error) {
        detail::fail_file(path, error.what());
    }
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// The number as an integer if it is whole and exact.
[[nodiscard]] inline std::optional<std::int64_t> whole_number(double value) noexcept
{
    constexpr double most = 9007199254740992.0;  // 2^53
    if (!(value >= -most && value <= most) || std::trunc(value) != value) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

/// An integer, or a whole number in another notation ("6.5e+01", "65.0"), independent of the locale.
[[nodiscard]] inline std::optional<std::int64_t> parse_whole_number(std::string_view text) noexcept
{
    const char* const end = text.data() + text.size();
    std::int64_t integer = 0;
    const auto parsed = std::from_chars(text.data(), end, integer);
    if (parsed.ec == std::errc{} && parsed.ptr == end) return integer;
    if (text.find_first_of("nNxX") != std::string_view::npos) return std::nullopt;
    double real = 0;
    const auto parsed_real = std::from_chars(text.data(), end, real);
    if (parsed_real.ec != std::errc{} || parsed_real.ptr != end) return std::nullopt;
    return whole_number(real);
}

/// A class: a whole number, or a name.
[[nodiscard]] inline std::optional<std::int64_t> parse_class(std::string_view text, const io::class_names& names)
{
    if (const auto number = parse_whole_number(text)) return number;
    if (const auto named = names.find(std::string(text))) return *named;
    return std::nullopt;
}

inline constexpr std::string_view a_class = "a class: an integer, or a class name such as n01440764";

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
