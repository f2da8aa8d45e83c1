// States that format 1 saved stay readable for ever: the files in tests/saved were written by the version that
// introduced the format and are never written again. Format 2 is what is written today.
#include "support/messages.hpp"

#include <reassess/data/interpreted_scores.hpp>
#include <reassess/evaluate.hpp>
#include <reassess/metric/balanced_accuracy.hpp>
#include <reassess/metric/evaluation.hpp>
#include <reassess/metric/evaluator.hpp>
#include <reassess/metric/label_summary.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#if !defined(REASSESS_TEST_SAVED_DIR)
#    define REASSESS_TEST_SAVED_DIR REASSESS_TEST_REFERENCE_DIR "/../saved"
#endif

namespace ra = reassess;

namespace {

std::vector<std::byte> saved(const std::string& name)
{
    std::ifstream file(std::string(REASSESS_TEST_SAVED_DIR) + "/" + name, std::ios::binary);
    REQUIRE_MESSAGE(file.is_open(), "cannot open ", name);
    std::vector<std::byte> bytes;
    for (std::istreambuf_iterator<char> c(file), end; c != end; ++c) bytes.push_back(static_cast<std::byte>(*c));
    return bytes;
}

// Eight images of three classes: a tie, a missing label, an empty set, each outcome of the preference.
const std::vector<float> scores{3, 2, 1, 1, 3, 2, 2, 2, 0, 0, 1, 2, 5, 4, 6, 1, 0, 0, 0, 7, 1, 2, 1, 3};
const std::vector<ra::class_index> original{0, 0, 1, -1, 0, 0, 2, 1};
const ra::label_sets real(std::vector<std::vector<int>>{{0}, {1}, {1}, {2, 1}, {0, 2}, {}, {0}, {0, 2, 1}});
const std::vector<std::uint64_t> ids{5, 3, 9, 1000000007, 2, 8, 4294967296, 7};

ra::evaluation<> counted_model()
{
    ra::evaluator state(ra::seq);
    state.update(ra::scores_view<float>(scores, 3), {.original = original, .real = real.view()}, {.image_ids = ids});
    return state.result();
}

ra::label_summary counted_labels()
{
    ra::label_summary state({.classes = 3});
    state.update({.original = original, .real = real.view()});
    return state;
}

// Probabilities that are powers of 2: their logarithms are the same with every C library.
ra::evaluation<> counted_losses()
{
    static const std::vector<float> probabilities{0.5F, 0.25F, 0.25F, 1, 0, 0, 0.25F, 0.25F, 0.5F, 0, 0.5F, 0.5F};
    static const std::vector<ra::class_index> labels{0, 1, -1, 2};
    static const ra::label_sets sets(std::vector<std::vector<int>>{{0, 1}, {0}, {}, {1, 2}});
    return ra::evaluate(ra::seq, ra::probabilities(ra::scores_view<float>(probabilities, 3)),
                        {.original = labels, .real = sets.view()}, {.calibration_bins = 2});
}

using bytes = std::vector<std::byte>;

bytes& operator+=(bytes& all, const bytes& more)
{
    all.insert(all.end(), more.begin(), more.end());
    return all;
}
bytes text(const std::string& characters)
{
    bytes all;
    for (const char c : characters) all.push_back(static_cast<std::byte>(c));
    return all;
}
bytes numbers(const std::vector<std::uint64_t>& values, int size = 8)
{
    bytes all;
    for (const std::uint64_t value : values) {
        for (int i = 0; i < size; ++i) all.push_back(static_cast<std::byte>(value >> (8 * i) & 0xffU));
    }
    return all;
}
bytes header(std::uint64_t format, std::uint64_t kind)
{
    bytes all = text("reassess");
    all += numbers({format, kind}, 4);
    return all;
}
bytes part(const bytes& all, std::size_t first, std::size_t last)
{
    return {all.begin() + static_cast<std::ptrdiff_t>(first), all.begin() + static_cast<std::ptrdiff_t>(last)};
}
/// How format 2 saves the counters of balanced accuracy of three classes.
bytes balanced_accuracy_saved(std::vector<std::uint64_t> counters)
{
    bytes all = numbers({26});
    all += text("reassess.balanced_accuracy");
    all += numbers({0}, 6);
    all += numbers({1, 0, 18});
    all += numbers(counters);
    return all;
}

// Where format 1 has the list of counters.
constexpr std::size_t counters_of_model = 16 + 7 * 8, counters_of_losses = 16 + 10 * 8;

template <class State>
State sum(State a, const State& b)
{
    a.merge(b);
    return a;
}

/// Everything that format 1 knew is the same.
void check_same_ranks(const ra::evaluation<>& a, const ra::evaluation<>& b)
{
    CHECK(a.images() == b.images());
    CHECK(a.classes() == b.classes());
    CHECK(a.depth() == b.depth());
    CHECK(a.nan() == b.nan());
    CHECK(a.settings() == b.settings());
    CHECK(a.has_original() == b.has_original());
    CHECK(a.has_real() == b.has_real());
    CHECK(a.has_losses() == b.has_losses());
    CHECK(a.repeated_images() == b.repeated_images());
    CHECK(a.nan_images() == b.nan_images());
    CHECK(a.missing_labels() == b.missing_labels());
    CHECK(a.with_real_labels() == b.with_real_labels());
    CHECK(a.without_real_labels() == b.without_real_labels());
    CHECK(a.ties() == b.ties());
    for (std::size_t k = 1; k <= a.depth(); ++k) {
        CHECK(a.top_k(k) == b.top_k(k));
        CHECK(a.real(k) == b.real(k));
        CHECK(a.real_kth(k) == b.real_kth(k));
        CHECK(a.real_kth_where_enough_labels(k) == b.real_kth_where_enough_labels(k));
        CHECK(a.all_of_top_k(k) == b.all_of_top_k(k));
    }
    CHECK(a.rank_histogram() == b.rank_histogram());
    CHECK(a.mean_reciprocal_rank() == b.mean_reciprocal_rank());
    CHECK(a.real_mean_reciprocal_rank() == b.real_mean_reciprocal_rank());
    CHECK(a.preference() == b.preference());
    CHECK(a.confusion().dense() == b.confusion().dense());
    for (ra::class_index c = 0; c < static_cast<ra::class_index>(a.classes()); ++c) {
        CHECK(a.class_accuracy(c) == b.class_accuracy(c));
        CHECK(a.confirmed_class_accuracy(c) == b.confirmed_class_accuracy(c));
    }
}

}  // namespace

