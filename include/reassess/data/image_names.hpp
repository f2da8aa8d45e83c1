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
#include <unordered_map>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The file name without its folders: "val/n01440764/x.JPEG" gives "x.JPEG". Both / and \ separate folders.
[[nodiscard]] inline std::string_view base_name(std::string_view path) noexcept
{
    const std::size_t slash = path.find_last_of("/\\");
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// For each name of `requested`, the index of the same base name in `available`, which may contain more names. Throws
/// std::invalid_argument, naming the image, if a requested name is not available or a base name occurs twice in either
/// list. O(names).
[[nodiscard]] inline std::vector<std::size_t> match_names(std::span<const std::string> available,
                                                          std::span<const std::string> requested)
{
    std::unordered_map<std::string_view, std::size_t> index_of;
    index_of.reserve(available.size());
    for (std::size_t i = 0; i < available.size(); ++i) {
        const auto [entry, added] = index_of.emplace(base_name(available[i]), i);
        detail::expects(added, "image names: ", available[i], " occurs twice among the available images (",
                        entry->second, " and ", i, ")");
    }
    constexpr std::size_t unused = static_cast<std::size_t>(-1);
    std::vector<std::size_t> first_use(available.size(), unused);
    std::vector<std::size_t> matches(requested.size());
    for (std::size_t i = 0; i < requested.size(); ++i) {
        const auto entry = index_of.find(base_name(requested[i]));
        detail::expects(entry != index_of.end(), "image names: ", requested[i], " (image ", i, ") is not among the ",
                        available.size(), " available images");
        std::size_t& use = first_use[entry->second];
        detail::expects(use == unused, "image names: ", requested[i], " occurs twice among the requested images (", use,
                        " and ", i, ")");
        use = i;
        matches[i] = entry->second;
    }
    return matches;
}

/// The zero-based position given by the number in each name: "ILSVRC2012_val_00000293.JPEG" is image 293, position 292.
///
/// The number is the run of digits before the extension. Throws std::invalid_argument unless the numbers are a
/// permutation of 1 .. names.size(): otherwise they do not identify the images.
[[nodiscard]] inline std::vector<std::size_t> positions_from_numbers(std::span<const std::string> names)
{
    std::vector<std::size_t> positions(names.size());
    std::vector<bool> seen(names.size(), false);
    for (std::size_t i = 0; i < names.size(); ++i) {
        std::string_view stem = base_name(names[i]);
        if (const std::size_t dot = stem.rfind('.'); dot != std::string_view::npos && dot != 0)
            stem = stem.substr(0, dot);
        const std::size_t last_other = stem.find_last_not_of("0123456789");
        const std::string_view digits = last_other == std::string_view::npos ? stem : stem.substr(last_other + 1);
        std::uint64_t number = 0;
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        detail::expects(!digits.empty(), "image names: ", names[i], " (image ", i, ") does not end in a number");
        detail::expects(parsed.ec == std::errc{} && number >= 1 && number <= names.size() &&
                            !seen[static_cast<std::size_t>(number - 1)],
                        "image names: number of ", names[i], " (image ", i, ") is repeated or outside [1, ",
                        names.size(), "]; the numbers must be a permutation of 1 to ", names.size(),
                        " to identify the label sets");
        seen[static_cast<std::size_t>(number - 1)] = true;
        positions[i] = static_cast<std::size_t>(number - 1);
    }
    return positions;
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
/// as in real.json. Throws std::invalid_argument if there are not as many images as sets; other errors: see
/// positions_from_numbers.
[[nodiscard]] inline label_sets align_by_number(label_sets_view sets, std::span<const std::string> requested)
{
    detail::expects(requested.size() == sets.images(), "label sets: ", sets.images(), " sets, but ", requested.size(),
                    " image names");
    return reorder(sets, positions_from_numbers(requested));
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
