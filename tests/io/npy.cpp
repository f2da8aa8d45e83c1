#include <reassess/io/npy.hpp>

#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ra = reassess;
using doctest::Contains;
using ra::io::file_error;
using ra::io::npy_file;
using test_support::bytes_of;
using test_support::npy_bytes;
using test_support::temporary_folder;

namespace {

const std::string six_floats = bytes_of<float>({0, 1, 2, 3, 4, 5});

std::vector<std::size_t> shape_of(const npy_file& file)
{
    return {file.shape().begin(), file.shape().end()};
}

/// The header's answer for a whole file in memory that ends exactly where the allocation ends, so that a sanitizer sees
/// a read beyond it.
ra::detail::npy_header parse(const std::string& bytes)
{
    const std::vector<char> exact(bytes.begin(), bytes.end());
    return ra::detail::parse_npy_header("x.npy", {exact.data(), exact.size()});
}

std::string dictionary(std::string_view shape, std::string_view descr = "'<f4'", std::string_view order = "False")
{
    return ra::detail::concatenate("{'descr': ", descr, ", 'fortran_order': ", order, ", 'shape': ", shape, ", }");
}

template <class T>
void check_round_trip(const std::vector<T>& values, ra::io::npy_type type)
{
    const temporary_folder folder;
    const auto path = folder.path() / "x.npy";
    ra::io::write_npy(path, values, {values.size()});
    const npy_file file(path);
    CHECK(file.dtype() == type);
    CHECK(shape_of(file) == std::vector<std::size_t>{values.size()});
    const std::span<const T> read = file.values<T>();
    REQUIRE(read.size() == values.size());
    CHECK(std::memcmp(read.data(), values.data(), values.size() * sizeof(T)) == 0);
    CHECK(std::filesystem::file_size(path) == 128 + values.size() * sizeof(T));
}

template <class T>
void check_integer_round_trip(ra::io::npy_type type)
{
    check_round_trip<T>({std::numeric_limits<T>::min(), 0, 1, std::numeric_limits<T>::max()}, type);
}

}  // namespace

TEST_CASE("npy: what is written is read, for every type")
{
    check_integer_round_trip<std::int8_t>(ra::io::npy_type::int8);
    check_integer_round_trip<std::int16_t>(ra::io::npy_type::int16);
    check_integer_round_trip<std::int32_t>(ra::io::npy_type::int32);
    check_integer_round_trip<std::int64_t>(ra::io::npy_type::int64);
    check_integer_round_trip<long long>(ra::io::npy_type::int64);
    check_integer_round_trip<std::uint8_t>(ra::io::npy_type::uint8);
    check_integer_round_trip<std::uint16_t>(ra::io::npy_type::uint16);
    check_integer_round_trip<std::uint32_t>(ra::io::npy_type::uint32);
    check_integer_round_trip<std::uint64_t>(ra::io::npy_type::uint64);
    check_round_trip<float>({-1.5F, 0.0F, std::numeric_limits<float>::infinity()}, ra::io::npy_type::float32);
    check_round_trip<double>({-1.5, 0.0, std::numeric_limits<double>::denorm_min()}, ra::io::npy_type::float64);
    check_round_trip<ra::half>({{0x3c00}, {0x7bff}}, ra::io::npy_type::float16);
    check_round_trip<ra::bfloat16>({{0x3f80}, {0x8000}}, ra::io::npy_type::uint16);
}

TEST_CASE("npy: the written header is NumPy's, byte by byte")
{
    const temporary_folder folder;
    const auto path = folder.path() / "x.npy";
    ra::io::write_npy(path, std::array<float, 6>{0, 1, 2, 3, 4, 5}, {2, 3});
    std::string wanted = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    wanted.resize(117, ' ');
    CHECK(ra::io::read_text_file(path) == npy_bytes(wanted + '\n', six_floats));

    ra::io::write_npy(path, std::vector<std::uint8_t>{7}, {});
    CHECK(ra::io::read_text_file(path).find("{'descr': '|u1', 'fortran_order': False, 'shape': (), }") == 10);
    ra::io::write_npy(path, std::vector<std::int16_t>{}, {0, 5});
    const npy_file none(path);
    CHECK(none.elements() == 0);
    CHECK(none.values<std::int16_t>().empty());
}

