// Votes on pairs of image and class from CSV, joined with numbered images and experts' votes.
#include <reassess/io/rated_pairs.hpp>
#include <reassess/io/text_file.hpp>

#include "support/messages.hpp"
#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::temporary_folder;

namespace {

/// Votes of a CSV table with these lines.
ra::io::named_votes votes_of(const temporary_folder& folder, const std::string& lines)
{
    ra::io::write_file(folder.path() / "votes.csv", "task,worker,label\n" + lines);
    return ra::io::read_pair_votes(folder.path() / "votes.csv");
}

}  // namespace

TEST_CASE("read_pair_votes: pairs, images and raters of a CSV table in order of appearance")
{
    const temporary_folder folder;
    const auto rated = votes_of(folder, "my b.png 65,u,yes\na.png 3,u,no\nmy b.png 2,v,maybe\na.png 3,v,yes\n");
    CHECK(rated.images == std::vector<std::string>{"my b.png", "a.png"});
    CHECK(rated.pairs == std::vector<ra::rated_pair>{{0, 65}, {1, 3}, {0, 2}});
    CHECK(rated.rater_names == std::vector<std::string>{"u", "v"});
    CHECK(rated.votes.votes() == 4);
    CHECK(rated.votes.items() == 3);
    for (const char* task : {"a.png", "a.png -1", "a.png x", " 3", "a.png "})
        CHECK_ERROR(ra::io::file_error, votes_of(folder, std::string(task) + ",u,yes\n"), "votes.csv",
                    "is not an image and a class");
}

TEST_CASE("read_pair_votes: classes by name, other separators, and any file name")
{
    const temporary_folder folder;
    const auto path = folder.file("votes.txt", "task;worker;label\na.png n01751748;u;yes\nb c.png n01440764;u;no\n");
    const auto rated = ra::io::read_pair_votes(path, {.csv = {.separator = ';'}});
    CHECK(rated.pairs == std::vector<ra::rated_pair>{{0, 65}, {1, 0}});
    CHECK(rated.images == std::vector<std::string>{"a.png", "b c.png"});
    CHECK_ERROR(ra::io::file_error, ra::io::read_pair_votes(path), "--separator ';'");
    CHECK_ERROR(ra::io::file_error, votes_of(folder, "a.png 65,u,perhaps\n"), "line 2: found \"perhaps\"",
                "no, maybe, yes");
}

TEST_CASE("number_images: the number at the end of the name decides, and labels follow it")
{
    const temporary_folder folder;
    const auto rated = votes_of(folder, "val_3.png 5,u,yes\nval_1.png 7,u,no\n");
    const std::vector<std::string> names{"val_3.png", "val_1.png", "val_2.png"};
    const auto numbered = ra::io::number_images(names, {50, 7, 9}, "original.npy", rated);
    CHECK(numbered.images == 3);
    CHECK(numbered.pairs == std::vector<ra::rated_pair>{{2, 5}, {0, 7}});
    CHECK(numbered.original == std::vector<ra::class_index>{7, 9, 50});
    CHECK(ra::io::number_images(names, {}, "", rated).original.empty());
    CHECK_ERROR(ra::io::file_error, ra::io::number_images(names, {1, 2}, "original.npy", rated), "original.npy");
    CHECK_ERROR(std::invalid_argument, ra::io::number_images({"val_1.png", "val_2.png"}, {}, "", rated), "val_3.png");

    // Image 3 has label 50, image 1 has label 7; only the classes that are chosen vote.
    CHECK(ra::io::votes_of_original(numbered, {}) == std::vector<ra::answer_index>{0, ra::io::yes});
    CHECK(ra::io::votes_of_original(numbered, {7}) == std::vector<ra::answer_index>{ra::no_answer, ra::io::yes});
}

