// The 24 published models: every count of their stored top-5 lists, and the same on any number of threads, in any
// batches, merged in any order.
#include "support/emulated_device.hpp"
#include "support/expected_figures.hpp"
#include "support/imagenet_files.hpp"
#include "support/policies.hpp"
#include "support/real_data.hpp"

#include <reassess/evaluate.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ra = reassess;
using nlohmann::json;
using test_support::expected_figures;
using test_support::imagenet_classes;
using test_support::imagenet_labels;
using test_support::model_predictions;

namespace {

void check_counts(const ra::evaluation<>& e, const json& expected)
{
    CHECK(e.images() == 50000);
    CHECK(e.depth() == 5);
    for (std::size_t k = 1; k <= 5; ++k) {
        CHECK(e.top_k(k) == ra::proportion{expected.at("original_top_k_hits")[k - 1].get<std::uint64_t>(), 50000});
        CHECK(e.real(k) == ra::proportion{expected.at("real_any_of_top_k_hits")[k - 1].get<std::uint64_t>(), 46837});
        CHECK(e.real_kth(k) ==
              ra::proportion{expected.at("real_kth_prediction_hits")[k - 1].get<std::uint64_t>(), 46837});
        const json& where_enough = expected.at("real_kth_prediction_hits_where_at_least_k_labels")[k - 1];
        CHECK(e.real_kth_where_enough_labels(k) ==
              ra::proportion{where_enough[0].get<std::uint64_t>(), where_enough[1].get<std::uint64_t>()});
    }
    const ra::preference_counts preference = e.preference();
    CHECK(preference.model_preferred == expected.at("model_preferred").get<std::uint64_t>());
    CHECK(preference.label_preferred == expected.at("label_preferred").get<std::uint64_t>());
    CHECK(preference.both_correct == expected.at("both_correct").get<std::uint64_t>());
    CHECK(preference.both_wrong == expected.at("both_wrong").get<std::uint64_t>());
}

}  // namespace

TEST_CASE("models: every count of the 24 published models")
{
    NEEDS_REAL_DATA(data);
    const imagenet_labels labels(data);
    REQUIRE(expected_figures().at("models").size() == 24);
    for (const auto& item : expected_figures().at("models").items()) {
        const std::string& name = item.key();
        const json& expected = item.value();
        INFO(name);
        const model_predictions predictions(data, name);
        const ra::evaluation e = ra::evaluate(ra::par, predictions.view(), labels.targets());
        check_counts(e, expected);
        // Where all of the first prediction is the first prediction, and more predictions are harder to get all right.
        CHECK(e.all_of_top_k(1) == e.real(1));
        for (std::size_t k = 2; k <= 5; ++k) CHECK(e.all_of_top_k(k).hits <= e.all_of_top_k(k - 1).hits);
    }
}

TEST_CASE("models: all_of_top_k counted image by image")
{
    NEEDS_REAL_DATA(data);
    const imagenet_labels labels(data);
    const model_predictions file(data, "resnet50");
    const auto predictions = file.view();
    const ra::evaluation e = ra::evaluate(ra::par, predictions, labels.targets());
    for (std::size_t k = 1; k <= 5; ++k) {
        ra::proportion expected;
        for (std::size_t image = 0; image < predictions.images(); ++image) {
            const auto set = labels.real[image];
            if (set.size() < k) continue;
            ++expected.total;
            const std::int64_t* const list = predictions.row(image);
            expected.hits += std::all_of(
                list, list + k, [&](std::int64_t c) { return std::find(set.begin(), set.end(), c) != set.end(); });
        }
        CHECK(e.all_of_top_k(k) == expected);
    }
}

TEST_CASE("models: the same counts on every policy, in any batches and any order of merging")
{
    NEEDS_REAL_DATA(data);
    const imagenet_labels labels(data);
    const model_predictions file(data, "resnet50");
    const auto predictions = file.view();
    const ra::evaluation expected = ra::evaluate(ra::seq, predictions, labels.targets());
    check_counts(expected, expected_figures().at("models").at("resnet50"));
    const ra::evaluation<>& counts = expected;
    test_support::for_each_policy(
        [&](auto policy) { CHECK(ra::evaluate(policy, predictions, labels.targets()) == counts); });
    for (const std::size_t batch : {1000UL, 4999UL, 20000UL, 50000UL}) {
        ra::evaluator streamed(ra::par);
        ra::evaluation<> forward, backward;
        std::vector<ra::evaluation<>> parts;
        for (std::size_t first = 0; first < 50000; first += batch) {
            const std::size_t count = std::min(batch, 50000 - first);
            streamed.update(predictions.slice(first, count), labels.targets().slice(first, count));
            parts.push_back(
                ra::evaluate(ra::seq, predictions.slice(first, count), labels.targets().slice(first, count)));
        }
        for (std::size_t i = 0; i < parts.size(); ++i) {
            forward.merge(parts[i]);
            backward.merge(parts[parts.size() - 1 - i]);
        }
        CHECK(streamed.result() == counts);
        CHECK(forward == counts);
        CHECK(backward == counts);
        CHECK(ra::evaluation<>::from_bytes(forward.to_bytes()) == counts);
    }
}

TEST_CASE("models: the same counts in a device's memory")
{
    NEEDS_REAL_DATA(data);
    const imagenet_labels labels(data);
    const model_predictions file(data, "resnet50");
    const auto predictions = file.view();
    const auto check = [](const auto& counted) {
        check_counts(counted.result(), expected_figures().at("models").at("resnet50"));
    };
    test_support::for_each_thrust_policy([&](auto policy) {
        ra::evaluator counted(policy);
        counted.update(predictions, labels.targets());
        check(counted);
    });

    using device = test_support::emulated_device<32>;
    const device emulated;
    device::buffer<std::int64_t> lists(emulated);
    device::buffer<ra::class_index> original(emulated), classes(emulated);
    device::buffer<std::uint64_t> offsets(emulated);
    lists.copy_from(predictions.data(), predictions.images() * predictions.k());
    original.copy_from(labels.original.data(), labels.original.size());
    offsets.copy_from(labels.real.offsets().data(), labels.real.offsets().size());
    classes.copy_from(labels.real.classes().data(), labels.real.classes().size());
    ra::evaluator counted(emulated);
    counted.update(ra::top_k_view<std::int64_t, ra::device_space>(lists.data(), 50000, 5, imagenet_classes),
                   {.images = 50000,
                    .original = original.data(),
                    .offsets = offsets.data(),
                    .classes = classes.data(),
                    .labels = labels.real.labels()});
    check(counted);
    CHECK(counted.result() == ra::evaluate(ra::seq, predictions, labels.targets()));
}