TEST_CASE("npy: a shape that is not that of the values, and a path that cannot be written")
{
    const temporary_folder folder;
    const std::vector<float> six(6);
    CHECK_THROWS_WITH_AS(ra::io::write_npy(folder.path() / "x.npy", six, {2, 2}), Contains("6 values"),
                         std::invalid_argument);
    constexpr std::size_t half_of_all = std::size_t{1} << 63;
    CHECK_THROWS_WITH_AS(ra::io::write_npy(folder.path() / "x.npy", six, {half_of_all, 2}), Contains("overflows"),
                         std::invalid_argument);
    CHECK_FALSE(std::filesystem::exists(folder.path() / "x.npy"));
    CHECK_THROWS_WITH_AS(ra::io::write_npy(folder.path() / "no" / "x.npy", six, {6}), Contains("No such file"),
                         file_error);
}

TEST_CASE("npy: scores are mapped as images x classes, and views survive a move")
{
    const temporary_folder folder;
    const auto path = folder.file("x.npy", npy_bytes(dictionary("(2, 3)") + "     ", six_floats));
    auto scores = ra::io::map_npy<float>(path);
    const ra::scores_view<float> view = scores.view();
    CHECK(view.images() == 2);
    CHECK(view.classes() == 3);
    CHECK(view.row_stride() == 3);
    CHECK(view.row(1)[2] == 5.0F);
    const auto moved = std::move(scores);
    CHECK(moved.view().data() == view.data());
    CHECK(view.row(1)[0] == 3.0F);
    CHECK(moved.file().path() == path);
    static_assert(!std::is_copy_constructible_v<npy_file> && std::is_move_constructible_v<npy_file>);
}

TEST_CASE("npy: the wrong type and the wrong number of dimensions name both")
{
    const temporary_folder folder;
    const auto path = folder.file("s.npy", npy_bytes(dictionary("(2, 3)"), six_floats));
    const npy_file file(path);
    CHECK_THROWS_WITH_AS((void)file.values<double>(),
                         (path.string() + ": has elements of type float32, expected float64").c_str(), file_error);
    CHECK_THROWS_WITH_AS((void)file.values<std::int32_t>(), Contains("has elements of type float32, expected int32"),
                         file_error);
    CHECK_THROWS_WITH_AS((void)ra::io::map_npy<ra::half>(path),
                         Contains("has elements of type float32, expected float16"), file_error);
    CHECK_THROWS_WITH_AS((void)ra::io::map_npy<ra::bfloat16>(path), Contains("expected uint16 (the bits of bfloat16)"),
                         file_error);
    const npy_file flat(folder.file("1.npy", npy_bytes(dictionary("(6,)"), six_floats)));
    CHECK(flat.values<float>().size() == 6);
    CHECK_THROWS_WITH_AS((void)flat.scores<float>(), Contains("has shape (6,), expected 2 dimensions"), file_error);
    const npy_file cube(folder.file("3.npy", npy_bytes(dictionary("(1, 2, 3)"), six_floats)));
    CHECK_THROWS_WITH_AS((void)cube.scores<float>(), Contains("has shape (1, 2, 3), expected 2 dimensions"),
                         file_error);
    const npy_file no_classes(folder.file("0.npy", npy_bytes(dictionary("(5, 0)"), "")));
    CHECK_THROWS_WITH_AS((void)no_classes.scores<float>(), Contains("the number of classes is 0"), file_error);
    const npy_file no_images(folder.file("00.npy", npy_bytes(dictionary("(0, 5)"), "")));
    CHECK(no_images.scores<float>().images() == 0);
    CHECK(no_images.scores<float>().classes() == 5);
}

TEST_CASE("npy: booleans are bytes, whatever their value")
{
    const temporary_folder folder;
    const npy_file file(folder.file("b.npy", npy_bytes(dictionary("(3,)", "'|b1'"), std::string("\0\1\x7f", 3))));
    CHECK(file.dtype() == ra::io::npy_type::boolean);
    const auto bytes = file.values<std::uint8_t>();
    CHECK(std::vector<int>(bytes.begin(), bytes.end()) == std::vector<int>{0, 1, 127});
    CHECK_THROWS_WITH_AS((void)file.values<std::int8_t>(), Contains("has elements of type bool, expected int8"),
                         file_error);
}

