// States that format version 1 saved stay readable for ever: the files in tests/saved were written by the version that
// introduced the format and are never written again.
#include "support/messages.hpp"

#include <reassess/metric/label_summary.hpp>
#include <reassess/metric/model_evaluation.hpp>
#include <reassess/metric/score_evaluation.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
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

ra::model_evaluation counted_model()
{
    ra::model_evaluation state({.classes = 3});
    state.update(ra::seq, ra::scores_view<float>(scores, 3), {.original = original, .real = real.view()},
                 {.image_ids = ids});
    return state;
}

ra::label_summary counted_labels()
{
    ra::label_summary state({.classes = 3});
    state.update({.original = original, .real = real.view()});
    return state;
}

// Probabilities that are powers of 2: their logarithms are the same with every C library.
ra::score_evaluation counted_scores()
{
    static const std::vector<float> probabilities{0.5F, 0.25F, 0.25F, 1, 0, 0, 0.25F, 0.25F, 0.5F, 0, 0.5F, 0.5F};
    static const std::vector<ra::class_index> labels{0, 1, -1, 2};
    static const ra::label_sets sets(std::vector<std::vector<int>>{{0, 1}, {0}, {}, {1, 2}});
    ra::score_evaluation state(
        {.classes = 3, .values = {.scores = ra::score_kind::probabilities}, .calibration_bins = 2});
    state.update(ra::seq, ra::scores_view<float>(probabilities, 3), {.original = labels, .real = sets.view()});
    return state;
}

}  // namespace

TEST_CASE("saved states: a model_evaluation of format 1 reads back as what is counted now")
{
    const ra::model_evaluation read = ra::model_evaluation::from_bytes(saved("model_evaluation_v1.bin"));
    CHECK(read == counted_model());
    CHECK(read.images() == 8);
    CHECK(read.top_k(1) == ra::proportion{2, 7});
    CHECK(read.real(1) == ra::proportion{5, 7});
    CHECK(read.ties().value() == 1);
    CHECK(read.missing_labels() == 1);
    CHECK(read.without_real_labels() == 1);
    CHECK(read.preference() == ra::preference_counts{1, 1, 2, 1, 0});
}

TEST_CASE("saved states: a label_summary of format 1 reads back as what is counted now")
{
    const ra::label_summary read = ra::label_summary::from_bytes(saved("truth_summary_v1.bin"));
    CHECK(read == counted_labels());
    CHECK(read.set_size_histogram() == std::vector<std::uint64_t>{1, 4, 2, 1});
    CHECK(read.original_labels_real() == ra::proportion{4, 6});
}

TEST_CASE("saved states: a score_evaluation of format 1 reads back as what is counted now")
{
    const ra::score_evaluation read = ra::score_evaluation::from_bytes(saved("score_evaluation_v1.bin"));
    CHECK(read == counted_scores());
    CHECK(read.images() == 4);
    CHECK(read.missing_labels() == 1);
    CHECK(read.without_real_labels() == 1);
    CHECK(read.log_loss() == ra::mean{std::numeric_limits<double>::infinity(), 3});
    CHECK(read.brier_score() == ra::mean{0.375 + 2.0 + 0.5, 3});
    CHECK(read.calibration()[1].accuracy == ra::proportion{1, 3});
}

TEST_CASE("saved states: this version still writes format 1")
{
    CHECK(counted_scores().to_bytes() == saved("score_evaluation_v1.bin"));
    CHECK(counted_model().to_bytes() == saved("model_evaluation_v1.bin"));
    CHECK(counted_labels().to_bytes() == saved("truth_summary_v1.bin"));
}

TEST_CASE("saved states: one kind is not read as the other, nor a later format")
{
    std::vector<std::byte> model = saved("model_evaluation_v1.bin");
    CHECK_ERROR(std::invalid_argument, ra::label_summary::from_bytes(model), "kind 1", "wanted 2");
    CHECK_ERROR(std::invalid_argument, ra::model_evaluation::from_bytes(saved("truth_summary_v1.bin")), "kind 2",
                "wanted 1");
    model[8] = std::byte{2};
    CHECK_ERROR(std::invalid_argument, ra::model_evaluation::from_bytes(model), "format 2");
}

TEST_CASE("saved states: a class is neither confused with itself nor occurs together with itself")
{
    // The first pair stands behind 7 numbers, the list of counters and the number of pairs.
    std::vector<std::byte> model = saved("model_evaluation_v1.bin");
    const std::size_t counters = static_cast<std::size_t>(model[16 + 7 * 8]);
    const std::size_t pair = 16 + (7 + 1 + counters + 1) * 8;
    model[pair + 8] = model[pair];
    CHECK_ERROR(std::invalid_argument, ra::model_evaluation::from_bytes(model), "class 0 is confused with itself");

    // The last pair stands before its count, at the end.
    std::vector<std::byte> targets = saved("truth_summary_v1.bin");
    targets[targets.size() - 16] = targets[targets.size() - 24];
    CHECK_ERROR(std::invalid_argument, ra::label_summary::from_bytes(targets), "class 1 occurs together with itself");
}
