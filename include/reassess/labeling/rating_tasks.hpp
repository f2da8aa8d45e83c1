// Rating tasks: splits the proposals of an image into small tasks for raters, with related classes in the same task.
#pragma once

#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Class hierarchy: a forest whose first nodes are the classes and whose other nodes are groups.
class class_hierarchy {
public:
    /// Without groups: no class is related to another.
    class_hierarchy() = default;

    /// parents[n] is the parent of node n, or -1 for a root; nodes 0 .. classes - 1 are the classes.
    /// Throws std::invalid_argument if there are fewer nodes than classes and if a node is its own ancestor,
    /// std::out_of_range for an invalid parent. O(nodes).
    class_hierarchy(std::span<const class_index> parents, std::size_t classes)
        : parents_(parents.begin(), parents.end()), depths_(parents.size(), unknown), classes_(classes)
    {
        detail::expects(parents.size() >= classes, "hierarchy: ", parents.size(), " nodes, but ", classes, " classes");
        for (std::size_t node = 0; node < parents.size(); ++node) {
            const class_index parent = parents[node];
            detail::expects<std::out_of_range>(
                parent == missing_label || (parent >= 0 && static_cast<std::size_t>(parent) < parents.size()),
                "hierarchy: the parent of node ", node, " is ", parent,
                ", which is not a valid node; use -1 for a root");
        }
        for (std::size_t node = 0; node < parents.size(); ++node) find_depth(node);
    }

    [[nodiscard]] std::size_t classes() const noexcept { return classes_; }
    [[nodiscard]] std::size_t nodes() const noexcept { return parents_.size(); }
    /// The parent of a node, or -1 for a root. Precondition, here and below: the node is valid.
    [[nodiscard]] class_index parent(class_index node) const noexcept
    {
        return parents_.empty() ? missing_label : parents_[static_cast<std::size_t>(node)];
    }
    /// Number of ancestors of a node.
    [[nodiscard]] std::uint32_t depth(class_index node) const noexcept
    {
        return parents_.empty() ? 0 : depths_[static_cast<std::size_t>(node)];
    }

private:
    static constexpr std::uint32_t unknown = static_cast<std::uint32_t>(-1);

    // Iterative, because a tree may be as deep as its number of nodes.
    void find_depth(std::size_t start)
    {
        std::vector<std::size_t> path;
        std::size_t node = start;
        while (depths_[node] == unknown) {
            path.push_back(node);
            detail::expects(path.size() <= parents_.size(), "hierarchy: node ", start, " is its own ancestor");
            if (parents_[node] == missing_label) break;
            node = static_cast<std::size_t>(parents_[node]);
        }
        std::uint32_t depth = depths_[node] == unknown ? 0 : depths_[node] + 1;
        for (; !path.empty(); path.pop_back()) depths_[path.back()] = depth++;
    }

    std::vector<class_index> parents_;
    std::vector<std::uint32_t> depths_;
    std::size_t classes_ = 0;
};

struct rating_task_options {
    /// Maximum number of proposals per task; 8 as in the paper.
    std::size_t most = 8;
};

/// One task for a rater: some proposals for one image, ascending.
struct rating_task {
    std::uint32_t image = 0;
    std::vector<class_index> classes{};

    friend bool operator==(const rating_task&, const rating_task&) = default;
};