TEST_CASE("npy: data that the file does not align are copied")
{
    const temporary_folder folder;
    const std::string data = bytes_of<double>({1.25, -2.5, 3.0});
    for (std::size_t padding = 0; padding < 8; ++padding) {
        const std::string header = dictionary("(3, 1)", "'<f8'") + std::string(padding, ' ');
        const npy_file file(folder.file("x.npy", npy_bytes(header, data)));
        const auto values = file.values<double>();
        CHECK(reinterpret_cast<std::uintptr_t>(values.data()) % alignof(double) == 0);
        CHECK(std::vector<double>(values.begin(), values.end()) == std::vector<double>{1.25, -2.5, 3.0});
    }
}

TEST_CASE("npy: headers that are accepted")
{
    const std::vector<std::string> same{
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
        "{'shape': (2, 3), 'descr': '<f4', 'fortran_order': False}",
        "{\"fortran_order\": False, \"shape\": (2, 3), \"descr\": \"<f4\"}",
        "{'descr':'<f4','fortran_order':False,'shape':(2,3)}\n",
        " { 'descr' : '=f4' , 'fortran_order' : False , 'shape' : ( 2 , 3 , ) , } \n",
        "{'descr': '|f4', 'fortran_order': False, 'shape': (2L, 3L), }",
        "{'descr': 'f4', 'fortran_order': False, 'shape': (2, 3), }",
    };
    for (const std::string& text : same) {
        CAPTURE(text);
        for (const char major : {'\1', '\2', '\3'}) {
            const auto header = parse(npy_bytes(text, six_floats, major));
            CHECK(header.dtype == ra::io::npy_type::float32);
            CHECK(header.shape == std::vector<std::size_t>{2, 3});
            CHECK(header.elements == 6);
            CHECK(header.data_offset == (major == 1 ? 10u : 12u) + text.size());
        }
    }
    CHECK(parse(npy_bytes(dictionary("()"), six_floats.substr(0, 4))).elements == 1);
    CHECK(parse(npy_bytes(dictionary("(1, 6)", "'<f4'", "True"), six_floats)).elements == 6);
    CHECK(parse(npy_bytes(dictionary("(6,)", "'<f4'", "True"), six_floats)).elements == 6);
    CHECK(parse(npy_bytes(dictionary("(7, 0, 3)", "'<f4'", "True"), "")).elements == 0);
    CHECK(parse(npy_bytes(dictionary("(6,)", "'>u1'"), "123456")).dtype == ra::io::npy_type::uint8);
}

