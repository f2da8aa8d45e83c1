// Valid files with a few bytes changed, cut or added: each gives a value or a file_error, and nothing else.
#include <reassess/io/io.hpp>

#include "support/zip_bytes.hpp"
#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace ra = reassess;
using namespace std::string_view_literals;
using test_support::bytes_of;
using test_support::npy_bytes;
using test_support::temporary_folder;

namespace {

using random_engine = std::mt19937;  // the same numbers everywhere, which the standard's distributions are not

std::size_t below(random_engine& random, std::size_t bound)
{
    return random() % bound;
}

/// One to four changes: a bit flipped; a byte replaced, often by one that means something; the end cut off; a piece
/// repeated.
std::string mutate(std::string bytes, random_engine& random)
{
    constexpr std::string_view telling = "\0\n\r,\"'()[]{}:-+.0129LeE \xff\xef"sv;
    for (std::size_t changes = 1 + below(random, 4); changes > 0; --changes) {
        const std::size_t at = below(random, bytes.size() + 1);
        switch (below(random, 5)) {
            case 0:
                if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(random, 8)));
                break;
            case 1:
                if (at < bytes.size()) bytes[at] = telling[below(random, telling.size())];
                break;
            case 2:
                bytes.insert(at, 1, telling[below(random, telling.size())]);
                break;
            case 3:
                bytes.insert(at, bytes.substr(at, below(random, 20)));
                break;
            default:
                bytes.erase(at, below(random, 2) == 0 ? std::string::npos : 1 + below(random, 4));
        }
    }
    return bytes;
}

/// Reads `count` mutations of each text. Anything but a value or a file_error ends the test case with a failure.
template <class Read>
void survive(const std::vector<std::string>& texts, int count, Read read)
{
    random_engine random(20240607);
    const temporary_folder folder;
    int values = 0;
    int errors = 0;
    for (const std::string& text : texts) {
        for (int i = 0; i < count; ++i) {
            const std::string mutant = mutate(text, random);
            CAPTURE(mutant);
            const auto path = folder.file("mutant", mutant);
            try {
                read(path, mutant);
                ++values;
            } catch (const ra::io::file_error& error) {
                ++errors;
                if (!std::string_view(error.what()).starts_with(path.string() + ": ")) FAIL_CHECK(error.what());
                if (std::string_view(error.what()).size() > 1000) FAIL_CHECK(error.what());
            }
        }
    }
    // Else the mutations are too weak or too strong to say anything.
    CHECK(values > 0);
    CHECK(errors > 0);
}

}  // namespace

TEST_CASE("mutations: npy")
{
    const std::string floats = bytes_of<float>({1, 2, 3, 4, 5, 6});
    const std::string labels = bytes_of<std::int16_t>({1, -1, 3});
    const auto header = [](const char* descr, const char* shape) {
        return ra::detail::concatenate("{'descr': '", descr, "', 'fortran_order': False, 'shape': ", shape, ", }  \n");
    };
    const std::vector<std::string> texts{
        npy_bytes(header("<f4", "(2, 3)"), floats), npy_bytes(header("<f4", "(2, 3)"), floats, 3),
        npy_bytes(header("<i2", "(3,)"), labels), npy_bytes(header("|u1", "(6, 1)"), "abcdef", 2)};
    std::uint64_t sum = 0;
    survive(texts, 1000, [&](const auto& path, const std::string& bytes) {
        // An allocation that ends with the file shows a sanitizer what a mapping's last page would hide.
        const std::vector<char> exact(bytes.begin(), bytes.end());
        const auto in_memory = ra::detail::parse_npy_header(path, {exact.data(), exact.size()});
        const ra::io::npy_file file(path);
        if (in_memory.elements != file.elements()) FAIL_CHECK("the file in memory and on disk differ");
        const bool is_integer = file.dtype() != ra::io::npy_type::boolean && file.dtype() < ra::io::npy_type::float16;
        if (is_integer) {
            ra::io::visit_integers(file, [&](const auto& values) {
                for (const auto value : values) sum += static_cast<std::uint64_t>(value);
            });
            (void)ra::io::read_labels(path);
        } else {
            ra::io::visit_scores(file, [&](const auto& scores) {
                for (std::size_t i = 0; i < scores.images(); ++i)
                    for (std::size_t c = 0; c < scores.classes(); ++c) sum += static_cast<float>(scores.row(i)[c]) > 0;
            });
        }
    });
    CHECK(sum > 0);
}

TEST_CASE("mutations: npz")
{
    const std::string votes =
        npy_bytes("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 3), }\n", "\0\0\1\0\0\0\1\0\0\0\1\0"sv);
    const std::string info = npy_bytes("{'descr': '<U2', 'fortran_order': False, 'shape': (2, 2), }\n",
                                       bytes_of<char32_t>({U'a', 0, U'7', 0, U'b', 0, U'1', U'2'}));
    std::vector<std::string> archives;
    for (const auto kind : {test_support::zip_kind::plain, test_support::zip_kind::zip64})
        archives.push_back(test_support::zip_bytes({{"tensor.npy", votes}, {"info.npy", info}}, kind));
    survive(archives, 1000, [](const auto& path, const auto&) {
        const ra::io::npz_options small{.max_array_bytes = 1 << 20};
        const auto read = ra::io::read_rater_votes(path, {.archive = small});
        // What gets past the checksum is what was written.
        if (read.votes.votes() != 3 || read.pairs != std::vector<ra::rated_pair>{{0, 7}, {1, 12}})
            FAIL_CHECK("other votes");
    });
}

TEST_CASE("mutations: JSON")
{
    const std::vector<std::string> texts{
        "[[1], [2, 3], []]", "[1, -1, 20]", "[\"val/a.jpg\", \"b\\u00e9\"]",
        R"({"seed": -1.5e3, "t": [true, null], "image_filenames": [["a", "n1"], ["b", "n2"]]})"};
    survive({texts[0]}, 2000, [](const auto& path, const auto&) { (void)ra::io::read_label_sets(path); });
    survive({texts[1]}, 2000, [](const auto& path, const auto&) { (void)ra::io::read_labels(path); });
    survive({texts[2], texts[3]}, 2000, [](const auto& path, const auto&) { (void)ra::io::read_image_names(path); });
}

TEST_CASE("mutations: text")
{
    survive({"1\n-1\n20\n", "1\r\n300\r\n"}, 1000,
            [](const auto& path, const auto&) { (void)ra::io::read_labels(path); });
    survive({"a.jpg\nb.jpg\n"}, 1000, [](const auto& path, const auto&) { (void)ra::io::read_image_names(path); });
}

TEST_CASE("mutations: CSV")
{
    const std::vector<std::string> texts{"model,size,top1\nA,224,70.5\n\"B \"\"b\"\", c\",288,\"1,013.01\"\n",
                                         "model,size,top1\r\n\"two\r\nlines\",1,+1.5\r\n\r\nC,2,-2e1"};
    std::size_t cells = 0;
    survive(texts, 2000, [&](const auto& path, const auto&) {
        const ra::io::table table = ra::io::read_csv(path);
        for (std::size_t row = 0; row < table.rows(); ++row)
            for (std::size_t column = 0; column < table.columns().size(); ++column)
                cells += table.text(row, column).size();
        for (const double x : table.numbers("top1", {.thousands = ra::io::thousands_separator::accept}))
            if (!(x <= std::numeric_limits<double>::max() && x >= std::numeric_limits<double>::lowest())) FAIL_CHECK(x);
        const std::vector<std::string> key{"model", "size"};
        (void)ra::io::join_tables(table, table, key);
    });
    CHECK(cells > 0);
}
