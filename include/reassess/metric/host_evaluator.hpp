// host_evaluator: the evaluator of host policies; ranks and counts a batch block by block, while the results are in the
// cache.
#pragma once

#include "../data/image_weights.hpp"
#include "../data/labels.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../ranking/evaluation_options.hpp"
#include "../ranking/host_batch.hpp"
#include "../ranking/image_results.hpp"
#include "../ranking/rank.hpp"
#include "../version.hpp"
#include "built_in_metrics.hpp"
#include "evaluation.hpp"
#include "evaluation_state.hpp"
#include "loss_counters.hpp"
#include "metric.hpp"
#include "rank_counters.hpp"
#include "ranked_image.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The rule for an image whose id was counted before (for example in shards that are padded with repeated images):
/// throw an error that names the id, or skip the image and count it as repeated.
enum class on_repeated { error, skip };

/// Default of batch_options::first_image: the number of images that the evaluator has counted so far.
inline constexpr std::uint64_t next_image = std::numeric_limits<std::uint64_t>::max();

struct batch_options {
    /// The number of the batch's first image in error messages.
    std::uint64_t first_image = next_image;
    /// One id per image, e.g. its index in the data set. Empty: repeated images are not detected.
    std::span<const std::uint64_t> image_ids{};
    on_repeated repeated = on_repeated::error;
};

namespace detail {

/// Number of images of a block: few enough that labels, ranks and losses stay in the second-level cache from ranking to
/// counting, and many enough that the counters of classes, which the scores of a block evict from the cache, are loaded
/// again for every few images only.
inline constexpr std::size_t images_of_block = 8192;

/// The same if ties are found, which reads the rows again: they stay in the cache.
inline constexpr std::size_t images_of_tie_block = 32;

template <class... Metrics>
[[nodiscard]] constexpr metric_columns columns_of_all() noexcept
{
    return {.losses = (columns_of<Metrics>().losses || ... || false),
            .top_k = (columns_of<Metrics>().top_k || ... || false),
            .ties = (columns_of<Metrics>().ties || ... || false),
            .weights = (columns_of<Metrics>().weights || ... || false)};
}

/// What a batch has for metrics that request columns.
struct available_columns {
    bool losses = false;
    std::size_t k = 0;  ///< length of the lists
    /// Ties of every label: from scores, but not from stored lists or results of `rank`.
    bool ties = false;
    bool weights = false;
};

/// Throws std::invalid_argument if a metric requests a column that is not available.
template <class... Metrics>
void expect_requested_columns(const available_columns& available)
{
    const auto check = [&](std::string_view name, metric_columns columns) {
        expects(!columns.losses || available.losses, "metric ", name,
                " requests losses: evaluate logits(scores) or probabilities(scores)");
        expects(!columns.top_k || available.k != 0, "metric ", name,
                " requests top-k lists of scores: use the option {.top_k = k}");
        expects(!columns.ties || available.ties, "metric ", name,
                " requests the ties of every label, which stored top-k lists and results of rank do not have: evaluate "
                "scores");
        expects(!columns.weights || available.weights, "metric ", name,
                " requests weights: give a weight per image in targets.weights");
    };
    static_cast<void>(check);
    (check(Metrics::name, columns_of<Metrics>()), ...);
}

/// The counters of one batch, separate from the state, because the batch may turn out to be invalid.
template <class... Metrics>
class batch_counters {
public:
    using metric_tuple = std::tuple<Metrics...>;
    static constexpr bool finds_ties = columns_of_all<Metrics...>().ties;

    batch_counters(const evaluation_configuration& configuration, const metric_tuple& metrics)
        : at_{configuration.rank_counters()},
          losses_{configuration.loss_counters()},
          has_losses_(configuration.has_losses()),
          metrics_(metrics),
          shape_{configuration.classes, configuration.depth}
    {
        first_loss_ = at_.size();
        std::size_t next = first_loss_ + (has_losses_ ? losses_.size() : 0);
        for_each_metric([&](const auto& m, std::size_t) {
            first_of_metric_.push_back(next);
            next += m.counters(shape_) + 1;  // one more for invalid indices: see tally_of_metric
        });
        tallies_.resize(next);
    }

