// evaluation_state: the counters of an evaluation and their configuration; merging, saving and loading.
#pragma once

#include "../data/labels.hpp"
#include "../data/targets.hpp"
#include "../detail/exact_sum.hpp"
#include "../detail/expects.hpp"
#include "../ranking/evaluation_options.hpp"
#include "../ranking/image_results.hpp"
#include "../ranking/loss_settings.hpp"
#include "../version.hpp"
#include "built_in_metrics.hpp"
#include "loss_counters.hpp"
#include "metric.hpp"
#include "pair_counts.hpp"
#include "rank_counters.hpp"
#include "state_bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

inline constexpr std::size_t most_calibration_bins = 65536;

/// The kinds of inputs of an evaluation. The first batch fixes them.
struct evaluation_inputs {
    bool original = false;
    bool real = false;
    bool ties = false;
    /// False only for losses that version 0.1 saved without ranks.
    bool ranks = true;

    friend bool operator==(const evaluation_inputs&, const evaluation_inputs&) = default;
};

/// The properties that two evaluations must share to be merged. An evaluation with a default-constructed configuration
/// is the identity of merging.
struct evaluation_configuration {
    std::size_t classes = 0;  ///< 0 before the first batch
    std::size_t depth = 0;    ///< 0 before the first batch, unless an option
    on_nan nan = on_nan::error;
    loss_settings settings{};  ///< the interpretation of the scores is known from the first batch on
    std::size_t bins = 15;
    std::optional<evaluation_inputs> inputs{};  ///< known from the first batch on

    evaluation_configuration() = default;
    /// Throws std::invalid_argument for a number of bins outside [1, 65536].
    explicit evaluation_configuration(const evaluation_options& options)
        : depth(options.depth),
          nan(options.nan),
          settings{.sigmoid = options.sigmoid, .brier = options.brier},
          bins(options.calibration_bins)
    {
        expects(bins >= 1 && bins <= most_calibration_bins, "calibration: ", bins, " bins, expected 1 to ",
                most_calibration_bins);
    }

    [[nodiscard]] evaluation_layout rank_counters() const noexcept { return {classes, depth}; }
    [[nodiscard]] loss_layout loss_counters() const noexcept { return {bins}; }
    [[nodiscard]] bool has_losses() const noexcept { return inputs && settings.has_losses(); }
    [[nodiscard]] bool has_ranks() const noexcept { return inputs && inputs->ranks; }

    friend bool operator==(const evaluation_configuration&, const evaluation_configuration&) = default;
};

/// The shape and the inputs of a batch.
struct batch_shape {
    std::size_t images = 0;
    std::size_t classes = 0;
    std::size_t depth = 0;  ///< ranks below this are known
    loss_settings settings{};
    evaluation_inputs inputs{};
};

inline const char* name_of(on_nan rule) noexcept
{
    return rule == on_nan::error ? "error" : "exclude";
}

/// Throws std::invalid_argument unless both have the same inputs.
inline void expect_same_inputs(const evaluation_inputs& mine, const evaluation_inputs& others)
{
    const auto expect_same = [](const char* what, bool a, bool b) {
        const auto presence = [](bool yes) { return yes ? "with " : "without "; };
        expects(a == b, "this evaluation is ", presence(a), what, ", the batch or merged evaluation is ", presence(b),
                what);
    };
    expect_same("ranks", mine.ranks, others.ranks);
    expect_same("original labels", mine.original, others.original);
    expect_same("label sets", mine.real, others.real);
    expect_same("ties (known from scores, not from stored lists)", mine.ties, others.ties);
}

inline void expect_same_settings(const loss_settings& mine, const loss_settings& others)
{
    expects(mine == others, "this evaluation is of ", name_of(mine), ", the batch or merged evaluation is of ",
            name_of(others),
            mine.scores.kind == others.scores.kind && mine.scores.clip != others.scores.clip ? ", or their clip differs"
                                                                                             : "");
}

