// Every file of bad-inputs/npy, json and csv gets the answer that its manifest gives.
#include "support/real_data.hpp"

#include <reassess/io/io.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace ra = reassess;
using doctest::Contains;
using ra::io::file_error;

namespace {

using path = std::filesystem::path;
using answer = std::function<void(const path&)>;
using answers = std::map<std::string, answer>;

/// The files of that kind are those of the manifest, those on disk and those of the table; each gets its answer.
void check_all(const path& folder, const std::string& kind, const answers& wanted)
{
    std::set<std::string> in_table;
    for (const auto& [name, check] : wanted) in_table.insert(name);
    std::set<std::string> in_manifest;
    const std::string text = ra::io::read_text_file(folder / "manifest.json");
    for (const auto& entry : nlohmann::json::parse(text)) {
        const path file = entry.at("file").get<std::string>();
        if (file.parent_path() == kind) in_manifest.insert(file.filename().string());
    }
    std::set<std::string> on_disk;
    for (const auto& file : std::filesystem::directory_iterator(folder / kind))
        on_disk.insert(file.path().filename().string());
    CHECK(in_table == in_manifest);
    CHECK(in_table == on_disk);
    for (const auto& entry : wanted) {
        CAPTURE(entry.first);
        entry.second(folder / kind / entry.first);
    }
}

template <class T>
answer holds(std::vector<std::size_t> shape, std::vector<T> values)
{
    return [=](const path& file) {
        const ra::io::npy_file npy(file);
        CHECK(std::vector<std::size_t>(npy.shape().begin(), npy.shape().end()) == shape);
        const auto read = npy.values<T>();
        CHECK(std::vector<T>(read.begin(), read.end()) == values);
    };
}

answer npy_refused(const char* why)
{
    return [=](const path& file) {
        CHECK_THROWS_WITH_AS(ra::io::npy_file{file}, Contains(why), file_error);
        CHECK_THROWS_WITH_AS(ra::io::npy_file{file}, Contains((file.string() + ": ").c_str()), file_error);
    };
}

answer holds_sets(const std::vector<std::vector<int>>& sets)
{
    return [=](const path& file) { CHECK(ra::io::read_label_sets(file) == ra::label_sets(sets)); };
}

answer json_refused(const char* why)
{
    return [=](const path& file) {
        CHECK_THROWS_WITH_AS((void)ra::io::read_label_sets(file), Contains(why), file_error);
        CHECK_THROWS_WITH_AS((void)ra::io::read_label_sets(file), Contains((file.string() + ": ").c_str()), file_error);
    };
}

/// The column's numbers, which say how many rows there are.
answer holds_numbers(const char* column, const std::vector<double>& numbers)
{
    return [=](const path& file) { CHECK(ra::io::read_csv(file).numbers(column) == numbers); };
}

answer csv_refused(const char* why)
{
    return [=](const path& file) { CHECK_THROWS_WITH_AS((void)ra::io::read_csv(file), Contains(why), file_error); };
}

}  // namespace