    /// Ranks the blocks of a batch and counts each block after it is ranked. `repeated` is null or has 1 for each image
    /// that is skipped. Throws like `rank`.
    template <execution_policy Policy, class Batch>
    void rank_and_count(Policy policy, Batch& batch, const std::uint8_t* repeated)
    {
        constexpr std::size_t images_each = finds_ties ? images_of_tie_block : images_of_block;
        const auto rank_and_count_rows = [&](std::size_t begin, std::size_t end, const host_tally& tally) {
            image_results results;
            tie_columns ties;
            for (std::size_t first = begin; first < end; first += images_each) {
                const std::size_t count = std::min(images_each, end - first);
                const targets_view labels = batch.targets().slice(first, count);
                if (batch.skips(first, labels)) return;
                batch.prepare(results, count, labels);
                if (!batch.rank(first, count, labels, results)) return;
                const std::uint8_t* const repeated_here = repeated == nullptr ? nullptr : repeated + first;
                ranked_images images(results, labels, repeated_here);
                if constexpr (finds_ties && Batch::has_ties) {
                    batch.find_ties(first, count, labels, results, ties);
                    images.original_ties = ties.of_original.data();
                    images.label_tie = ties.of_labels.data();
                }
                count_images<Batch::has_losses>(0, count, images, tally);
            }
        };
        accumulate_rows(policy, batch.work(), rank_and_count_rows, tallies_);
        batch.throw_fault();
    }

    /// Counts results of `rank` for these targets.
    template <execution_policy Policy>
    void count(Policy policy, const image_results& results, const targets_view& targets, const std::uint8_t* repeated)
    {
        const auto count_rows = [&](std::size_t begin, std::size_t end, const host_tally& tally) {
            count_images<true>(begin, end, ranked_images(results, targets, repeated), tally);
        };
        accumulate_rows(policy, {results.images(), bytes_of_counting}, count_rows, tallies_);
    }

    /// Throws std::out_of_range if a metric added to a counter that it does not have.
    void expect_valid() const
    {
        for_each_metric([&](const auto& m, std::size_t number) {
            const std::size_t size = m.counters(shape_);
            expect_valid_counters(m.name, tallies_[first_of_metric_[number] + size], size);
        });
    }

    /// Upper bound of the number of different pairs that add_to adds.
    [[nodiscard]] std::size_t confused_images() const noexcept { return confused_.size(); }

    /// Adds all counters to a state whose memory is already reserved.
    void add_to(evaluation_state& state) noexcept
    {
        const std::span<const std::uint64_t> all(tallies_);
        at_.add_to(state.ranks, all.first(first_loss_));
        if (has_losses_) {
            evaluation_state::add(state.losses, all.subspan(first_loss_, losses_.size()));
            state.carry_losses();
        }
        for (std::size_t m = 0; m < state.metrics.size(); ++m) {
            std::vector<std::uint64_t>& sums = state.metrics[m].counters;
            evaluation_state::add(sums, all.subspan(first_of_metric_[m], sums.size()));
        }
        for (const label_and_prediction& pair : confused_) state.confused.add(pair.label, pair.prediction);
    }

private:
    struct label_and_prediction {
        std::uint32_t label;
        std::uint32_t prediction;
    };

    /// Calls f(metric, number) for every metric.
    template <class Function>
    void for_each_metric(Function f) const
    {
        std::size_t number = 0;
        std::apply([&](const auto&... m) { (f(m, number++), ...); }, metrics_);
    }

    /// `Losses`: whether the results may have losses.
    template <bool Losses>
    void count_images(std::size_t begin, std::size_t end, ranked_images images, const host_tally& tally)
    {
        images.depth = at_.counters.depth;
        each_index_of_block(count_image(at_.counters, images))(begin, end, tally);
        if constexpr (Losses) {
            if (has_losses_) each_index_of_block(count_losses(losses_, images))(begin, end, tally.from(first_loss_));
        }
        for_each_metric([&](const auto& m, std::size_t number) {
            using metric_type = std::remove_cvref_t<decltype(m)>;
            const std::size_t counters = m.counters(shape_);
            each_index_of_block(count_by_metric<metric_type>{images, m, counters})(
                begin, end, tally.from(first_of_metric_[number]));
        });
        if (images.original != nullptr) keep_confused(begin, end, images);
    }

