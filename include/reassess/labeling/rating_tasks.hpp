// Rating tasks: splits the proposals of an image into small tasks for raters, with related classes in the same task.
#pragma once

#include "../data/class_taxonomy.hpp"
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

/// Classes that stay together, and the node of the taxonomy below which they are grouped.
struct class_bundle {
    std::size_t height = 0;  ///< the number of nodes from a root to `node`; 0 without a node
    std::size_t node = 0;
    std::vector<class_index> classes{};
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

/// A bundle of these classes at the parent of a node of this depth, or without a node if it is a root.
[[nodiscard]] inline class_bundle bundle_above(const class_taxonomy& taxonomy, std::size_t node, std::size_t depth,
                                               std::vector<class_index> classes)
{
    return {.height = depth, .node = depth == 0 ? 0 : taxonomy.parents(node).front(), .classes = std::move(classes)};
}

/// Groups the classes of one image into tasks from the leaves to the roots: siblings first, then cousins, and so on.
inline std::vector<class_bundle> bundle_classes(std::span<const class_index> classes, const class_taxonomy& taxonomy,
                                                std::size_t most)
{
    const bool has_nodes = taxonomy.classes() != 0;
    // All classes of a bundle are below `node`. Above the roots there is no common node.
    std::vector<class_bundle> bundles;
    for (const class_index c : classes) {
        const std::size_t own_node = has_nodes ? taxonomy.node_of_class()[static_cast<std::size_t>(c)] : 0;
        class_bundle alone = bundle_above(taxonomy, own_node, has_nodes ? taxonomy.depth(own_node) : 0, {c});
        const auto siblings = std::find_if(bundles.begin(), bundles.end(), [&](const class_bundle& b) {
            // Classes without a parent are not related.
            return alone.height != 0 && b.height == alone.height && b.node == alone.node && b.classes.size() < most;
        });
        if (siblings == bundles.end()) {
            bundles.push_back(std::move(alone));
        } else {
            siblings->classes.push_back(c);
        }
    }
    for (;;) {
        std::stable_sort(bundles.begin(), bundles.end(), [&](const class_bundle& a, const class_bundle& b) {
            return a.height != b.height ? a.height > b.height : a.node < b.node;
        });
        if (bundles.empty() || bundles.front().height == 0) return pack_bundles(std::move(bundles), most);
        // Pack the bundles below one of the deepest nodes, and move the result up to its parent.
        const std::size_t node = bundles.front().node, depth = bundles.front().height - 1;
        const auto end = std::find_if(bundles.begin(), bundles.end(),
                                      [&](const class_bundle& b) { return b.height != depth + 1 || b.node != node; });
        std::vector<class_bundle> packed =
            pack_bundles({std::make_move_iterator(bundles.begin()), std::make_move_iterator(end)}, most);
        bundles.erase(bundles.begin(), end);
        for (class_bundle& bundle : packed)
            bundles.push_back(bundle_above(taxonomy, node, depth, std::move(bundle.classes)));
    }
}

}  // namespace detail

/// Splits the proposals for the given images (in the order of `images`) into tasks of at most options.most classes.
///
/// Classes with the same parent stay in one task unless there are more than options.most of them; then cousins are
/// added as far as they fit, and so on up the taxonomy. Without a taxonomy no classes are related.
///
/// Throws std::invalid_argument for options.most = 0 and if a node above a class has several parents,
/// std::out_of_range for an invalid image and for a class that is not in the taxonomy (if it has classes).
/// O(proposals^2 of an image times the depth), summed over images.
[[nodiscard]] inline std::vector<rating_task> rating_tasks(label_sets_view proposed,
                                                           std::span<const std::uint32_t> images,
                                                           const class_taxonomy& taxonomy = {},
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
            classes.empty() || taxonomy.classes() == 0 || static_cast<std::size_t>(classes.back()) < taxonomy.classes(),
            "rating tasks: class ", classes.empty() ? 0 : classes.back(), " of image ", image, " is not among the ",
            taxonomy.classes(), " classes of the taxonomy");
        const std::size_t first = tasks.size();
        for (detail::class_bundle& bundle : detail::bundle_classes(classes, taxonomy, options.most)) {
            std::sort(bundle.classes.begin(), bundle.classes.end());
            tasks.push_back({image, std::move(bundle.classes)});
        }
        std::sort(tasks.begin() + static_cast<std::ptrdiff_t>(first), tasks.end(),
                  [](const rating_task& a, const rating_task& b) { return a.classes < b.classes; });
    }
    return tasks;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