TEST_CASE("bad inputs: npy")
{
    NEEDS_REAL_DATA(data);
    const std::vector<float> six{0.1F, 0.7F, 0.2F, 0.9F, 0.05F, 0.05F};
    const auto six_floats = holds<float>({2, 3}, six);
    check_all(data / "bad-inputs", "npy",
              {
                  {"good_2x3_f4.npy", six_floats},
                  {"good_v3.npy", six_floats},
                  {"double_quotes.npy", six_floats},
                  {"shape_long_suffix.npy", six_floats},
                  {"dtype_f8.npy", [](const path& file) { CHECK(ra::io::map_npy<double>(file).view().images() == 2); }},
                  {"dtype_u1.npy", holds<std::uint8_t>({2, 3}, {1, 3, 2, 3, 0, 1})},
                  {"dtype_u2.npy", holds<std::uint16_t>({2, 3}, {1, 3, 2, 3, 0, 1})},
                  {"dtype_i8.npy", holds<std::int64_t>({2, 3}, {1, 3, 2, 3, 0, 1})},
                  {"big_endian.npy", six_floats},
                  {"dtype_complex.npy", npy_refused("unsupported dtype \"<c8\"")},
                  {"dtype_structured.npy", npy_refused("unsupported dtype")},
                  {"truncated_data.npy", npy_refused("truncated: expected 24 bytes of data, has 21")},
                  {"empty_file.npy", npy_refused("not an npy file")},
                  {"bad_magic.npy", npy_refused("not an npy file")},
                  {"hlen_past_end.npy", npy_refused("truncated header")},
                  {"hlen_zero.npy", npy_refused("not a dictionary")},
                  {"shape_overflow.npy", npy_refused("the number of elements overflows 64 bits")},
                  {"shape_bytes_overflow.npy", npy_refused("the byte count overflows")},
                  {"shape_negative.npy", npy_refused("bad shape")},
                  {"shape_not_tuple.npy", npy_refused("npy header: found \"[2, 3]")},
                  {"shape_thousands.npy", npy_refused("truncated: expected 1992168 bytes")},
                  {"key_missing.npy", npy_refused("no key fortran_order")},
                  {"key_twice.npy", npy_refused("the key shape twice")},
                  {"header_injection.npy", npy_refused("npy header: found \"__import__")},
                  {"nul_in_header.npy", npy_refused("NUL")},
                  {"shape_zero_cols.npy",
                   [](const path& file) {
                       CHECK(ra::io::npy_file(file).elements() == 0);
                       CHECK_THROWS_WITH_AS((void)ra::io::map_npy<float>(file), Contains("the number of classes is 0"),
                                            file_error);
                   }},
                  {"shape_1d.npy",
                   [&](const path& file) {
                       holds<float>({6}, six)(file);
                       CHECK_THROWS_WITH_AS((void)ra::io::map_npy<float>(file), Contains("expected 2 dimensions"),
                                            file_error);
                   }},
                  // What ranking makes of these three is ranking's; the reader hands them over unchanged.
                  {"all_nan_row.npy",
                   [](const path& file) {
                       const auto scores = ra::io::map_npy<float>(file);
                       REQUIRE(scores.view().classes() == 3);
                       for (std::size_t c = 0; c < 3; ++c) CHECK(std::isnan(scores.view().row(0)[c]));
                   }},
                  {"signed_zero_tie.npy",
                   [](const path& file) {
                       const auto scores = ra::io::map_npy<float>(file);
                       CHECK(std::signbit(scores.view().row(0)[0]));
                       CHECK_FALSE(std::signbit(scores.view().row(0)[1]));
                       CHECK(scores.view().row(0)[0] == scores.view().row(0)[1]);
                   }},
                  {"f8_tie_in_f4.npy",
                   [](const path& file) {
                       const auto scores = ra::io::map_npy<double>(file);
                       const double* const row = scores.view().row(0);
                       CHECK(row[1] > row[0]);
                       CHECK(static_cast<float>(row[1]) == static_cast<float>(row[0]));
                   }},
              });
}