/// The known one of two values, of which 0 means unknown. Throws std::invalid_argument if both are known and differ.
inline std::size_t common_value(const char* what, std::size_t mine, std::size_t others)
{
    expects(mine == 0 || others == 0 || mine == others, what, ": this evaluation has ", mine,
            ", the batch or merged evaluation has ", others);
    return std::max(mine, others);
}

/// The configuration after a batch. Throws std::invalid_argument if the batch does not fit.
[[nodiscard]] inline evaluation_configuration configuration_with(evaluation_configuration configuration,
                                                                 const batch_shape& batch)
{
    configuration.classes = common_value("classes", configuration.classes, batch.classes);
    if (configuration.depth == 0) configuration.depth = batch.depth;
    expects(configuration.depth <= batch.depth, "this evaluation has depth ", configuration.depth,
            ", but only ranks below ", batch.depth, " of the batch are known");
    if (configuration.inputs) {
        expect_same_inputs(*configuration.inputs, batch.inputs);
        expect_same_settings(configuration.settings, batch.settings);
    }
    configuration.settings = batch.settings;
    configuration.inputs = batch.inputs;
    return configuration;
}

/// The configuration of two merged evaluations. Throws std::invalid_argument if they differ.
[[nodiscard]] inline evaluation_configuration merged_configuration(const evaluation_configuration& mine,
                                                                   const evaluation_configuration& others)
{
    evaluation_configuration merged = mine;
    merged.classes = common_value("classes", mine.classes, others.classes);
    merged.depth = common_value("depth", mine.depth, others.depth);
    merged.bins = common_value("calibration bins", mine.bins, others.bins);
    expects(merged.classes == 0 || merged.depth <= merged.classes, "merge: depth ", merged.depth,
            " exceeds the number of classes, ", merged.classes);
    expects(mine.nan == others.nan, "this evaluation has the NaN rule ", name_of(mine.nan),
            ", the merged evaluation has ", name_of(others.nan));
    if (mine.inputs && others.inputs) {
        expect_same_inputs(*mine.inputs, *others.inputs);
        expect_same_settings(mine.settings, others.settings);
    } else {
        // The options of losses are irrelevant for scores without an interpretation, which have no losses.
        const auto has_no_losses = [](const evaluation_configuration& c) {
            return c.inputs && !c.settings.has_losses();
        };
        expects(has_no_losses(mine) || has_no_losses(others) ||
                    (mine.settings.sigmoid == others.settings.sigmoid && mine.settings.brier == others.settings.brier),
                "this evaluation and the merged one differ in sigmoid losses or Brier scores");
        if (others.inputs) {
            merged.inputs = others.inputs;
            merged.settings = others.settings;
        }
    }
    return merged;
}

/// The counters of one metric, with its name, version and parameters.
struct metric_counters {
    std::string name{};
    std::uint32_t version = 0;
    std::vector<std::uint64_t> configuration{};
    std::vector<std::uint64_t> counters{};

    friend bool operator==(const metric_counters&, const metric_counters&) = default;
};

/// Counters of value 0 for each of the metrics, for this shape.
template <class... Metrics>
[[nodiscard]] std::vector<metric_counters> counters_of(const std::tuple<Metrics...>& metrics, metric_shape shape)
{
    std::vector<metric_counters> list;
    list.reserve(sizeof...(Metrics));
    const auto add = [&](const auto& m) {
        list.push_back({std::string(m.name), m.version, configuration_of(m),
                        std::vector<std::uint64_t>(static_cast<std::size_t>(m.counters(shape)))});
    };
    std::apply([&](const auto&... m) { (add(m), ...); }, metrics);
    return list;
}

/// Counters and configuration of an evaluation.
struct evaluation_state {
    evaluation_configuration configuration{};
    std::vector<std::uint64_t> ranks{};   ///< indexed by evaluation_layout; empty before the first batch
    std::vector<std::uint64_t> losses{};  ///< indexed by loss_layout; empty if the scores have no interpretation
    pair_counts confused{};
    std::unordered_set<std::uint64_t> ids{};
    std::vector<metric_counters> metrics{};  ///< empty before the first batch