TEST_CASE("npy: headers that are refused, and why")
{
    struct refused {
        std::string header;
        const char* why;
    };
    const std::vector<refused> all{
        {"", "not a dictionary"},
        {"    ", "not a dictionary"},
        {"[1]", "not a dictionary"},
        {"{}", "no key descr"},
        {"{'descr': '<f4', 'shape': (6,)}", "no key fortran_order"},
        {"{'descr': '<f4', 'fortran_order': False}", "no key shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'more': 1}", "the key \"more\""},
        {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (6,)}", "the key descr twice"},
        {"{'descr': '<f4', 'fortran_order': False, 'fortran_order': False, 'shape': (6,)}", "fortran_order twice"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'shape': (3, 2)}", "the key shape twice"},
        {"{,}", "expected a key"},
        {"{'descr': '<f4',, 'fortran_order': False, 'shape': (6,)}", "expected a key"},
        {"{'descr': '<f4' 'fortran_order': False, 'shape': (6,)}", "expected ',' or '}'"},
        {"{'descr' '<f4', 'fortran_order': False, 'shape': (6,)}", "expected ':'"},
        {"{descr: '<f4', 'fortran_order': False, 'shape': (6,)}", "expected a key"},
        {"{'descr': '<f4", "without its closing quote"},
        {"{'descr': '<f4\", 'fortran_order': False, 'shape': (6,)}", "unsupported dtype"},
        {"{'de\\x73cr': '<f4', 'fortran_order': False, 'shape': (6,)}", "backslash"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,)", "found its end"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,)} 1", "expected nothing after"},
        {dictionary("(6,)", "'|O'"), "unsupported dtype \"|O\""},
        {dictionary("(6,)", "'<c8'"), "unsupported dtype \"<c8\""},
        {dictionary("(6,)", "'<f16'"), "unsupported dtype \"<f16\""},
        {dictionary("(6,)", "'<U28'"), "unsupported dtype \"<U28\""},
        {dictionary("(6,)", "'<<f4'"), "unsupported dtype"},
        {dictionary("(6,)", "''"), "unsupported dtype \"\""},
        {dictionary("(6,)", "[('a', '<f4')]"), "unsupported dtype: a structure"},
        {dictionary("(6,)", "4"), "expected a dtype"},
        {dictionary("(2, 3)", "'<f4'", "0"), "expected fortran_order: True or False"},
        {dictionary("(2, 3)", "'<f4'", "Falsehood"), "expected ',' or '}'"},
        {dictionary("[2, 3]"), "expected shape: a tuple"},
        {dictionary("6"), "expected shape: a tuple"},
        {dictionary("(6)"), "a tuple of one number has a comma"},
        {dictionary("(,)"), "expected shape: a number"},
        {dictionary("(2,, 3)"), "expected shape: a number"},
        {dictionary("(2 3)"), "expected shape: ',' or ')'"},
        {dictionary("(-2, -3)"), "bad shape: a negative dimension"},
        {dictionary("(+6,)"), "expected shape: a number"},
        {dictionary("(06,)"), "leading zeros"},
        {dictionary("(6.0,)"), "expected shape: ',' or ')'"},
        {dictionary("(2 * 3,)"), "expected shape: ',' or ')'"},
        {dictionary("(None, 3)"), "expected shape: a number"},
        {dictionary("(__import__('os').getpid(), 3)"), "expected shape: a number"},
        {dictionary("(18446744073709551616,)"), "does not fit into 64 bits"},
        {dictionary("(4294967296, 4294967296)"), "the number of elements overflows"},
        // (2^63 + 3) * 2 wraps to 6, the size of the data that are there.
        {dictionary("(9223372036854775811, 2)"), "the number of elements overflows"},
        {dictionary("(4294967296, 4294967296, 0)"), "the number of elements overflows"},
        {dictionary("(2305843009213693952, 1)", "'<f8'"), "the byte count overflows"},
        {dictionary("(50000000000,)"), "truncated: expected 200000000000 bytes of data, has 24"},
        {dictionary("(7,)"), "truncated: expected 28 bytes of data, has 24"},
        {dictionary("(5,)"), "bytes after the data: expected 20 bytes of data, has 24"},
        {dictionary("(6,)") + std::string(1, '\0'), "NUL"},
    };
    for (const refused& input : all) {
        CAPTURE(input.header);
        for (const char major : {'\1', '\2', '\3'})
            CHECK_THROWS_WITH_AS((void)parse(npy_bytes(input.header, six_floats, major)), Contains(input.why),
                                 file_error);
    }
}

TEST_CASE("npy: column-major and big-endian arrays are converted")
{
    const temporary_folder folder;
    const auto read = [&](std::string_view shape, std::string_view descr, std::string_view order, std::string data) {
        return ra::io::npy_file(folder.file("x.npy", npy_bytes(dictionary(shape, descr, order), data)));
    };
    const auto reversed = [](std::string data, std::size_t size) {
        for (std::size_t i = 0; i < data.size(); i += size)
            std::reverse(data.begin() + static_cast<std::ptrdiff_t>(i),
                         data.begin() + static_cast<std::ptrdiff_t>(i + size));
        return data;
    };
    const std::int32_t columns[]{1, 4, 2, 5, 3, 6}, rows[]{1, 2, 3, 4, 5, 6};
    const auto values = [](const ra::io::npy_file& file) {
        const auto all = file.values<std::int32_t>();
        return std::vector<std::int32_t>(all.begin(), all.end());
    };
    const std::vector<std::int32_t> wanted(std::begin(rows), std::end(rows));
    CHECK(values(read("(2, 3)", "'<i4'", "True", bytes_of(columns))) == wanted);
    CHECK(values(read("(2, 3)", "'>i4'", "True", reversed(bytes_of(columns), 4))) == wanted);
    CHECK(values(read("(2, 3)", "'>i4'", "False", reversed(bytes_of(rows), 4))) == wanted);
    CHECK(values(read("(6,)", "'>i4'", "True", reversed(bytes_of(rows), 4))) == wanted);

    // Larger than a tile, of three dimensions, against the definition.
    const std::size_t a = 70, b = 3, c = 41;
    std::vector<std::int32_t> stored(a * b * c);
    for (std::size_t i = 0; i < a; ++i) {
        for (std::size_t j = 0; j < b; ++j) {
            for (std::size_t k = 0; k < c; ++k)
                stored[i + a * (j + b * k)] = static_cast<std::int32_t>((i * b + j) * c + k);
        }
    }
    const auto cube =
        values(read("(70, 3, 41)", "'<i4'", "True", {reinterpret_cast<const char*>(stored.data()), stored.size() * 4}));
    CHECK(std::is_sorted(cube.begin(), cube.end()));
    CHECK(cube.back() == static_cast<std::int32_t>(a * b * c - 1));
}

