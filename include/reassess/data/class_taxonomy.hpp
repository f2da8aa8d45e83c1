// class_taxonomy: classes as nodes of a taxonomy such as WordNet, with heights, lowest common ancestors, and the
// groups of classes below chosen nodes.
#pragma once

#include "../detail/expects.hpp"
#include "../version.hpp"
#include "class_groups.hpp"
#include "labels.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A node and one of its parents, by their numbers.
struct taxonomy_edge {
    std::size_t parent = 0;
    std::size_t child = 0;
};

/// A taxonomy whose nodes include the classes. Nodes may have several parents (a directed acyclic graph, as WordNet);
/// depths and lowest common ancestors need trees, of which there may be several.
class class_taxonomy {
public:
    /// Without nodes and classes.
    class_taxonomy() = default;

    /// From edges between nodes 0 .. nodes - 1, in any order; class c is node node_of_class[c]. A repeated edge counts
    /// once. Nodes without a class at or below them are ignored everywhere.
    ///
    /// Throws std::out_of_range for a node outside [0, nodes), std::invalid_argument for two classes at one node and
    /// for a cycle; messages name the class, edge or node. O(nodes + edges log edges).
    class_taxonomy(std::size_t nodes, std::span<const taxonomy_edge> edges, std::span<const std::size_t> node_of_class)
        : node_of_class_(node_of_class.begin(), node_of_class.end())
    {
        detail::expects(nodes <= std::numeric_limits<std::uint32_t>::max(), "class taxonomy: ", nodes,
                        " nodes, expected fewer than 2^32");
        std::vector<char> has_class(nodes, 0);
        for (std::size_t c = 0; c < node_of_class.size(); ++c) {
            detail::expects<std::out_of_range>(node_of_class[c] < nodes, "class taxonomy: node ", node_of_class[c],
                                               " of class ", c, " is outside [0, ", nodes, ")");
            detail::expects(has_class[node_of_class[c]] == 0, "class taxonomy: class ", c, " is at node ",
                            node_of_class[c], ", where another class is");
            has_class[node_of_class[c]] = 1;
        }
        std::vector<std::vector<std::size_t>> children(nodes);
        parents_.resize(nodes);
        for (std::size_t i = 0; i < edges.size(); ++i) {
            detail::expects<std::out_of_range>(edges[i].parent < nodes && edges[i].child < nodes,
                                               "class taxonomy: edge ", i, " (", edges[i].parent, ", ", edges[i].child,
                                               ") has a node outside [0, ", nodes, ")");
            parents_[edges[i].child].push_back(edges[i].parent);
        }
        for (std::size_t node = 0; node < nodes; ++node) {
            std::vector<std::size_t>& of_node = parents_[node];
            std::sort(of_node.begin(), of_node.end());
            of_node.erase(std::unique(of_node.begin(), of_node.end()), of_node.end());
            for (const std::size_t parent : of_node) children[parent].push_back(node);
        }
        compute_heights(children, has_class);
    }

    /// Trees from the parent of each node; -1 for a root. Throws like the constructor above, and std::out_of_range
    /// for a parent that is neither -1 nor a node.
    [[nodiscard]] static class_taxonomy of_parents(std::span<const std::int64_t> parent_of_node,
                                                   std::span<const std::size_t> node_of_class)
    {
        std::vector<taxonomy_edge> edges;
        for (std::size_t node = 0; node < parent_of_node.size(); ++node) {
            const std::int64_t parent = parent_of_node[node];
            detail::expects<std::out_of_range>(parent >= -1, "class taxonomy: parent ", parent, " of node ", node,
                                               " is outside [0, ", parent_of_node.size(), "); -1 is the root");
            if (parent != -1) edges.push_back({static_cast<std::size_t>(parent), node});
        }
        return class_taxonomy(parent_of_node.size(), edges, node_of_class);
    }

    [[nodiscard]] std::size_t nodes() const noexcept { return parents_.size(); }
    [[nodiscard]] std::size_t classes() const noexcept { return node_of_class_.size(); }
    [[nodiscard]] std::span<const std::size_t> node_of_class() const noexcept { return node_of_class_; }

    /// The parents of a node, ascending; empty for a root. Throws std::out_of_range for a node outside [0, nodes()).
    [[nodiscard]] std::span<const std::size_t> parents(std::size_t node) const
    {
        expect_node(node);
        return parents_[node];
    }
    /// The number of edges from a node up to its root. Throws std::out_of_range for a node outside [0, nodes()),
    /// std::invalid_argument if it, or a node above it, has several parents. O(depth).
    [[nodiscard]] std::size_t depth(std::size_t node) const
    {
        expect_node(node);
        return depth_of(node);
    }

    /// The height of a node: the greatest number of edges down to a class. Throws std::out_of_range for a node outside
    /// [0, nodes()), std::invalid_argument for a node without a class at or below it.
    [[nodiscard]] std::size_t height(std::size_t node) const
    {
        expect_node(node);
        detail::expects(heights_[node] != no_class_below, "class taxonomy: node ", node,
                        " has no class at or below it");
        return heights_[node];
    }
    /// The greatest height of all nodes; 0 without classes.
    [[nodiscard]] std::size_t height() const noexcept
    {
        std::size_t greatest = 0;
        for (const std::size_t h : heights_) greatest = std::max(greatest, h == no_class_below ? 0 : h);
        return greatest;
    }

