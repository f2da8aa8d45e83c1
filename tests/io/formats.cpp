// Formats that people have: gzip, JSON lines, multi-hot arrays, MLPerf's log, separators, percent signs, other files.
#include <reassess/data/float16.hpp>
#include <reassess/io/csv.hpp>
#include <reassess/io/image_names.hpp>
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
    CHECK_THROWS_WITH_AS((void)ra::io::read_text_file(folder.file("l.gz", huge)), Contains("truncated or damaged"),
                         file_error);
    // A file that ends early has other bytes where its size should be.
    CHECK_THROWS_WITH_AS((void)ra::io::read_text_file(folder.file("l.gz", labels_gz.substr(0, labels_gz.size() - 4))),
                         Contains("truncated or damaged"), file_error);
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
    ra::io::write_npy(path, std::vector<ra::half>{ra::half{0}, ra::half{0x3c00}}, {1, 2});
    CHECK(ra::io::read_label_sets(path) == ra::label_sets(lists{{1}}));
    ra::io::write_npy(path, std::vector<float>{0, 0.5F}, {1, 2});
    CHECK_THROWS_WITH_AS((void)ra::io::read_label_sets(path), Contains("class 1 of image 0 is 0.5, expected 0 or 1"),
                         file_error);
    ra::io::write_npy(path, std::vector<float>{0, 1}, {2});
    CHECK_THROWS_WITH_AS((void)ra::io::read_label_sets(path), Contains("has shape (2,)"), file_error);
}

TEST_CASE("JSON lines of one image, and label sets in objects")
{
    const temporary_folder folder;
    const auto one = ra::io::read_named_labels(folder.file("l.jsonl", "{\"file_name\": \"a.jpg\", \"label\": 65}\n"));
    CHECK(one.labels == indices{65});
    CHECK(one.names == std::vector<std::string>{"a.jpg"});
    const auto read = [&](std::string_view text) {
        return ra::io::read_named_label_sets(folder.file("s.jsonl", text));
    };
    const auto sets =
        read("{\"image\": \"b\", \"labels\": [65, \"n01440764\"]}\r\n{\"image\": \"a\", \"labels\": []}\n");
    CHECK(sets.sets == ra::label_sets(lists{{0, 65}, {}}));
    CHECK(sets.names == std::vector<std::string>{"b", "a"});
    CHECK(read("{\"name\": \"b\", \"real\": [1]}\n").names == std::vector<std::string>{"b"});
    CHECK(read("{\"classes\": [1]}\n{\"classes\": [2]}\n").names.empty());
    const auto refused = [&](std::string_view text, const char* why) {
        CHECK_THROWS_WITH_AS((void)read(text), Contains(why), file_error);
    };
    refused("{\"labels\": [1]}\n\n{\"labels\": 2}\n", "line 3: found \"labels\": 2, expected an object");
    refused("{\"labels\": [1]}\n{\"labels\": [-1]}\n", "line 2: found -1 in \"labels\"");
    refused("{\"labels\": [1]}\n{\"x\": [1]}\n", "line 2: found an object without labels");
    refused("{\"labels\": [1], \"image\": \"a\"}\n{\"labels\": [1]}\n", "line 2: found an image in some lines only");
    refused("{\"labels\": [1]}\n{\"labels\": [1]]}\n", "not valid JSON near byte");
}

