// One model against the labels: a mergeable state of exact counts.
#pragma once

#include "../data/labels.hpp"
#include "../data/mean.hpp"
#include "../data/predictions.hpp"
#include "../data/proportion.hpp"
#include "../data/score_source.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../ranking/rank_blocks.hpp"
#include "../ranking/rankings.hpp"
#include "../version.hpp"
#include "batch_counts.hpp"
#include "confusion.hpp"
#include "evaluation_counters.hpp"
#include "pair_counts.hpp"
#include "preference.hpp"
#include "state_bytes.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <unordered_set>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct model_evaluation_options {
    /// Number of classes; 0: that of the first scores.
    std::size_t classes = 0;
    /// Ranks are told apart below this: top_k(k) and its like are known up to k = depth. 0: that of the first batch,
    /// which is `classes` for scores and k for top-k lists.
    std::size_t depth = 0;
    on_nan nan = on_nan::error;

    friend bool operator==(const model_evaluation_options&, const model_evaluation_options&) = default;
};

/// What happens to an image whose id was seen before (shards padded with repeated images): an error that names it, or
/// the image is skipped and counted.
enum class on_repeated { error, skip };

namespace detail {

template <policy_with_memory Policy>
class device_model_counts;

}  // namespace detail

/// The image after those that a state has counted so far.
inline constexpr std::uint64_t next_image = std::numeric_limits<std::uint64_t>::max();

struct batch_options {
    /// The number of the batch's first image in error messages.
    std::uint64_t first_image = next_image;
    /// One id an image, e.g. its index in the data set; none: images are not told apart.
    std::span<const std::uint64_t> image_ids{};
    on_repeated repeated = on_repeated::error;
};

/// Counts one model's ranks against original labels and label sets, batch by batch, and answers with exact proportions.
///
/// Law of merging: merging states of parts, in any order, equals one state of the whole, whatever backend, batch size
/// or number of threads counted them. A default-constructed state is the identity. A state is settled by its options
/// and its first batch: classes, depth, NaN rule, which labels are given, whether ties are known and whether images
/// have ids; whatever does not fit what is settled is refused, and the state stays as it was.
///
/// Memory: 8 bytes for each of 6 * depth + 4 * classes counters, 32 to 64 bytes for each pair of classes that is
/// confused, and the ids, if given; while a batch is counted, as much again for each thread, and 8 bytes for each
/// image that is predicted wrong. A moved-from state may only be destroyed or
/// assigned to.
class model_evaluation {
public:
    model_evaluation() = default;

    /// Throws std::invalid_argument for a depth above the number of classes.
    explicit model_evaluation(const model_evaluation_options& options) : options_(options)
    {
        if (options.classes != 0) detail::check_classes(options.classes);
        detail::expects(options.classes == 0 || options.depth <= options.classes, "depth ", options.depth,
                        " exceeds the number of classes, ", options.classes);
    }

    /// Ranks and counts a batch of scores. Throws as `rank` does, and std::invalid_argument where the batch does not
    /// fit what is settled; then nothing is counted.
    template <execution_policy Policy, score_source Source>
    void update(Policy policy, const Source& scores, const targets_view& targets, const batch_options& batch = {})
    {
        detail::score_blocks blocks(scores, targets, ranking_of(batch));
        rank_and_count(policy, blocks, batch);
    }

    /// Ranks and counts a batch of stored top-k lists. Throws as above; also where the number of classes is not known.
    template <execution_policy Policy, std::integral T>
    void update(Policy policy, const predictions_view<T>& predictions, const targets_view& targets,
                const batch_options& batch = {})
    {
        detail::expects(options_.classes != 0,
                        "stored predictions do not tell the number of classes: give it as an option");
        detail::list_blocks blocks(predictions, options_.classes, targets, ranking_of(batch));
        rank_and_count(policy, blocks, batch);
    }