namespace detail {

/// Classes that stay together, and the hierarchy node below which they are grouped.
struct class_bundle {
    class_index node;
    std::vector<class_index> classes;
};

/// First-fit decreasing bin packing: merges bundles until no two fit into one task.
inline std::vector<class_bundle> pack_bundles(std::vector<class_bundle> bundles, std::size_t most)
{
    std::stable_sort(bundles.begin(), bundles.end(),
                     [](const class_bundle& a, const class_bundle& b) { return a.classes.size() > b.classes.size(); });
    std::vector<class_bundle> packed;
    for (class_bundle& bundle : bundles) {
        const auto fits = std::find_if(packed.begin(), packed.end(), [&](const class_bundle& task) {
            return task.classes.size() + bundle.classes.size() <= most;
        });
        if (fits == packed.end()) {
            packed.push_back(std::move(bundle));
        } else {
            fits->classes.insert(fits->classes.end(), bundle.classes.begin(), bundle.classes.end());
        }
    }
    return packed;
}

/// Groups the classes of one image into tasks from the leaves to the roots: siblings first, then cousins, and so on.
inline std::vector<class_bundle> bundle_classes(std::span<const class_index> classes, const class_hierarchy& hierarchy,
                                                std::size_t most)
{
    // All classes of a bundle are below `node`. Above the roots there is no common node.
    std::vector<class_bundle> bundles;
    for (const class_index c : classes) {
        const class_index parent = hierarchy.parent(c);
        const auto siblings = std::find_if(bundles.begin(), bundles.end(), [&](const class_bundle& b) {
            // Classes without a parent are not related.
            return parent != missing_label && b.node == parent && b.classes.size() < most;
        });
        if (siblings == bundles.end()) {
            bundles.push_back({parent, {c}});
        } else {
            siblings->classes.push_back(c);
        }
    }
    const auto height = [&](const class_bundle& b) {
        return b.node == missing_label ? 0 : hierarchy.depth(b.node) + 1;
    };
    for (;;) {
        std::stable_sort(bundles.begin(), bundles.end(), [&](const class_bundle& a, const class_bundle& b) {
            return height(a) != height(b) ? height(a) > height(b) : a.node < b.node;
        });
        if (bundles.empty() || bundles.front().node == missing_label) return pack_bundles(std::move(bundles), most);
        // Pack the bundles below one of the deepest nodes, and move the result up to its parent.
        const class_index node = bundles.front().node;
        const auto end =
            std::find_if(bundles.begin(), bundles.end(), [&](const class_bundle& b) { return b.node != node; });
        std::vector<class_bundle> packed =
            pack_bundles({std::make_move_iterator(bundles.begin()), std::make_move_iterator(end)}, most);
        bundles.erase(bundles.begin(), end);
        for (class_bundle& bundle : packed) bundles.push_back({hierarchy.parent(node), std::move(bundle.classes)});
    }
}

}  // namespace detail

/// Splits the proposals for the given images (in the order of `images`) into tasks of at most options.most classes.
///
/// Classes with the same parent stay in one task unless there are more than options.most of them; then cousins are
/// added as far as they fit, and so on up the hierarchy. Without a hierarchy no classes are related.
///
/// Throws std::invalid_argument for options.most = 0, std::out_of_range for an invalid image and for a class that is
/// not in the hierarchy (if one is given). O(proposals^2 of an image times the depth), summed over images.
[[nodiscard]] inline std::vector<rating_task> rating_tasks(label_sets_view proposed,
                                                           std::span<const std::uint32_t> images,
                                                           const class_hierarchy& hierarchy = {},
                                                           const rating_task_options& options = {})
{
    detail::expects(options.most > 0,
                    "rating tasks: the maximum number of proposals per task is 0; it must be at least 1");
    std::vector<rating_task> tasks;
    for (const std::uint32_t image : images) {
        detail::expects<std::out_of_range>(image < proposed.images(), "rating tasks: image ", image, " is outside [0, ",
                                           proposed.images(), ")");
        const std::span<const class_index> classes = proposed[image];
        // Classes are ascending, so checking the last one is enough.
        detail::expects<std::out_of_range>(
            classes.empty() || hierarchy.nodes() == 0 || static_cast<std::size_t>(classes.back()) < hierarchy.classes(),
            "rating tasks: class ", classes.empty() ? 0 : classes.back(), " of image ", image, " is not among the ",
            hierarchy.classes(), " classes of the hierarchy");
        const std::size_t first = tasks.size();
        for (detail::class_bundle& bundle : detail::bundle_classes(classes, hierarchy, options.most)) {
            std::sort(bundle.classes.begin(), bundle.classes.end());
            tasks.push_back({image, std::move(bundle.classes)});
        }
        std::sort(tasks.begin() + static_cast<std::ptrdiff_t>(first), tasks.end(),
                  [](const rating_task& a, const rating_task& b) { return a.classes < b.classes; });
    }
    return tasks;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