TEST_CASE("labels, label sets, names and predictions: arrays of archives, and arrays of class names")
{
    const temporary_folder folder;
    const auto bytes = [&](const auto& values, const std::vector<std::size_t>& shape) {
        ra::io::write_npy(folder.path() / "t.npy", values, shape);
        return ra::io::read_text_file(folder.path() / "t.npy");
    };
    const std::string synsets =
        test_support::npy_bytes("{'descr': '|S9', 'fortran_order': False, 'shape': (2,)}", "n01751748n01440764");
    const std::string labels = bytes(std::vector<std::uint16_t>{65, 0}, {2}),
                      hot = bytes(std::vector<std::uint8_t>{0, 1, 1, 1}, {2, 2});
    const std::string archive =
        folder.file("a.npz", test_support::zip_bytes({{"l.npy", labels}, {"s.npy", synsets}, {"hot.npy", hot}}))
            .string();
    const std::string one = folder.file("one.npz", test_support::zip_bytes({{"l.npy", labels}})).string();
    CHECK(ra::io::read_labels(archive + ":l") == indices{65, 0});
    CHECK(ra::io::read_labels(one) == indices{65, 0});
    CHECK(ra::io::read_labels(archive + ":s") == indices{65, 0});
    CHECK(ra::io::read_labels(folder.file("s.npy", synsets)) == indices{65, 0});
    CHECK(ra::io::read_label_sets(archive + ":hot") == ra::label_sets(lists{{1}, {0, 1}}));
    CHECK(ra::io::read_image_names(archive + ":s") == std::vector<std::string>{"n01751748", "n01440764"});
    CHECK_THROWS_WITH_AS((void)ra::io::read_labels(archive), Contains("has the arrays \"l\", \"s\", \"hot\""),
                         file_error);
    CHECK_THROWS_WITH_AS((void)ra::io::read_image_names(archive + ":l"), Contains("expected one name per image"),
                         file_error);
    for (const std::string& path : {archive + ":s", folder.file("s.npy", synsets).string()}) {
        const ra::io::top_k_file predictions(path);
        CHECK(predictions.largest_class() == 65);
        CHECK(predictions.images() == 2);
        CHECK_THROWS_AS(ra::io::score_file{path}, file_error);
    }
    const std::string bad =
        test_support::npy_bytes("{'descr': '|S2', 'fortran_order': False, 'shape': (2, 1)}", "12xy");
    CHECK_THROWS_WITH_AS(ra::io::top_k_file{folder.file("b.npy", bad)},
                         Contains("the prediction of row 1, column 0 is \"xy\", expected a class"), file_error);
}

