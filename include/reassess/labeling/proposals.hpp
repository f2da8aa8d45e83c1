// Label proposals for raters: pools the mentions of several models (appendix A of the paper).
#pragma once

#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../version.hpp"
#include "mentions.hpp"
#include "pair_selection.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// Unit in which mentions of a pair are counted: per list (a pair in both lists of one model has two mentions) or per
/// model.
enum class mention_unit { list, model };

struct proposal_options {
    mention_unit unit = mention_unit::list;
};

/// Proposed labels for every image, and the images that need raters.
struct proposal_set {
    /// The proposed classes of each image.
    label_sets proposed{};
    /// Number of mentions of each proposal in the lists, parallel to proposed.classes(). Below 2 only for predictions
    /// and original labels.
    std::vector<std::uint32_t> mentions{};
    /// Images that need rating: some model's prediction is not the original label, or there is none; ascending.
    std::vector<std::uint32_t> rated{};
    /// Images on which every model predicts the original label, which is accepted without rating.
    std::vector<std::uint32_t> not_rated{};
    /// Number of pairs that were dropped because they had fewer than two mentions.
    std::uint64_t dropped = 0;
    /// Number of proposals on the rated images.
    std::uint64_t proposals_on_rated = 0;

    [[nodiscard]] std::size_t images() const noexcept { return proposed.images(); }
    [[nodiscard]] std::uint64_t proposals() const noexcept { return proposed.labels(); }
    /// Mean number of proposals per image, over rated images (7.4 in the paper) or all images; absent without images.
    [[nodiscard]] std::optional<double> mean_over_rated() const
    {
        if (rated.empty()) return std::nullopt;
        return static_cast<double>(proposals_on_rated) / static_cast<double>(rated.size());
    }
    [[nodiscard]] std::optional<double> mean_over_all() const
    {
        if (images() == 0) return std::nullopt;
        return static_cast<double>(proposals()) / static_cast<double>(images());
    }
};

