// results_by_id: the results and targets of images with ids, kept image by image, so that parts that overlap can be
// merged and every image counts once.
#pragma once

#include "../data/interpreted_scores.hpp"
#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../ranking/evaluation_options.hpp"
#include "../ranking/image_results.hpp"
#include "../ranking/loss_settings.hpp"
#include "../version.hpp"
#include "evaluation.hpp"
#include "evaluator.hpp"
#include "state_bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The rule for an image whose results differ between two parts, as from a model that is not deterministic: an error
/// that names the image, or the results that came first count and the image is counted as differing.
enum class on_differing { error, count };

namespace detail {

/// Calls f(of_a, of_b) for each column that has one element per image, of two image_results.
template <class A, class B, class F>
void each_image_column(A& a, B& b, F f)
{
    f(a.prediction, b.prediction);
    f(a.original_rank, b.original_rank);
    f(a.original_tied, b.original_tied);
    f(a.confidence, b.confidence);
    f(a.cross_entropy, b.cross_entropy);
    f(a.real_cross_entropy, b.real_cross_entropy);
    f(a.sigmoid_cross_entropy, b.sigmoid_cross_entropy);
    f(a.real_sigmoid_cross_entropy, b.real_sigmoid_cross_entropy);
    f(a.brier_score, b.brier_score);
}

// Columns as bytes: 8 bytes for a double, 4 for a 32-bit number, 1 for a flag.

inline void write_column(state_writer& writer, const std::vector<double>& column)
{
    writer.number(column.size());
    for (const double value : column) writer.number(__builtin_bit_cast(std::uint64_t, value));
}
inline void write_column(state_writer& writer, const std::vector<std::uint8_t>& column)
{
    writer.text(std::string(column.begin(), column.end()));
}
template <class T>
    requires(sizeof(T) == 4)
void write_column(state_writer& writer, const std::vector<T>& column)
{
    writer.list_of_32_bits(std::vector<std::uint32_t>(column.begin(), column.end()));
}

inline void read_column(state_reader& reader, std::vector<double>& column)
{
    for (const std::uint64_t bits : reader.list()) column.push_back(__builtin_bit_cast(double, bits));
}
inline void read_column(state_reader& reader, std::vector<std::uint8_t>& column)
{
    for (const char flag : reader.text()) column.push_back(static_cast<std::uint8_t>(flag));
}
template <class T>
    requires(sizeof(T) == 4)
void read_column(state_reader& reader, std::vector<T>& column)
{
    for (const std::uint32_t value : reader.list_of_32_bits()) column.push_back(static_cast<T>(value));
}

/// Of each image its results and targets.
struct image_columns {
    image_results results{};
    std::optional<std::vector<class_index>> original{};
    std::optional<label_sets> real{};
    std::optional<std::vector<double>> weights{};

    [[nodiscard]] std::size_t images() const noexcept { return results.images(); }
    [[nodiscard]] targets_view targets() const
    {
        targets_view view;
        if (original) view.original = *original;
        if (real) view.real = real->view();
        if (weights) view.weights = *weights;
        return view;
    }

    /// Columns without images, for results and targets of this shape.
    [[nodiscard]] static image_columns like(const image_results& results, const targets_view& targets)
    {
        image_columns columns;
        columns.results.classes = results.classes;
        columns.results.depth = results.depth;
        columns.results.ties_known = results.ties_known;
        columns.results.settings = results.settings;
        columns.results.k = results.k;
        if (targets.original) columns.original.emplace();
        if (targets.real) columns.real.emplace();
        if (targets.weights) columns.weights.emplace();
        return columns;
    }

    void append(const image_results& from, const targets_view& targets, std::size_t image)
    {
        each_image_column(results, from, [&](auto& to, const auto& column) {
            if (!column.empty()) to.push_back(column[image]);
        });
        for (std::size_t j = 0; j < from.k; ++j) results.top_k.push_back(from.top_k[image * from.k + j]);
        if (original) original->push_back((*targets.original)[image]);
        if (weights) weights->push_back((*targets.weights)[image]);
        if (!real) return;
        const std::span<const rank_index> ranks = label_ranks(from, targets, image);
        results.label_rank.insert(results.label_rank.end(), ranks.begin(), ranks.end());
        real->append((*targets.real)[image]);
    }

