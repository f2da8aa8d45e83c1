// The program `progress` in its parts: inputs; the output is in progress.cpp.
#pragma once

#include "../program.hpp"

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

}  // namespace progress
