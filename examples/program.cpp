// What the programs share, compiled once: parsing a command line, writing JSON, kernels and special functions take
// seconds to compile.
#include "program.hpp"

#include <reassess/instantiate.inl>
#include <reassess/io/file_error.hpp>
#include <reassess/io/json_values.hpp>
#include <reassess/statistics/proportion_interval.hpp>

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <new>
#include <utility>

namespace program {

int run(CLI::App& app, int argc, char** argv, const std::function<void()>& body)
{
    try {
        app.parse(argc, argv);
        body();
        std::cout.flush();
        if (!std::cout) throw std::runtime_error("standard output cannot be written");
        return 0;
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);
        std::cerr << app.get_name() << ": " << error.what() << " (see --help)\n";
        return 2;
    } catch (const usage_error& error) {
        std::cerr << app.get_name() << ": " << error.what() << " (see --help)\n";
        return 2;
    } catch (const std::bad_alloc&) {
        std::cerr << app.get_name() << ": out of memory\n";
        return 1;
    } catch (const std::exception& error) {
        std::cerr << app.get_name() << ": " << error.what() << '\n';
        return 1;
    }
}

std::string percent(std::optional<double> share, int digits)
{
    if (!share) return "-";
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", digits, 100 * *share);
    return text;
}

std::string percent_with_interval(reassess::proportion p)
{
    if (p.total == 0) return "-";
    const reassess::interval bounds = reassess::wilson_interval(p);
    return percent(p.value()) + " [" + percent(bounds.lower) + ", " + percent(bounds.upper) + "]";
}

std::string with_commas(std::uint64_t number)
{
    std::string text = std::to_string(number);
    for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
    return text;
}

std::string number(const char* format, double value)
{
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return text;
}
std::string number_or_dash(const char* format, std::optional<double> value)
{
    return value ? number(format, *value) : "-";
}

std::string exact(double number)
{
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

json number_or_null(std::optional<double> number)
{
    return reassess::io::number_or_null(number);
}
void add_proportion(json& object, reassess::proportion p)
{
    reassess::io::add_proportion(object, p);
}

void print_table(const std::vector<std::vector<std::string>>& rows)
{
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], row[column].size());
        }
    }
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column) {
            const std::string padding(widths[column] - row[column].size(), ' ');
            line += column == 0 ? row[column] + padding : "   " + padding + row[column];
        }
        std::cout << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
    }
}

void write_text(const std::string& path, const std::string& text)
{
    if (path == "-") {
        std::cout << text;
        return;
    }
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) throw reassess::io::file_error(path + ": cannot be written");
}
void write_json(const std::string& path, const json& value)
{
    write_text(path, value.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::vector<named_file> parse_named_files(const std::vector<std::string>& texts)
{
    std::vector<named_file> files;
    for (const std::string& text : texts) {
        std::size_t equals = text.find('=');
        if (text.find('/') < equals) equals = std::string::npos;
        named_file file;
        file.path = equals == std::string::npos ? text : text.substr(equals + 1);
        file.name = equals == std::string::npos ? std::filesystem::path(text).stem().string() : text.substr(0, equals);
        for (const named_file& other : files) {
            if (other.name == file.name) throw usage_error("two models are called " + file.name + ": write NAME=FILE");
        }
        files.push_back(std::move(file));
    }
    return files;
}

std::vector<reassess::class_index> parse_classes(const std::string& option, const std::string& text,
                                                 const reassess::io::class_names& names)
{
    const auto number = [&](std::string_view digits) {
        if (const auto named = names.find(std::string(digits))) return *named;
        reassess::class_index value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc{} || end != digits.data() + digits.size() || value < 0) {
            throw usage_error(option + ": '" + text + "' is not a valid list; example: 0-397,500");
        }
        return value;
    };
    std::vector<reassess::class_index> classes;
    for (const std::string& range : split(text, ',')) {
        const std::size_t dash = range.find('-');
        const reassess::class_index first = number(std::string_view(range).substr(0, dash));
        const reassess::class_index last =
            dash == std::string::npos ? first : number(std::string_view(range).substr(dash + 1));
        if (last < first || last - first > 10'000'000)
            throw usage_error(option + ": " + range + " is not a valid range of classes");
        // Not std::iota, which goes one beyond the last, and so beyond what an index can be.
        for (reassess::class_index offset = 0; offset <= last - first; ++offset) classes.push_back(first + offset);
    }
    return classes;
}

CLI::Option* add_separator(CLI::App& app, std::string& separator)
{
    return app.add_option("--separator", separator, "character between cells of CSV: , or ; or tab")
        ->check(CLI::IsMember({",", ";", "tab"}));
}
reassess::io::csv_options csv_of(const std::string& separator)
{
    return {.separator = separator == "tab" ? '\t' : separator.front()};
}

progress_bar::progress_bar(std::string what, std::uint64_t total, std::string unit)
    : what_(std::move(what)), total_(total), unit_(std::move(unit)), shown_(isatty(STDERR_FILENO) != 0)
{
}

progress_bar::~progress_bar()
{
    if (drawn_) std::fputs("\r\x1b[K", stderr);
}

void progress_bar::show(std::uint64_t done)
{
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    drawn_ = true;
    const int filled = total_ == 0 ? 30 : static_cast<int>(30 * done / total_);
    std::fprintf(stderr, "\r\x1b[K%s [%s%s] %s of %s %s", what_.c_str(),
                 std::string(static_cast<std::size_t>(filled), '#').c_str(),
                 std::string(static_cast<std::size_t>(30 - filled), '.').c_str(), with_commas(done).c_str(),
                 with_commas(total_).c_str(), unit_.c_str());
}

}  // namespace program