TEST_CASE("predictions, labels and names: quotes, tabs, blanks, other separators, and headers without rows")
{
    const temporary_folder folder;
    const std::string quoted = "\"filename\",\"label\"\r\n\"a, b.jpg\",\"65\"\r\n\"c \"\"d\"\".jpg\",0\r\n";
    const std::vector<std::string> names{"a, b.jpg", "c \"d\".jpg"};
    const ra::io::top_k_file predictions(folder.file("p.csv", quoted));
    CHECK(predictions.names() == names);
    CHECK(predictions.largest_class() == 65);
    const auto labels = ra::io::read_named_labels(folder.file("l.csv", quoted));
    CHECK(labels.names == names);
    CHECK(labels.labels == indices{65, 0});
    CHECK(ra::io::read_image_names(folder.file("n.csv", quoted)) == names);
    CHECK(ra::io::read_image_names(folder.file("n.csv", "split,filename\nval,a.jpg\n")) ==
          std::vector<std::string>{"a.jpg"});
    CHECK(ra::io::read_image_names(folder.file("n.txt", "  a.jpg\t\nb c.jpg\n")) ==
          std::vector<std::string>{"a.jpg", "b c.jpg"});
    // Without a header the first row counts.
    const auto headless = ra::io::read_named_labels(folder.file("l.csv", "\"a.jpg\",\"65\"\n\"b.jpg\",0\n"));
    CHECK(headless.names == std::vector<std::string>{"a.jpg", "b.jpg"});
    CHECK(ra::io::top_k_file(folder.file("p.csv", "\"a.jpg\",65\n\"b.jpg\",0\n")).images() == 2);
    for (const char* const column : {"label\n65\n0\n", "\"Class\"\n65\n0\n"})
        CHECK(ra::io::read_named_labels(folder.file("l.csv", column)).labels == indices{65, 0});
    CHECK(ra::io::read_labels(folder.file("l.csv", "filename,0\na.jpg,65\nb.jpg,0\n")) == indices{65, 0});
    const ra::io::top_k_file tabs(folder.file("p.txt", "my a.jpg\t65\t3\nb.jpg\t0\t 1\n"));
    CHECK(tabs.names() == std::vector<std::string>{"my a.jpg", "b.jpg"});
    CHECK(ra::io::top_k_file(folder.file("p.txt", "1 2\t3\n")).k() == 3);

    const auto semicolons = folder.file("s.csv", "ImageId;Class\na;65\nb;0\n");
    CHECK(ra::io::read_named_labels(semicolons, {.csv = {.separator = ';'}}).names ==
          std::vector<std::string>{"a", "b"});
    CHECK(ra::io::top_k_file(semicolons, {.csv = {.separator = ';'}}).names() == std::vector<std::string>{"a", "b"});
    const auto tabbed = folder.file("s.tsv", "ImageId\tClass\na, b\t65\nc d\t0\n");
    CHECK(ra::io::read_named_labels(tabbed, {.csv = {.separator = '\t'}}).names ==
          std::vector<std::string>{"a, b", "c d"});
    CHECK(ra::io::score_file(folder.file("s.csv", "0.5;1\n2;3\n"), {.csv = {.separator = ';'}}).classes() == 2);
    const auto refused = [&](auto read, std::string_view text, const char* why) {
        CAPTURE(text);
        CHECK_THROWS_WITH_AS(read(folder.file("x.csv", text)), Contains(why), file_error);
    };
    const auto as_labels = [](const auto& path) { (void)ra::io::read_labels(path); };
    const auto as_predictions = [](const auto& path) { ra::io::top_k_file{path}; };
    const auto as_scores = [](const auto& path) { ra::io::score_file{path}; };
    refused(as_labels, "ImageId;Class\na;65\n", "say so (--separator ';')");
    refused(as_labels, "ImageId\tClass\na\t65\n", "say so (--separator tab)");
    refused(as_predictions, "a.jpg;65\n", "say so (--separator ';')");
    refused(as_scores, "0.5;1\n2;3\n", "say so (--separator ';')");
    refused(as_labels, "ImageId,Class\n", "has no labels after its header");
    refused(as_predictions, "filename,label\n", "has no rows after its header in line 1");
    refused(as_labels, "3 1 2 0\n", "found \"3 1 2 0\", expected one integer");
    refused(as_scores, "[[0.5, 1]]", "is JSON, expected scores");
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
    // 90 as integers and floats of each size.
    for (const char* const data :
         {"5a", "5a00", "a055", "5a000000", "0000b442", "5a00000000000000", "0000000000805640"}) {
        CAPTURE(data);
        CHECK(read(std::string("[{\"qsl_idx\": 0, \"data\": \"") + data + "\"}]") == std::vector<std::int64_t>{90});
    }
    CHECK(ra::io::top_k_file(folder.file("m.txt", R"([{"qsl_idx": 0, "data": "41"}])")).largest_class() == 65);
    refused(R"([{"qsl_idx": 0, "data": "410000"}])", "entry 0 is");
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
    for (const char* const text : {"a;b\n1,5;2\n", "a;b\n\"1\";2\n"}) {
        CHECK_THROWS_WITH_AS((void)ra::io::read_csv(folder.file("b.csv", text)), Contains("--separator ';'"),
                             file_error);
    }
    const auto read = ra::io::read_csv(semicolons, {.separator = ';'});
    CHECK(read.numbers("top1") == std::vector<double>{70.5});
    const auto tabs = folder.file("a.tsv", "model\ttop1\nA\t70.5\n");
    CHECK_THROWS_WITH_AS((void)ra::io::read_csv(tabs).numbers("top1"), Contains("--separator tab"), file_error);
    CHECK(ra::io::read_csv(tabs, {.separator = '\t'}).numbers("top1") == std::vector<double>{70.5});
    const auto percent = ra::io::read_csv(folder.file("p.csv", "top1\n70.5%\n80\n"));
    CHECK_THROWS_WITH_AS((void)percent.numbers("top1"), Contains("--percent"), file_error);
    CHECK(percent.numbers("top1", {.percent = ra::io::percent_sign::accept}) == std::vector<double>{70.5, 80});
    const auto blanks = ra::io::read_csv(folder.file("b.csv", "top1,x\n70.5 %,1\n80%, 2\n"));
    CHECK(blanks.numbers("top1", {.percent = ra::io::percent_sign::accept}) == std::vector<double>{70.5, 80});
    CHECK_THROWS_WITH_AS((void)blanks.numbers("x"),
                         Contains("found \" 2\", expected a finite number; remove the blanks"), file_error);
    CHECK_THROWS_WITH_AS(
        (void)ra::io::read_csv(folder.file("d.csv", "top1;x\n70,5;1\n"), {.separator = ';'}).numbers("top1"),
        Contains("decimal commas are not: write a point"), file_error);
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
             {"\xfd\x37zXZ\0\0\4"sv, "a file compressed by xz"},
             {"\xff\xfe\x31\0\n\0"sv, "text in UTF-16"},
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
    const std::string archive = test_support::zip_bytes({{"a.npy", "x"}});
    CHECK_THROWS_WITH_AS(ra::io::npz_file{folder.file("x.npz", archive.substr(0, archive.size() - 9))},
                         Contains("a truncated or damaged zip archive"), file_error);
    CHECK_THROWS_WITH_AS(
        ra::io::npy_file{folder.file(
            "o.npy", test_support::npy_bytes("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", "x"))},
        Contains("a pickle of Python objects"), file_error);
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