TEST_CASE("npy: a file that ends anywhere in its header is refused, and nothing beyond it is read")
{
    const std::string whole = npy_bytes(dictionary("(6,)"), six_floats);
    CHECK(parse(whole).elements == 6);
    CHECK_THROWS_WITH_AS((void)parse(""), "x.npy: not an npy file: it is empty", file_error);
    for (std::size_t size = 1; size < 6; ++size)
        CHECK_THROWS_WITH_AS((void)parse(whole.substr(0, size)), Contains("not an npy file"), file_error);
    for (std::size_t size = 6; size < whole.size() - six_floats.size(); ++size)
        CHECK_THROWS_WITH_AS((void)parse(whole.substr(0, size)), Contains("truncated header: expected"), file_error);
    for (std::size_t size = whole.size() - six_floats.size(); size < whole.size(); ++size)
        CHECK_THROWS_WITH_AS((void)parse(whole.substr(0, size)), Contains("truncated: expected 24 bytes"), file_error);
}

TEST_CASE("npy: versions and header lengths that are refused")
{
    std::string bytes = npy_bytes(dictionary("(6,)"), six_floats, 2);
    bytes[6] = 4;
    CHECK_THROWS_WITH_AS((void)parse(bytes), Contains("unsupported npy version 4.0"), file_error);
    bytes[6] = 0;
    CHECK_THROWS_WITH_AS((void)parse(bytes), Contains("unsupported npy version 0.0"), file_error);
    bytes[6] = 1;
    bytes[7] = 1;
    CHECK_THROWS_WITH_AS((void)parse(bytes), Contains("unsupported npy version 1.1"), file_error);
    bytes[6] = 2;
    bytes[7] = 0;
    bytes[8] = bytes[9] = bytes[10] = bytes[11] = '\xff';
    CHECK_THROWS_WITH_AS((void)parse(bytes), Contains("a header of 4294967295 bytes, expected at most 65536"),
                         file_error);

    // At the limit, and one above it.
    const std::string text = dictionary("(6,)");
    const std::string longest = text + std::string(65536 - text.size(), ' ');
    CHECK(parse(npy_bytes(longest, six_floats, 2)).elements == 6);
    CHECK_THROWS_WITH_AS((void)parse(npy_bytes(longest + ' ', six_floats, 2)), Contains("at most 65536"), file_error);
}

TEST_CASE("npy: paths that are not files or cannot be mapped")
{
    const temporary_folder folder;
    const auto missing = folder.path() / "missing.npy";
    CHECK_THROWS_WITH_AS(npy_file{missing},
                         (missing.string() + ": cannot be opened: No such file or directory").c_str(), file_error);
    CHECK_THROWS_WITH_AS(npy_file{folder.path()}, Contains("expected a regular file"), file_error);
    CHECK_THROWS_WITH_AS(npy_file{folder.file("x", "")}, Contains("not an npy file: it is empty"), file_error);
    CHECK_FALSE(ra::io::is_npy_file(missing));
    CHECK_FALSE(ra::io::is_npy_file(folder.path()));
    CHECK_FALSE(ra::io::is_npy_file(folder.file("y", "\x93NUMP")));
    CHECK(ra::io::is_npy_file(folder.file("y", "\x93NUMPY")));
}

TEST_CASE("npy: a file that is replaced by another stays what it was while it is mapped")
{
    const temporary_folder folder;
    const auto file = folder.path() / "x.npy", other = folder.path() / "y.npy";
    ra::io::write_npy(file, std::vector<float>{1, 2, 3}, {1, 3});
    ra::io::write_npy(other, std::vector<float>{4}, {1, 1});
    const auto scores = ra::io::map_npy<float>(file);
    std::filesystem::rename(other, file);
    CHECK(std::vector<float>(scores.view().row(0), scores.view().row(0) + 3) == std::vector<float>{1, 2, 3});
    CHECK(ra::io::map_npy<float>(file).view().classes() == 1);
    // One that was shortened before it is mapped says how much is missing.
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
    CHECK_THROWS_WITH_AS((void)ra::io::map_npy<float>(file), Contains("truncated: expected 4 bytes of data, has 3"),
                         file_error);
}

