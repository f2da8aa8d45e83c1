// Two real models on the same images, against figures that an independent program computed.
#include "statistics/csv_columns.hpp"
#include "support/expected_figures.hpp"
#include "support/imagenet_files.hpp"
#include "support/real_data.hpp"
#include "support/relative_error.hpp"

#include <reassess/io/npy.hpp>
#include <reassess/metric/paired_outcomes.hpp>
#include <reassess/ranking/rank.hpp>
#include <reassess/statistics/errors_in_variables.hpp>
#include <reassess/statistics/mcnemar.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace ra = reassess;
using test_support::relative_error;

TEST_CASE("paired comparison: ResNet-101 and ResNet-50 on the validation set")
{
    NEEDS_REAL_DATA(data);
    const auto& expected = test_support::expected_figures();
    const test_support::imagenet_labels labels(data);
    const ra::targets_view targets = labels.targets();
    const auto ranks = [&](const std::string& model) {
        const ra::io::npy_file file(data / "imagenetv2" / "imagenet-validation-original" / (model + ".npy"));
        return ra::io::visit_integers(file, [&](auto values) {
            return ra::rank(ra::par, ra::top_k_view(values.data(), file.shape()[0], file.shape()[1], 1000), targets);
        });
    };
    const ra::image_results resnet101 = ranks("resnet101"), resnet50 = ranks("resnet50");

    const ra::paired_proportion cells = ra::paired_outcomes(resnet101, resnet50, targets);
    const auto& reference = expected.at("mcnemar_resnet101_resnet50_original");
    CHECK(cells.first_only == reference.at("only_resnet101"));
    CHECK(cells.second_only == reference.at("only_resnet50"));
    CHECK(cells.total() == 50000);
    const ra::mcnemar_result test = ra::mcnemar_test(cells);
    CHECK(relative_error(test.exact.p_value, reference.at("exact_p").get<double>()) < 1e-12);
    CHECK(cells.first().hits == expected["models"]["resnet101"]["original_top_k_hits"][0]);
    CHECK(cells.second().hits == expected["models"]["resnet50"]["original_top_k_hits"][0]);

    for (std::size_t k = 1; k <= 5; ++k) {
        CAPTURE(k);
        const auto by = [&](ra::accuracy_of metric) {
            return ra::paired_outcomes(resnet101, resnet50, targets, {.metric = metric, .k = k});
        };
        for (const auto& [name, share] : {std::pair("resnet101", &ra::paired_proportion::first),
                                          std::pair("resnet50", &ra::paired_proportion::second)}) {
            const auto& model = expected["models"][name];
            CHECK((by(ra::accuracy_of::original).*share)().hits == model["original_top_k_hits"][k - 1]);
            CHECK((by(ra::accuracy_of::real).*share)().hits == model["real_any_of_top_k_hits"][k - 1]);
            CHECK((by(ra::accuracy_of::real_kth).*share)().hits == model["real_kth_prediction_hits"][k - 1]);
            const ra::proportion enough = (by(ra::accuracy_of::real_kth_where_enough_labels).*share)();
            CHECK(enough.hits == model["real_kth_prediction_hits_where_at_least_k_labels"][k - 1][0]);
            CHECK(enough.total == model["real_kth_prediction_hits_where_at_least_k_labels"][k - 1][1]);
        }
    }

    // Both accuracies of a model are measured on the same images: their errors go together.
    const auto outcomes = [&](ra::accuracy_of metric) {
        return ra::image_outcomes(resnet50, targets, {.metric = metric});
    };
    const auto by_original = outcomes(ra::accuracy_of::original), by_real = outcomes(ra::accuracy_of::real);
    const ra::uncertain_point point = ra::uncertain_accuracies(ra::count_right(by_original), ra::count_right(by_real),
                                                               ra::pair_outcomes(by_original, by_real));
    const double correlation = point.covariance / std::sqrt(point.x_variance * point.y_variance);
    CHECK(correlation > 0.5);
    CHECK(correlation < 0.8);
}
