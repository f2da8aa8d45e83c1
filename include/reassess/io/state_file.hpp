// State files: the saved states of one shard of an evaluation, for jobs on several machines. A file is complete or
// absent; it is checked when it is read; the files of all shards are merged by a later job.
#pragma once

#include "../detail/expects.hpp"
#include "../metric/state_bytes.hpp"
#include "../version.hpp"
#include "file_error.hpp"
#include "replace_file.hpp"
#include "text_file.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// A value with a name, such as {"classes", "1000"}.
struct named_text {
    std::string name{};
    std::string value{};

    friend bool operator==(const named_text&, const named_text&) = default;
};

/// Models, data set, options and shard of the states in a file. States are merged only if everything but `shard` is
/// equal.
struct state_description {
    /// The names of the models, one for each state.
    std::vector<std::string> models{};
    /// The images and labels, for example their number and a hash of the labels.
    std::string data_set{};
    /// All options that the results depend on, as the program that writes the file names them.
    std::vector<named_text> options{};
    /// The number of this shard, from 1, and of all shards.
    std::uint64_t shard = 1;
    std::uint64_t shards = 1;

    friend bool operator==(const state_description&, const state_description&) = default;
};

/// A value that can be merged and saved: evaluation, label_summary, results_by_id, or a class of the user's own.
template <class State>
concept mergeable_state = requires(const State& state, State& sum, std::span<const std::byte> bytes)
{
    {
        state.to_bytes()
        } -> std::same_as<std::vector<std::byte>>;
    {
        State::from_bytes(bytes)
        } -> std::same_as<State>;
    sum.merge(state);
};

