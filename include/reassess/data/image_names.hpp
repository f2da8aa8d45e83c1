// Joining data sets by image name: two sources rarely have their images in the same order.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "label_sets.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The file name without its folders: "val/n01440764/x.JPEG" gives "x.JPEG". Both / and \ separate folders.
[[nodiscard]] inline std::string_view base_name(std::string_view path) noexcept
{
    const std::size_t slash = path.find_last_of("/\\");
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// The last `components` parts of a path, or all of it if it has fewer.
[[nodiscard]] inline std::string_view last_components(std::string_view path, std::size_t components) noexcept
{
    std::size_t end = path.size();
    for (std::size_t i = 0; i < components; ++i) {
        if (end == 0) return path;
        const std::size_t slash = path.find_last_of("/\\", end - 1);
        if (slash == std::string_view::npos) return path;
        end = slash;
    }
    return path.substr(end + 1);
}

/// The length of the extension with its dot; 0 without one.
[[nodiscard]] inline std::size_t extension_length(std::string_view path) noexcept
{
    const std::string_view name = path.substr(path.find_last_of("/\\") + 1);
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos || dot == 0 ? 0 : name.size() - dot;
}

/// The text without a WordNet id at its end: "ILSVRC2012_val_00000293_n01440764" gives "ILSVRC2012_val_00000293".
[[nodiscard]] inline std::string_view without_synset(std::string_view stem) noexcept
{
    constexpr std::size_t length = 10;  // _n01440764
    if (stem.size() <= length) return stem;
    const std::string_view end = stem.substr(stem.size() - length);
    if (!end.starts_with("_n") || end.substr(2).find_first_not_of("0123456789") != std::string_view::npos) return stem;
    return stem.substr(0, stem.size() - length);
}

/// How names are compared.
struct name_key {
    std::size_t components = 1;
    bool with_extension = true;

    [[nodiscard]] std::string operator()(std::string_view name) const
    {
        const std::size_t extension = extension_length(name);
        std::string key(last_components(without_synset(name.substr(0, name.size() - extension)), components));
        if (with_extension) key += name.substr(name.size() - extension);
        for (char& c : key) {
            if (c == '\\') c = '/';
        }
        return key;
    }
};

[[nodiscard]] inline bool are_unique(std::span<const std::string> names, const name_key& key)
{
    std::unordered_set<std::string> seen;
    seen.reserve(names.size());
    for (const std::string& name : names) {
        if (!seen.insert(key(name)).second) return false;
    }
    return true;
}

/// The shortest ends of paths by which the names differ; base names if none do.
[[nodiscard]] inline name_key shortest_key(std::span<const std::string> names, bool with_extension)
{
    constexpr std::size_t most = 8;
    for (name_key key{1, with_extension}; key.components <= most; ++key.components) {
        if (are_unique(names, key)) return key;
    }
    return {1, with_extension};
}

/// match_names by one way of comparing names.
[[nodiscard]] inline std::vector<std::size_t> match_by_key(std::span<const std::string> available,
                                                           std::span<const std::string> requested, const name_key& key)
{
    std::unordered_map<std::string, std::size_t> index_of;
    index_of.reserve(available.size());
    for (std::size_t i = 0; i < available.size(); ++i) {
        const auto [entry, added] = index_of.emplace(key(available[i]), i);
        expects(added, "image names: ", available[i], " occurs twice among the available images (", entry->second,
                " and ", i, ")");
    }
    constexpr std::size_t unused = static_cast<std::size_t>(-1);
    std::vector<std::size_t> first_use(available.size(), unused);
    std::vector<std::size_t> matches(requested.size());
    for (std::size_t i = 0; i < requested.size(); ++i) {
        const auto entry = index_of.find(key(requested[i]));
        expects(entry != index_of.end(), "image names: ", requested[i], " (image ", i, ") is not among the ",
                available.size(), " available images");
        std::size_t& use = first_use[entry->second];
        expects(use == unused, "image names: ", requested[i], " occurs twice among the requested images (", use,
                " and ", i, ")");
        use = i;
        matches[i] = entry->second;
    }
    return matches;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// For each name of `requested`, the index of the same image in `available`, which may contain more names.
///
/// Names are compared without folders. If these base names repeat in either list (cat/0001.png, dog/0001.png), as many
/// folders are compared as make them different. A WordNet id at the end of the name, as Hugging Face's data sets have
/// it, is ignored. If this does not match all names, they are compared without extensions.
///
/// Throws std::invalid_argument, naming the image, if a requested name is not available or a name occurs twice in
/// either list. O(names).
[[nodiscard]] inline std::vector<std::size_t> match_names(std::span<const std::string> available,
                                                          std::span<const std::string> requested)
{
    const auto key_of_both = [&](bool with_extension) {
        const detail::name_key first = detail::shortest_key(available, with_extension);
        const detail::name_key second = detail::shortest_key(requested, with_extension);
        return first.components < second.components ? second : first;
    };
    try {
        return detail::match_by_key(available, requested, key_of_both(true));
    } catch (const std::invalid_argument&) {
        try {
            return detail::match_by_key(available, requested, key_of_both(false));
        } catch (const std::invalid_argument&) {
        }
        throw;
    }
}

/// An image that occurs more than once among names.
struct repeated_row {
    std::size_t row = 0;
    /// The first row of the same image.
    std::size_t first = 0;

    friend bool operator==(const repeated_row&, const repeated_row&) = default;
};

/// The rows whose name, with folders, is that of an earlier row, ascending. O(names).
[[nodiscard]] inline std::vector<repeated_row> find_repeated_names(std::span<const std::string> names)
{
    std::unordered_map<std::string_view, std::size_t> first_row;
    first_row.reserve(names.size());
    std::vector<repeated_row> repeated;
    for (std::size_t row = 0; row < names.size(); ++row) {
        const auto [entry, added] = first_row.emplace(names[row], row);
        if (!added) repeated.push_back({row, entry->second});
    }
    return repeated;
}

/// The zero-based position given by the number in each name: "ILSVRC2012_val_00000293.JPEG" and
/// "ILSVRC2012_val_00000293_n01440764.JPEG" are image 293, position 292.
///
/// The number is the run of digits before the extension, and before a WordNet id. Throws std::invalid_argument unless
/// the numbers are different and in [1, images]: otherwise they do not identify images of this number.
[[nodiscard]] inline std::vector<std::size_t> positions_from_numbers(std::span<const std::string> names,
                                                                     std::size_t images)
{
    std::vector<std::size_t> positions(names.size());
    std::vector<bool> seen(images, false);
    for (std::size_t i = 0; i < names.size(); ++i) {
        std::string_view stem = base_name(names[i]);
        stem = detail::without_synset(stem.substr(0, stem.size() - detail::extension_length(stem)));
        const std::size_t last_other = stem.find_last_not_of("0123456789");
        const std::string_view digits = last_other == std::string_view::npos ? stem : stem.substr(last_other + 1);
        std::uint64_t number = 0;
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        detail::expects(!digits.empty(), "image names: ", names[i], " (image ", i, ") does not end in a number");
        detail::expects(
            parsed.ec == std::errc{} && number >= 1 && number <= images && !seen[static_cast<std::size_t>(number - 1)],
            "image names: number of ", names[i], " (image ", i, ") is repeated or outside [1, ", images,
            "]; the numbers must be ",
            images == names.size() ? "a permutation of 1 to " : "different numbers from 1 to ", images,
            " to identify the label sets");
        seen[static_cast<std::size_t>(number - 1)] = true;
        positions[i] = static_cast<std::size_t>(number - 1);
    }
    return positions;
}

/// The same for names of all images: the numbers must be a permutation of 1 .. names.size().
[[nodiscard]] inline std::vector<std::size_t> positions_from_numbers(std::span<const std::string> names)
{
    return positions_from_numbers(names, names.size());
}

/// The sets sets[positions[0]], sets[positions[1]], ... Throws std::out_of_range for a position outside [0,
/// sets.images()).
[[nodiscard]] inline label_sets reorder(label_sets_view sets, std::span<const std::size_t> positions)
{
    label_sets reordered;
    for (const std::size_t position : positions) {
        detail::expects<std::out_of_range>(position < sets.images(), "label sets: position ", position,
                                           " is outside [0, ", sets.images(), ")");
        reordered.append(sets[position]);
    }
    return reordered;
}

/// The label sets of the images `requested`, in that order, joined by base name; names[i] is the image of sets[i].
/// Throws std::invalid_argument if there are not as many names as sets; other errors: see match_names.
[[nodiscard]] inline label_sets align(label_sets_view sets, std::span<const std::string> names,
                                      std::span<const std::string> requested)
{
    detail::expects(names.size() == sets.images(), "label sets: ", sets.images(), " sets, but ", names.size(),
                    " names of their images");
    return reorder(sets, match_names(names, requested));
}

/// The label sets of the images `requested`, in that order; set i belongs to the image whose name ends in number i + 1,
/// as in real.json. The images may be a part of those of the sets. Throws std::invalid_argument if there are more
/// images than sets; other errors: see positions_from_numbers.
[[nodiscard]] inline label_sets align_by_number(label_sets_view sets, std::span<const std::string> requested)
{
    detail::expects(requested.size() <= sets.images(), "label sets: ", sets.images(), " sets, but ", requested.size(),
                    " image names");
    return reorder(sets, positions_from_numbers(requested, sets.images()));
}

/// The names of the ImageNet validation set in order of number, which is the order of real.json:
/// ILSVRC2012_val_00000001.JPEG to ILSVRC2012_val_00050000.JPEG.
[[nodiscard]] inline std::vector<std::string> imagenet_validation_names()
{
    constexpr std::size_t images = 50000;
    std::vector<std::string> names;
    names.reserve(images);
    for (std::size_t number = 1; number <= images; ++number) {
        const std::string digits = std::to_string(number);
        names.push_back("ILSVRC2012_val_" + std::string(8 - digits.size(), '0') + digits + ".JPEG");
    }
    return names;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
