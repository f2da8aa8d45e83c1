// Statistics of the labels alone, without any model: a mergeable state of exact counts.
#pragma once

#include "../data/labels.hpp"
#include "../data/proportion.hpp"
#include "../data/targets.hpp"
#include "../detail/expects.hpp"
#include "../execution/execution.hpp"
#include "../version.hpp"
#include "label_counters.hpp"
#include "pair_counts.hpp"
#include "state_bytes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

struct label_summary_options {
    /// Number of classes; needed before the first batch.
    std::size_t classes = 0;

    friend bool operator==(const label_summary_options&, const label_summary_options&) = default;
};

/// The unbiased oracle on one class: a model that picks uniformly from the label set.
struct class_oracle {
    /// Images whose original label is the class and in their set.
    std::uint64_t images = 0;
    /// Expected share of these on which the oracle picks the original label: the mean of 1 / |set|. Absent without
    /// images.
    std::optional<double> accuracy{};
};

/// A mean over the classes that have a value.
struct class_mean {
    /// Absent where no class has a value.
    std::optional<double> value{};
    /// How many classes have one.
    std::size_t classes = 0;
};

struct ambiguity_options {
    /// A class is ambiguous where its oracle accuracy is below this.
    double threshold = 0.9;
    /// Classes left out, such as ImageNet's animals (0 .. 397).
    std::span<const class_index> excluded_classes{};
};

/// `images`: of the images with original label c in their label set, those whose set also has class `other`.
struct co_occurrence {
    class_index c = 0;
    class_index other = 0;
    proportion images{};

    friend bool operator==(const co_occurrence&, const co_occurrence&) = default;
};

/// Statistics of original labels and label sets: set sizes, the unbiased oracle, co-occurrence, and the ReaL accuracy
/// of the original labels. They do not depend on a model.
///
/// Merging and moving: as for evaluation. Memory: 32 to 64 bytes for each pair of classes, and of class and set size,
/// that occurs.
class label_summary {
public:
    label_summary() = default;
    /// Throws std::invalid_argument for 2^31 classes or more.
    explicit label_summary(const label_summary_options& options) : options_(options)
    {
        if (options.classes != 0) detail::check_classes(options.classes);
    }

    /// Counts a batch on the calling thread. Throws std::invalid_argument if the number of classes is not known, if the
    /// numbers of original labels and label sets differ, or if the kinds of labels differ from those of earlier
    /// batches; std::out_of_range for a label outside [0, classes) (image numbers count from the first batch). After an
    /// exception nothing of the batch is counted. O(labels).
    void update(const targets_view& targets)
    {
        detail::check_classes(options_.classes);
        const std::size_t batch_images = targets.real       ? targets.real->images()
                                         : targets.original ? targets.original->size()
                                                            : 0;
        targets.expect_images(batch_images, "label sets");
        const label_kinds kinds{targets.original.has_value(), targets.real.has_value()};
        if (kinds_) expect_same_kinds(*kinds_, kinds);
        detail::check_labels(targets, options_.classes, images());

        label_summary batch;
        batch.options_ = options_;
        batch.kinds_ = kinds;
        for (std::size_t image = 0; image < batch_images; ++image) batch.count(targets, image);
        merge(batch);
    }

    /// Adds the counts of another state. Commutative and associative. Throws std::invalid_argument if the numbers of
    /// classes or the kinds of labels differ, and for merging with itself; then nothing has changed.
    void merge(const label_summary& other)
    {
        detail::expects(this != &other, "merge: a label summary cannot be merged with itself");
        if (other.options_ == label_summary_options{}) return;
        if (options_ == label_summary_options{}) {
            *this = label_summary(other);
            return;
        }
        detail::expects(options_ == other.options_, "this label summary has ", options_.classes,
                        " classes, the merged label summary has ", other.options_.classes);
        if (kinds_ && other.kinds_) expect_same_kinds(*kinds_, *other.kinds_);
        confirmed_by_size_.reserve_more(other.confirmed_by_size_.size());
        together_.reserve_more(other.together_.size());
        set_sizes_.resize(std::max(set_sizes_.size(), other.set_sizes_.size()));  // the last call that can fail

        if (!kinds_) kinds_ = other.kinds_;
        for (std::size_t i = 0; i < scalars_.size(); ++i) scalars_[i] += other.scalars_[i];
        for (std::size_t size = 0; size < other.set_sizes_.size(); ++size) set_sizes_[size] += other.set_sizes_[size];
        confirmed_by_size_.merge(other.confirmed_by_size_);
        together_.merge(other.together_);
    }