TEST_CASE("saved states: a model_evaluation of format 1 reads back with the values that are counted now")
{
    const ra::evaluation<> read = ra::evaluation<>::from_bytes(saved("model_evaluation_v1.bin"));
    check_same_ranks(read, counted_model());
    CHECK(read.images() == 8);
    CHECK(read.top_k(1) == ra::proportion{2, 7});
    CHECK(read.real(1) == ra::proportion{5, 7});
    CHECK(read.ties().value() == 1);
    CHECK(read.missing_labels() == 1);
    CHECK(read.without_real_labels() == 1);
    CHECK(read.preference() == ra::preference_counts{1, 1, 2, 1, 0});
    CHECK_ERROR(std::invalid_argument, read.log_loss(), "log_loss: the evaluation has no losses");
}

TEST_CASE(
    "saved states: a model_evaluation of format 1 lacks balanced accuracy, says so, and so does every sum with it")
{
    const ra::evaluation<> read = ra::evaluation<>::from_bytes(saved("model_evaluation_v1.bin"));
    const std::string_view message =
        "the evaluation has no counters of metric reassess.balanced_accuracy: it was saved by a version without it";
    CHECK_ERROR(std::invalid_argument, read.get<ra::balanced_accuracy>(), message);
    CHECK(!(read == counted_model()));
    ra::evaluator more(ra::seq);
    const std::vector<std::uint64_t> other_ids{11, 12, 13, 14, 15, 16, 17, 18};
    more.update(ra::scores_view<float>(scores, 3), {.original = original, .real = real.view()},
                {.image_ids = other_ids});
    CHECK_NOTHROW(static_cast<void>(more.result().get<ra::balanced_accuracy>()));
    const ra::evaluation<> both = sum(read, more.result());
    CHECK(both == sum(more.result(), read));
    CHECK_ERROR(std::invalid_argument, both.get<ra::balanced_accuracy>(), message);
    check_same_ranks(both, sum(counted_model(), more.result()));
    // Merged by image ids, which were saved too.
    CHECK_ERROR(std::invalid_argument, sum(read, counted_model()), "both evaluations have counted image id");
    // Saved again, it still lacks them.
    CHECK(ra::evaluation<>::from_bytes(read.to_bytes()) == read);
    CHECK_ERROR(std::invalid_argument, ra::evaluation<>::from_bytes(read.to_bytes()).get<ra::balanced_accuracy>(),
                message);
}

TEST_CASE("saved states: a label_summary of format 1 reads back as what is counted now")
{
    const ra::label_summary read = ra::label_summary::from_bytes(saved("truth_summary_v1.bin"));
    CHECK(read == counted_labels());
    CHECK(read.set_size_histogram() == std::vector<std::uint64_t>{1, 4, 2, 1});
    CHECK(read.original_labels_real() == ra::proportion{4, 6});
}

