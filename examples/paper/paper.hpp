// The program `paper` in its parts: inputs are read or simulated once, and every section of the report is a function of
// them.
#pragma once

#include <reassess/data/label_sets.hpp>
#include <reassess/data/labels.hpp>
#include <reassess/io/csv.hpp>
#include <reassess/io/rated_pairs.hpp>
#include <reassess/metric/assessed_mistakes.hpp>
#include <reassess/metric/evaluation.hpp>
#include <reassess/metric/evaluator.hpp>
#include <reassess/metric/label_summary.hpp>
#include <reassess/metric/paired_outcomes.hpp>
#include <reassess/metric/verdicts.hpp>
#include <reassess/ranking/image_results.hpp>
#include <reassess/report/document.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace paper {

namespace ra = reassess;
namespace report = reassess::report;

/// What every random number of the report starts from, and how many replicates and simulations there are.
inline constexpr std::uint64_t seed = 1;
inline constexpr std::size_t replicates = 1999;

// ---- Inputs

struct model {
    std::string name{};
    ra::evaluation<> evaluation{};
    /// Images with an original label and a non-empty set, by which of the two calls the prediction right.
    ra::paired_proportion joint{};
};

/// The validation images: labels in order of the rows, and what the models predict.
struct validation_set {
    std::vector<std::string> names{};
    std::vector<ra::class_index> original{};
    ra::label_sets real{};
    ra::label_summary targets{};
    /// Classes that are never called ambiguous: the animals.
    std::vector<ra::class_index> animals{};
    /// In order of original accuracy.
    std::vector<model> models{};
};

/// Raters' votes with the experts' on some of the pairs.
struct rated_images {
    ra::io::named_votes rated{};
    ra::io::numbered_images images{};
    ra::io::gold_data gold{};
    std::optional<ra::io::named_votes> gold_raters{};
    /// Which of the pairs the published labels keep.
    std::vector<bool> published{};
    /// The classes on whose images the original labels vote, too.
    std::vector<ra::class_index> virtual_classes{};
};

/// One row of a table of models, in percent.
struct model_point {
    std::string name{};
    double original = 0;
    double real = 0;
};

struct inputs {
    /// Empty, or that the images, models and votes are simulated.
    std::string simulated{};
    std::optional<validation_set> images{};
    std::optional<rated_images> votes{};
    /// Of the label-errors study, and of files that the user named.
    std::vector<ra::verdict_record> verdicts{};
    std::size_t label_error_verdicts = 0;
    /// The results of timm.
    std::vector<model_point> timm{};
    /// Mistakes of a later model that experts assessed, against ReaL labels.
    std::optional<ra::assessed_mistake_summary> mistakes{};
    /// Facts of the paper: they are always there.
    ra::io::table table_1{};
    ra::io::table table_4{};
    ra::io::table table_5{};
    /// What is not there and what the report therefore lacks, one line each.
    std::vector<std::string> left_out{};
};

/// Reads what there is in `data` (which may be no folder), the facts in `facts`, and the verdicts in `verdict_files`.
/// Where nothing of the released data is there, images, models and votes are simulated. Throws file_error for a file
/// that is there and is not what it should be.
inputs read_inputs(const std::filesystem::path& data, const std::filesystem::path& facts,
                   const std::vector<std::string>& verdict_files);

/// The same images, models and votes on every machine; nothing of them is about ImageNet.
validation_set simulate_images();
rated_images simulate_votes(const validation_set& images);

/// ImageNet's animals: classes 0 to 397.
std::vector<ra::class_index> animals();
/// Fills in `targets`, evaluates nothing. Throws where labels and sets do not fit.
void summarise_labels(validation_set& images);
/// A model's counts from the ranks of all images.
model count_model(std::string name, const ra::image_results& ranks, const ra::targets_view& targets);
/// Brings the models into order of original accuracy.
void sort_models(validation_set& images);

// ---- Sections, in the report's order; nothing where the inputs lack what they need.

/// A table of models with its tests: see slopes.hpp.
struct analysed_pool;

std::optional<report::section> text_figures(const inputs& in);
std::optional<report::section> figure_1(const inputs& in);
std::optional<report::section> figure_3(const inputs& in);
/// `timm` is what analyse_timm returns.
report::section figure_4(const inputs& in, const std::optional<analysed_pool>& timm);
std::optional<report::section> figure_5(const inputs& in);
report::section figure_6(const inputs& in);
std::optional<report::section> figure_7(const inputs& in);
report::section tables_2_and_4(const inputs& in);
report::section tables_3_and_5(const inputs& in);
std::optional<report::section> today(const inputs& in, const std::optional<analysed_pool>& timm);

std::vector<report::definition> definitions();

// ---- Shared by sections

/// "ResNet-50, 32x8d" as part of an id: "resnet-50-32x8d".
std::string id_part(std::string_view name);
/// A number that is not a proportion.
report::number real_number(std::string id, std::string what, std::optional<double> value, int digits);
/// The points of Table 5: all models, or those of Fig. 4's pool; the labels themselves are a reference and not among
/// them.
std::vector<model_point> table_5_models(const inputs& in, bool only_pool);

}  // namespace paper