    /// Counts ranks that were made before, with the same targets. Throws std::invalid_argument where ranks, targets and
    /// what is settled do not fit, and for a repeated id; std::out_of_range for a prediction or label that is no class.
    /// Then nothing is counted.
    template <execution_policy Policy>
    void update(Policy policy, const rankings& ranks, const targets_view& targets, const batch_options& batch = {})
    {
        ranks.expect_made_with(targets, first_image_of(batch));
        const batch_shape shape{ranks.images(), ranks.classes, ranks.depth, given_by(targets, ranks.ties_known)};
        count_batch(shape, batch, [&](detail::batch_counts& counts, const std::uint8_t* repeated) {
            counts.count(policy, ranks, targets, repeated);
        });
    }

    /// Adds what another state counted. Commutative and associative.
    /// Throws std::invalid_argument for a state of other settings (the message has both), for an image id that both
    /// have counted, and for merging with itself; then nothing has changed.
    void merge(const model_evaluation& other)
    {
        detail::expects(this != &other, "merge: a state cannot be merged with itself");
        if (other.options_ == model_evaluation_options{}) return;
        if (options_ == model_evaluation_options{}) {
            *this = model_evaluation(other);
            return;
        }
        model_evaluation_options options = options_;
        options.classes = merged("classes", options_.classes, other.options_.classes);
        options.depth = merged("depth", options_.depth, other.options_.depth);
        detail::expects(options.classes == 0 || options.depth <= options.classes, "merge: depth ", options.depth,
                        " of the one exceeds the number of classes of the other, ", options.classes);
        detail::expects(options_.nan == other.options_.nan, "the state has NaN rule ", name_of(options_.nan),
                        ", what comes has ", name_of(other.options_.nan));
        if (given_ && other.given_) expect_same_given(*given_, *other.given_);
        if (images() != 0 && other.images() != 0) expect_same_ids(!ids_.empty(), !other.ids_.empty());
        for (const std::uint64_t id : other.ids_)
            detail::expects(!ids_.contains(id), "merge: both states have counted image id ", id);

        confused_.reserve_more(other.confused_.size());
        auto other_ids = other.ids_;
        ids_.reserve(ids_.size() + other_ids.size());
        counters_.resize(std::max(counters_.size(), other.counters_.size()));  // the last that can fail, since it shows

        options_ = options;
        if (!given_) given_ = other.given_;
        add(other.counters_);
        confused_.merge(other.confused_);
        ids_.merge(other_ids);
    }

    /// Number of images of all batches, whatever became of them.
    [[nodiscard]] std::uint64_t images() const noexcept { return scalar(detail::evaluation_layout::images); }
    /// Images that were skipped because their id was seen before.
    [[nodiscard]] std::uint64_t repeated_images() const noexcept
    {
        return scalar(detail::evaluation_layout::repeated_images);
    }
    /// Images left out of every metric because of a NaN score (on_nan::exclude).
    [[nodiscard]] std::uint64_t nan_images() const noexcept { return scalar(detail::evaluation_layout::nan_images); }
    /// Images left out of metrics of the original label because they have none.
    [[nodiscard]] std::uint64_t missing_labels() const noexcept
    {
        return scalar(detail::evaluation_layout::missing_labels);
    }
    /// Images left out of ReaL metrics because their label set is empty.
    [[nodiscard]] std::uint64_t without_real_labels() const noexcept
    {
        return scalar(detail::evaluation_layout::excluded);
    }
    /// Images that ReaL metrics are about: those with a non-empty label set.
    [[nodiscard]] std::uint64_t with_real_labels() const noexcept { return sum(at().best_real_rank(0), depth() + 1); }
    /// Images whose original label has the same score as another class; nothing where only stored lists were seen or
    /// no original labels were given.
    [[nodiscard]] std::optional<std::uint64_t> ties() const
    {
        if (!has_original() || !given_->ties) return std::nullopt;
        return scalar(detail::evaluation_layout::ties);
    }

    [[nodiscard]] std::size_t classes() const noexcept { return options_.classes; }
    /// The largest k that can be asked for; 0 before the first batch, unless it was an option.
    [[nodiscard]] std::size_t depth() const noexcept { return options_.depth; }
    [[nodiscard]] const model_evaluation_options& options() const noexcept { return options_; }
    [[nodiscard]] bool has_original() const noexcept { return given_ && given_->original; }
    [[nodiscard]] bool has_real() const noexcept { return given_ && given_->real; }