    [[nodiscard]] std::size_t classes() const noexcept { return options_.classes; }
    [[nodiscard]] bool has_original() const noexcept { return kinds_ && kinds_->original; }
    [[nodiscard]] bool has_real() const noexcept { return kinds_ && kinds_->real; }
    [[nodiscard]] std::uint64_t images() const noexcept { return scalars_[detail::label_counters::images]; }
    /// Images without an original label, where original labels were given.
    [[nodiscard]] std::uint64_t missing_labels() const noexcept
    {
        return scalars_[detail::label_counters::missing_labels];
    }
    /// Images whose label set is empty. ReaL metrics leave them out.
    [[nodiscard]] std::uint64_t without_real_labels() const noexcept { return set_sizes_.empty() ? 0 : set_sizes_[0]; }
    /// Images whose label set is not empty.
    [[nodiscard]] std::uint64_t with_real_labels() const noexcept
    {
        return sum_of_sizes([](std::uint64_t size) { return std::uint64_t{size > 0}; });
    }
    /// The number of labels in all label sets.
    [[nodiscard]] std::uint64_t labels() const noexcept
    {
        return sum_of_sizes([](std::uint64_t size) { return size; });
    }
    /// Element n is the number of images with n labels in their set, from 0 to the largest set.
    [[nodiscard]] const std::vector<std::uint64_t>& set_size_histogram() const noexcept { return set_sizes_; }
    /// Of the images with ReaL labels, those with more than one.
    [[nodiscard]] proportion multi_label() const noexcept
    {
        return {sum_of_sizes([](std::uint64_t size) { return std::uint64_t{size > 1}; }), with_real_labels()};
    }
    /// Expected ReaL accuracy of a uniformly random prediction, over the images with at least `least_labels` ReaL
    /// labels: mean set size / classes, as the proportion labels / (images * classes). Throws std::invalid_argument if
    /// the number of classes is not known.
    [[nodiscard]] proportion chance(std::size_t least_labels = 1) const
    {
        detail::check_classes(classes());
        proportion guessing;
        for (std::size_t size = std::max<std::size_t>(1, least_labels); size < set_sizes_.size(); ++size) {
            guessing.hits += set_sizes_[size] * size;
            guessing.total += set_sizes_[size] * classes();
        }
        return guessing;
    }
    /// ReaL accuracy of the original labels: of the images with both kinds of labels, those whose original label is in
    /// the set. Throws std::invalid_argument unless both kinds of labels were given.
    [[nodiscard]] proportion original_labels_real() const
    {
        return {oracle_images(), scalars_[detail::label_counters::with_both_labels]};
    }

    // The unbiased oracle and co-occurrence are computed over the images whose original label is in their set. They
    // throw std::invalid_argument unless both kinds of labels were given, and std::out_of_range for an argument outside
    // [0, classes).

    /// Images whose original label is in their set.
    [[nodiscard]] std::uint64_t oracle_images() const
    {
        expect_both();
        return scalars_[detail::label_counters::confirmed];
    }

    /// The oracle's accuracy on each class; element c is for class c. O(classes + pairs log pairs).
    [[nodiscard]] std::vector<class_oracle> oracle() const
    {
        expect_both();
        std::vector<class_oracle> classes(options_.classes);
        const std::vector<pair_count> pairs = confirmed_by_size_.sorted();
        for (auto first = pairs.begin(); first != pairs.end();) {
            const auto last =
                std::find_if(first, pairs.end(), [&](const pair_count& pair) { return pair.first != first->first; });
            classes[first->first] = oracle_of({first, last});
            first = last;
        }
        return classes;
    }

    /// Mean of the oracle's class accuracies, over the classes that have one.
    [[nodiscard]] class_mean mean_oracle_accuracy() const
    {
        class_mean mean;
        double sum = 0;
        for (const class_oracle& c : oracle()) {
            if (!c.accuracy) continue;
            sum += *c.accuracy;
            ++mean.classes;
        }
        if (mean.classes != 0) mean.value = sum / static_cast<double>(mean.classes);
        return mean;
    }

    /// The classes whose oracle accuracy is below the threshold, ascending, without the excluded ones.
    /// Throws std::invalid_argument for a threshold that is NaN.
    [[nodiscard]] std::vector<class_index> ambiguous_classes(const ambiguity_options& options = {}) const
    {
        detail::expects(options.threshold == options.threshold, "ambiguous classes: the threshold is NaN");
        std::vector<bool> left_out(classes());
        for (const class_index c : options.excluded_classes) left_out[expect_class(c)] = true;
        std::vector<class_index> ambiguous;
        const std::vector<class_oracle> oracles = oracle();
        for (std::size_t c = 0; c < oracles.size(); ++c) {
            if (!left_out[c] && oracles[c].accuracy && *oracles[c].accuracy < options.threshold)
                ambiguous.push_back(static_cast<class_index>(c));
        }
        return ambiguous;
    }

