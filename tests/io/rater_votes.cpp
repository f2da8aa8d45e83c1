// Votes from archives in the form of the reassessed ImageNet and from long CSV tables.
#include <reassess/io/rater_votes.hpp>

#include "support/messages.hpp"
#include "support/zip_bytes.hpp"
#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ra = reassess;
using ra::io::file_error;
using ra::io::read_csv_votes;
using ra::io::read_rater_votes;
using test_support::bytes_of;
using test_support::npy_bytes;
using test_support::temporary_folder;
using test_support::zip_bytes;

namespace {

std::string header(const std::string& descr, const std::string& shape)
{
    return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
}

const std::string info =
    npy_bytes(header("<U2", "(3, 2)"), bytes_of<char32_t>({U'b', 0, U'7', 0, U'b', 0, U'1', U'2', U'a', 0, U'7', 0}));
const std::string ids = npy_bytes(header("<i8", "(2,)"), bytes_of<std::int64_t>({41, 17}));

/// Rater 0: yes to pair 0, not asked, no to pair 2; rater 1: maybe to pair 1.
std::string tensor(const char* descr = "<f8")
{
    return npy_bytes(header(descr, "(2, 3, 3)"),
                     bytes_of<double>({0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}));
}

template <class T>
std::vector<T> list(std::span<const T> values)
{
    return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("rater votes: a vote here and there among many rows, and how far reading has come")
{
    // 3 raters and 101 pairs; every 37th row of the tensor has a vote, so they fall on all places of a group of rows.
    double values[3 * 101 * 3] = {};
    char32_t texts[4 * 101] = {};
    for (std::size_t pair = 0; pair < 101; ++pair) {
        texts[4 * pair] = U'a';
        texts[4 * pair + 2] = U'0' + static_cast<char32_t>(pair % 10);
    }
    std::vector<std::uint32_t> raters, items, answers;
    for (std::size_t row = 5; row < 303; row += 37) {
        values[3 * row + row % 3] = 1;
        raters.push_back(static_cast<std::uint32_t>(row / 101));
        items.push_back(static_cast<std::uint32_t>(row % 101));
        answers.push_back(static_cast<std::uint32_t>(row % 3));
    }
    const temporary_folder folder;
    std::vector<ra::io::rater_votes_progress> shown;
    const auto read = read_rater_votes(
        folder.file("v.npz", zip_bytes({{"tensor.npy", npy_bytes(header("<f8", "(3, 101, 3)"), bytes_of(values))},
                                        {"info.npy", npy_bytes(header("<U2", "(101, 2)"), bytes_of(texts))}})),
        {.on_progress = [&](const auto& progress) { shown.push_back(progress); }});
    CHECK(list(read.votes.rater_of()) == raters);
    CHECK(list(read.votes.item_of()) == items);
    CHECK(list(read.votes.answer_of()) == answers);
    REQUIRE(!shown.empty());
    CHECK(shown.back().rows == 303);
    CHECK(shown.back().total == 303);
}

TEST_CASE("rater votes: pairs, images, raters and answers")
{
    const temporary_folder folder;
    const auto read = read_rater_votes(
        folder.file("v.npz", zip_bytes({{"tensor.npy", tensor()}, {"info.npy", info}, {"ids.npy", ids}})));
    CHECK(read.pairs == std::vector<ra::rated_pair>{{0, 7}, {0, 12}, {1, 7}});
    CHECK(read.images == std::vector<std::string>{"b", "a"});
    CHECK(read.rater_ids == std::vector<std::int64_t>{41, 17});
    CHECK(read.votes.raters() == 2);
    CHECK(read.votes.items() == 3);
    CHECK(list(read.votes.rater_of()) == std::vector<std::uint32_t>{0, 0, 1});
    CHECK(list(read.votes.item_of()) == std::vector<std::uint32_t>{0, 2, 1});
    CHECK(list(read.votes.answer_of()) == std::vector<ra::answer_index>{2, 0, 1});
    CHECK(list(read.votes.answer_names()) == std::vector<std::string>{"no", "maybe", "yes"});
}

TEST_CASE("rater votes: tensors of other types, and no ids")
{
    const temporary_folder folder;
    const auto bytes =
        npy_bytes(header("|u1", "(2, 3, 3)"), bytes_of<char>({0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}));
    const auto read = read_rater_votes(folder.file("v.npz", zip_bytes({{"tensor.npy", bytes}, {"info.npy", info}})));
    CHECK(list(read.votes.answer_of()) == std::vector<ra::answer_index>{2, 0, 1});
    CHECK(read.rater_ids.empty());

    // Integers of 16 bits, classes by their names, and ids without a sign.
    const auto shorts = npy_bytes(header("<i2", "(1, 1, 3)"), bytes_of<std::int16_t>({0, 1, 0}));
    const auto named = npy_bytes(header("|S9", "(1, 2)"), std::string("a\0\0\0\0\0\0\0\0n01751748", 18));
    const auto unsigned_ids = npy_bytes(header("<u4", "(1,)"), bytes_of<std::uint32_t>({4000000000}));
    const auto other = read_rater_votes(
        folder.file("v.npz", zip_bytes({{"tensor.npy", shorts}, {"info.npy", named}, {"ids.npy", unsigned_ids}})));
    CHECK(other.pairs == std::vector<ra::rated_pair>{{0, 65}});
    CHECK(list(other.votes.answer_of()) == std::vector<ra::answer_index>{1});
    CHECK(other.rater_ids == std::vector<std::int64_t>{4000000000});
}

TEST_CASE("rater votes: what is wrong is named")
{
    const temporary_folder folder;
    const auto refuses = [&](const std::string& tensor_bytes, const std::string& info_bytes, const char* why,
                             const std::string& ids_bytes = ids) {
        const auto path = folder.file(
            "v.npz", zip_bytes({{"tensor.npy", tensor_bytes}, {"info.npy", info_bytes}, {"ids.npy", ids_bytes}}));
        CHECK_ERROR(file_error, read_rater_votes(path), path.string() + ": ", why);
    };
    std::string two_answers = tensor();
    two_answers.replace(two_answers.size() - 8, 8, bytes_of<double>({1}));
    two_answers.replace(two_answers.size() - 16, 8, bytes_of<double>({1}));
    refuses(two_answers, info, "the answers of rater 1 to item 2 are not zeros with at most one 1");
    std::string half = tensor();
    half.replace(half.size() - 8, 8, bytes_of<double>({0.5}));
    refuses(half, info, "rater 1 to item 2");
    refuses(tensor("<i8"), info, "rater 0 to item 0");
    refuses(tensor("<u8"), info, "has elements of type uint64");
    refuses(npy_bytes(header("<f8", "(2, 3)"), std::string(48, '\0')), info, "expected (raters, 3 pairs, 3 answers)");
    refuses(npy_bytes(header("<f8", "(1, 2, 3)"), std::string(48, '\0')), info,
            "expected (raters, 3 pairs, 3 answers)");
    // Nothing but its shape would say that there are four billion raters.
    refuses(npy_bytes(header("<f8", "(4294967294, 0, 3)"), ""), npy_bytes(header("<U2", "(0, 2)"), ""), "no votes");
    refuses(npy_bytes(header("<f8", "(0, 3, 3)"), ""), info, "no votes");
    refuses(tensor(), ids, "expected (pairs, 2)");
    refuses(tensor(), npy_bytes(header("<i8", "(3, 2)"), std::string(48, '\0')), "expected text");
    for (const char32_t wrong : {U'x', U'-', U' ', char32_t{0}}) {
        const auto bytes =
            npy_bytes(header("<U1", "(3, 2)"), bytes_of<char32_t>({U'b', U'7', U'b', wrong, U'a', U'7'}));
        refuses(tensor(), bytes, "pair 1: found");
    }
    refuses(tensor(), info, "1 ids of 2 raters", npy_bytes(header("<i8", "(1,)"), bytes_of<std::int64_t>({41})));
    CHECK_ERROR(file_error, read_rater_votes(folder.file("v.npz", zip_bytes({{"info.npy", info}}))),
                "no array \"tensor\"");
    CHECK_ERROR(
        file_error,
        read_rater_votes(folder.file("v.npz", zip_bytes({{"tensor.npy", tensor(), 0, 0, {}, 1}, {"info.npy", info}}))),
        "CRC");
}

TEST_CASE("csv votes: names are numbered as they come")
{
    const temporary_folder folder;
    const auto path = folder.file("v.csv", "task,worker,label,extra\nt2,w1,cat,\nt1,w1,dog,\nt2,w3,dog,\nt2,w1,cat,\n");
    const auto read = read_csv_votes(path);
    CHECK(read.tasks == std::vector<std::string>{"t2", "t1"});
    CHECK(read.workers == std::vector<std::string>{"w1", "w3"});
    CHECK(list(read.votes.answer_names()) == std::vector<std::string>{"cat", "dog"});
    CHECK(list(read.votes.item_of()) == std::vector<std::uint32_t>{0, 1, 0, 0});
    CHECK(list(read.votes.rater_of()) == std::vector<std::uint32_t>{0, 0, 1, 0});
    CHECK(list(read.votes.answer_of()) == std::vector<ra::answer_index>{0, 1, 1, 0});
    const auto ordered = read_csv_votes(path, {.answer_names = {"dog", "cow", "cat"}});
    CHECK(list(ordered.votes.answer_of()) == std::vector<ra::answer_index>{2, 0, 0, 2});
}

TEST_CASE("csv votes: what is wrong is named")
{
    const temporary_folder folder;
    const auto path = folder.file("v.csv", "task,worker,label\nt2,w1,cat\nt1,w1,dog\n");
    CHECK_ERROR(file_error, read_csv_votes(path, {.answer_names = {"cat"}}), "line 3", "\"dog\"",
                "expected one of the answers cat");
    CHECK_ERROR(file_error, read_csv_votes(path, {.worker = "rater"}), "no column \"rater\"");
    CHECK_ERROR(std::invalid_argument, read_csv_votes(path, {.answer_names = {"cat", "dog", "cat"}}), "\"cat\"",
                "twice");
    CHECK_ERROR(file_error, read_csv_votes(folder.file("e.csv", "task,worker,label\n")), "no votes");
    CHECK_ERROR(file_error, read_csv_votes(folder.file("e.csv", "task,worker,label\nt,,x\n")), "line 2: no worker");
}
