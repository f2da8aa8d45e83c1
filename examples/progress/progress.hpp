// The program `progress` in its parts: inputs and tables.
#pragma once

#include "../program.hpp"

#include <reassess/reassess.hpp>

#include <reassess/io/model_table.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace progress {

namespace ra = reassess;

struct arguments {
    std::vector<std::string> tables;
    std::string models;
    std::string x = "original_accuracy";
    std::string y = "real_accuracy";
    std::string name;
    std::string join;
    std::string column;
    std::string cluster;
    bool families = false;
    std::vector<std::string> where;
    std::vector<std::string> references;
    std::optional<std::size_t> split;
    bool share_boundary = false;
    bool thousands = false;
    bool percent = false;
    std::string missing = "error";
    std::string repeated = "error";
    std::string separator = ",";
    std::uint64_t seed = 1;
    std::size_t replicates = 1999;
    std::string json_file;
};

void declare_options(CLI::App& app, arguments& args);

/// The models of one table, of two, or of evaluate's JSON; says on standard error how many rows are left out. Throws
/// usage_error for options that do not fit together, file_error for files that do not.
ra::io::model_table read_models(const arguments& args);

/// The names of the two accuracies in sentences.
struct axis_names {
    std::string x = "original accuracy";
    std::string y = "ReaL accuracy";
};

/// Column names, if they were given by --x and --y; of two tables the column and the name of the file.
axis_names names_of(const arguments& args);

void print_report(const ra::io::model_table& models, const ra::halves_result& halves, const ra::slope_comparison& tests,
                  const axis_names& names);
void print_further_results(const ra::io::model_table& models, const ra::slope_comparison& tests);

}  // namespace progress