    // Each metric below throws std::out_of_range for k = 0 and for a k beyond depth(), std::invalid_argument where its
    // labels were not given, and answers 0 of 0 where no image counts.

    /// Top-k accuracy: of the images with an original label, those whose label has a rank below k.
    [[nodiscard]] proportion top_k(std::size_t k) const
    {
        expect_k(k);
        expect_original();
        return {sum(at().original_rank(0), k), sum(at().original_rank(0), depth() + 1)};
    }

    /// How many images have their original label at each rank below depth().
    [[nodiscard]] std::vector<std::uint64_t> rank_histogram() const
    {
        expect_original();
        const auto first = counters_.begin() + static_cast<std::ptrdiff_t>(at().original_rank(0));
        return {first, first + static_cast<std::ptrdiff_t>(depth())};
    }

    /// Mean reciprocal rank: over images with an original label, the mean of 1 / (1 + its rank). Throws
    /// std::invalid_argument unless every rank is known: depth() must be classes(). O(classes).
    [[nodiscard]] mean mean_reciprocal_rank() const
    {
        expect_original();
        return mean_reciprocal(at().original_rank(0));
    }

    /// The same of the best-ranked label of each set, over judged images.
    [[nodiscard]] mean real_mean_reciprocal_rank() const
    {
        expect_real();
        return mean_reciprocal(at().best_real_rank(0));
    }

    /// ReaL accuracy (k = 1) and ReaL@k: of the judged images, those with any of the first k predictions in the set.
    [[nodiscard]] proportion real(std::size_t k) const
    {
        expect_k(k);
        expect_real();
        return {sum(at().best_real_rank(0), k), sum(at().best_real_rank(0), depth() + 1)};
    }

    /// ReaL accuracy of the k-th prediction: of the judged images, those whose k-th prediction is in the set.
    [[nodiscard]] proportion real_kth(std::size_t k) const
    {
        expect_k(k);
        expect_real();
        return {counter(at().real_rank(k - 1)), with_real_labels()};
    }

    /// The same over images with at least k labels only (Fig. 5 of the paper).
    [[nodiscard]] proportion real_kth_where_enough_labels(std::size_t k) const
    {
        expect_k(k);
        expect_real();
        return {counter(at().real_rank_where_enough(k - 1)), images_with_labels(k)};
    }

    /// Of the images with at least k labels, those whose first k predictions are all in the set.
    [[nodiscard]] proportion all_of_top_k(std::size_t k) const
    {
        expect_k(k);
        expect_real();
        return {sum(at().leading_real(k), depth() + 1 - k), images_with_labels(k)};
    }

    /// Model against original label, where they differ. Needs both kinds of labels.
    [[nodiscard]] preference_counts preference() const
    {
        expect_original();
        expect_real();
        using layout = detail::evaluation_layout;
        return {scalar(layout::model_preferred), scalar(layout::label_preferred), scalar(layout::both_correct),
                scalar(layout::both_wrong), scalar(layout::both_wrong_without_labels)};
    }

    /// Of the images of original label c, those predicted as c. Throws std::out_of_range for what is no class.
    [[nodiscard]] proportion original_class_accuracy(class_index c) const
    {
        expect_original();
        const std::size_t index = expect_class(c);
        return {counter(at().labelled_hits(index)), counter(at().labelled(index))};
    }

    /// Of the images whose original label c is in their set, those predicted as c: what the paper sets against the
    /// oracle (Fig. 6, Table 1). Needs both kinds of labels; throws std::out_of_range for what is no class.
    [[nodiscard]] proportion class_accuracy(class_index c) const
    {
        expect_original();
        expect_real();
        const std::size_t index = expect_class(c);
        return {counter(at().confirmed_hits(index)), counter(at().confirmed(index))};
    }

