// Counts that show whether predictions and labels number the classes in the same way and have the same order of images.
#pragma once

#include "../data/class_orders.hpp"
#include "../data/labels.hpp"
#include "../data/proportion.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../ranking/image_results.hpp"
#include "../version.hpp"
#include "confusion.hpp"
#include "pair_counts.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Confusion of images with exactly one ReaL label, which stands for the original label: for data without original
/// labels, and for the order of the label sets.
class single_label_confusion {
public:
    explicit single_label_confusion(std::size_t classes) : hits_(classes) {}

    /// Adds a batch; `targets` are those that `ranks` was made with. Images with another number of labels, and images
    /// excluded because of a NaN, are not counted. O(images).
    void add(const image_results& ranks, const targets_view& targets)
    {
        if (!targets.real) return;
        detail::expects(targets.real->images() == ranks.images(), "single-label confusion: ", ranks.images(),
                        " predictions, but ", targets.real->images(), " label sets");
        for (std::size_t image = 0; image < ranks.images(); ++image) {
            const std::span<const class_index> set = (*targets.real)[image];
            const class_index prediction = ranks.prediction[image];
            if (set.size() != 1 || prediction == missing_label) continue;
            if (set[0] == prediction) {
                ++hits_.at(static_cast<std::size_t>(prediction));
            } else {
                mistakes_.add(static_cast<std::uint32_t>(set[0]), static_cast<std::uint32_t>(prediction));
            }
        }
    }

    [[nodiscard]] confusion result() const { return {hits_, mistakes_}; }

private:
    std::vector<std::uint64_t> hits_;
    pair_counts mistakes_;
};

/// One way in which labels and predictions may number the classes, and how many images it explains.
struct numbering {
    enum class kind {
        /// Predictions are the labels plus `shift`.
        shifted,
        /// Labels are positions in the order `order`, which starts at `first`; predictions are classes.
        labels_in_order,
        /// Predictions are positions in the order `order`; labels are classes.
        predictions_in_order,
    };
    kind what = kind::shifted;
    std::int64_t shift = 0;
    /// "text" or "devkit": see text_class_order and devkit_class_order.
    std::string_view order{};
    class_index first = 0;
    proportion hits{};
};

/// Accuracy, and the accuracy under other numberings of the classes.
struct numbering_counts {
    std::size_t classes = 0;
    proportion accuracy{};
    /// Accuracy if every label class meant its most frequent prediction. If classes are numbered differently, it is
    /// that of a correct numbering; of a weak model it is near `accuracy`.
    proportion relabelled{};
    /// The same for a one-to-one numbering, estimated without bias: an image counts as hit if its prediction is more
    /// frequent than any other of its label class even without this image, and if no other label class has more such
    /// images of this prediction. Rows in another order have about the accuracy of chance.
    proportion one_to_one{};
    /// The most frequent prediction of each label class by the rule of `one_to_one`, or missing_label.
    std::vector<class_index> matches{};
    /// Expected accuracy if labels and predictions are independent: the sum over classes of the product of both shares;
    /// 0 without images.
    double chance = 0;
    /// The numbering, other than the identity, that explains most images; nothing if none explains an image.
    std::optional<numbering> best{};
    /// The largest label and the largest prediction that occur; nothing without images.
    std::optional<class_index> largest_label{};
    std::optional<class_index> largest_prediction{};
};