/// The states of one shard, or of all shards merged, with their description.
template <mergeable_state State>
struct described_states {
    state_description description{};
    /// One for each model.
    std::vector<State> states{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// FNV-1a of 64 bits (Fowler, Noll, Vo): any change of a single byte changes it.
[[nodiscard]] inline std::uint64_t checksum_of(std::span<const std::byte> bytes) noexcept
{
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const std::byte byte : bytes) hash = (hash ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3U;
    return hash;
}

/// "0.2.0", or "0.2.0 snapshot 1".
[[nodiscard]] inline std::string text_of_library_version()
{
    std::string text = concatenate(REASSESS_VERSION_MAJOR, '.', REASSESS_VERSION_MINOR, '.', REASSESS_VERSION_PATCH);
    if (REASSESS_VERSION_SNAPSHOT != 0) text += concatenate(" snapshot ", REASSESS_VERSION_SNAPSHOT);
    return text;
}

/// Throws std::invalid_argument unless the shard is one of 1 to shards.
inline void check_shard(const io::state_description& description)
{
    expects(description.shard >= 1 && description.shard <= description.shards, "state file: shard ", description.shard,
            " of ", description.shards, ", expected a shard from 1 to the number of shards");
}

// A state file is, after magic, format and kind of state_bytes.hpp: its number of bytes, the checksum of all bytes
// after this number, the version of the library, the description, then for each model its name and the bytes of its
// state.

inline constexpr std::size_t size_at = 16;
inline constexpr std::size_t checksum_at = 24;
inline constexpr std::size_t checked_from = 32;

/// Writes the number to 8 bytes from `offset`, little-endian.
inline void put_number(std::span<std::byte> bytes, std::size_t offset, std::uint64_t value) noexcept
{
    for (std::size_t i = 0; i < 8; ++i) bytes[offset + i] = static_cast<std::byte>(value >> (8 * i) & 0xffU);
}

[[nodiscard]] inline std::vector<std::byte> bytes_of_state_file(const io::state_description& description,
                                                                std::span<const std::vector<std::byte>> states)
{
    check_shard(description);
    expects(states.size() == description.models.size(), "state file: ", states.size(), " states of ",
            description.models.size(), " models, expected one state per model");
    state_writer writer(state_kind::state_file);
    writer.number(0);
    writer.number(0);
    writer.text(text_of_library_version());
    writer.text(description.data_set);
    writer.number(description.shard);
    writer.number(description.shards);
    writer.number(description.options.size());
    for (const io::named_text& option : description.options) {
        writer.text(option.name);
        writer.text(option.value);
    }
    writer.number(states.size());
    for (std::size_t m = 0; m < states.size(); ++m) {
        writer.text(description.models[m]);
        writer.text({reinterpret_cast<const char*>(states[m].data()), states[m].size()});
    }
    std::vector<std::byte> bytes = writer.take();
    put_number(bytes, size_at, bytes.size());
    put_number(bytes, checksum_at, checksum_of(std::span<const std::byte>(bytes).subspan(checked_from)));
    return bytes;
}

struct state_file_content {
    io::state_description description{};
    std::vector<std::string> states{};
};

/// Throws std::invalid_argument for bytes that bytes_of_state_file did not write.
[[nodiscard]] inline state_file_content content_of_state_file(std::span<const std::byte> bytes)
{
    state_reader reader(bytes);
    reader.expect_kind(state_kind::state_file);
    const std::uint64_t size = reader.number();
    expects(size == bytes.size(), "state file: truncated or damaged: it has ", bytes.size(), " bytes, expected ", size,
            "; run its shard again");
    const std::uint64_t checksum = reader.number();
    expects(checksum == checksum_of(bytes.subspan(checked_from)),
            "state file: damaged: the checksum differs; run its shard again");
    const std::string version = reader.text();
    expects(version == text_of_library_version(), "state file: written by version ", in_quotes(version),
            " of reassess, this is version ", text_of_library_version(),
            "; run all shards and the merge with the same version");
    state_file_content content;
    content.description.data_set = reader.text();
    content.description.shard = reader.number();
    content.description.shards = reader.number();
    check_shard(content.description);
    for (std::uint64_t left = reader.number(); left > 0; --left) {
        io::named_text option;
        option.name = reader.text();
        option.value = reader.text();
        content.description.options.push_back(std::move(option));
    }
    for (std::uint64_t left = reader.number(); left > 0; --left) {
        content.description.models.push_back(reader.text());
        content.states.push_back(reader.text());
    }
    reader.expect_end();
    return content;
}

/// Throws io::file_error for the first difference of the descriptions other than the shard.
inline void expect_same_description(const std::filesystem::path& first_path, const io::state_description& first,
                                    const std::filesystem::path& path, const io::state_description& other)
{
    const auto expect_equal = [&](std::string_view what, std::string_view expected, std::string_view found) {
        if (found != expected)
            fail_file(path, what, " is ", in_quotes(found), ", expected ", in_quotes(expected), " as in ",
                      first_path.string());
    };
    const auto expect_same_number = [&](std::string_view what, std::uint64_t expected, std::uint64_t found) {
        expect_equal(concatenate("the number of ", what), concatenate(expected), concatenate(found));
    };
    expect_same_number("shards", first.shards, other.shards);
    expect_equal("the data set", first.data_set, other.data_set);
    expect_same_number("models", first.models.size(), other.models.size());
    for (std::size_t m = 0; m < first.models.size(); ++m)
        expect_equal(concatenate("model ", m + 1), first.models[m], other.models[m]);
    expect_same_number("options", first.options.size(), other.options.size());
    for (std::size_t i = 0; i < first.options.size(); ++i) {
        expect_equal(concatenate("the name of option ", i + 1), first.options[i].name, other.options[i].name);
        expect_equal("the option " + first.options[i].name, first.options[i].value, other.options[i].value);
    }
}

/// Throws io::file_error if the shard of `paths[i]` is also that of an earlier file. `shards` are those of the earlier
/// files and of this one.
inline void expect_new_shard(std::span<const std::filesystem::path> paths, std::span<const std::uint64_t> shards)
{
    const std::size_t i = shards.size() - 1;
    const auto earlier = std::find(shards.begin(), shards.end(), shards[i]);
    const auto which = static_cast<std::size_t>(earlier - shards.begin());
    if (which != i)
        fail_file(paths[i], "has shard ", shards[i], ", and so has ", paths[which].string(), "; give each shard once");
}

/// Throws io::file_error for the first shard of 1 to `count` that is not in `shards`.
inline void expect_all_shards(const std::filesystem::path& first_path, std::uint64_t count,
                              std::span<const std::uint64_t> shards)
{
    for (std::uint64_t number = 1; number <= count; ++number) {
        if (std::find(shards.begin(), shards.end(), number) == shards.end())
            fail_file(first_path, "has one of ", count, " shards, but shard ", number, " is missing (in all ",
                      count - shards.size(), " missing); give the files of all shards");
    }
}

/// Merges the states of `path` to those of the same models. Throws io::file_error for states that cannot be merged.
template <io::mergeable_state State>
void merge_models(io::described_states<State>& merged, const std::filesystem::path& path,
                  const io::described_states<State>& shard)
{
    for (std::size_t m = 0; m < merged.states.size(); ++m) {
        try {
            merged.states[m].merge(shard.states[m]);
        } catch (const std::invalid_argument& error) {
            fail_file(path, "the state of ", in_quotes(merged.description.models[m]),
                      " cannot be merged: ", error.what());
        }
    }
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Writes the states of a shard to a file, by replace_file: the file is complete or absent, also if the job is killed.
///
///     ra::io::write_states("part3.state", ra::io::described_states<ra::evaluation<>>{
///                                             {.models = {"resnet50"}, .data_set = "val", .shard = 3, .shards = 8},
///                                             {result}});
///
/// Throws std::invalid_argument for a shard outside [1, shards] and unless there is one state per model, file_error if
/// the file cannot be written. O(bytes of the states).
template <mergeable_state State>
void write_states(const std::filesystem::path& path, const described_states<State>& shard)
{
    std::vector<std::vector<std::byte>> states;
    for (const State& state : shard.states) states.push_back(state.to_bytes());
    const std::vector<std::byte> bytes = detail::bytes_of_state_file(shard.description, states);
    replace_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// Reads a file of write_states. Throws file_error for a file that is not one, is truncated or damaged (checksum), was
/// written by another version of the library, or has states of another type than State.
template <mergeable_state State>
[[nodiscard]] described_states<State> read_states(const std::filesystem::path& path)
{
    const std::string text = read_text_file(path);
    try {
        detail::state_file_content content = detail::content_of_state_file(std::as_bytes(std::span(text)));
        described_states<State> shard{.description = std::move(content.description)};
        for (const std::string& state : content.states)
            shard.states.push_back(State::from_bytes(std::as_bytes(std::span(state))));
        return shard;
    } catch (const std::invalid_argument& error) {
        detail::fail_file(path, error.what(), detail::this_is(text));
    }
}

/// Merges the files of all shards, which may be given in any order. The result has the description of the first file;
/// its states equal those of a single pass. Throws file_error like read_states; for a shard that is given twice, naming
/// both files; for a missing shard; for files whose models, data sets or options differ, with both values; and for
/// states that cannot be merged. Throws std::invalid_argument if there are no files. Memory: the merged states and
/// those of one shard.
template <mergeable_state State>
[[nodiscard]] described_states<State> merge_states(std::span<const std::filesystem::path> paths)
{
    detail::expects(!paths.empty(), "merge_states: no state files, expected at least 1");
    described_states<State> merged;
    std::vector<std::uint64_t> shards;  // the shard of each file so far
    for (std::size_t i = 0; i < paths.size(); ++i) {
        described_states<State> shard = read_states<State>(paths[i]);
        shards.push_back(shard.description.shard);
        if (i == 0) {
            merged = std::move(shard);
            continue;
        }
        detail::expect_same_description(paths.front(), merged.description, paths[i], shard.description);
        detail::expect_new_shard(paths, shards);
        detail::merge_models(merged, paths[i], shard);
    }
    detail::expect_all_shards(paths.front(), merged.description.shards, shards);
    return merged;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