    /// Keeps the pairs (label, prediction) of images whose prediction is not their original label. Comparison results
    /// are packed into a mask word without a branch, because the branch is unpredictable.
    void keep_confused(std::size_t begin, std::size_t end, const ranked_images& images)
    {
        std::vector<label_and_prediction> found;
        for (std::size_t first = begin; first < end; first += 64) {
            const std::size_t count = std::min<std::size_t>(64, end - first);
            std::uint64_t differ = 0;
            for (std::size_t i = count; i-- > 0;)
                differ = differ << 1 |
                         static_cast<std::uint64_t>(images.prediction[first + i] != images.original[first + i]);
            for (; differ != 0; differ &= differ - 1) {
                const std::size_t image = first + static_cast<std::size_t>(std::countr_zero(differ));
                const class_index label = images.original[image], prediction = images.prediction[image];
                if (!images.is_repeated(image) && label != missing_label && prediction != missing_label)
                    found.push_back({static_cast<std::uint32_t>(label), static_cast<std::uint32_t>(prediction)});
            }
        }
        const std::lock_guard lock(confused_mutex_);
        confused_.insert(confused_.end(), found.begin(), found.end());
    }

    tally_layout at_;
    loss_layout losses_;
    bool has_losses_;
    metric_tuple metrics_;
    metric_shape shape_;
    std::size_t first_loss_ = 0;
    std::vector<std::size_t> first_of_metric_;
    /// Tallies of ranks, then counters of losses, then those of the metrics.
    std::vector<std::uint64_t> tallies_;
    std::mutex confused_mutex_;  // several threads count
    std::vector<label_and_prediction> confused_;
};

template <class Tuple>
struct counters_for;
template <class... Metrics>
struct counters_for<std::tuple<Metrics...>> {
    using type = batch_counters<Metrics...>;
};

template <execution_policy Policy, class... Metrics>
class host_evaluator {
public:
    host_evaluator(Policy policy, const evaluation_options& options, const Metrics&... metrics)
        : policy_(policy), options_(options), metrics_(metrics...)
    {
        state_.configuration = evaluation_configuration(options);
    }

    template <class Input>
    void update(const Input& input, const targets_view& targets, const batch_options& batch)
    {
        const auto view = view_of(input);
        evaluation_options options = options_;
        constexpr bool lists = columns_of_all<Metrics...>().top_k;
        if (!lists) options.top_k = 0;
        auto ranked = host_batch < lists
                          ? list_requests::possible
                          : list_requests::never > (view, targets, request_of(options, first_image_of(batch)));
        image_results shape;
        ranked.prepare(shape, 0, {});
        const batch_shape brought{ranked.images(), ranked.classes(), ranked.depth(), shape.settings,
                                  inputs_of(targets, ranked.ties_known())};
        expect_columns(targets, {.losses = shape.settings.has_losses(), .k = shape.k, .ties = ranked.has_ties},
                       first_image_of(batch));
        count_batch(brought, batch, [&](auto& counters, const std::uint8_t* repeated) {
            counters.rank_and_count(policy_, ranked, repeated);
        });
    }

    void update(const image_results& results, const targets_view& targets, const batch_options& batch)
    {
        results.expect_made_with(targets, first_image_of(batch));
        expect_columns(targets, {.losses = results.settings.has_losses(), .k = results.k}, first_image_of(batch));
        loss_settings settings = results.settings;
        if (!settings.has_losses()) settings = {};
        const batch_shape brought{results.images(), results.classes, results.depth, settings,
                                  inputs_of(targets, results.ties_known)};
        count_batch(brought, batch, [&](auto& counters, const std::uint8_t* repeated) {
            counters.count(policy_, results, targets, repeated);
        });
    }

