// Families of models as cluster numbers: from labels, or guessed from the names of models.
#pragma once

#include "../version.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The family that a model's name suggests, for names like those of timm: the letters up to the first other character,
/// in lower case, after the prefixes "tf_", "legacy_" and "wide_" ("resnet50.a1_in1k", "wide_resnet50_2" and
/// "ResNet-152": "resnet"; "convnextv2_huge": "convnextv"; "ViT-B/16": "vit"). A guess: names say nothing about shared
/// training data or recipes, so use a column of families if there is one. Empty if the name does not begin with a
/// letter of ASCII.
[[nodiscard]] inline std::string family_of_name(std::string_view name)
{
    for (const std::string_view prefix : {"tf_", "legacy_", "wide_"}) {
        if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    }
    std::string family;
    for (const char c : name) {
        const bool upper = c >= 'A' && c <= 'Z';
        if (!upper && !(c >= 'a' && c <= 'z')) break;
        family += upper ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return family;
}

/// Numbers of the families, 0, 1, ... in order of their labels: equal for models with equal labels, for
/// robust_slope_options::clusters. O(n log n).
[[nodiscard]] inline std::vector<std::size_t> cluster_numbers(std::span<const std::string> labels)
{
    std::vector<std::string_view> names(labels.begin(), labels.end());
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::vector<std::size_t> numbers;
    numbers.reserve(labels.size());
    for (const std::string& label : labels) {
        const auto found = std::lower_bound(names.begin(), names.end(), std::string_view(label));
        numbers.push_back(static_cast<std::size_t>(found - names.begin()));
    }
    return numbers;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