    [[nodiscard]] static std::span<const rank_index> label_ranks(const image_results& from, const targets_view& targets,
                                                                 std::size_t image)
    {
        const std::uint64_t first = targets.real->offsets()[image] - targets.real->first_label();
        return std::span(from.label_rank).subspan(static_cast<std::size_t>(first), targets.real->size_of(image));
    }

    /// A 64-bit hash of one image's results and targets.
    [[nodiscard]] static std::uint64_t digest(const image_results& from, const targets_view& targets, std::size_t image)
    {
        std::uint64_t hash = 0;
        const auto add = [&](std::uint64_t value) {
            // The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
            hash = (hash ^ value) + 0x9e3779b97f4a7c15U;
            hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9U;
            hash = (hash ^ hash >> 27) * 0x94d049bb133111ebU;
            hash ^= hash >> 31;
        };
        const auto add_number = [&]<class T>(T value) {
            if constexpr (std::is_same_v<T, double>) {
                add(__builtin_bit_cast(std::uint64_t, value));
            } else {
                add(static_cast<std::uint64_t>(value));
            }
        };
        each_image_column(from, from, [&](const auto& column, const auto&) {
            if (!column.empty()) add_number(column[image]);
        });
        for (std::size_t j = 0; j < from.k; ++j) add_number(from.top_k[image * from.k + j]);
        if (targets.original) add_number((*targets.original)[image]);
        if (targets.weights) add_number((*targets.weights)[image]);
        if (!targets.real) return hash;
        add(targets.real->size_of(image));
        for (const rank_index rank : label_ranks(from, targets, image)) add_number(rank);
        for (const class_index label : (*targets.real)[image]) add_number(label);
        return hash;
    }

    friend bool operator==(const image_columns&, const image_columns&) = default;
};

/// Throws std::invalid_argument unless both are results of the same shape for the same kinds of labels.
inline void expect_same_shape(const image_columns& mine, const image_columns& others)
{
    const auto expect_same = [](const char* what, std::size_t a, std::size_t b) {
        expects(a == b, "results by id: these results have ", what, " ", a, ", the added results have ", b);
    };
    const auto expect_both = [](const char* what, bool a, bool b) {
        const auto presence = [](bool yes) { return yes ? "with " : "without "; };
        expects(a == b, "results by id: these results are ", presence(a), what, ", the added results are ", presence(b),
                what);
    };
    expect_same("classes", mine.results.classes, others.results.classes);
    expect_same("depth", mine.results.depth, others.results.depth);
    expect_same("lists of length", mine.results.k, others.results.k);
    expect_both("known ties", mine.results.ties_known, others.results.ties_known);
    expect_both("original labels", mine.original.has_value(), others.original.has_value());
    expect_both("label sets", mine.real.has_value(), others.real.has_value());
    expect_both("weights", mine.weights.has_value(), others.weights.has_value());
    expects(mine.results.settings == others.results.settings, "results by id: these results are of ",
            name_of(mine.results.settings), ", the added results are of ", name_of(others.results.settings),
            mine.results.settings.scores.clip != others.results.settings.scores.clip ? ", or their clip differs" : "");
}

}  // namespace detail

/// Results of images with ids, for parts of a data set that may overlap: shards that a sampler pads with repeated
/// images (torch's DistributedSampler), retried batches, overlapping jobs. Every id counts once, however often and in
/// whichever part it was seen, so the evaluation equals that of a single pass over the data set.
///
///     ra::results_by_id mine;                      // in each process
///     for (...) mine.add(ra::rank(ra::par, ra::logits(batch), targets), targets, ids);
///     mine.merge(others);                          // of another process: from_bytes
///     const ra::evaluation total = ra::evaluate(ra::par, mine);
///
/// Results of an id that is seen again are compared by a 64-bit hash of the results and targets of the image. If they
/// differ, `rule` decides. A default-constructed object is the identity of merging. Images are in ascending order of
/// their ids in to_bytes() and columns(), so the order of merging has no effect, except which of differing results
/// count.
///
/// Memory: 40 to 60 bytes for the id, 4 for each of prediction, rank, original label, label and label rank, 8 for each
/// loss. An evaluator without ids keeps nothing of the kind.
class results_by_id {
public:
    results_by_id() = default;
    explicit results_by_id(on_differing rule) noexcept : rule_(rule) {}