    /// Which class is taken for which. O(classes + pairs).
    [[nodiscard]] reassess::confusion confusion() const
    {
        expect_original();
        const auto first = counters_.begin() + static_cast<std::ptrdiff_t>(at().labelled_hits(0));
        return {std::vector<std::uint64_t>(first, first + static_cast<std::ptrdiff_t>(classes())), confused_};
    }

    /// Same settings and same counts.
    friend bool operator==(const model_evaluation& a, const model_evaluation& b)
    {
        return a.options_ == b.options_ && a.given_ == b.given_ && a.counters_ == b.counters_ &&
               a.confused_ == b.confused_ && a.ids_ == b.ids_;
    }

    /// The state as bytes, the same on every machine; from_bytes reads them back, also those of earlier versions.
    [[nodiscard]] std::vector<std::byte> to_bytes() const
    {
        detail::state_writer writer(detail::state_kind::model_evaluation);
        writer.number(options_.classes);
        writer.number(options_.depth);
        writer.number(static_cast<std::uint64_t>(options_.nan));
        writer.number(given_.has_value());
        if (given_) {
            writer.number(given_->original);
            writer.number(given_->real);
            writer.number(given_->ties);
        }
        writer.list(counters_);
        writer.pairs(confused_);
        std::vector<std::uint64_t> ids(ids_.begin(), ids_.end());
        std::sort(ids.begin(), ids.end());
        writer.list(ids);
        return writer.take();
    }

    /// Throws std::invalid_argument for bytes that no to_bytes wrote; allocates no more than the bytes hold.
    [[nodiscard]] static model_evaluation from_bytes(std::span<const std::byte> bytes)
    {
        detail::state_reader reader(bytes, detail::state_kind::model_evaluation);
        model_evaluation state;
        constexpr auto most_classes = static_cast<std::uint64_t>(std::numeric_limits<class_index>::max());
        state.options_.classes = static_cast<std::size_t>(reader.number_up_to(most_classes, "classes"));
        state.options_.depth = static_cast<std::size_t>(reader.number_up_to(most_classes, "depth"));
        state.options_.nan = static_cast<on_nan>(reader.number_up_to(1, "NaN rule"));
        const bool given = reader.number_up_to(1, "presence of labels") != 0;
        const bool depth_fits = state.depth() <= state.classes() && (state.depth() >= 1 || !given);
        detail::expects(depth_fits || (state.classes() == 0 && !given), "saved state: depth ", state.depth(), " of ",
                        state.classes(), " classes");
        if (given) {
            const bool original = reader.number_up_to(1, "presence of original labels") != 0;
            const bool real = reader.number_up_to(1, "presence of label sets") != 0;
            const bool ties = reader.number_up_to(1, "presence of ties") != 0;
            state.given_ = given_labels{original, real, ties};
        }
        state.counters_ = reader.list();
        const std::size_t wanted = state.given_ ? state.at().size() : 0;
        detail::expects(state.counters_.size() == wanted, "saved state: ", state.counters_.size(), " counters, wanted ",
                        wanted);
        state.confused_ = reader.pairs(state.options_.classes, state.options_.classes);
        for (const pair_count& pair : state.confused_.sorted())
            detail::expects(pair.first != pair.second, "saved state: class ", pair.first, " is confused with itself");
        const std::vector<std::uint64_t> ids = reader.list();
        detail::expects(std::adjacent_find(ids.begin(), ids.end(),
                                           [](std::uint64_t a, std::uint64_t b) { return a >= b; }) == ids.end(),
                        "saved state: the image ids are not ascending");
        state.ids_ = {ids.begin(), ids.end()};
        detail::expects(state.given_ || (state.confused_.size() == 0 && ids.empty()),
                        "saved state: images are counted before a first batch");
        reader.expect_end();
        return state;
    }

private:
    /// What the first batch has settled beside the options.
    struct given_labels {
        bool original = false;
        bool real = false;
        bool ties = false;

        friend bool operator==(const given_labels&, const given_labels&) = default;
    };

    // Settles a state in the same way, counts elsewhere and hands the counts over.
    template <policy_with_memory Policy>
    friend class detail::device_model_counts;