    [[nodiscard]] evaluation<Metrics...> result() const { return evaluation_maker::make(state_, metrics_); }
    [[nodiscard]] std::uint64_t images() const noexcept { return state_.images(); }
    void reset()
    {
        state_ = {};
        state_.configuration = evaluation_configuration(options_);
    }
    [[nodiscard]] Policy policy() const { return policy_; }

private:
    [[nodiscard]] static evaluation_inputs inputs_of(const targets_view& targets, bool ties_known) noexcept
    {
        return {.original = targets.original.has_value(), .real = targets.real.has_value(), .ties = ties_known};
    }
    [[nodiscard]] std::uint64_t first_image_of(const batch_options& batch) const noexcept
    {
        return batch.first_image == next_image ? images() : batch.first_image;
    }

    /// Throws if a metric requests a column that is not available, and for an invalid weight that it would read.
    static void expect_columns(const targets_view& targets, available_columns available, std::uint64_t first_image)
    {
        available.weights = targets.weights.has_value();
        expect_requested_columns<Metrics...>(available);
        if (columns_of_all<Metrics...>().weights) check_weights(*targets.weights, first_image);
    }

    /// Counts a batch by count(counters, repeated), which may throw. The state changes only after all operations that
    /// can fail.
    template <class Count>
    void count_batch(const batch_shape& brought, const batch_options& batch, Count count)
    {
        const evaluation_configuration configuration = configuration_with(state_.configuration, brought);
        const std::size_t given_ids = batch.image_ids.size();
        expects(given_ids == 0 || given_ids == brought.images, given_ids, " image ids for ", brought.images,
                " images, expected one id per image or none");
        if (images() != 0 && brought.images != 0)
            expects(state_.ids.empty() == (given_ids == 0), "this evaluation is ",
                    state_.ids.empty() ? "without" : "with", " image ids, the batch is ",
                    given_ids == 0 ? "without" : "with");

        std::unordered_set<std::uint64_t> new_ids;
        const std::vector<std::uint8_t> repeated = find_repeated(batch, new_ids);
        const auto metrics = with_built_in(metrics_);
        typename counters_for<std::remove_const_t<decltype(metrics)>>::type counters(configuration, metrics);
        count(counters, repeated.empty() ? nullptr : repeated.data());
        counters.expect_valid();

        // Maximum number of different pairs.
        const std::size_t most_pairs = configuration.classes * (configuration.classes - 1);
        state_.confused.reserve_more(std::min(counters.confused_images(), most_pairs - state_.confused.size()));
        state_.ids.reserve(state_.ids.size() + new_ids.size());
        std::vector<metric_counters> zeros;
        if (state_.metrics.empty()) zeros = counters_of(metrics, {configuration.classes, configuration.depth});
        const std::size_t losses = configuration.has_losses() ? configuration.loss_counters().size() : 0;
        const std::size_t ranks = configuration.rank_counters().size();
        state_.losses.reserve(losses);
        state_.ranks.reserve(ranks);  // the last call that can fail

        state_.configuration = configuration;
        state_.losses.resize(losses);
        state_.ranks.resize(ranks);
        if (!zeros.empty()) state_.metrics = std::move(zeros);
        counters.add_to(state_);
        state_.ids.merge(new_ids);
    }

    std::vector<std::uint8_t> find_repeated(const batch_options& batch,
                                            std::unordered_set<std::uint64_t>& new_ids) const
    {
        std::vector<std::uint8_t> repeated(batch.image_ids.size());
        for (std::size_t image = 0; image < repeated.size(); ++image) {
            const std::uint64_t id = batch.image_ids[image];
            repeated[image] = state_.ids.contains(id) || !new_ids.insert(id).second;
            expects(repeated[image] == 0 || batch.repeated == on_repeated::skip, "image id ", id,
                    " was counted before; on_repeated::skip skips such images");
        }
        return repeated;
    }

    Policy policy_;
    evaluation_options options_;
    std::tuple<Metrics...> metrics_;
    evaluation_state state_;
};

}  // namespace detail
}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