    [[nodiscard]] std::uint64_t images() const noexcept
    {
        if (!ranks.empty()) return ranks[evaluation_layout::images];
        return losses.empty() ? 0 : losses[loss_layout::images];
    }

    friend bool operator==(const evaluation_state&, const evaluation_state&) = default;

    /// Adds the counts of another state. If it throws, nothing has changed.
    void merge(const evaluation_state& other)
    {
        expects(this != &other, "merge: an evaluation cannot be merged with itself");
        if (other.configuration == evaluation_configuration{}) return;
        if (configuration == evaluation_configuration{}) {
            *this = evaluation_state(other);
            return;
        }
        evaluation_configuration merged = merged_configuration(configuration, other.configuration);
        if (images() != 0 && other.images() != 0)
            expects(ids.empty() == other.ids.empty(), "this evaluation is ", ids.empty() ? "without" : "with",
                    " image ids, the merged evaluation is ", ids.empty() ? "with" : "without");
        for (const std::uint64_t id : other.ids)
            expects(!ids.contains(id), "merge: both evaluations have counted image id ", id);
        std::vector<metric_counters> merged_metrics = metrics_merged_with(other);

        confused.reserve_more(other.confused.size());
        std::unordered_set<std::uint64_t> other_ids = other.ids;
        ids.reserve(ids.size() + other_ids.size());
        losses.reserve(std::max(losses.size(), other.losses.size()));
        ranks.reserve(std::max(ranks.size(), other.ranks.size()));  // the last call that can fail

        configuration = merged;
        add(ranks, other.ranks);
        add(losses, other.losses);
        carry_losses();
        confused.merge(other.confused);
        ids.merge(other_ids);
        metrics = std::move(merged_metrics);
    }

    /// sums[i] += more[i]; an empty `sums` is extended with zeros. Does not allocate if the capacity of `sums`
    /// suffices.
    static void add(std::vector<std::uint64_t>& sums, std::span<const std::uint64_t> more)
    {
        if (sums.size() < more.size()) sums.resize(more.size());
        for (std::size_t i = 0; i < more.size(); ++i) sums[i] += more[i];
    }
    void carry_losses() noexcept
    {
        if (losses.empty()) return;
        const loss_layout layout = configuration.loss_counters();
        for (std::size_t which = 0; which < layout.sums(); ++which) carry_sum{layout, losses.data()}(which);
    }

    [[nodiscard]] std::vector<std::byte> to_bytes() const
    {
        state_writer writer(state_kind::evaluation);
        writer.number(configuration.classes);
        writer.number(configuration.depth);
        writer.number(static_cast<std::uint64_t>(configuration.nan));
        writer.number(static_cast<std::uint64_t>(configuration.settings.scores.kind));
        writer.number(static_cast<std::uint64_t>(configuration.settings.scores.normalise));
        writer.number(__builtin_bit_cast(std::uint64_t, configuration.settings.scores.clip));
        writer.number(static_cast<std::uint64_t>(configuration.settings.sigmoid));
        writer.number(static_cast<std::uint64_t>(configuration.settings.brier));
        writer.number(configuration.bins);
        writer.number(configuration.inputs.has_value());
        if (configuration.inputs) {
            writer.number(configuration.inputs->original);
            writer.number(configuration.inputs->real);
            writer.number(configuration.inputs->ties);
            writer.number(configuration.inputs->ranks);
        }
        writer.list(ranks);
        writer.pairs(confused);
        std::vector<std::uint64_t> sorted_ids(ids.begin(), ids.end());
        std::sort(sorted_ids.begin(), sorted_ids.end());
        writer.list(sorted_ids);
        writer.list(losses);
        writer.number(metrics.size());
        for (const metric_counters& m : metrics) {
            writer.text(m.name);
            writer.number(m.version);
            writer.list(m.configuration);
            writer.list(m.counters);
        }
        return writer.take();
    }