namespace detail {

/// How one model mentions one pair: in which lists, and whether as its prediction.
struct pair_mention {
    class_index c;
    std::uint32_t model;
    std::uint32_t lists;
    bool is_top_1;
};

/// Pseudo-model index that represents the original label.
inline constexpr std::uint32_t original_label = std::numeric_limits<std::uint32_t>::max();

/// One pair with the mentions of all models and, if it applies, the original label.
struct pooled_pair {
    std::uint32_t image;
    class_index c;
    std::span<const pair_mention> mentions;
    bool is_original;
};

/// Throws unless the list refers to these images and classes and is strictly ascending.
inline void check_list(std::span<const image_class> list, std::size_t images, std::size_t classes, std::size_t model)
{
    for (std::size_t i = 0; i < list.size(); ++i) {
        expects<std::out_of_range>(
            list[i].image < images && list[i].c >= 0 && static_cast<std::size_t>(list[i].c) < classes, "model ", model,
            " mentions class ", list[i].c, " of image ", list[i].image, ", but there are ", images, " images and ",
            classes, " classes");
        expects(i == 0 || list[i - 1] < list[i], "the mentions of model ", model,
                " are not in order of image and class, each once (class ", list[i].c, " of image ", list[i].image, ")");
    }
}

/// Throws unless all models and the original labels have the same number of images and classes.
inline void check_mentions(std::span<const model_mentions> models, std::span<const class_index> original)
{
    expects(!models.empty(), "proposals: 0 models; the minimum is 1");
    const std::size_t images = models.front().images();
    const std::size_t classes = models.front().classes;
    expects(original.size() == images, "proposals: mentions for ", images, " images, but original labels for ",
            original.size());
    const auto is_class_or_missing = [&](class_index c) {
        return c == missing_label || (c >= 0 && static_cast<std::size_t>(c) < classes);
    };
    for (std::size_t image = 0; image < images; ++image) {
        expects<std::out_of_range>(is_class_or_missing(original[image]), "label ", original[image], " of image ", image,
                                   " is outside [0, ", classes, ")");
    }
    for (std::size_t m = 0; m < models.size(); ++m) {
        expects(models[m].images() == images && models[m].classes == classes, "model ", m, " has ", models[m].images(),
                " images and ", models[m].classes, " classes, but model 0 has ", images, " images and ", classes,
                " classes");
        check_list(models[m].by_logit, images, classes, m);
        check_list(models[m].by_probability, images, classes, m);
        for (std::size_t image = 0; image < images; ++image) {
            expects<std::out_of_range>(is_class_or_missing(models[m].top_1[image]), "prediction ",
                                       models[m].top_1[image], " of image ", image, " is outside [0, ", classes, ")");
        }
    }
}

/// Calls f(pair) for every pair that a model mentions or that is an original label, ordered by image and class.
/// O(mentions log models); memory for one image.
template <class F>
void for_each_pooled_pair(std::span<const model_mentions> models, std::span<const class_index> original, F f)
{
    struct place {
        std::size_t by_logit = 0;
        std::size_t by_probability = 0;
    };
    std::vector<place> places(models.size());
    std::vector<pair_mention> found;
    for (std::size_t i = 0; i < original.size(); ++i) {
        const auto image = static_cast<std::uint32_t>(i);
        found.clear();
        for (std::size_t m = 0; m < models.size(); ++m) {
            const auto model = static_cast<std::uint32_t>(m);
            const auto take = [&](const std::vector<image_class>& list, std::size_t& next) {
                for (; next < list.size() && list[next].image == image; ++next)
                    found.push_back({list[next].c, model, 1, false});
            };
            take(models[m].by_logit, places[m].by_logit);
            take(models[m].by_probability, places[m].by_probability);
            if (models[m].top_1[i] != missing_label) found.push_back({models[m].top_1[i], model, 0, true});
        }
        if (original[i] != missing_label) found.push_back({original[i], original_label, 0, false});
        std::sort(found.begin(), found.end(), [](const pair_mention& a, const pair_mention& b) {
            return a.c != b.c ? a.c < b.c : a.model < b.model;
        });
        // Merge the entries of one model for one class.
        std::size_t count = 0;
        for (const pair_mention& next : found) {
            if (count > 0 && found[count - 1].c == next.c && found[count - 1].model == next.model) {
                found[count - 1].lists += next.lists;
                found[count - 1].is_top_1 = found[count - 1].is_top_1 || next.is_top_1;
            } else {
                found[count++] = next;
            }
        }
        for (std::size_t begin = 0; begin < count;) {
            std::size_t end = begin + 1;
            while (end < count && found[end].c == found[begin].c) ++end;
            const bool is_original = found[end - 1].model == original_label;
            f(pooled_pair{image, found[begin].c, std::span(found).subspan(begin, end - begin - (is_original ? 1 : 0)),
                          is_original});
            begin = end;
        }
    }
}

/// Number of mentions of one pair by one model.
[[nodiscard]] inline std::uint32_t mentions_of(const pair_mention& mention, mention_unit unit) noexcept
{
    return unit == mention_unit::list ? mention.lists : std::min(mention.lists, std::uint32_t{1});
}

/// Whether every model predicts the image's original label, so that no rating is needed.
[[nodiscard]] inline bool all_predict(std::span<const model_mentions> models, std::size_t image,
                                      class_index original) noexcept
{
    return original != missing_label && std::all_of(models.begin(), models.end(), [&](const model_mentions& m) {
               return m.top_1[image] == original;
           });
}

}  // namespace detail

/// Pools the mentions of several models. Proposed are all pairs with at least two mentions, every model's prediction,
/// and the original label if the image has one.
///
/// Images on which every prediction is the original label need no rating; they have proposals too. With one model,
/// pairs in both of its lists have two mentions, unless mentions are counted per model. Throws std::invalid_argument
/// for no models, for models with different numbers of images or classes, if labels and models differ in the number of
/// images, and for lists that are not in order; std::out_of_range for an invalid class or image. Source: Beyer et al.,
/// "Are we done with ImageNet?" (2020), appendix A.
[[nodiscard]] inline proposal_set propose(std::span<const model_mentions> models, std::span<const class_index> original,
                                          const proposal_options& options = {})
{
    detail::check_mentions(models, original);
    proposal_set result;
    std::vector<std::uint64_t> offsets{0};
    std::vector<class_index> classes;
    detail::for_each_pooled_pair(models, original, [&](const detail::pooled_pair& pair) {
        while (offsets.size() <= pair.image) offsets.push_back(classes.size());
        std::uint32_t mentions = 0;
        bool stays = pair.is_original;
        for (const detail::pair_mention& mention : pair.mentions) {
            mentions += detail::mentions_of(mention, options.unit);
            stays = stays || mention.is_top_1;
        }
        if (!stays && mentions < 2) {
            ++result.dropped;
            return;
        }
        classes.push_back(pair.c);
        result.mentions.push_back(mentions);
    });
    while (offsets.size() <= original.size()) offsets.push_back(classes.size());
    result.proposed = label_sets(offsets, classes);
    for (std::size_t image = 0; image < original.size(); ++image) {
        const bool stands = detail::all_predict(models, image, original[image]);
        (stands ? result.not_rated : result.rated).push_back(static_cast<std::uint32_t>(image));
        if (!stands) result.proposals_on_rated += result.proposed[image].size();
    }
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
