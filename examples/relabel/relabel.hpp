// The program `relabel` in its parts: inputs and output.
#pragma once

#include "../program.hpp"

#include <reassess/io/rated_pairs.hpp>
#include <reassess/labeling/pair_labels.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace relabel {

namespace ra = reassess;
using program::json;
using ra::io::measured;

struct arguments {
    std::string votes;
    std::string original;
    std::string names;
    std::string gold;
    std::string gold_raters;
    std::string published;
    std::string virtual_rater;
    std::string virtual_classes;
    std::string method = "dawid-skene";
    std::string model = "error-rates";
    std::string rule = "half";
    double tolerance = 1e-9;
    std::size_t max_iterations = 2000;
    double threshold = 0.8;
    double smoothing = 0;
    std::optional<std::int64_t> ignore_label;
    std::string synsets;
    std::string separator = ",";
    std::optional<double> want_precision;
    std::optional<double> want_recall;
    unsigned threads = 0;
    std::string backend = "par";
    std::string json_file;
    std::string posteriors_file;
    std::string labels_file;
    std::string curve_file;
};

// ---- Inputs

/// Throws usage_error for options that do not fit together.
void check_options(const arguments& args);

/// Those of --synsets, or of ImageNet-1k.
ra::io::class_names names_of_classes(const arguments& args);

ra::io::named_votes read_votes(const std::string& path, const arguments& args);

/// Inputs about the rated images; absent ones are empty.
struct references {
    std::optional<ra::io::numbered_images> images{};
    std::optional<ra::io::gold_data> gold{};
    std::optional<ra::io::named_votes> gold_raters{};
    /// Which pairs the published labels keep.
    std::vector<bool> published{};
};

references read_references(const arguments& args, const ra::io::named_votes& rated);

// ---- Output

json to_json(const ra::io::named_votes& rated, const ra::pair_labels& labels, const references& known,
             const arguments& args);

void print_report(const json& result, const std::vector<measured>& points);

}  // namespace relabel