    /// Reads format 2 and both kinds of format 1. Throws std::invalid_argument for invalid bytes.
    [[nodiscard]] static evaluation_state from_bytes(std::span<const std::byte> bytes)
    {
        state_reader reader(bytes);
        evaluation_state state;
        if (reader.kind() == state_kind::losses) {
            state.read_losses_of_format_1(reader);
        } else {
            reader.expect_kind(state_kind::evaluation);
            state.read_evaluation(reader);
        }
        reader.expect_end();
        state.check_loaded();
        return state;
    }

private:
    [[nodiscard]] std::vector<metric_counters> metrics_merged_with(const evaluation_state& other) const
    {
        if (!other.configuration.inputs) return metrics;
        if (!configuration.inputs) return other.metrics;
        std::vector<metric_counters> merged;
        for (const metric_counters& mine : metrics) {
            const auto found = std::find_if(other.metrics.begin(), other.metrics.end(),
                                            [&](const metric_counters& others) { return others.name == mine.name; });
            // If an older version saved one of the two without this metric, the merged evaluation does not have it
            // either.
            if (found == other.metrics.end()) {
                expects(other.lacks_built_in(mine.name), "merge: this evaluation has the metric ", mine.name,
                        ", the merged one does not");
                continue;
            }
            expects(found->version == mine.version, "merge: metric ", mine.name, " has version ", mine.version,
                    " here and ", found->version, " in the merged evaluation");
            expects(found->configuration == mine.configuration && found->counters.size() == mine.counters.size(),
                    "merge: metric ", mine.name, " has other parameters in the merged evaluation");
            merged.push_back(mine);
            add(merged.back().counters, found->counters);
        }
        for (const metric_counters& others : other.metrics) {
            const bool here = std::any_of(metrics.begin(), metrics.end(),
                                          [&](const metric_counters& mine) { return mine.name == others.name; });
            expects(here || lacks_built_in(others.name), "merge: the merged evaluation has the metric ", others.name,
                    ", this one does not");
        }
        return merged;
    }
    /// Whether `name` is a built-in metric that this state does not have.
    [[nodiscard]] bool lacks_built_in(const std::string& name) const
    {
        const bool built_in =
            std::apply([&](const auto&... m) { return ((m.name == name) || ...); }, built_in_metrics{});
        return built_in &&
               std::none_of(metrics.begin(), metrics.end(), [&](const metric_counters& m) { return m.name == name; });
    }

    static constexpr auto most_classes = static_cast<std::uint64_t>(std::numeric_limits<class_index>::max());

    void read_evaluation(state_reader& reader)
    {
        const auto flag = [&](const char* what) { return reader.number_up_to(1, what) != 0; };
        evaluation_configuration& c = configuration;
        c.classes = static_cast<std::size_t>(reader.number_up_to(most_classes, "classes"));
        c.depth = static_cast<std::size_t>(reader.number_up_to(most_classes, "depth"));
        c.nan = static_cast<on_nan>(reader.number_up_to(1, "NaN rule"));
        if (reader.format() >= 2) {
            c.settings.scores.kind = static_cast<score_kind>(reader.number_up_to(2, "kind of scores"));
            c.settings.scores.normalise = static_cast<normalise>(reader.number_up_to(1, "normalise"));
            c.settings.scores.clip = __builtin_bit_cast(double, reader.number());
            c.settings.sigmoid = static_cast<sigmoid_losses>(reader.number_up_to(1, "sigmoid losses"));
            c.settings.brier = static_cast<brier_scores>(reader.number_up_to(1, "Brier scores"));
            c.bins = static_cast<std::size_t>(reader.number_up_to(most_calibration_bins, "calibration bins"));
        }
        if (flag("presence of inputs")) {
            evaluation_inputs inputs;
            inputs.original = flag("presence of original labels");
            inputs.real = flag("presence of label sets");
            inputs.ties = flag("presence of ties");
            if (reader.format() >= 2) inputs.ranks = flag("presence of ranks");
            c.inputs = inputs;
        }
        ranks = reader.list();
        confused = reader.pairs(c.classes, c.classes);
        const std::vector<std::uint64_t> sorted_ids = reader.list();
        expects(std::adjacent_find(sorted_ids.begin(), sorted_ids.end(),
                                   [](std::uint64_t a, std::uint64_t b) { return a >= b; }) == sorted_ids.end(),
                "saved state: the image ids are not ascending");
        ids = {sorted_ids.begin(), sorted_ids.end()};
        if (reader.format() == 1) return;
        losses = reader.list();
        const std::uint64_t size = reader.number_up_to(65536, "number of metrics");
        for (std::uint64_t i = 0; i < size; ++i) {
            metric_counters m;
            m.name = reader.text();
            m.version = static_cast<std::uint32_t>(
                reader.number_up_to(std::numeric_limits<std::uint32_t>::max(), "version of a metric"));
            m.configuration = reader.list();
            m.counters = reader.list();
            for (const metric_counters& before : metrics)
                expects(before.name != m.name, "saved state: it has the metric ", m.name, " twice");
            metrics.push_back(std::move(m));
        }
    }

