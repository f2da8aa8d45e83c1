// Formats that people have: gzip, JSON lines, multi-hot arrays, MLPerf's log, separators, percent signs, other files.
#include <reassess/io/csv.hpp>
#include <reassess/io/label_sets.hpp>
#include <reassess/io/labels.hpp>
#include <reassess/io/npz.hpp>
#include <reassess/io/score_file.hpp>
#include <reassess/io/verdicts.hpp>

#include "support/zip_bytes.hpp"
#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ra = reassess;
using doctest::Contains;
using ra::io::file_error;
using test_support::temporary_folder;
using indices = std::vector<ra::class_index>;
using lists = std::vector<std::vector<int>>;
using namespace std::string_view_literals;

namespace {

/// "65\n0\n" as Python's gzip.compress(text, mtime=0) writes it.
constexpr std::string_view labels_gz =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x33\x33\xe5\x32\xe0\x02\x00\x93\xe8\xb2\x1d\x05\x00\x00\x00"sv;

}  // namespace

TEST_CASE("gzip files are inflated, with a name in their header or without, and damaged ones are refused")
{
    const temporary_folder folder;
    CHECK(ra::io::read_labels(folder.file("l.txt.gz", labels_gz)) == indices{65, 0});
    std::string named(labels_gz);
    named[3] = '\x08';
    named.insert(10, "labels.txt\0"sv);
    CHECK(ra::io::read_labels(folder.file("l.txt.gz", named)) == indices{65, 0});
    for (std::size_t size = 3; size < labels_gz.size(); ++size) {
        CAPTURE(size);
        CHECK_THROWS_AS((void)ra::io::read_text_file(folder.file("l.gz", labels_gz.substr(0, size))), file_error);
    }
    for (std::size_t i = 10; i < labels_gz.size(); ++i) {
        CAPTURE(i);
        std::string damaged(labels_gz);
        damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
        // Unused bits at the end of the compressed data may differ.
        std::string text;
        try {
            text = ra::io::read_text_file(folder.file("l.gz", damaged));
        } catch (const file_error&) {
            continue;
        }
        CHECK(text == "65\n0\n");
    }
    const std::string twice = std::string(labels_gz) + std::string(labels_gz);
    CHECK_THROWS_WITH_AS((void)ra::io::read_text_file(folder.file("l.gz", twice)),
                         Contains("several members; inflate it with gunzip"), file_error);
    std::string huge(labels_gz);
    huge.replace(huge.size() - 4, 4, "\xff\xff\xff\xff"sv);
    CHECK_THROWS_WITH_AS((void)ra::io::read_text_file(folder.file("l.gz", huge)), Contains("above the limit"),
                         file_error);
}

TEST_CASE("JSON lines and multi-hot arrays as labels and label sets")
{
    const temporary_folder folder;
    const auto path = folder.path() / "hot.npy";
    CHECK(ra::io::read_label_sets(folder.file("s.jsonl", "[1]\n[2, 3]\n\n[]\r\n")) ==
          ra::label_sets(lists{{1}, {2, 3}, {}}));
    const auto named = ra::io::read_named_labels(folder.file(
        "l.jsonl", "{\"image\": \"a.jpg\", \"label\": 65}\n{\"label\": \"n01440764\", \"image\": \"b.jpg\"}\n"));
    CHECK(named.labels == indices{65, 0});
    CHECK(named.names == std::vector<std::string>{"a.jpg", "b.jpg"});
    CHECK_THROWS_WITH_AS((void)ra::io::read_labels(folder.file("l.jsonl", "{\"label\": 1}\n{\"label\": 1.5}\n")),
                         Contains("line 2: found"), file_error);
    const auto refused = [&](std::string_view text, const char* why) {
        CHECK_THROWS_WITH_AS((void)ra::io::read_labels(folder.file("l.jsonl", text)), Contains(why), file_error);
    };
    refused("{\"label\": 1}\n\r\n{\"label\": 18446744073709551615}\n",
            "line 3: found \"label\": 18446744073709551615, expected an object");
    refused("{\"label\": 1}\n{\"label\": 9223372036854775808}\n", "found \"label\": 9223372036854775808");
    refused("{\"label\": 1}\n\n\n{\"label\": 1.5}\n", "line 4: found \"label\": 1.5");
    refused("{\"label\": 1}\r\n{\"label\": \"x\"}\r\n", "line 2: found \"label\": \"x\"");
    refused("{\"label\": 1, \"image\": \"a\"}\n{\"label\": 2}\n", "line 2: found an image in some lines only");
    refused("{\"label\": 1}\n{\"a\": 1},{\"b\": 2}\n", "2 lines have 3 values");
    refused("{\"label\": 1}\n{\"label\": 2}]\0}\n"sv, "byte 26 is NUL");
    const auto check = [&]<class T>(T) {
        ra::io::write_npy(path, std::vector<T>{0, 1, 0, 1, 0, 1, 0, 0, 0}, {3, 3});
        CHECK(ra::io::read_label_sets(path) == ra::label_sets(lists{{1}, {0, 2}, {}}));
    };
    check(std::uint8_t{});
    check(std::int64_t{});
    check(float{});
    ra::io::write_npy(path, std::vector<float>{0, 0.5F}, {1, 2});
    CHECK_THROWS_WITH_AS((void)ra::io::read_label_sets(path), Contains("class 1 of image 0 is 0.5, expected 0 or 1"),
                         file_error);
    ra::io::write_npy(path, std::vector<float>{0, 1}, {2});
    CHECK_THROWS_WITH_AS((void)ra::io::read_label_sets(path), Contains("has shape (2,)"), file_error);
}

