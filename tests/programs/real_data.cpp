// The main job: 24 real models, and the timm tables, by the programs, against the independent reference.
#include "../support/real_data.hpp"
#include "../support/expected_figures.hpp"

#include "../support/relative_error.hpp"
#include "run_program.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

using test_support::relative_error;
using test_support::run_program;

TEST_CASE("evaluate: 24 real models equal the reference")
{
    NEEDS_REAL_DATA(data);
    const auto& expected = test_support::expected_figures();
    std::vector<std::string> command{REASSESS_EVALUATE_PROGRAM,
                                     "--original",
                                     data / "label-errors/imagenet_val_set_original_labels.npy",
                                     "--real",
                                     data / "reassessed-imagenet/real.json",
                                     "--names",
                                     data / "imagenetv2/imagenet-validation-original.json",
                                     "--classes",
                                     "1000",
                                     "--exclude-classes",
                                     "0-397",
                                     "--json",
                                     "-"};
    for (const auto& [name, model] : expected["models"].items()) {
        command.push_back("--predictions");
        command.push_back(name + "=" + (data / "imagenetv2/imagenet-validation-original" / (name + ".npy")).string());
    }
    const auto run = run_program(command);
    REQUIRE_MESSAGE(run.status == 0, run.errors);
    CHECK(run.errors == "");
    const auto result = run.json();
    const auto& imagenet = expected["imagenet"];
    CHECK(result["images"] == imagenet["images"]);
    CHECK(result["judged"] == imagenet["images_with_labels"]);
    CHECK(result["excluded"] == imagenet["set_size_histogram"][0]);
    CHECK(result["labels"] == imagenet["labels"]);
    CHECK(result["multi_label"] == imagenet["multi_label_images"]);
    CHECK(result["original_labels"]["real"]["hits"] == imagenet["original_labels_as_a_model"]["real_hits"]);
    CHECK(result["oracle"]["images"] == imagenet["oracle"]["images"]);
    CHECK(result["oracle"]["classes_below"] == imagenet["oracle"]["of_those_not_animals"]);
    CHECK(relative_error(result["oracle"]["mean"], imagenet["oracle"]["mean_class_accuracy"]) < 1e-12);
    REQUIRE(result["models"].size() == 24);
    for (const auto& model : result["models"]) {
        const auto& reference = expected["models"][model["name"].get<std::string>()];
        CAPTURE(model["name"]);
        for (std::size_t k = 0; k < 5; ++k) {
            CHECK(model["top_k"][k]["hits"] == reference["original_top_k_hits"][k]);
            CHECK(model["real_any"][k]["hits"] == reference["real_any_of_top_k_hits"][k]);
            CHECK(model["real_kth"][k]["hits"] == reference["real_kth_prediction_hits"][k]);
            const auto& enough = reference["real_kth_prediction_hits_where_at_least_k_labels"][k];
            CHECK(model["real_kth_where_enough_labels"][k]["hits"] == enough[0]);
            CHECK(model["real_kth_where_enough_labels"][k]["total"] == enough[1]);
        }
        for (const char* key : {"model_preferred", "label_preferred", "both_correct", "both_wrong"}) {
            CHECK(model["preference"][key] == reference[key]);
        }
        const auto count = [&](const char* key) { return model["joint"][key].get<std::uint64_t>(); };
        CHECK(count("both_right") + count("only_real_right") == reference["real_any_of_top_k_hits"][0]);
        // No original label is missing, so an error that the ReaL labels accept is counted once.
        CHECK(model["remedied"]["hits"] == model["joint"]["only_real_right"]);
        CHECK(model["remedied"]["total"] == count("only_real_right") + count("both_wrong"));
    }
    CHECK(result["preference_order"]["models"][0] == "alexnet");
    CHECK(result["preference_order"]["models"][23] == "pnasnet5large");
    CHECK(result["preference_order"]["first_above_half"].is_null());

    // Their progress, from the counts.
    const test_support::temporary_folder folder;
    test_support::write_all(folder / "evaluate.json", run.output);
    const auto progress = run_program({REASSESS_PROGRESS_PROGRAM, "--models", folder / "evaluate.json", "--json", "-"});
    REQUIRE_MESSAGE(progress.status == 0, progress.errors);
    const auto& slopes = expected["models_slopes"];
    CHECK(relative_error(progress.json()["z"], slopes["z"]) < 1e-12);
    for (std::size_t half = 0; half < 2; ++half) {
        const auto fit = progress.json()["halves"][half];
        CHECK(relative_error(fit["slope"], slopes["fits"][half]["slope"]) < 1e-12);
        // x is uncertain too, by little on 50,000 images.
        CHECK(fit["york"]["slope"] > fit["slope"]);
        CHECK(fit["york"]["slope"] < 1.02 * fit["slope"].get<double>());
    }
}

TEST_CASE("evaluate: paired tests of real models equal the reference")
{
    NEEDS_REAL_DATA(data);
    const auto& expected = test_support::expected_figures()["mcnemar_resnet101_resnet50_original"];
    std::vector<std::string> command{REASSESS_EVALUATE_PROGRAM,
                                     "--original",
                                     data / "label-errors/imagenet_val_set_original_labels.npy",
                                     "--real",
                                     data / "reassessed-imagenet/real.json",
                                     "--names",
                                     data / "imagenetv2/imagenet-validation-original.json",
                                     "--classes",
                                     "1000",
                                     "--json",
                                     "-"};
    for (const char* name : {"resnet50", "resnet101", "resnet152"}) {
        command.push_back("--predictions");
        command.push_back(data / "imagenetv2/imagenet-validation-original" / (std::string(name) + ".npy"));
    }
    const auto run = run_program(command);
    REQUIRE_MESSAGE(run.status == 0, run.errors);
    const auto tests = run.json()["paired_tests"];
    REQUIRE(tests["original"]["pairs"].size() == 3);
    const auto& pair = tests["original"]["pairs"][0];
    CHECK(pair["first"] == "resnet50");
    CHECK(pair["second"] == "resnet101");
    CHECK(pair["only_first_right"] == expected["only_resnet50"]);
    CHECK(pair["only_second_right"] == expected["only_resnet101"]);
    CHECK(relative_error(pair["exact_p_value"], expected["exact_p"]) < 1e-12);
    CHECK(pair["upper"] < 0);
    CHECK(tests["original"]["groups"].size() == 3);
    CHECK(tests["real"]["pairs"][0]["images"] == 46837);
}

TEST_CASE("progress: the timm tables equal the reference")
{
    NEEDS_REAL_DATA(data);
    const auto& expected = test_support::expected_figures()["timm"];
    const auto run = run_program({REASSESS_PROGRESS_PROGRAM, "--table", data / "timm/results-imagenet.csv", "--table",
                                  data / "timm/results-imagenet-real.csv", "--join", "model,img_size", "--column",
                                  "top1", "--json", "-"});
    REQUIRE_MESSAGE(run.status == 0, run.errors);
    const auto result = run.json();
    CHECK(result["models"] == expected["models"]);
    for (std::size_t half = 0; half < 2; ++half) {
        CHECK(result["halves"][half]["models"] == 778);
        for (const char* key :
             {"slope", "slope_standard_error", "intercept", "intercept_standard_error", "r_squared"}) {
            CAPTURE(key);
            CHECK(relative_error(result["halves"][half][key], expected["fits"][half][key]) < 1e-12);
        }
    }
    CHECK(relative_error(result["z"], expected["z"]) < 1e-12);
    CHECK(result["p_value"] == 0.0);
    CHECK(relative_error(result["log10_p_value"], expected["log10_p_two_sided"]) < 1e-12);
}
