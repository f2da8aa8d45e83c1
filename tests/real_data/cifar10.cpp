// CIFAR-10's test set with real probabilities: ranks from scores of every type, and from lists made of them.
#include "support/emulated_device.hpp"
#include "support/expected_figures.hpp"
#include "support/policies.hpp"
#include "support/real_data.hpp"
#include "support/relative_error.hpp"

#include <reassess/io/labels.hpp>
#include <reassess/io/npy.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <vector>

namespace ra = reassess;
using nlohmann::json;

namespace {

struct cifar10 {
    ra::io::mapped_scores<double> scores;
    std::vector<ra::class_index> original;

    explicit cifar10(const std::filesystem::path& data)
        : scores(data / "label-errors/cifar10_test_set_pyx.npy"),
          original(ra::io::read_labels(data / "label-errors/cifar10_test_set_original_labels.npy"))
    {
    }
    [[nodiscard]] ra::targets_view targets() const { return {.original = original}; }
};

void check_counts(const ra::evaluation<>& e)
{
    const json& expected = test_support::expected_figures().at("cifar10");
    CHECK(e.rank_histogram() == expected.at("rank_histogram").get<std::vector<std::uint64_t>>());
    for (std::size_t k = 1; k <= 10; ++k)
        CHECK(e.top_k(k) == ra::proportion{expected.at("top_k_hits")[k - 1].get<std::uint64_t>(), 10000});
    // Its rows are the original labels.
    std::vector<std::uint64_t> matrix;
    for (const json& row : expected.at("confusion")) {
        for (const json& images : row) matrix.push_back(images.get<std::uint64_t>());
    }
    CHECK(e.confusion().dense() == matrix);
}

}  // namespace

TEST_CASE("cifar10: ranks and confusion, from doubles and from floats")
{
    NEEDS_REAL_DATA(data);
    const cifar10 files(data);
    const ra::scores_view<double> scores = files.scores.view();
    const ra::evaluation of_doubles = ra::evaluate(ra::par, scores, files.targets());
    check_counts(of_doubles);
    // The rows of the matrix are labels: of each, the test set has a thousand.
    for (ra::class_index c = 0; c < 10; ++c) CHECK(of_doubles.class_accuracy(c).total == 1000);

    std::vector<float> floats(scores.images() * scores.classes());
    std::transform(scores.data(), scores.data() + floats.size(), floats.begin(),
                   [](double score) { return static_cast<float>(score); });
    check_counts(ra::evaluate(ra::par, ra::scores_view<float>(floats, 10), files.targets()));
}

TEST_CASE("cifar10: the same counts on every policy, in any batches and any order of merging")
{
    NEEDS_REAL_DATA(data);
    const cifar10 files(data);
    const ra::scores_view<double> scores = files.scores.view();
    const ra::evaluation expected = ra::evaluate(ra::seq, scores, files.targets());
    test_support::for_each_policy([&](auto policy) {
        const ra::evaluation e = ra::evaluate(policy, scores, files.targets());
        CHECK(e == expected);
        for (const std::size_t batch : {97UL, 4096UL}) {
            ra::evaluator streamed(policy);
            ra::evaluation<> merged;
            for (std::size_t first = 0; first < scores.images(); first += batch) {
                const std::size_t count = std::min(batch, scores.images() - first);
                streamed.update(scores.slice(first, count), files.targets().slice(first, count));
                ra::evaluation part =
                    ra::evaluate(policy, scores.slice(first, count), files.targets().slice(first, count));
                part.merge(merged);
                merged = part;
            }
            CHECK(streamed.result() == expected);
            CHECK(merged == expected);
        }
    });
}

TEST_CASE("cifar10: top-k lists made from the scores give the same metrics up to k")
{
    NEEDS_REAL_DATA(data);
    const cifar10 files(data);
    const ra::scores_view<double> scores = files.scores.view();
    const ra::evaluation of_scores = ra::evaluate(ra::par, scores, files.targets());
    for (const std::size_t depth : {std::size_t{1}, std::size_t{3}, std::size_t{10}}) {
        std::vector<std::uint8_t> lists;
        for (std::size_t image = 0; image < scores.images(); ++image) {
            std::vector<std::uint8_t> order(10);
            std::iota(order.begin(), order.end(), std::uint8_t{0});
            const double* const row = scores.row(image);
            std::stable_sort(order.begin(), order.end(),
                             [&](std::uint8_t a, std::uint8_t b) { return row[a] > row[b]; });
            lists.insert(lists.end(), order.begin(), order.begin() + static_cast<std::ptrdiff_t>(depth));
        }
        const ra::evaluation of_lists =
            ra::evaluate(ra::par, ra::top_k_view<std::uint8_t>(lists, depth, 10), files.targets());
        for (std::size_t k = 1; k <= depth; ++k) CHECK(of_lists.top_k(k) == of_scores.top_k(k));
        CHECK(of_lists.confusion().dense() == of_scores.confusion().dense());
        CHECK(!of_lists.ties().has_value());
    }
    CHECK(of_scores.ties().has_value());
}

TEST_CASE("cifar10: log loss, reciprocal rank, Brier score and calibration error")
{
    NEEDS_REAL_DATA(data);
    const cifar10 files(data);
    const json& expected = test_support::expected_figures().at("cifar10");
    test_support::for_each_policy([&](auto policy) {
        const ra::evaluation e =
            ra::evaluate(policy, ra::probabilities(files.scores, {.normalise = ra::normalise::yes}), files.targets());
        const auto check = [&](double found, const char* name) {
            CAPTURE(name);
            CHECK(test_support::relative_error(found, expected.at(name).get<double>()) < 1e-12);
        };
        check(e.log_loss().value(), "negative_log_likelihood");
        check(e.mean_reciprocal_rank().value(), "mean_reciprocal_rank");
        check(e.brier_score().value(), "brier");
        check(e.calibration_error().value(), "expected_calibration_error_15_equal_width_bins");
        CHECK(e.images() == 10000);
        check_counts(e);
    });
}

TEST_CASE("cifar10: ranks and confusion in a device's memory")
{
    NEEDS_REAL_DATA(data);
    const cifar10 files(data);
    const ra::scores_view<double> scores = files.scores.view();
    test_support::for_each_thrust_policy([&](auto policy) {
        ra::evaluator counted(policy);
        counted.update(scores, files.targets());
        check_counts(counted.result());
    });
    using device = test_support::emulated_device<8>;
    const device emulated;
    device::buffer<double> copy(emulated);
    device::buffer<ra::class_index> original(emulated);
    copy.copy_from(scores.data(), scores.images() * scores.classes());
    original.copy_from(files.original.data(), files.original.size());
    const ra::scores_view<double, ra::device_space> there(copy.data(), scores.images(), scores.classes());
    check_counts(
        ra::evaluate(emulated, there, ra::device_targets_view{.images = scores.images(), .original = original.data()}));
}