    /// All pairs of classes that occur together, ordered by class, then by images (most first), then by the other
    /// class. O(pairs log pairs).
    [[nodiscard]] std::vector<co_occurrence> co_occurrences() const
    {
        const std::vector<class_oracle> oracles = oracle();
        std::vector<co_occurrence> result;
        for (const pair_count& pair : together_.sorted()) {
            result.push_back({static_cast<class_index>(pair.first),
                              static_cast<class_index>(pair.second),
                              {pair.count, oracles[pair.first].images}});
        }
        std::stable_sort(result.begin(), result.end(), [](const co_occurrence& a, const co_occurrence& b) {
            return a.c != b.c ? a.c < b.c : a.images.hits > b.images.hits;
        });
        return result;
    }

    /// The classes that occur together with c, most images first.
    [[nodiscard]] std::vector<co_occurrence> co_occurrences(class_index c) const
    {
        static_cast<void>(expect_class(c));
        std::vector<co_occurrence> all = co_occurrences();
        std::erase_if(all, [&](const co_occurrence& pair) { return pair.c != c; });
        return all;
    }

    friend bool operator==(const label_summary&, const label_summary&) = default;

    /// The state as bytes, equal on every machine. from_bytes reads them, and those of earlier versions.
    [[nodiscard]] std::vector<std::byte> to_bytes() const
    {
        detail::state_writer writer(detail::state_kind::label_summary);
        writer.number(options_.classes);
        writer.number(kinds_.has_value());
        if (kinds_) {
            writer.number(kinds_->original);
            writer.number(kinds_->real);
        }
        for (const std::uint64_t count : scalars_) writer.number(count);
        writer.list(set_sizes_);
        writer.pairs(confirmed_by_size_);
        writer.pairs(together_);
        return writer.take();
    }

    /// Throws std::invalid_argument for bytes that to_bytes did not write. Allocates no more than the size of the
    /// bytes.
    [[nodiscard]] static label_summary from_bytes(std::span<const std::byte> bytes)
    {
        detail::state_reader reader(bytes);
        reader.expect_kind(detail::state_kind::label_summary);
        label_summary state;
        const auto most_classes = static_cast<std::uint64_t>(std::numeric_limits<class_index>::max());
        state.options_.classes = static_cast<std::size_t>(reader.number_up_to(most_classes, "classes"));
        const std::uint64_t classes = state.options_.classes;
        if (reader.number_up_to(1, "presence of labels") != 0) {
            const bool original = reader.number_up_to(1, "presence of original labels") != 0;
            const bool real = reader.number_up_to(1, "presence of label sets") != 0;
            state.kinds_ = label_kinds{original, real};
        }
        for (std::uint64_t& count : state.scalars_) count = reader.number();
        state.set_sizes_ = reader.list();
        detail::expects(state.set_sizes_.size() <= classes + 1, "saved state: sets of ", state.set_sizes_.size(),
                        " sizes of ", classes, " classes");
        state.confirmed_by_size_ = reader.pairs(classes, classes + 1);
        for (const pair_count& pair : state.confirmed_by_size_.sorted())
            detail::expects(pair.second > 0, "saved state: a label in an empty set");
        state.together_ = reader.pairs(classes, classes);
        for (const pair_count& pair : state.together_.sorted())
            detail::expects(pair.first != pair.second, "saved state: class ", pair.first,
                            " occurs together with itself");
        detail::expects(!state.kinds_ || classes > 0, "saved state: labels of no classes");
        detail::expects(state.kinds_ || state.counts_nothing(), "saved state: images are counted before a first batch");
        detail::expects(state.set_sizes_.empty() || state.set_sizes_.back() != 0,
                        "saved state: no image has a set of the largest size");
        reader.expect_end();
        return state;
    }

private:
    struct label_kinds {
        bool original = false;
        bool real = false;

        friend bool operator==(const label_kinds&, const label_kinds&) = default;
    };

    static void expect_same_kinds(const label_kinds& mine, const label_kinds& others)
    {
        const auto name_of = [](const label_kinds& kinds) {
            return kinds.original && kinds.real ? "original labels and label sets"
                   : kinds.original             ? "original labels only"
                   : kinds.real                 ? "label sets only"
                                                : "no labels";
        };
        detail::expects(mine == others, "this label summary has ", name_of(mine),
                        ", the batch or merged label summary has ", name_of(others));
    }

