// What the programs share: exit statuses, tables for people, JSON for programs, lists of numbers, a progress bar.
#pragma once

#include <reassess/data/labels.hpp>
#include <reassess/data/proportion.hpp>
#include <reassess/io/class_names.hpp>
#include <reassess/io/csv.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace program {

using json = nlohmann::ordered_json;

/// An option that CLI11 could not check: bad usage, exit status 2.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Parses the command line and runs the program: exit status 0, 2 for bad usage, 1 for bad data, each with one clear
/// line on standard error.
int run(CLI::App& app, int argc, char** argv, const std::function<void()>& body);

/// "76.13", or "-" for what has no value.
std::string percent(std::optional<double> share, int digits = 2);

/// "76.13 [75.76, 76.50]": the value in percent and its 95 % Wilson interval.
std::string percent_with_interval(reassess::proportion p);

/// "1,234,567".
std::string with_commas(std::uint64_t number);

/// The number as snprintf writes it, or "-" for what has no value.
std::string number(const char* format, double value);
std::string number_or_dash(const char* format, std::optional<double> value);

/// The shortest text that reads back as the same number; for CSV files.
std::string exact(double number);

json number_or_null(std::optional<double> number);

/// Adds hits, total, value and the ends of the 95 % Wilson interval; those of 0 of 0 are null.
void add_proportion(json& object, reassess::proportion p);

/// Rows of text in columns: the first left-aligned, the others right-aligned.
void print_table(const std::vector<std::vector<std::string>>& rows);

/// Writes text to a file, or to standard output for "-".
void write_text(const std::string& path, const std::string& text);
/// The same of JSON. Bytes of names that are not UTF-8 become U+FFFD.
void write_json(const std::string& path, const json& value);

std::vector<std::string> split(std::string_view text, char separator);

/// A file of a model: NAME=FILE, or FILE alone, whose name without folders and extension is the model's then.
struct named_file {
    std::string name;
    std::string path;
};

/// Throws usage_error for two models of the same name. An = after the first / belongs to the path.
std::vector<named_file> parse_named_files(const std::vector<std::string>& texts);

/// "0-397,500" as 0, 1, .. 397, 500; `names` may stand for classes. Throws usage_error for anything else.
std::vector<reassess::class_index> parse_classes(const std::string& option, const std::string& text,
                                                 const reassess::io::class_names& names = {});

/// The option --separator of programs that read CSV, and the options of the library that it and others mean.
CLI::Option* add_separator(CLI::App& app, std::string& separator);
reassess::io::csv_options csv_of(const std::string& separator);

/// Shows how far long work has come while standard error is a terminal, and leaves no trace.
class progress_bar {
public:
    progress_bar(std::string what, std::uint64_t total, std::string unit = "images");
    progress_bar(const progress_bar&) = delete;
    progress_bar& operator=(const progress_bar&) = delete;
    ~progress_bar();

    void show(std::uint64_t done);

private:
    std::string what_;
    std::uint64_t total_;
    std::string unit_;
    bool shown_;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace program