/// Counts numberings of a confusion: all shifts, text order and, for about 1000 classes, the order of the ILSVRC
/// devkit, of labels or of predictions. O(pairs log pairs + classes log classes).
[[nodiscard]] inline numbering_counts count_numberings(const confusion& counts)
{
    const std::size_t classes = counts.classes();
    numbering_counts result{.classes = classes, .matches = std::vector<class_index>(classes, missing_label)};
    std::vector<confusion_entry> entries = counts.top_mistakes(std::numeric_limits<std::size_t>::max());
    for (std::size_t c = 0; c < classes; ++c) {
        const auto label = static_cast<class_index>(c);
        if (const std::uint64_t hits = counts(label, label); hits != 0) entries.push_back({label, label, hits});
    }
    std::uint64_t images = 0;
    std::vector<std::uint64_t> of_label(classes), of_prediction(classes);
    std::unordered_map<std::int64_t, std::uint64_t> of_shift;
    for (const confusion_entry& entry : entries) {
        images += entry.images;
        of_label[static_cast<std::size_t>(entry.label)] += entry.images;
        of_prediction[static_cast<std::size_t>(entry.prediction)] += entry.images;
        of_shift[std::int64_t{entry.prediction} - entry.label] += entry.images;
        result.largest_label = std::max(result.largest_label.value_or(0), entry.label);
        result.largest_prediction = std::max(result.largest_prediction.value_or(0), entry.prediction);
    }
    const auto share = [&](std::uint64_t hits) { return proportion{hits, images}; };
    result.accuracy = share(of_shift.contains(0) ? of_shift[0] : 0);
    if (images == 0) return result;
    for (std::size_t c = 0; c < classes; ++c) {
        result.chance += static_cast<double>(of_label[c]) / static_cast<double>(images) *
                         (static_cast<double>(of_prediction[c]) / static_cast<double>(images));
    }

    // The most frequent prediction of every label class, then the best label class of every such prediction.
    std::vector<std::uint64_t> most(classes), second(classes);
    std::vector<class_index> favourite(classes, missing_label);
    for (const confusion_entry& entry : entries) {
        const auto c = static_cast<std::size_t>(entry.label);
        if (entry.images > most[c]) {
            second[c] = std::exchange(most[c], entry.images);
            favourite[c] = entry.prediction;
        } else {
            second[c] = std::max(second[c], entry.images);
        }
    }
    std::uint64_t relabelled = 0, one_to_one = 0;
    std::vector<class_index> owner(classes, missing_label);
    for (std::size_t c = 0; c < classes; ++c) {
        relabelled += most[c];
        if (favourite[c] == missing_label || most[c] < second[c] + 2) continue;
        class_index& best = owner[static_cast<std::size_t>(favourite[c])];
        if (best == missing_label || most[static_cast<std::size_t>(best)] < most[c]) best = static_cast<class_index>(c);
    }
    for (std::size_t p = 0; p < classes; ++p) {
        if (owner[p] == missing_label) continue;
        one_to_one += most[static_cast<std::size_t>(owner[p])];
        result.matches[static_cast<std::size_t>(owner[p])] = static_cast<class_index>(p);
    }
    result.relabelled = share(relabelled);
    result.one_to_one = share(one_to_one);

    const auto propose = [&](numbering candidate) {
        const bool better = candidate.hits.hits > (result.best ? result.best->hits.hits : 0);
        if (better) result.best = candidate;
    };
    // In order of size, so that the smallest of equal shifts is found.
    std::vector<std::int64_t> shifts;
    for (const auto& [shift, hits] : of_shift) {
        if (shift != 0) shifts.push_back(shift);
    }
    const auto size_of = [](std::int64_t shift) { return std::pair(shift < 0 ? -shift : shift, shift < 0); };
    std::sort(shifts.begin(), shifts.end(), [&](std::int64_t a, std::int64_t b) { return size_of(a) < size_of(b); });
    for (const std::int64_t shift : shifts) propose({.shift = shift, .hits = share(of_shift[shift])});

    const auto propose_order = [&](std::string_view name, std::span<const class_index> order, class_index first) {
        std::uint64_t of_labels = 0, of_predictions = 0;
        const auto at = [&](class_index position) {
            const std::int64_t index = std::int64_t{position} - first;
            return index >= 0 && static_cast<std::size_t>(index) < order.size() ? order[static_cast<std::size_t>(index)]
                                                                                : missing_label;
        };
        for (const confusion_entry& entry : entries) {
            if (at(entry.label) == entry.prediction) of_labels += entry.images;
            if (at(entry.prediction) == entry.label) of_predictions += entry.images;
        }
        propose({numbering::kind::labels_in_order, 0, name, first, share(of_labels)});
        propose({numbering::kind::predictions_in_order, 0, name, first, share(of_predictions)});
    };
    propose_order("text", text_class_order(classes), 0);
    if (classes >= detail::imagenet_classes && classes <= detail::imagenet_classes + 1) {
        const std::vector<class_index> devkit = devkit_class_order();
        propose_order("devkit", devkit, 0);
        propose_order("devkit", devkit, 1);
    }
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