    // Counts in the memory of a device, and gives the counts to a label_summary.
    template <device_policy Policy>
    friend class device_label_summary;

    /// An empty state that has the options and the kinds of labels of this one after a batch.
    [[nodiscard]] label_summary configured_for(bool original, bool real) const
    {
        const label_kinds kinds{original, real};
        if (kinds_) expect_same_kinds(*kinds_, kinds);
        label_summary configured(options_);
        configured.kinds_ = kinds;
        return configured;
    }

    [[nodiscard]] bool counts_nothing() const noexcept
    {
        return scalars_ == scalar_counts{} && set_sizes_.empty() && confirmed_by_size_.size() == 0 &&
               together_.size() == 0;
    }

    /// Where detail::count_labels adds.
    struct tally {
        label_summary& state;

        void add(std::size_t counter) const
        {
            if (counter < detail::label_counters::scalars) {
                ++state.scalars_[counter];
                return;
            }
            const std::size_t size = counter - detail::label_counters::set_size(0);
            if (state.set_sizes_.size() <= size) state.set_sizes_.resize(size + 1);
            ++state.set_sizes_[size];
        }
        void add_size(class_index label, std::size_t size) const
        {
            state.confirmed_by_size_.add(static_cast<std::uint32_t>(label), static_cast<std::uint32_t>(size));
        }
        void add_together(class_index label, class_index other) const
        {
            state.together_.add(static_cast<std::uint32_t>(label), static_cast<std::uint32_t>(other));
        }
    };

    void count(const targets_view& targets, std::size_t image)
    {
        detail::image_labels labels{.has_original = targets.original.has_value(), .has_real = targets.real.has_value()};
        if (labels.has_original) labels.original = (*targets.original)[image];
        if (labels.has_real) {
            const std::span<const class_index> set = (*targets.real)[image];
            labels.set = set.data();
            labels.size = set.size();
        }
        detail::count_labels(labels, tally{*this}, tally{*this});
    }

    /// The mean of 1 / size over the counts of one class by set size, ascending. Computed in integers over the least
    /// common multiple of the sizes and divided once, so that it is correctly rounded; if these integers do not fit
    /// into 53 bits, a sum of doubles in order of size.
    static class_oracle oracle_of(std::span<const pair_count> by_size)
    {
        constexpr std::uint64_t most = std::uint64_t{1} << 53;
        class_oracle result;
        std::uint64_t multiple = 1;
        double sum = 0;
        for (const pair_count& pair : by_size) {
            result.images += pair.count;
            sum += static_cast<double>(pair.count) / pair.second;
            if (multiple != 0) {
                const std::uint64_t factor = pair.second / std::gcd(multiple, std::uint64_t{pair.second});
                multiple = factor <= most / multiple ? multiple * factor : 0;
            }
        }
        if (multiple != 0 && result.images <= most / multiple) {
            std::uint64_t numerator = 0;
            for (const pair_count& pair : by_size) numerator += pair.count * (multiple / pair.second);
            result.accuracy = static_cast<double>(numerator) / static_cast<double>(result.images * multiple);
        } else {
            result.accuracy = sum / static_cast<double>(result.images);
        }
        return result;
    }

    template <class Weight>
    [[nodiscard]] std::uint64_t sum_of_sizes(Weight weight) const noexcept
    {
        std::uint64_t sum = 0;
        for (std::size_t size = 0; size < set_sizes_.size(); ++size) sum += weight(size) * set_sizes_[size];
        return sum;
    }

    void expect_both() const
    {
        detail::expects(has_original() && has_real(), "original labels and label sets are both needed for this");
    }
    [[nodiscard]] std::size_t expect_class(class_index c) const
    {
        detail::expects<std::out_of_range>(c >= 0 && static_cast<std::size_t>(c) < classes(), "class ", c,
                                           " is outside [0, ", classes(), ")");
        return static_cast<std::size_t>(c);
    }

    using scalar_counts = std::array<std::uint64_t, detail::label_counters::scalars>;

    label_summary_options options_;
    std::optional<label_kinds> kinds_;
    scalar_counts scalars_{};  ///< by detail::label_counters
    std::vector<std::uint64_t> set_sizes_;
    /// (class, size of the set) of images whose original label is in their set.
    pair_counts confirmed_by_size_;
    /// (class, other class of the set) of the same images.
    pair_counts together_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