TEST_CASE("bad inputs: JSON")
{
    NEEDS_REAL_DATA(data);
    check_all(data / "bad-inputs", "json",
              {
                  {"good.json", holds_sets({{1}, {2, 3}, {}})},
                  {"all_empty.json", holds_sets({{}, {}, {}})},
                  {"minus_zero.json", holds_sets({{0}})},
                  {"bom.json", holds_sets({{1}})},
                  {"empty.json", json_refused("not valid JSON near byte 0")},
                  {"flat.json",
                   [](const path& file) {
                       json_refused("element 0 is the number 1, expected a list")(file);
                       CHECK(ra::io::read_labels(file) == std::vector<ra::class_index>{1, 2, 3});
                   }},
                  {"nested.json", json_refused("is a list, expected a class index: an integer")},
                  {"float_frac.json", json_refused("is the number \"1.5\", expected a class index: an integer")},
                  {"string.json", json_refused("is the string \"970\", expected a class index: an integer")},
                  {"int32_overflow.json", json_refused("is the number 2147483648, expected a class index")},
                  {"leading_zero.json", json_refused("not valid JSON")},
                  {"nan.json", json_refused("not valid JSON")},
                  {"bool.json", json_refused("is true, expected a class index: an integer")},
                  {"trailing_comma.json", json_refused("not valid JSON")},
                  {"trailing.json", json_refused("not valid JSON")},
                  {"nul.json", json_refused("byte 5 is NUL")},
                  {"deep.json", json_refused("is a list, expected a class index")},
                  {"huge_number.json", json_refused("not valid JSON")},
                  {"jsonl.json", holds_sets({{1}, {2, 3}, {}})},
              });
}

TEST_CASE("bad inputs: CSV")
{
    NEEDS_REAL_DATA(data);
    check_all(data / "bad-inputs", "csv",
              {
                  {"good.csv", holds_numbers("real", {78.1, 86.0, 89.5})},
                  {"cr_only.csv", holds_numbers("real", {78.1, 86.0})},
                  {"no_final_newline.csv", holds_numbers("real", {78.1})},
                  {"blank_lines.csv", holds_numbers("real", {2, 4})},
                  {"plus_minus.csv", holds_numbers("diff", {1.088, -0.329})},
                  {"locale.csv", holds_numbers("top1", {70.5})},
                  {"quoted_thousands.csv",
                   [](const path& file) {
                       const ra::io::table table = ra::io::read_csv(file);
                       CHECK(table.text(0, table.column("param_count")) == "1,013.01");
                       CHECK_THROWS_WITH_AS((void)table.numbers("param_count"),
                                            Contains("line 2, column \"param_count\": found \"1,013.01\""), file_error);
                       CHECK(table.numbers("param_count", {.thousands = ra::io::thousands_separator::accept}) ==
                             std::vector<double>{1013.01});
                   }},
                  {"newline_in_quotes.csv",
                   [](const path& file) {
                       holds_numbers("real", {2})(file);
                       CHECK(ra::io::read_csv(file).text(0, 0) == "two\nlines");
                   }},
                  {"short_row.csv", csv_refused("line 2: 2 fields, expected 3")},
                  {"missing_column.csv",
                   [](const path& file) {
                       CHECK_THROWS_WITH_AS((void)ra::io::read_csv(file).column("real"),
                                            Contains("no column \"real\"; the columns are model, top1"), file_error);
                   }},
                  {"dup_model.csv",
                   [](const path& file) {
                       const ra::io::table table = ra::io::read_csv(file);
                       const std::vector<std::string> model{"model"};
                       const std::vector<std::string> model_and_size{"model", "img_size"};
                       CHECK_THROWS_WITH_AS((void)ra::io::join_tables(table, table, model),
                                            Contains("model \"convnext\" occurs twice"), file_error);
                       CHECK(ra::io::join_tables(table, table, model_and_size).rows.size() == 2);
                   }},
                  {"na_cell.csv",
                   [](const path& file) {
                       const ra::io::table table = ra::io::read_csv(file);
                       CHECK(table.rows() == 3);
                       CHECK_THROWS_WITH_AS((void)table.numbers("top1"),
                                            Contains("line 2, column \"top1\": found \"NA\""), file_error);
                   }},
                  {"percent.csv",
                   [](const path& file) {
                       CHECK_THROWS_WITH_AS((void)ra::io::read_csv(file).numbers("top1"), Contains("found \"70.5%\""),
                                            file_error);
                   }},
                  {"empty.csv", csv_refused("no header")},
                  {"not_utf8.csv",
                   [](const path& file) {
                       holds_numbers("top1", {1})(file);
                       CHECK(ra::io::read_csv(file).text(0, 0) == "ResNet\xff");
                   }},
              });
}
