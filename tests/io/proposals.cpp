// Proposals, rating tasks and subsets as CSV, and gold label sets of some of the images.
#include <reassess/io/clean_labels.hpp>
#include <reassess/io/proposals.hpp>
#include <reassess/io/text_file.hpp>

#include "support/messages.hpp"
#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::temporary_folder;

TEST_CASE("CSV of proposals: one line per pair with its mentions, quoted names, rows without names")
{
    ra::proposal_set set{.mentions = {2, 0, 3}};
    set.proposed = ra::label_sets(std::vector<std::vector<int>>{{4}, {}, {1, 7}});
    const std::vector<std::string> names{"a.png", "b.png", "c,1.png"};
    CHECK(ra::io::proposals_csv(set, names).text() ==
          "row,image,class,mentions\n0,a.png,4,2\n2,\"c,1.png\",1,0\n2,\"c,1.png\",7,3\n");
    CHECK(ra::io::proposals_csv(set, {}).text() == "row,image,class,mentions\n0,0,4,2\n2,2,1,0\n2,2,7,3\n");
    const std::vector<ra::rating_task> tasks{{.image = 2, .classes = {1}}, {.image = 0, .classes = {4, 5}}};
    CHECK(ra::io::rating_tasks_csv(tasks, names).text() ==
          "task,row,image,class\n0,2,\"c,1.png\",1\n1,0,a.png,4\n1,0,a.png,5\n");
}

TEST_CASE("CSV of subsets: names separated by spaces, empty cells for what has no value")
{
    const std::vector<std::string> models{"a", "b", "c"};
    CHECK(ra::io::names_of_subset(6, models) == std::vector<std::string>{"b", "c"});
    CHECK(ra::io::names_of_subset(0, models).empty());
    CHECK(ra::io::join_words(models, ", ") == "a, b, c");
    CHECK(ra::io::join_words({}) == "");
    const std::vector<ra::subset_figures> subsets{{.models = 5,
                                                   .correct = 1,
                                                   .judged_proposals = 2,
                                                   .gold_labels = 4,
                                                   .proposals = 6,
                                                   .images = 3,
                                                   .proposals_on_rated = 5,
                                                   .rated = 2},
                                                  {.models = 2}};
    CHECK(ra::io::subsets_csv(subsets, models).text() ==
          "models,correct,judged_proposals,gold_labels,precision,recall,mean_over_rated,mean_over_all\n"
          "a c,1,2,4,0.5,0.25,2.5,2\nb,0,0,0,,,,\n");
}

TEST_CASE("read_gold_label_sets: sets of some images in the order of the rows, empty sets for the others")
{
    const temporary_folder folder;
    const auto sets = folder.path() / "gold.json", names = folder.path() / "names.txt";
    ra::io::write_file(sets, "[[3], [1, 2]]");
    ra::io::write_file(names, "x/b.png\nx/a.png\n");
    const std::vector<std::string> rows{"a.png", "c.png", "b.png"};
    const ra::label_sets gold = ra::io::read_gold_label_sets(sets, names, rows);
    CHECK(gold == ra::label_sets(std::vector<std::vector<int>>{{1, 2}, {}, {3}}));
    CHECK(ra::io::read_gold_label_sets(sets, {}, {}) == ra::label_sets(std::vector<std::vector<int>>{{3}, {1, 2}}));
    ra::io::write_file(names, "b.png\n");
    CHECK_ERROR(ra::io::file_error, ra::io::read_gold_label_sets(sets, names, rows), "names.txt",
                "1 names, but 2 gold sets");
    ra::io::write_file(names, "b.png\nz.png\n");
    CHECK_ERROR(ra::io::file_error, ra::io::read_gold_label_sets(sets, names, rows), "names.txt", "z.png");
}

TEST_CASE("CSV of folds and of cleaned classes")
{
    const std::vector<std::uint32_t> folds{1, 0};
    const std::vector<std::string> names{"a.png", "b.png"};
    CHECK(ra::io::folds_csv(folds, names).text() == "row,image,fold\n0,a.png,1\n1,b.png,0\n");
    CHECK(ra::io::folds_csv(folds, {}).text() == "row,image,fold\n0,0,1\n1,1,0\n");
    CHECK_ERROR(std::invalid_argument, ra::io::folds_csv(folds, std::span(names).first(1)), "1 names of 2 images");
    const ra::cleaned_labels cleaned{.by_class = {{1, 4}, {0, 0}}};
    CHECK(ra::io::cleaned_classes_csv(cleaned).text() == "class,images,kept,share\n0,4,1,0.25\n1,0,0,\n");
}