    /// This state after such a batch, without its counts.
    [[nodiscard]] model_evaluation settled_for(std::size_t classes, std::size_t depth, bool original, bool real,
                                               bool ties) const
    {
        const given_labels given{original, real, ties};
        if (given_) expect_same_given(*given_, given);
        model_evaluation settled(options_with(classes, depth));
        settled.given_ = given;
        return settled;
    }
    void set_counts(std::vector<std::uint64_t> counters, pair_counts confused) noexcept
    {
        counters_ = std::move(counters);
        confused_ = std::move(confused);
    }

    struct batch_shape {
        std::size_t images;
        std::size_t classes;
        std::size_t depth;
        given_labels given;
    };

    [[nodiscard]] static given_labels given_by(const targets_view& targets, bool ties) noexcept
    {
        return {targets.original.has_value(), targets.real.has_value(), ties};
    }

    /// Counts a batch by count(counts, repeated), which may throw: the state changes when all that can fail has not.
    template <class Count>
    void count_batch(const batch_shape& shape, const batch_options& batch, Count count)
    {
        const model_evaluation_options options = options_with(shape.classes, shape.depth);
        if (given_) expect_same_given(*given_, shape.given);
        expect_ids_fit(shape.images, batch);
        const detail::evaluation_layout layout{options.classes, options.depth};

        std::unordered_set<std::uint64_t> new_ids;
        const std::vector<std::uint8_t> repeated = find_repeated(shape.images, batch, new_ids);
        detail::batch_counts counts(layout);
        count(counts, repeated.empty() ? nullptr : repeated.data());
        // Of so many classes there are no more pairs.
        const std::size_t most_pairs = options.classes * (options.classes - 1);
        confused_.reserve_more(std::min(counts.confused_images(), most_pairs - confused_.size()));
        ids_.reserve(ids_.size() + new_ids.size());
        counters_.resize(layout.size());  // the last that can fail, since it shows

        options_ = options;
        given_ = shape.given;
        counts.add_to(counters_, confused_);
        ids_.merge(new_ids);
    }

    template <execution_policy Policy, class Blocks>
    void rank_and_count(Policy policy, Blocks& blocks, const batch_options& batch)
    {
        const batch_shape shape{blocks.work().size, blocks.classes(), blocks.depth(),
                                given_by(blocks.targets(), blocks.ties_known())};
        count_batch(shape, batch, [&](detail::batch_counts& counts, const std::uint8_t* repeated) {
            counts.rank_and_count(policy, blocks, repeated);
        });
    }

    /// The number of the batch's first image in error messages.
    [[nodiscard]] std::uint64_t first_image_of(const batch_options& batch) const noexcept
    {
        return batch.first_image == next_image ? images() : batch.first_image;
    }
    [[nodiscard]] ranking_options ranking_of(const batch_options& batch) const noexcept
    {
        return {.nan = options_.nan, .first_image = first_image_of(batch)};
    }

    static const char* name_of(on_nan rule) noexcept { return rule == on_nan::error ? "error" : "exclude"; }

    static void expect_same_presence(const char* what, bool mine, bool others)
    {
        const auto presence = [](bool yes) { return yes ? "with " : "without "; };
        detail::expects(mine == others, "the state is ", presence(mine), what, ", what comes is ", presence(others),
                        what);
    }
    static void expect_same_given(const given_labels& mine, const given_labels& others)
    {
        expect_same_presence("original labels", mine.original, others.original);
        expect_same_presence("label sets", mine.real, others.real);
        expect_same_presence("ties (scores tell them, stored lists do not)", mine.ties, others.ties);
    }
    static void expect_same_ids(bool mine, bool others) { expect_same_presence("image ids", mine, others); }

    /// The one of two numbers that is settled. Throws if both are, and differ.
    static std::size_t merged(const char* what, std::size_t mine, std::size_t others)
    {
        detail::expects(mine == 0 || others == 0 || mine == others, "the state has ", what, " ", mine,
                        ", what comes has ", others);
        return std::max(mine, others);
    }