TEST_CASE("saved states: a score_evaluation of format 1 reads back as losses without ranks")
{
    const ra::evaluation<> read = ra::evaluation<>::from_bytes(saved("score_evaluation_v1.bin"));
    const ra::evaluation<> now = counted_losses();
    CHECK(read.images() == 4);
    CHECK(read.classes() == 3);
    CHECK(read.settings() == now.settings());
    CHECK(read.calibration_bins() == 2);
    CHECK(read.nan_images() == 0);
    CHECK(read.missing_labels() == 1);
    CHECK(read.without_real_labels() == 1);
    CHECK(read.with_real_labels() == 3);
    CHECK(read.log_loss() == ra::mean{std::numeric_limits<double>::infinity(), 3});
    CHECK(read.brier_score() == ra::mean{0.375 + 2.0 + 0.5, 3});
    CHECK(read.calibration()[1].accuracy == ra::proportion{1, 3});
    CHECK(read.log_loss() == now.log_loss());
    CHECK(read.real_log_loss() == now.real_log_loss());
    CHECK(read.brier_score() == now.brier_score());
    CHECK(read.calibration() == now.calibration());
    CHECK(read.real_calibration() == now.real_calibration());
    CHECK(read.calibration_error() == now.calibration_error());
    CHECK(read.real_calibration_error(ra::calibration_norm::l2) ==
          now.real_calibration_error(ra::calibration_norm::l2));

    const auto check_lacks_ranks = [](auto metric) {
        CHECK_ERROR(
            std::invalid_argument, metric(),
            "this evaluation was saved by version 0.1 without ranks: only losses and calibration are available");
    };
    check_lacks_ranks([&] { return read.top_k(1); });
    check_lacks_ranks([&] { return read.real(1); });
    check_lacks_ranks([&] { return read.real_kth(1); });
    check_lacks_ranks([&] { return read.all_of_top_k(1); });
    check_lacks_ranks([&] { return read.rank_histogram(); });
    check_lacks_ranks([&] { return read.mean_reciprocal_rank(); });
    check_lacks_ranks([&] { return read.real_mean_reciprocal_rank(); });
    check_lacks_ranks([&] { return read.preference(); });
    check_lacks_ranks([&] { return read.class_accuracy(0); });
    check_lacks_ranks([&] { return read.confirmed_class_accuracy(0); });
    check_lacks_ranks([&] { return read.confusion(); });
    CHECK(!read.ties());
    CHECK_ERROR(std::invalid_argument, read.get<ra::balanced_accuracy>(), "no counters of metric");

    CHECK_ERROR(std::invalid_argument, sum(read, now), "is without ranks", "is with ranks");
    CHECK_ERROR(std::invalid_argument, sum(now, read), "is with ranks", "is without ranks");
    const ra::evaluation<> twice = sum(read, ra::evaluation<>(read));
    CHECK(twice.images() == 8);
    CHECK(twice.brier_score() == ra::mean{2 * (0.375 + 2.0 + 0.5), 6});
    CHECK(sum(read, ra::evaluation<>()) == read);
    CHECK(ra::evaluation<>::from_bytes(read.to_bytes()) == read);
}

TEST_CASE("saved states: format 2 of an evaluation is format 1 with the interpretation before and the metrics behind")
{
    const bytes v1 = saved("model_evaluation_v1.bin");
    // Classes, depth, NaN rule; kind, normalise, clip, sigmoid, Brier, bins; that there are inputs, and which.
    bytes expected = header(2, 1);
    expected += numbers({3, 3, 0, 0, 0, 0, 0, 0, 15, 1, 1, 1, 1, 1});
    expected += part(v1, counters_of_model, v1.size());
    expected += numbers({0});  // no losses
    bytes read_again = expected;
    expected += numbers({1});
    // By label: wrong (no set, not in it, in it), right (the same).
    expected += balanced_accuracy_saved({0, 0, 2, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0});
    const ra::evaluation<> now = counted_model();
    CHECK(now.to_bytes() == expected);
    CHECK(ra::evaluation<>::from_bytes(expected) == now);

    read_again += numbers({0});  // and no metrics
    CHECK(ra::evaluation<>::from_bytes(v1).to_bytes() == read_again);
}

TEST_CASE("saved states: format 2 of losses holds the counters of format 1")
{
    const bytes v1 = saved("score_evaluation_v1.bin");
    const bytes losses = part(v1, counters_of_losses, v1.size());
    const bytes now = counted_losses().to_bytes();
    bytes start = header(2, 1);
    start += numbers({3, 3, 0, 2, 0, 0, 0, 0, 2, 1, 1, 1, 1, 1, 47, 4});
    CHECK(part(now, 0, start.size()) == start);
    CHECK(std::search(now.begin(), now.end(), losses.begin(), losses.end()) != now.end());

    bytes read_again = header(2, 1);
    // No depth; without ties and ranks; no ranks, pairs and ids.
    read_again += numbers({3, 0, 0, 2, 0, 0, 0, 0, 2, 1, 1, 1, 0, 0, 0, 0, 0});
    read_again += losses;
    read_again += numbers({0});
    CHECK(ra::evaluation<>::from_bytes(v1).to_bytes() == read_again);
}

