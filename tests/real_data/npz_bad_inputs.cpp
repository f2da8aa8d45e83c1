// Every file of bad-inputs/npz gets the answer that its manifest gives.
#include "support/messages.hpp"
#include "support/real_data.hpp"

#include <reassess/io/npz.hpp>
#include <reassess/io/text_file.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace ra = reassess;
using ra::io::file_error;
using ra::io::npz_file;

TEST_CASE("bad inputs: npz")
{
    NEEDS_REAL_DATA(data);
    using path = std::filesystem::path;
    const std::vector<std::size_t> two_by_three{2, 3};
    const std::map<std::string, std::function<void(const path&)>> answers{
        {"good_stored.npz",
         [&](const path& file) {
             const auto array = npz_file(file).read<float>(npz_file(file).only_name());
             CHECK(array.shape == two_by_three);
             CHECK(array.values.size() == 6);
         }},
        {"two_arrays.npz",
         [&](const path& file) {
             CHECK(npz_file(file).read<float>("a").shape == two_by_three);
             CHECK(npz_file(file).read<float>("b").shape == two_by_three);
             CHECK_ERROR(file_error, npz_file(file).only_name(), "\"a\", \"b\"");
         }},
        {"dup_name.npz", [](const path& file) { CHECK_THROWS_AS(npz_file{file}, file_error); }},
        {"not_npy_member.npz",
         [](const path& file) {
             CHECK(npz_file(file).names().empty());  // skipped, as documented
             CHECK_ERROR(file_error, npz_file(file).read<float>("readme.txt"), "it has no arrays");
         }},
        {"bad_crc.npz", [](const path& file) { CHECK_ERROR(file_error, npz_file(file).read<float>("arr_0"), "CRC"); }},
        {"ratio_1000.npz",
         [](const path& file) {
             CHECK_ERROR(file_error, npz_file(file, {.max_array_bytes = 100 << 20}).read<float>("arr_0"),
                         "above the limit of 104857600");
             const auto array = npz_file(file).read<float>("arr_0");
             CHECK(array.shape == std::vector<std::size_t>{4'194'304, 16});
             CHECK(array.values.size() == std::size_t{4'194'304} * 16);
             CHECK(std::all_of(array.values.begin(), array.values.end(), [](float value) { return value == 0; }));
         }},
        {"encrypted_flag.npz",
         [](const path& file) {
             // libzip 1.11 and newer refuse it when they open the archive.
             const std::string message =
                 test_support::message_of<file_error>([&] { (void)npz_file(file).read<float>("arr_0"); });
             const bool by_libzip = test_support::lacks(message, {"cannot be opened as an npz archive"}).empty();
             CHECK((by_libzip ? "" : test_support::lacks(message, {file.string(), "encrypted"})) == "");
         }},
        {"not_zip.npz",
         [&](const path& file) {
             CHECK(!ra::io::is_npz_file(file));
             CHECK_ERROR(file_error, npz_file{file}, "is an npy file");
             CHECK(ra::io::npy_file(file).elements() == 6);
         }},
    };
    std::set<std::string> in_table, in_manifest;
    for (const auto& [name, check] : answers) in_table.insert(name);
    const path folder = data / "bad-inputs";
    for (const auto& entry : nlohmann::json::parse(ra::io::read_text_file(folder / "manifest.json"))) {
        const path file = entry.at("file").get<std::string>();
        if (file.parent_path() == "npz") in_manifest.insert(file.filename().string());
    }
    CHECK(in_table == in_manifest);
    for (const auto& entry : answers) {
        CAPTURE(entry.first);
        entry.second(folder / "npz" / entry.first);
    }
}