    /// The lowest common ancestor of two classes, which may be the node of a class. Throws std::out_of_range for a
    /// class outside [0, classes()), and std::invalid_argument if a node above the classes has several parents, or the
    /// classes have no common ancestor. O(depth of the tree).
    [[nodiscard]] std::size_t lowest_common_ancestor(class_index a, class_index b) const
    {
        std::size_t one = node_of(a), other = node_of(b);
        std::size_t depth = depth_of(one), other_depth = depth_of(other);
        while (one != other) {
            if (depth < other_depth) {
                other = parents_[other].front();
                --other_depth;
                continue;
            }
            detail::expects(depth > 0, "class taxonomy: classes ", a, " and ", b, " have no common ancestor");
            one = parents_[one].front();
            --depth;
        }
        return one;
    }

    /// The groups of classes at or below the nodes: group g has those of nodes[g]. A class is in several groups if it
    /// is below several of the nodes, and in none if it is below no node. Throws std::out_of_range for a node outside
    /// [0, nodes()). O(classes * ancestors of a class).
    [[nodiscard]] class_groups groups_below(std::span<const std::size_t> nodes_of_groups) const
    {
        std::vector<std::vector<std::size_t>> groups_at(nodes());
        for (std::size_t group = 0; group < nodes_of_groups.size(); ++group) {
            detail::expects<std::out_of_range>(nodes_of_groups[group] < nodes(), "class taxonomy: node ",
                                               nodes_of_groups[group], " of group ", group, " is outside [0, ", nodes(),
                                               ")");
            groups_at[nodes_of_groups[group]].push_back(group);
        }
        std::vector<std::vector<std::size_t>> of_class(classes());
        std::vector<std::size_t> seen_by(nodes(), classes());
        for (std::size_t c = 0; c < classes(); ++c) {
            std::vector<std::size_t> pending{node_of_class_[c]};
            while (!pending.empty()) {
                const std::size_t node = pending.back();
                pending.pop_back();
                if (seen_by[node] == c) continue;
                seen_by[node] = c;
                of_class[c].insert(of_class[c].end(), groups_at[node].begin(), groups_at[node].end());
                pending.insert(pending.end(), parents_[node].begin(), parents_[node].end());
            }
        }
        return class_groups(of_class, nodes_of_groups.size());
    }

private:
    static constexpr std::size_t no_class_below = std::numeric_limits<std::size_t>::max();

    void expect_node(std::size_t node) const
    {
        detail::expects<std::out_of_range>(node < nodes(), "class taxonomy: node ", node, " is outside [0, ", nodes(),
                                           ")");
    }
    /// Heights from the leaves up (Kahn's order). Throws std::invalid_argument for a cycle.
    void compute_heights(const std::vector<std::vector<std::size_t>>& children, const std::vector<char>& has_class)
    {
        heights_.assign(nodes(), no_class_below);
        std::vector<std::size_t> pending, children_left(nodes());
        for (std::size_t node = 0; node < nodes(); ++node) {
            children_left[node] = children[node].size();
            if (children[node].empty()) pending.push_back(node);
        }
        std::size_t done = 0;
        for (; !pending.empty(); ++done) {
            const std::size_t node = pending.back();
            pending.pop_back();
            if (has_class[node] != 0 && heights_[node] == no_class_below) heights_[node] = 0;
            for (const std::size_t parent : parents_[node]) {
                std::size_t& above = heights_[parent];
                if (heights_[node] != no_class_below)
                    above = above == no_class_below ? heights_[node] + 1 : std::max(above, heights_[node] + 1);
                if (--children_left[parent] == 0) pending.push_back(parent);
            }
        }
        if (done == nodes()) return;
        const auto left =
            std::find_if(children_left.begin(), children_left.end(), [](std::size_t n) { return n != 0; });
        detail::fail<std::invalid_argument>("class taxonomy: node ", left - children_left.begin(),
                                            " is in a cycle, or above one");
    }

    [[nodiscard]] std::size_t node_of(class_index c) const
    {
        detail::expects<std::out_of_range>(c >= 0 && static_cast<std::size_t>(c) < classes(), "class taxonomy: class ",
                                           c, " is outside [0, ", classes(), ")");
        return node_of_class_[static_cast<std::size_t>(c)];
    }
    /// The number of edges up to the root.
    [[nodiscard]] std::size_t depth_of(std::size_t node) const
    {
        std::size_t depth = 0;
        for (; !parents_[node].empty(); ++depth) {
            detail::expects(parents_[node].size() == 1, "class taxonomy: node ", node, " has ", parents_[node].size(),
                            " parents; depths and lowest common ancestors need a tree");
            node = parents_[node].front();
        }
        return depth;
    }

    std::vector<std::vector<std::size_t>> parents_{};
    std::vector<std::size_t> heights_{};
    std::vector<std::size_t> node_of_class_{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