TEST_CASE("saved states: format 2 of a label_summary is format 1 but for its number")
{
    bytes expected = saved("truth_summary_v1.bin");
    expected[8] = std::byte{2};
    CHECK(counted_labels().to_bytes() == expected);
    CHECK(ra::label_summary::from_bytes(expected) == counted_labels());
}

TEST_CASE("saved states: format 1 knew options without a batch, which are merged")
{
    const auto model = [](std::uint64_t classes, std::uint64_t depth) {
        bytes all = header(1, 1);
        all += numbers({classes, depth, 0, 0, 0, 0, 0});
        return ra::evaluation<>::from_bytes(all);
    };
    CHECK(model(0, 0) == ra::evaluation<>());
    CHECK(model(0, 3) == ra::evaluator(ra::seq, {.depth = 3}).result());
    CHECK(sum(model(5, 0), model(0, 3)) == model(5, 3));
    CHECK(sum(model(0, 3), model(5, 0)) == model(5, 3));
    CHECK(sum(model(3, 0), counted_model()) == counted_model());
    CHECK(sum(counted_model(), model(3, 3)) == counted_model());
    CHECK_ERROR(std::invalid_argument, sum(model(5, 0), counted_model()), "classes: this evaluation has 5", "has 3");
    CHECK_ERROR(std::invalid_argument, sum(model(5, 0), model(0, 10)), "depth 10 exceeds the number of classes, 5");
    bytes losses = header(1, 3);
    losses += numbers({0, 0, 0, 0, 0, 15, 0, 0, 0});
    CHECK(ra::evaluation<>::from_bytes(losses) == ra::evaluation<>());
}

TEST_CASE("saved states: one kind is not read as the other, nor a later format")
{
    bytes model = saved("model_evaluation_v1.bin");
    CHECK_ERROR(std::invalid_argument, ra::label_summary::from_bytes(model),
                "these bytes are an evaluation, expected a label_summary");
    CHECK_ERROR(std::invalid_argument, ra::evaluation<>::from_bytes(saved("truth_summary_v1.bin")),
                "these bytes are a label_summary, expected an evaluation");
    CHECK_ERROR(std::invalid_argument, ra::label_summary::from_bytes(saved("score_evaluation_v1.bin")),
                "these bytes are the losses of an evaluation, expected a label_summary");
    model[8] = std::byte{3};
    CHECK_ERROR(std::invalid_argument, ra::evaluation<>::from_bytes(model),
                "format 3, this version reads formats 1 to 2");
}

TEST_CASE("saved states: a metric that is there twice, of another version or with a text that goes on is refused")
{
    const bytes now = counted_model().to_bytes();
    const bytes metric = balanced_accuracy_saved({0, 0, 2, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0});
    const std::size_t first = now.size() - metric.size();
    bytes twice = now;
    twice[first - 8] = std::byte{2};
    twice += metric;
    CHECK_ERROR(std::invalid_argument, ra::evaluation<>::from_bytes(twice),
                "it has the metric reassess.balanced_accuracy twice");
    bytes longer = now;
    longer[first + 8 + 26] = std::byte{'s'};
    CHECK_ERROR(std::invalid_argument, ra::evaluation<>::from_bytes(longer), "the padding of a text is not 0");
    bytes later = now;
    later[first + 8 + 32] = std::byte{2};
    CHECK_ERROR(std::invalid_argument, ra::evaluation<>::from_bytes(later),
                "metric reassess.balanced_accuracy has version 2, expected 1");
}

TEST_CASE("saved states: a class is neither confused with itself nor occurs together with itself")
{
    // The first pair stands behind the list of counters and the number of pairs.
    bytes model = saved("model_evaluation_v1.bin");
    const std::size_t counters = static_cast<std::size_t>(model[counters_of_model]);
    const std::size_t pair = counters_of_model + (1 + counters + 1) * 8;
    model[pair + 8] = model[pair];
    CHECK_ERROR(std::invalid_argument, ra::evaluation<>::from_bytes(model), "class 0 is confused with itself");

    // The last pair stands before its count, at the end.
    bytes targets = saved("truth_summary_v1.bin");
    targets[targets.size() - 16] = targets[targets.size() - 24];
    CHECK_ERROR(std::invalid_argument, ra::label_summary::from_bytes(targets), "class 1 occurs together with itself");
}