TEST_CASE("npy: more than 2^32 elements")
{
    const temporary_folder folder;
    const auto path = folder.file("x.npy", npy_bytes(dictionary("(65537, 65537)", "'|u1'"), ""));
    const auto header_bytes = std::filesystem::file_size(path);
    std::error_code error;
    std::filesystem::resize_file(path, header_bytes + std::uintmax_t{65537} * 65537, error);  // a hole, not data
    if (error) {
        MESSAGE("left out: no sparse files here: ", error.message());
        return;
    }
    const npy_file file(path);
    CHECK(file.elements() == 4295098369);
    CHECK(file.values<std::uint8_t>().back() == 0);
}

TEST_CASE("npy: dispatch by the file's type")
{
    const temporary_folder folder;
    const auto path = folder.path() / "x.npy";
    const auto bytes_of_score = [&](ra::io::visit_scores_options options = {}) {
        return ra::io::visit_scores(
            npy_file(path),
            []<class T>(ra::scores_view<T> scores) {
                return scores.images() * 100 + scores.classes() * 10 + sizeof(T);
            },
            options);
    };
    ra::io::write_npy(path, std::vector<ra::half>(6), {2, 3});
    CHECK(bytes_of_score() == 232);
    ra::io::write_npy(path, std::vector<float>(6), {2, 3});
    CHECK(bytes_of_score() == 234);
    ra::io::write_npy(path, std::vector<double>(6), {2, 3});
    CHECK(bytes_of_score() == 238);
    ra::io::write_npy(path, std::vector<ra::bfloat16>(6), {2, 3});
    CHECK(bytes_of_score({.uint16 = ra::io::uint16_meaning::bfloat16_bits}) == 232);
    CHECK_THROWS_WITH_AS(bytes_of_score(), Contains("has elements of type uint16, expected scores"), file_error);
    ra::io::write_npy(path, std::vector<std::int64_t>(6), {2, 3});
    CHECK_THROWS_WITH_AS(bytes_of_score(), Contains("has elements of type int64, expected scores"), file_error);

    const auto sum = [&] {
        return ra::io::visit_integers(npy_file(path), [](const auto& values) {
            std::int64_t total = 0;
            for (const auto value : values) total += static_cast<std::int64_t>(value);
            return total * 10 + static_cast<std::int64_t>(sizeof(values[0]));
        });
    };
    ra::io::write_npy(path, std::vector<std::int8_t>{-5, 1}, {2});
    CHECK(sum() == -39);
    ra::io::write_npy(path, std::vector<std::uint8_t>{200, 1}, {2});
    CHECK(sum() == 2011);
    ra::io::write_npy(path, std::vector<std::int16_t>{-5, 1}, {2});
    CHECK(sum() == -38);
    ra::io::write_npy(path, std::vector<std::uint16_t>{65535, 1}, {2});
    CHECK(sum() == 655362);
    ra::io::write_npy(path, std::vector<std::int32_t>{-5, 1}, {2});
    CHECK(sum() == -36);
    ra::io::write_npy(path, std::vector<std::uint32_t>{4294967295, 1}, {2});
    CHECK(sum() == 42949672964);
    ra::io::write_npy(path, std::vector<std::int64_t>{-5, 1}, {2});
    CHECK(sum() == -32);
    ra::io::write_npy(path, std::vector<std::uint64_t>{5, 1}, {2});
    CHECK(sum() == 68);
    ra::io::write_npy(path, std::vector<float>{5, 1}, {2});
    CHECK_THROWS_WITH_AS(sum(), Contains("has elements of type float32, expected integers"), file_error);
}

TEST_CASE("npy_writer: parts give the same file as write_npy, and a wrong number of values is refused")
{
    const temporary_folder folder;
    const std::vector<float> values{1, 2, 3, 4, 5, 6};
    ra::io::write_npy(folder.path() / "whole.npy", values, {3, 2});
    ra::io::npy_writer<float> writer(folder.path() / "parts.npy", {3, 2});
    writer.append(std::span(values).first(4));
    CHECK_THROWS_AS(writer.close(), std::invalid_argument);
    CHECK_THROWS_AS(writer.append(values), std::invalid_argument);
    writer.append(std::span(values).subspan(4));
    writer.close();
    CHECK(ra::io::read_text_file(folder.path() / "parts.npy") == ra::io::read_text_file(folder.path() / "whole.npy"));
    CHECK_THROWS_AS(ra::io::npy_writer<float>(folder.path() / "no/x.npy", {1}), file_error);
}
