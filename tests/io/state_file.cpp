// State files: what is written is read back, files of other jobs and damaged files are refused by name, a file is
// complete or absent.
#include "support/messages.hpp"
#include "temporary_folder.hpp"

#include <reassess/data/label_sets.hpp>
#include <reassess/io/file_error.hpp>
#include <reassess/io/replace_file.hpp>
#include <reassess/io/state_file.hpp>
#include <reassess/io/text_file.hpp>
#include <reassess/metric/label_summary.hpp>

#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ra = reassess;
using ra::io::described_states;
using ra::io::file_error;
using test_support::temporary_folder;

namespace {

using labels = described_states<ra::label_summary>;

const std::vector<std::vector<int>> sets{{1}, {2, 0}, {}, {3}, {0, 1, 2}, {2}, {0}, {1, 3}, {}, {2}, {0}};
const std::vector<ra::class_index> original{1, 2, 3, -1, 0, 2, 1, 3, 0, 0, 0};

ra::label_summary summary_of(std::size_t first, std::size_t count)
{
    const ra::label_sets real(sets);
    ra::label_summary summary({.classes = 4});
    summary.update(ra::targets_view{.original = original, .real = real.view()}.slice(first, count));
    return summary;
}

/// Shard `number` of `count`; the second model has seen the images twice.
labels shard_of(std::uint64_t number, std::uint64_t count)
{
    const std::size_t first = (number - 1) * sets.size() / count, end = number * sets.size() / count;
    labels shard{.description = {.models = {"a", "b"},
                                 .data_set = "val",
                                 .options = {{"classes", "4"}, {"nan", "error"}},
                                 .shard = number,
                                 .shards = count},
                 .states = {summary_of(first, end - first), summary_of(first, end - first)}};
    shard.states[1].merge(summary_of(first, end - first));
    return shard;
}

std::vector<std::filesystem::path> write_all(const temporary_folder& folder, std::uint64_t count)
{
    std::vector<std::filesystem::path> paths;
    for (std::uint64_t number = 1; number <= count; ++number) {
        paths.push_back(folder.path() / ("part" + std::to_string(number) + ".state"));
        ra::io::write_states(paths.back(), shard_of(number, count));
    }
    return paths;
}

/// The bytes of a state file with the number and the checksum that fit them.
std::string with_checksum(std::string bytes)
{
    const auto all = std::as_writable_bytes(std::span(bytes));
    ra::detail::put_number(all, ra::detail::size_at, all.size());
    ra::detail::put_number(all, ra::detail::checksum_at,
                           ra::detail::checksum_of(all.subspan(ra::detail::checked_from)));
    return bytes;
}

std::string read_all(const std::filesystem::path& path)
{
    return ra::io::read_text_file(path);
}

std::size_t files_in(const temporary_folder& folder)
{
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
}

/// While it exists, files cannot grow beyond a number of bytes, as on a full disk.
class size_limit {
public:
    explicit size_limit(rlim_t bytes)
    {
        getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    }
    size_limit(const size_limit&) = delete;
    size_limit& operator=(const size_limit&) = delete;
    ~size_limit()
    {
        setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

private:
    rlimit before_{};
    void (*handler_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

}  // namespace

TEST_CASE("state files: what is written is read back, and is the only file in the folder")
{
    const temporary_folder folder;
    const labels shard = shard_of(2, 3);
    const std::filesystem::path path = write_all(folder, 3)[1];
    CHECK(files_in(folder) == 3);
    const labels read = ra::io::read_states<ra::label_summary>(path);
    CHECK(read.description == shard.description);
    CHECK(read.states == shard.states);
    const std::string bytes = read_all(path);
    ra::io::write_states(path, read);
    CHECK(read_all(path) == bytes);
}

TEST_CASE("state files: shards in any order are one pass")
{
    for (const std::uint64_t count : {1U, 2U, 3U, 8U, 15U}) {
        const temporary_folder folder;
        std::vector<std::filesystem::path> paths = write_all(folder, count);
        for (int repetition = 0; repetition < 2; ++repetition) {
            const labels merged = ra::io::merge_states<ra::label_summary>(paths);
            CHECK(merged.description.models == std::vector<std::string>{"a", "b"});
            REQUIRE(merged.states.size() == 2);
            CHECK(merged.states[0] == summary_of(0, sets.size()));
            CHECK(merged.states[1] == shard_of(1, 1).states[1]);
            std::reverse(paths.begin(), paths.end());
        }
    }
}

TEST_CASE("state files: truncated, damaged and foreign files, and those of another version, are refused by name")
{
    const temporary_folder folder;
    const std::string bytes = read_all(write_all(folder, 1)[0]);
    const auto refuses = [&](const std::string& changed, std::initializer_list<std::string_view> parts) {
        const auto path = folder.file("changed.state", changed);
        const std::string message = test_support::message_of<file_error>(
            [&] { static_cast<void>(ra::io::read_states<ra::label_summary>(path)); });
        CHECK(test_support::lacks(message, parts) == "");
        CHECK(test_support::lacks(message, {path.string() + ": "}) == "");
    };
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto path = folder.file("cut.state", bytes.substr(0, size));
        REQUIRE_THROWS_AS(static_cast<void>(ra::io::read_states<ra::label_summary>(path)), file_error);
    }
    refuses(bytes.substr(0, 300),
            {"truncated or damaged", "has 300 bytes, expected " + std::to_string(bytes.size()), "run its shard again"});
    refuses(bytes + "x", {"truncated or damaged"});
    // Every single byte; after the first 32 all of them are checked.
    for (std::size_t place = 0; place < bytes.size(); ++place) {
        std::string changed = bytes;
        changed[place] = static_cast<char>(changed[place] ^ 0x10);
        const auto path = folder.file("flipped.state", changed);
        REQUIRE_THROWS_AS(static_cast<void>(ra::io::read_states<ra::label_summary>(path)), file_error);
    }
    std::string changed = bytes;
    changed[bytes.size() - 9] = static_cast<char>(changed[bytes.size() - 9] ^ 1);
    refuses(changed, {"the checksum differs"});
    // Files with a checksum that fits: another version, a text that would be larger than the file, more at the end.
    constexpr std::size_t version_at = ra::detail::checked_from;  // the length of the text, then "0.2.0 .."
    changed = bytes;
    changed[version_at + 8] = '7';
    refuses(with_checksum(changed), {"written by version \"7.", "this is version"});
    changed = bytes;
    changed[version_at + 7] = '\x10';
    refuses(with_checksum(changed), {"truncated or damaged: a text of 1152921504606846"});
    refuses(with_checksum(bytes + std::string(8, '\0')), {"8 unexpected bytes at the end"});
    refuses("", {"these 0 bytes are not a saved state of reassess"});
    refuses("\x93NUMPY and more of it", {"not a saved state", "this is an npy file"});
    const std::vector<std::byte> summary = summary_of(0, 11).to_bytes();
    refuses(std::string(reinterpret_cast<const char*>(summary.data()), summary.size()),
            {"these bytes are a label_summary, expected a state file"});
    CHECK_ERROR(file_error, ra::io::read_states<ra::label_summary>(folder.path() / "none"), "none", "cannot be opened");
}

TEST_CASE("state files: shards that contradict each other, are repeated or missing are refused by name")
{
    const temporary_folder folder;
    std::vector<std::filesystem::path> paths = write_all(folder, 3);
    const auto refuses = [&](std::vector<std::filesystem::path> merged, std::initializer_list<std::string_view> parts) {
        CHECK(test_support::lacks(test_support::message_of<file_error>(
                                      [&] { static_cast<void>(ra::io::merge_states<ra::label_summary>(merged)); }),
                                  parts) == "");
    };
    refuses({paths[0], paths[2]}, {"part1.state: has one of 3 shards, but shard 2 is missing (in all 1 missing)"});
    refuses({paths[1], paths[2]}, {"shard 1 is missing"});
    refuses({paths[0], paths[1]}, {"shard 3 is missing"});
    refuses({paths[0], paths[1], paths[1], paths[2]},
            {"part2.state: has shard 2, and so has ", "part2.state; give each shard once"});
    const auto with = [&](auto change) {
        labels shard = shard_of(3, 3);
        change(shard);
        const std::filesystem::path path = folder.path() / "other.state";
        ra::io::write_states(path, shard);
        return std::vector<std::filesystem::path>{paths[0], paths[1], path};
    };
    refuses(with([](labels& s) { s.description.models[1] = "c"; }),
            {"other.state: model 2 is \"c\", expected \"b\" as in ", "part1.state"});
    refuses(with([](labels& s) {
                s.description.models.pop_back();
                s.states.pop_back();
            }),
            {"the number of models is \"1\", expected \"2\""});
    refuses(with([](labels& s) { s.description.options[1].name = "inf"; }),
            {"the name of option 2 is \"inf\", expected \"nan\""});
    refuses(with([](labels& s) { s.description.data_set = "test"; }), {"the data set is \"test\", expected \"val\""});
    refuses(with([](labels& s) { s.description.options[0].value = "5"; }),
            {"the option classes is \"5\", expected \"4\""});
    refuses(with([](labels& s) { s.description.options.pop_back(); }),
            {"the number of options is \"1\", expected \"2\""});
    refuses(with([](labels& s) { s.description.shards = 4; }), {"the number of shards is \"4\", expected \"3\""});
    refuses(with([](labels& s) { s.states[1] = ra::label_summary({.classes = 9}); }),
            {"other.state: the state of \"b\" cannot be merged: ", "classes"});
    CHECK_ERROR(std::invalid_argument, ra::io::merge_states<ra::label_summary>({}), "no state files");
    labels shard = shard_of(1, 1);
    for (const std::uint64_t number : {0U, 2U}) {
        shard.description.shard = number;
        CHECK_ERROR(std::invalid_argument, ra::io::write_states(paths[0], shard),
                    "shard " + std::to_string(number) + " of 1");
    }
    shard = shard_of(1, 1);
    shard.states.pop_back();
    CHECK_ERROR(std::invalid_argument, ra::io::write_states(paths[0], shard), "1 states of 2 models");
}

TEST_CASE("replace_file: an error leaves the old file and no other one")
{
    const temporary_folder folder;
    const auto path = folder.file("a", "old");
    ra::io::replace_file(path, "new bytes");
    CHECK(read_all(path) == "new bytes");
    ra::io::replace_file(path, "");
    CHECK(read_all(path).empty());
    CHECK(files_in(folder) == 1);
    // A partial file of a process that was killed and had the same id is not touched.
    const auto left = folder.file("a.partial-" + std::to_string(getpid()) + "-0", "left");
    ra::io::replace_file(path, "more");
    CHECK(read_all(path) == "more");
    CHECK(read_all(left) == "left");
    std::filesystem::remove(left);
    CHECK_ERROR(file_error, ra::io::replace_file(folder.path() / "none" / "a", "text"), "cannot be opened for writing");
    std::filesystem::create_directory(folder.path() / "folder");
    CHECK_ERROR(file_error, ra::io::replace_file(folder.path() / "folder", "text"), "folder: is not a regular file");
    const std::filesystem::path pipe = folder.path() / "pipe";
    REQUIRE(mkfifo(pipe.c_str(), S_IRUSR | S_IWUSR) == 0);
    CHECK_ERROR(file_error, ra::io::replace_file(pipe, "text"), "pipe: is not a regular file");
    ra::io::replace_file(path, "kept");
    {
        const size_limit limit(1000);
        CHECK_ERROR(file_error, ra::io::replace_file(path, std::string(1001, 'x')), "a: cannot be written: ");
    }
    CHECK(read_all(path) == "kept");
    CHECK(files_in(folder) == 3);
}