    /// Adds results of `rank`; `targets` must be the targets that `rank` had, `ids` one id per image, such as its index
    /// in the data set. Throws std::invalid_argument if they do not fit together or are of another shape than the
    /// results so far, and for different results of an id (on_differing::error), naming the id; then nothing is added.
    /// O(images + labels).
    void add(const image_results& results, const targets_view& targets, std::span<const std::uint64_t> ids)
    {
        using columns = detail::image_columns;
        results.expect_made_with(targets);
        detail::expects(ids.size() == results.images(), "results by id: ", ids.size(), " ids for ", results.images(),
                        " images, expected one id per image");
        columns batch = columns::like(results, targets);
        if (has_shape()) detail::expect_same_shape(parts_.front(), batch);
        std::unordered_map<std::uint64_t, place> of_batch;
        std::uint64_t repeated = 0, differing = 0;
        for (std::size_t image = 0; image < ids.size(); ++image) {
            const auto known = places_.find(ids[image]);
            const columns* seen_in = known == places_.end() ? nullptr : &parts_[known->second.part];
            std::size_t seen_at = known == places_.end() ? 0 : known->second.image;
            if (seen_in == nullptr) {
                const auto [same, is_new] = of_batch.emplace(ids[image], place{parts_.size(), batch.images()});
                if (is_new) {
                    batch.append(results, targets, image);
                    continue;
                }
                seen_in = &batch;
                seen_at = same->second.image;
            }
            ++repeated;
            if (columns::digest(seen_in->results, seen_in->targets(), seen_at) ==
                columns::digest(results, targets, image))
                continue;
            detail::expects(rule_ == on_differing::count, "results by id: image id ", ids[image],
                            " was seen before with other results or labels (is the model deterministic?); "
                            "on_differing::count counts the first");
            ++differing;
        }
        places_.reserve(places_.size() + of_batch.size());
        if (!has_shape() || batch.images() != 0) parts_.push_back(std::move(batch));  // the last call that can fail
        places_.merge(of_batch);
        repeated_ += repeated;
        differing_ += differing;
    }

    /// Adds the images of another part. Throws std::invalid_argument like add, and for merging with itself; then
    /// nothing has changed. Commutative and associative unless results of an id differ: those of this object count.
    void merge(const results_by_id& other)
    {
        detail::expects(this != &other, "merge: results by id cannot be merged with itself");
        if (!other.has_shape()) return;
        const ordered_columns all = other.columns();
        add(all.results(), all.targets(), all.ids);
        repeated_ += other.repeated_;
        differing_ += other.differing_;
    }

    /// Number of different images.
    [[nodiscard]] std::uint64_t images() const noexcept { return places_.size(); }
    /// How often an image was seen again.
    [[nodiscard]] std::uint64_t repeated_images() const noexcept { return repeated_; }
    /// How often an image was seen again with other results; they were not counted.
    [[nodiscard]] std::uint64_t differing_images() const noexcept { return differing_; }

    /// All images in ascending order of their ids.
    struct ordered_columns {
        std::vector<std::uint64_t> ids{};
        detail::image_columns of_images{};

