// Reads groups of classes from CSV, and taxonomies of classes from lists of edges such as WordNet's.
#pragma once

#include "../data/class_groups.hpp"
#include "../data/class_taxonomy.hpp"
#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "class_names.hpp"
#include "csv.hpp"
#include "file_error.hpp"
#include "text_file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Groups of classes and their names: names[g] is the name of group g.
struct named_class_groups {
    class_groups groups{};
    std::vector<std::string> names{};
};

/// Groups of `classes` classes from a CSV file with the columns class and group, a line for each class in a group. A
/// class is an index or a name; a group is any text. Groups are numbered in order of their first lines. A class may
/// have several lines, and classes without a line are in no group; a repeated line counts once.
///
/// Throws file_error for a file without these columns, an empty group, a text that is not a class, and a class outside
/// [0, classes); messages name the line. O(bytes).
[[nodiscard]] inline named_class_groups read_class_groups(const std::filesystem::path& path, std::size_t classes,
                                                          const class_names& names = {},
                                                          const csv_options& options = {})
{
    const table csv = read_csv(path, options);
    const std::size_t class_column = csv.column("class"), group_column = csv.column("group");
    named_class_groups result;
    std::vector<std::vector<std::size_t>> of_class(classes);
    std::unordered_map<std::string, std::size_t> number_of;
    for (std::size_t row = 0; row < csv.rows(); ++row) {
        const std::string_view text = detail::trimmed(csv.text(row, class_column));
        const std::optional<std::int64_t> c = detail::parse_class(text, names);
        if (!c) {
            detail::fail_file(path, "line ", csv.line(row), ": ", detail::in_quotes(text), " is not ", detail::a_class);
        }
        if (*c < 0 || !std::cmp_less(*c, classes)) {
            detail::fail_file(path, "line ", csv.line(row), ": class ", *c, " is outside [0, ", classes, ")");
        }
        const std::string group(detail::trimmed(csv.text(row, group_column)));
        if (group.empty()) detail::fail_file(path, "line ", csv.line(row), ": the group is empty");
        const auto [entry, added] = number_of.emplace(group, result.names.size());
        if (added) result.names.push_back(group);
        of_class[static_cast<std::size_t>(*c)].push_back(entry->second);
    }
    result.groups = class_groups(of_class, result.names.size());
    return result;
}

/// A taxonomy of classes and the names of its nodes: names[n] is the name of node n.
struct named_class_taxonomy {
    class_taxonomy taxonomy{};
    std::vector<std::string> names{};

    /// The node of this name; nothing if there is none. O(nodes).
    [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const
    {
        for (std::size_t node = 0; node < names.size(); ++node) {
            if (names[node] == name) return node;
        }
        return std::nullopt;
    }
};

/// A taxonomy from a text file with an edge per line: the name of the parent, blanks, and the name of the child
/// (wordnet.is_a.txt: "n00001740 n00001930"). The nodes of the classes are those with the names of the classes; nodes
/// are numbered in order of their first occurrence.
///
/// Throws file_error for a line that is not two names, a class without a node, and a cycle. O(bytes + edges log edges).
[[nodiscard]] inline named_class_taxonomy read_class_taxonomy(const std::filesystem::path& path,
                                                              const class_names& names = {})
{
    const std::string text = read_text_file(path);
    named_class_taxonomy result;
    std::unordered_map<std::string, std::size_t> number_of;
    const auto node_of = [&](std::string_view name) {
        const auto [entry, added] = number_of.emplace(std::string(name), result.names.size());
        if (added) result.names.emplace_back(name);
        return entry->second;
    };
    std::vector<taxonomy_edge> edges;
    for (const std::string_view line : detail::lines_of_values(path, text, "a parent and a child")) {
        const std::string_view edge = detail::trimmed(line);
        const std::size_t blank = edge.find_first_of(" \t");
        const std::string_view child = blank == std::string_view::npos ? "" : detail::trimmed(edge.substr(blank));
        if (child.empty() || child.find_first_of(" \t") != std::string_view::npos) {
            detail::fail_file(path, "edge ", edges.size(), ", ", detail::in_quotes(edge),
                              ", is not the names of a parent and a child");
        }
        const std::size_t parent = node_of(edge.substr(0, blank));
        edges.push_back({parent, node_of(child)});
    }
    std::vector<std::optional<std::size_t>> found(names.classes());
    for (std::size_t node = 0; node < result.names.size(); ++node) {
        if (const auto c = names.find(result.names[node])) found[static_cast<std::size_t>(*c)] = node;
    }
    std::vector<std::size_t> nodes;
    for (std::size_t c = 0; c < found.size(); ++c) {
        if (!found[c]) detail::fail_file(path, "class ", c, " has no node: no edge has the name of the class");
        nodes.push_back(*found[c]);
    }
    try {
        result.taxonomy = class_taxonomy(result.names.size(), edges, nodes);
    } catch (const std::invalid_argument& error) {
        detail::fail_file(path, error.what());
    }
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
