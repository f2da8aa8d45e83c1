// The usual headers of columns of images and of labels in tables.
#pragma once

#include "../version.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// The text with A to Z in lower case, independent of the locale.
[[nodiscard]] inline std::string lower_case(std::string_view text)
{
    std::string lower(text);
    for (char& letter : lower) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return lower;
}

/// Whether the word, in letters of either case, is a usual header of a column of image names.
[[nodiscard]] inline bool is_image_header(std::string_view word)
{
    constexpr std::array<std::string_view, 8> usual{"imageid",   "image_id", "image", "filename",
                                                    "file_name", "file",     "name",  "path"};
    return std::find(usual.begin(), usual.end(), lower_case(word)) != usual.end();
}

/// Whether the word, in letters of either case, is a usual header of a column of labels.
[[nodiscard]] inline bool is_label_header(std::string_view word)
{
    constexpr std::array<std::string_view, 9> usual{"class",    "label", "target", "class_index",     "classid",
                                                    "class_id", "wnid",  "synset", "predictionstring"};
    return std::find(usual.begin(), usual.end(), lower_case(word)) != usual.end();
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