TEST_CASE("JSON that nests deeper than the stack is refused")
{
    const temporary_folder folder;
    constexpr std::size_t depth = 300'000;
    const std::string deep = "{\"a\": " + std::string(depth, '[') + std::string(depth, ']') + "}";
    CHECK_THROWS_WITH_AS((void)ra::io::read_labels(folder.file("l.jsonl", "{\"label\": 1}\n" + deep + "\n")),
                         Contains("line 2: found an object, expected an object in each line"), file_error);
    CHECK_THROWS_WITH_AS(ra::io::top_k_file(folder.file("log.json", "[" + deep + "]")),
                         Contains("entry 0 is an object without qsl_idx or data"), file_error);
}

TEST_CASE("MLPerf's log of predictions: int64, int32 and float32 data in the order of qsl_idx")
{
    const temporary_folder folder;
    const auto read = [&](std::string_view text) {
        const ra::io::top_k_file file(folder.file("mlperf_log_accuracy.json", text));
        return file.visit(1000, [](const auto& view) {
            std::vector<std::int64_t> all;
            for (std::size_t i = 0; i < view.images(); ++i) all.push_back(static_cast<std::int64_t>(*view.row(i)));
            return all;
        });
    };
    const std::vector<std::int64_t> wanted{65, 0, 970};
    CHECK(read(R"([{"seq_id": 0, "qsl_idx": 2, "data": "CA03000000000000"}, {"seq_id": 1, "qsl_idx": 0,
        "data": "4100000000000000"}, {"seq_id": 2, "qsl_idx": 1, "data": "0000000000000000"}])") == wanted);
    CHECK(read(R"([{"qsl_idx": 2, "data": "ca030000"}, {"qsl_idx": 0, "data": "41000000"}, {"qsl_idx": 1,
        "data": "00000000"}, {"qsl_idx": 2, "data": "ca030000"}])") == wanted);
    CHECK(read(R"([{"qsl_idx": 0, "data": "00008242"}, {"qsl_idx": 2, "data": "00807244"}, {"qsl_idx": 1,
        "data": "00000000"}])") == wanted);
    const auto refused = [&](std::string_view text, const char* why) {
        CHECK_THROWS_WITH_AS((void)read(text), Contains(why), file_error);
    };
    refused(R"([{"qsl_idx": 0, "data": "4100"}])", "entry 0 is");
    refused(R"([{"qsl_idx": 0, "data": "xx000000"}])", "entry 0 is");
    refused(R"([{"qsl_idx": 7, "data": "41000000"}])", "has qsl_idx 7");
    refused(R"([{"qsl_idx": 1, "data": "41000000"}, {"qsl_idx": 1, "data": "41000000"}])", "no entry has qsl_idx 0");
    refused(R"([{"qsl_idx": 0, "data": "41000000"}, {"qsl_idx": 0, "data": "42000000"}])", "class 66 for image 0");
    refused("[[1, 2]]", "entry 0 is a list, expected MLPerf's list of objects with qsl_idx and data");
    refused(R"([{"qsl_idx": 0, "data": "xx"}])", "entry 0 is an object of qsl_idx 0 and data \"xx\"");
    refused("[]", "is an empty list, expected MLPerf's list");
    refused("[{\"qsl_idx\": 0, \"data\": \"41000000\"}]\0["sv, "byte 36 is NUL, so this is not valid JSON");
}