TEST_CASE("read_published_pairs: sets in order of number, or an object of image names")
{
    const temporary_folder folder;
    const auto rated = votes_of(folder, "val_3.png 5,u,yes\nval_1.png 7,u,no\nval_3.png 6,u,no\n");
    const auto images = ra::io::number_images({"val_3.png", "val_1.png", "val_2.png"}, {}, "", rated);
    const auto published = [&](const std::string& text) {
        return ra::io::read_published_pairs(folder.file("p.json", text), rated, images);
    };
    const std::vector<bool> expected{true, false, true};
    CHECK(published("[[1], [], [5, 6]]") == expected);
    CHECK(published(R"({"val_1.png": [1], "other.png": [7], "x/val_3.png": [5, 6]})") == expected);
    CHECK_ERROR(ra::io::file_error, published("[[1], []]"), "p.json: 2 label sets, but 3 image names");
    CHECK_ERROR(ra::io::file_error, published(R"({"val_1.png": [7]})"), "p.json: image names: val_3.png");
}

TEST_CASE("find_gold: experts' pairs among the rated ones, and everything measured against their majority")
{
    const temporary_folder folder;
    const auto rated = votes_of(folder, "i_1.png 5,u,yes\ni_2.png 7,u,no\ni_1.png 6,u,yes\n");
    const auto experts = votes_of(folder, "i_1.png 6,x,no\ni_1.png 5,x,yes\ni_1.png 6,y,no\ni_1.png 5,y,yes\n");
    const ra::io::gold_data gold = ra::io::find_gold(experts, "gold.csv", rated, "votes.csv");
    CHECK(gold.pair_of == std::vector<std::size_t>{2, 0});
    CHECK(gold.labels == std::vector<bool>{false, true});
    CHECK(ra::io::of_gold(gold, std::vector<double>{0.1, 0.2, 0.3}) == std::vector<double>{0.3, 0.1});
    // Folders do not matter, as in every join of images.
    const auto in_folders = votes_of(folder, "val/i_1.png 6,x,no\nval/i_1.png 5,x,yes\n");
    CHECK(ra::io::find_gold(in_folders, "gold.csv", rated, "votes.csv").pair_of == std::vector<std::size_t>{2, 0});
    CHECK_ERROR(ra::io::file_error, ra::io::find_gold(votes_of(folder, "j.png 5,x,no\n"), "gold.csv", rated, "v.csv"),
                "gold.csv", "j.png");
    CHECK_ERROR(ra::io::file_error,
                ra::io::find_gold(votes_of(folder, "i_2.png 8,x,no\n"), "gold.csv", rated, "votes.csv"), "gold.csv",
                "the pair i_2.png 8 is not among those of votes.csv");

    const auto raters = votes_of(folder, "i_1.png 6,u,yes\ni_1.png 5,u,yes\n");
    ra::io::expect_same_pairs(raters, "raters.csv", gold, "gold.csv");
    const auto others = votes_of(folder, "i_1.png 5,u,yes\ni_1.png 6,u,yes\n");
    CHECK_ERROR(ra::io::file_error, ra::io::expect_same_pairs(others, "raters.csv", gold, "gold.csv"), "raters.csv",
                "contains other pairs than gold.csv");

    const auto images = ra::io::number_images({"i_1.png", "i_2.png"}, {6, 7}, "o.npy", rated);
    const auto points = ra::io::measure_others(gold, images, {true, true, false}, raters);
    std::vector<std::string> kinds;
    for (const auto& point : points) kinds.push_back(point.kind + ": " + point.name);
    CHECK(kinds == std::vector<std::string>{"labels: original", "labels: published", "expert against all experts: x",
                                            "expert against all experts: y", "expert against the other experts: x",
                                            "expert against the other experts: y", "rater: u"});
    CHECK(points[0].counts == ra::precision_recall{0, 1, 1});
    CHECK(points[1].counts == ra::precision_recall{1, 1, 1});
    CHECK(points[2].counts == ra::precision_recall{1, 1, 1});
    CHECK(points.back().counts == ra::precision_recall{1, 2, 1});
    CHECK(ra::io::measure_others(gold, {}, {}, {}).size() == 4);
    CHECK(ra::io::measured_csv(std::vector<ra::io::measured>{{"kept", "a,b", 0.5, {1, 2, 4}}, {"rater", "u", {}, {}}})
              .text() ==
          "kind,name,threshold,precision,recall,hits,proposed,gold\nkept,\"a,b\",0.5,0.5,0.25,1,2,4\n"
          "rater,u,,,,0,0,0\n");
}