        [[nodiscard]] const image_results& results() const noexcept { return of_images.results; }
        /// Valid as long as this object lives.
        [[nodiscard]] targets_view targets() const { return of_images.targets(); }
    };
    /// O(images log images + labels).
    [[nodiscard]] ordered_columns columns() const
    {
        ordered_columns ordered;
        if (!has_shape()) return ordered;
        std::vector<std::pair<const std::uint64_t, place>> all(places_.begin(), places_.end());
        std::vector<std::size_t> order(all.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::sort(order.begin(), order.end(),
                  [&](std::size_t a, std::size_t b) { return all[a].first < all[b].first; });
        std::vector<targets_view> targets;
        for (const detail::image_columns& part : parts_) targets.push_back(part.targets());
        ordered.of_images = detail::image_columns::like(parts_.front().results, targets.front());
        for (const std::size_t i : order) {
            ordered.ids.push_back(all[i].first);
            ordered.of_images.append(parts_[all[i].second.part].results, targets[all[i].second.part],
                                     all[i].second.image);
        }
        return ordered;
    }

    /// The same images with the same results, seen again as often.
    friend bool operator==(const results_by_id& a, const results_by_id& b) { return a.to_bytes() == b.to_bytes(); }

    /// The results as bytes, for from_bytes; equal for equal results on every machine. The rule for differing results
    /// is not saved.
    [[nodiscard]] std::vector<std::byte> to_bytes() const
    {
        detail::state_writer writer(detail::state_kind::results_by_id);
        writer.number(has_shape());
        if (!has_shape()) return writer.take();
        const ordered_columns all = columns();
        const image_results& r = all.results();
        const targets_view targets = all.targets();
        writer.number(r.classes);
        writer.number(r.depth);
        writer.number(r.ties_known);
        writer.number(static_cast<std::uint64_t>(r.settings.scores.kind));
        writer.number(static_cast<std::uint64_t>(r.settings.scores.normalise));
        writer.number(__builtin_bit_cast(std::uint64_t, r.settings.scores.clip));
        writer.number(static_cast<std::uint64_t>(r.settings.sigmoid));
        writer.number(static_cast<std::uint64_t>(r.settings.brier));
        writer.number(r.k);
        writer.number(targets.original.has_value());
        writer.number(targets.real.has_value());
        writer.number(targets.weights.has_value());
        writer.number(repeated_);
        writer.number(differing_);
        writer.list(all.ids);
        detail::each_image_column(r, r, [&](const auto& column, const auto&) { detail::write_column(writer, column); });
        detail::write_column(writer, r.label_rank);
        detail::write_column(writer, r.top_k);
        if (targets.original) detail::write_column(writer, *all.of_images.original);
        if (targets.weights) detail::write_column(writer, *all.of_images.weights);
        if (targets.real) {
            std::vector<std::uint32_t> sizes;
            for (std::size_t image = 0; image < r.images(); ++image)
                sizes.push_back(static_cast<std::uint32_t>(targets.real->size_of(image)));
            detail::write_column(writer, sizes);
            detail::write_column(writer, std::vector<class_index>(all.of_images.real->classes().begin(),
                                                                  all.of_images.real->classes().end()));
        }
        return writer.take();
    }

    /// Throws std::invalid_argument for bytes that to_bytes did not write. Allocates a small multiple of the size of
    /// the bytes.
    [[nodiscard]] static results_by_id from_bytes(std::span<const std::byte> bytes,
                                                  on_differing rule = on_differing::error)
    {
        try {
            return read(bytes, rule);
        } catch (const std::out_of_range& error) {
            detail::fail<std::invalid_argument>("saved state: ", error.what());
        }
    }

private:
    [[nodiscard]] static results_by_id read(std::span<const std::byte> bytes, on_differing rule)
    {
        detail::state_reader reader(bytes);
        reader.expect_kind(detail::state_kind::results_by_id);
        results_by_id state(rule);
        if (reader.number_up_to(1, "presence of results") == 0) {
            reader.expect_end();
            return state;
        }
        constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<class_index>::max());
        const auto flag = [&](const char* what) { return reader.number_up_to(1, what) != 0; };
        detail::image_columns columns;
        image_results& r = columns.results;
        r.classes = static_cast<std::size_t>(reader.number_up_to(most, "classes"));
        r.depth = static_cast<std::size_t>(reader.number_up_to(most, "depth"));
        r.ties_known = flag("presence of ties");
        r.settings.scores.kind = static_cast<score_kind>(reader.number_up_to(2, "kind of scores"));
        r.settings.scores.normalise = static_cast<normalise>(reader.number_up_to(1, "normalise"));
        r.settings.scores.clip = __builtin_bit_cast(double, reader.number());
        r.settings.sigmoid = static_cast<sigmoid_losses>(reader.number_up_to(1, "sigmoid losses"));
        r.settings.brier = static_cast<brier_scores>(reader.number_up_to(1, "Brier scores"));
        r.k = static_cast<std::size_t>(reader.number_up_to(most, "length of lists"));
        const bool original = flag("presence of original labels");
        const bool real = flag("presence of label sets");
        const bool weights = flag("presence of weights");
        state.repeated_ = reader.number();
        state.differing_ = reader.number();
        const std::vector<std::uint64_t> ids = reader.list();
        detail::each_image_column(r, r, [&](auto& column, auto&) { detail::read_column(reader, column); });
        detail::read_column(reader, r.label_rank);
        detail::read_column(reader, r.top_k);
        if (original) detail::read_column(reader, columns.original.emplace());
        if (weights) detail::read_column(reader, columns.weights.emplace());
        if (real) {
            std::vector<std::uint32_t> sizes;
            std::vector<class_index> labels;
            detail::read_column(reader, sizes);
            detail::read_column(reader, labels);
            std::vector<std::uint64_t> offsets{0};
            for (const std::uint32_t size : sizes) offsets.push_back(offsets.back() + size);
            // A view checks that the sets are ascending.
            static_cast<void>(label_sets_view(offsets, labels));
            columns.real.emplace(offsets, labels);
        }
        reader.expect_end();
        check_loaded(columns, ids);
        for (std::size_t image = 0; image < ids.size(); ++image) state.places_.emplace(ids[image], place{0, image});
        state.parts_.push_back(std::move(columns));
        return state;
    }