TEST_CASE("csv: semicolons, tabs and percent signs on request, and a message that names the option")
{
    const temporary_folder folder;
    const auto semicolons = folder.file("a.csv", "model;top1\nA;70.5\n");
    CHECK_THROWS_WITH_AS((void)ra::io::read_csv(semicolons).numbers("top1"), Contains("--separator ';'"), file_error);
    const auto read = ra::io::read_csv(semicolons, {.separator = ';'});
    CHECK(read.numbers("top1") == std::vector<double>{70.5});
    const auto tabs = folder.file("a.tsv", "model\ttop1\nA\t70.5\n");
    CHECK_THROWS_WITH_AS((void)ra::io::read_csv(tabs).numbers("top1"), Contains("--separator tab"), file_error);
    CHECK(ra::io::read_csv(tabs, {.separator = '\t'}).numbers("top1") == std::vector<double>{70.5});
    const auto percent = ra::io::read_csv(folder.file("p.csv", "top1\n70.5%\n80\n"));
    CHECK_THROWS_WITH_AS((void)percent.numbers("top1"), Contains("--percent"), file_error);
    CHECK(percent.numbers("top1", {.percent = ra::io::percent_sign::accept}) == std::vector<double>{70.5, 80});
}

TEST_CASE("files of other kinds are refused with what they are")
{
    const temporary_folder folder;
    struct other {
        std::string_view bytes;
        const char* kind;
    };
    for (const other& one : std::vector<other>{
             {"\x89HDF\r\n\x1a\n\0\0\0\0"sv, "an HDF5 file"},
             {"\x80\x04\x95\0\0\0\0\0\0\0\0"sv, "a Python pickle"},
             {"PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0archive/data.pkl\0\0"sv, "a PyTorch file"},
             {"PAR1\0\0\0\0"sv, "a Parquet file"}}) {
        CAPTURE(one.kind);
        CHECK_THROWS_WITH_AS((void)ra::io::read_labels(folder.file("x", one.bytes)), Contains(one.kind), file_error);
        CHECK_THROWS_WITH_AS(ra::io::npy_file{folder.file("x.npy", one.bytes)}, Contains(one.kind), file_error);
        CHECK_THROWS_WITH_AS(ra::io::npz_file{folder.file("x.npz", one.bytes)}, Contains(one.kind), file_error);
        CHECK_THROWS_WITH_AS((void)ra::io::read_csv(folder.file("x.csv", one.bytes)), Contains(one.kind), file_error);
    }
    const auto torch = folder.file("m.pt", test_support::zip_bytes({{"archive/data.pkl", "x"}}));
    CHECK_THROWS_WITH_AS(ra::io::score_file{torch},
                         Contains("m.pt: has no arrays, expected one npy array; this is a PyTorch file"), file_error);
    CHECK_THROWS_WITH_AS(ra::io::npy_file{folder.file("x.npy", labels_gz)}, Contains("a gzip file"), file_error);
}

TEST_CASE("verdicts: words in any case, label-errors without zeros")
{
    const temporary_folder folder;
    const auto rated = ra::io::read_verdicts(
        folder.file("v.csv", "model,metric,image,verdict\nm,real,a, Clear Mistake \nm,real,b, \n"));
    REQUIRE(rated.size() == 1);
    CHECK(rated[0].verdict == ra::clear_mistake);
    const auto mturk = ra::io::read_label_error_verdicts(
        folder.file("m.json", R"([{"id": 1, "mturk": {"given": 5}}, {"id": 2, "mturk": {"guessed": 3, "both": 2}}])"));
    REQUIRE(mturk.size() == 2);
    CHECK(mturk[0].verdict == ra::clear_mistake);
    CHECK(mturk[1].verdict == ra::not_a_mistake);
    CHECK_THROWS_WITH_AS((void)ra::io::read_label_error_verdicts(folder.file("m.json", R"([{"id": 1, "mturk": {}}])")),
                         Contains("has no answers"), file_error);
}