    /// Reads a score_evaluation of version 0.1: losses and calibration without ranks.
    void read_losses_of_format_1(state_reader& reader)
    {
        evaluation_configuration& c = configuration;
        c.classes = static_cast<std::size_t>(reader.number_up_to(most_classes, "classes"));
        c.settings.scores.kind = static_cast<score_kind>(reader.number_up_to(2, "kind of scores"));
        c.settings.scores.normalise = static_cast<normalise>(reader.number_up_to(1, "normalise"));
        c.settings.scores.clip = __builtin_bit_cast(double, reader.number());
        const std::uint64_t requested = reader.number_up_to(3, "requested losses");
        if ((requested & 1) != 0) c.settings.sigmoid = sigmoid_losses::yes;
        if ((requested & 2) != 0) c.settings.brier = brier_scores::no;
        c.bins = static_cast<std::size_t>(reader.number_up_to(most_calibration_bins, "calibration bins"));
        c.nan = static_cast<on_nan>(reader.number_up_to(1, "NaN rule"));
        if (reader.number_up_to(1, "presence of inputs") != 0) {
            evaluation_inputs inputs{.ranks = false};
            inputs.original = reader.number_up_to(1, "presence of original labels") != 0;
            inputs.real = reader.number_up_to(1, "presence of label sets") != 0;
            c.inputs = inputs;
        }
        losses = reader.list();
    }

    void check_loaded() const
    {
        const evaluation_configuration& c = configuration;
        expects(c.bins >= 1, "saved state: 0 calibration bins, expected at least 1");
        check_loss_settings(c.settings);
        const bool counted = c.inputs.has_value();
        expects(c.depth <= c.classes || (c.classes == 0 && !counted), "saved state: depth ", c.depth,
                " exceeds the number of classes, ", c.classes);
        expects(!counted || (c.classes >= 1 && (c.depth >= 1 || !c.inputs->ranks)),
                "saved state: images are counted, but the number of classes or the depth is 0");
        expects(counted || (confused.size() == 0 && ids.empty() && metrics.empty()),
                "saved state: images are counted before a first batch");
        const auto expect_size = [](const std::vector<std::uint64_t>& counters, std::size_t size) {
            expects(counters.size() == size, "saved state: ", counters.size(), " counters, expected ", size);
        };
        expect_size(ranks, c.has_ranks() ? c.rank_counters().size() : 0);
        expect_size(losses, c.has_losses() ? c.loss_counters().size() : 0);
        for (const pair_count& pair : confused.sorted())
            expects(pair.first != pair.second, "saved state: class ", pair.first, " is confused with itself");
        for (std::size_t which = 0; c.has_losses() && which < c.loss_counters().sums(); ++which) {
            const std::size_t first = c.loss_counters().start_of_sum(which);
            for (std::size_t limb = 0; limb + 1 < exact_sum_limbs; ++limb)
                expects(losses[first + limb] <= 0xffffffffU, "saved state: a sum is not carried");
        }
    }
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