    /// Where the results of an id are.
    struct place {
        std::size_t part = 0;
        std::size_t image = 0;
    };

    [[nodiscard]] bool has_shape() const noexcept { return !parts_.empty(); }

    /// Throws for columns that `rank` does not return, which would be counted outside of the counters.
    static void check_loaded(const detail::image_columns& columns, std::span<const std::uint64_t> ids)
    {
        const image_results& r = columns.results;
        r.expect_made_with(columns.targets());
        detail::expects(ids.size() == r.images(), "saved state: ", ids.size(), " image ids, expected ", r.images());
        for (std::size_t i = 1; i < ids.size(); ++i)
            detail::expects(ids[i - 1] < ids[i], "saved state: the image ids are not ascending");
        const auto expect_ranks = [&](const std::vector<rank_index>& ranks) {
            for (const rank_index rank : ranks)
                detail::expects(rank < r.depth || rank == no_rank, "saved state: rank ", rank,
                                ", expected ranks below ", r.depth);
        };
        expect_ranks(r.original_rank);
        expect_ranks(r.label_rank);
        detail::check_predictions(r.top_k, r.classes, 0);
        for (const std::uint8_t tied : r.original_tied)
            detail::expects(tied <= 1, "saved state: a tie is ", tied, ", expected 0 or 1");
        // The bits of numbers that are not negative are in the order of the numbers; NaN is above all of them.
        for (const double confidence : r.confidence)
            detail::expects(__builtin_bit_cast(std::uint64_t, confidence) <=
                                __builtin_bit_cast(std::uint64_t, 1 + probability_rounding),
                            "saved state: a confidence is outside [0, 1]");
    }

    std::vector<detail::image_columns> parts_{};  ///< one for each call of add that brought new images
    std::unordered_map<std::uint64_t, place> places_{};
    std::uint64_t repeated_ = 0;
    std::uint64_t differing_ = 0;
    on_differing rule_ = on_differing::error;
};

/// The evaluation of all images of `results`, each counted once: equal to the evaluation of the same images in a single
/// pass with the options that `rank` had. Throws std::invalid_argument for a metric that needs more than per-image
/// results (the ties of every label), and if options.depth is above the depth of the ranks. O(images log images +
/// labels).
template <execution_policy Policy, class... Metrics>
[[nodiscard]] evaluation<Metrics...> evaluate(Policy policy, const results_by_id& results,
                                              const evaluation_options& options = {}, const Metrics&... metrics)
{
    evaluator<Policy, Metrics...> counts(policy, options, metrics...);
    if (const auto all = results.columns(); all.results().classes != 0) counts.update(all.results(), all.targets());
    return counts.result();
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