    /// The options as this batch settles them, or an error.
    [[nodiscard]] model_evaluation_options options_with(std::size_t classes, std::size_t depth) const
    {
        model_evaluation_options options = options_;
        options.classes = merged("classes", options_.classes, classes);
        if (options.depth == 0) options.depth = depth;
        detail::expects(options.depth <= depth, "the state has depth ", options.depth,
                        ", but the ranks are known below ", depth, " only");
        return options;
    }

    void expect_ids_fit(std::size_t batch_images, const batch_options& batch) const
    {
        const std::size_t ids = batch.image_ids.size();
        detail::expects(ids == 0 || ids == batch_images, ids, " image ids for ", batch_images, " images");
        if (images() != 0 && batch_images != 0) expect_same_ids(!ids_.empty(), ids != 0);
    }

    std::vector<std::uint8_t> find_repeated(std::size_t images, const batch_options& batch,
                                            std::unordered_set<std::uint64_t>& new_ids) const
    {
        std::vector<std::uint8_t> repeated;
        if (batch.image_ids.empty()) return repeated;
        repeated.resize(images);
        for (std::size_t image = 0; image < images; ++image) {
            const std::uint64_t id = batch.image_ids[image];
            repeated[image] = ids_.contains(id) || !new_ids.insert(id).second;
            detail::expects(repeated[image] == 0 || batch.repeated == on_repeated::skip, "image id ", id,
                            " comes a second time");
        }
        return repeated;
    }

    void add(const std::vector<std::uint64_t>& counters) noexcept
    {
        for (std::size_t i = 0; i < counters.size(); ++i) counters_[i] += counters[i];
    }

    [[nodiscard]] detail::evaluation_layout at() const noexcept { return {options_.classes, options_.depth}; }
    [[nodiscard]] std::uint64_t counter(std::size_t index) const noexcept
    {
        return counters_.empty() ? 0 : counters_[index];
    }
    [[nodiscard]] std::uint64_t scalar(detail::evaluation_layout::scalar which) const noexcept
    {
        return counter(which);
    }
    [[nodiscard]] std::uint64_t sum(std::size_t first, std::size_t count) const noexcept
    {
        if (counters_.empty()) return 0;
        const auto begin = counters_.begin() + static_cast<std::ptrdiff_t>(first);
        return std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(count), std::uint64_t{0});
    }
    [[nodiscard]] std::uint64_t images_with_labels(std::size_t least) const noexcept
    {
        return sum(at().set_size(least), depth() + 1 - least);
    }

    [[nodiscard]] mean mean_reciprocal(std::size_t histogram) const
    {
        detail::expects(depth() == classes(), "reciprocal ranks need every rank, but they are known below ", depth(),
                        " of ", classes(), " only");
        mean result{0.0, sum(histogram, depth() + 1)};
        // The small terms first, which loses least.
        for (std::size_t rank = depth(); rank-- > 0;)
            result.sum += static_cast<double>(counter(histogram + rank)) / static_cast<double>(rank + 1);
        return result;
    }

    void expect_k(std::size_t k) const
    {
        detail::expects<std::out_of_range>(k >= 1, "k is 0, wanted at least 1");
        detail::expects<std::out_of_range>(options_.classes == 0 || k <= options_.classes, "k is ", k,
                                           ", but there are only ", options_.classes, " classes");
        detail::expects<std::out_of_range>(k <= depth(), "k is ", k, ", but ranks are known below ", depth(), " only");
    }
    void expect_original() const { detail::expects(has_original(), "no original labels were given"); }
    void expect_real() const { detail::expects(has_real(), "no label sets were given"); }
    [[nodiscard]] std::size_t expect_class(class_index c) const
    {
        detail::expects<std::out_of_range>(c >= 0 && static_cast<std::size_t>(c) < classes(), "class ", c,
                                           " is not in [0, ", classes(), ")");
        return static_cast<std::size_t>(c);
    }

    model_evaluation_options options_;
    std::optional<given_labels> given_;
    std::vector<std::uint64_t> counters_;
    pair_counts confused_;
    std::unordered_set<std::uint64_t> ids_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
