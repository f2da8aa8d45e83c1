// The program `evaluate` in its parts: inputs, evaluation of the models, tables.
#pragma once

#include "../program.hpp"

#include <reassess/data/scores.hpp>
#include <reassess/io/class_groups.hpp>
#include <reassess/io/evaluated_models.hpp>
#include <reassess/io/model_file.hpp>
#include <reassess/io/targets.hpp>
#include <reassess/ranking/evaluation_options.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace evaluate {

namespace ra = reassess;

struct arguments {
    std::vector<std::string> scores;
    std::vector<std::string> predictions;
    std::string original;
    std::string real;
    std::string names;
    std::string real_names;
    std::string ids;
    std::string synsets;
    std::string separator = ",";
    ra::io::repeated_images repeated = ra::io::repeated_images::error;
    std::size_t classes = 0;
    std::string ks;
    std::string exclude_classes;
    /// Groups of metrics on request.
    std::vector<std::string> metrics;
    std::string groups;
    std::string taxonomy;
    std::string class_order = "wnid";
    std::string real_class_order = "wnid";
    std::string model_class_order = "wnid";
    std::string class_selection;
    std::string rank_among = "selected";
    std::optional<std::int64_t> ignore_label;
    ra::on_nan nan = ra::on_nan::error;
    bool bfloat16 = false;
    ra::score_kind scores_are = ra::score_kind::unspecified;
    ra::normalise normalise = ra::normalise::no;
    double clip = 0;
    unsigned threads = 0;
    std::string backend = "par";
    std::string json_file;
    std::string per_class_file;
    std::string mistakes_file;
    std::optional<std::size_t> mistakes_sample;
    std::uint64_t seed = 1;
    std::string cooccurrence_file;
    std::string curves_file;

    [[nodiscard]] bool requests(const char* group) const
    {
        return std::find(metrics.begin(), metrics.end(), group) != metrics.end();
    }
};

// ---- Inputs

struct class_count {
    std::size_t classes = 0;
    const char* source = "";
    /// Whether an option or the columns of scores tell, not the classes that occur.
    bool given = true;
};

struct inputs {
    std::vector<ra::io::model_file> models{};
    ra::io::image_targets targets{};
    class_count classes{};
    /// The k of the accuracies.
    std::vector<std::size_t> ks{};
    /// Classes that are never called ambiguous.
    std::vector<ra::class_index> excluded_classes{};
    /// Groups of classes and where the classes are in a taxonomy, for the metrics of groups.
    std::optional<ra::io::named_class_groups> groups{};
    std::optional<ra::io::named_class_taxonomy> taxonomy{};
};

/// Throws usage_error for options that do not fit together or do not fit the files, file_error for files that do not.
inputs read_inputs(const arguments& args);

// ---- Evaluation

/// Evaluates all models and compares them; writes the file of mistakes, if one is requested.
ra::io::evaluated_models evaluate_models(const inputs& in, const arguments& args);

// ---- Tables

void print_tables(const inputs& in, const ra::io::evaluated_models& evaluated);

}  // namespace evaluate
