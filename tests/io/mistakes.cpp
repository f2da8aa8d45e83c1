// Lists of mistakes as CSV: all columns, rating tasks, and samples of both metrics.
#include <reassess/io/mistakes.hpp>
#include <reassess/io/text_file.hpp>
#include <reassess/io/verdicts.hpp>

#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::temporary_folder;

TEST_CASE("mistake_writer: every mistake with its labels, over several calls")
{
    const temporary_folder folder;
    const std::vector<ra::class_index> labels{2, 5};
    const std::vector<std::string> images{"a.png", "b,c.png"};
    const std::vector<ra::mistake> first{{.image = 0, .prediction = 4, .labels = labels, .by_real = true}};
    const std::vector<ra::mistake> second{{.image = 1, .prediction = 7, .original = 3, .by_original = true}};
    ra::io::mistake_writer writer(folder.path() / "m.csv", ra::io::mistake_columns::all, images);
    writer.write("m", first);
    writer.write("m", second);
    CHECK_THROWS_AS(writer.write("m", std::vector<ra::mistake>{{.image = 2}}), std::out_of_range);
    writer.close();
    CHECK(ra::io::read_text_file(folder.path() / "m.csv") ==
          "model,row,image,prediction,original,labels,by_original,by_real\nm,0,a.png,4,,2 5,0,1\n"
          "m,1,\"b,c.png\",7,3,,1,0\n");
    CHECK_THROWS_AS(ra::io::mistake_writer(folder.path() / "no/m.csv"), ra::io::file_error);
}

TEST_CASE("sample_mistake_tasks: one task per metric, whose acceptable labels are those of the metric")
{
    const std::vector<ra::class_index> labels{2, 5}, original{3};
    const std::vector<ra::mistake> found{
        {.image = 0, .prediction = 4, .original = 3, .labels = labels, .by_original = true, .by_real = true}};
    const ra::targets_view targets{.original = original, .real = ra::label_sets_view()};
    const auto tasks = ra::io::sample_mistake_tasks("m", found, targets, ra::random_seed{1}, {.size = 5});
    REQUIRE(tasks.size() == 2);
    CHECK(tasks[0].metric == "original");
    CHECK(tasks[0].mistakes[0].labels.empty());
    CHECK(tasks[1].metric == "real");
    CHECK(tasks[1].mistakes[0].labels.size() == 2);
}

TEST_CASE("write_mistake_tasks: a filled in task is read by read_verdicts")
{
    const temporary_folder folder;
    const std::vector<ra::class_index> labels{2, 5};
    const std::vector<ra::io::mistake_task> tasks{
        {"a,b", "real", {{.image = 1, .prediction = 4, .original = 3, .labels = labels, .by_real = true}}},
        {"c", "original", {{.image = 0, .prediction = 1, .original = 9, .by_original = true}}}};
    const std::vector<std::string> images{"n1/x_1.png", "n1/x_2.png"};
    ra::io::write_mistake_tasks(folder.path() / "task.csv", tasks, images);
    std::string text = ra::io::read_text_file(folder.path() / "task.csv");
    CHECK(text ==
          "model,metric,image,prediction,original,labels,verdict\n\"a,b\",real,n1/x_2.png,4,3,2 5,\n"
          "c,original,n1/x_1.png,1,9,9,\n");
    CHECK(ra::io::read_verdicts(folder.path() / "task.csv").empty());
    text.insert(text.find("2 5,") + 4, "not a mistake");
    (void)folder.file("task.csv", text);
    CHECK(ra::io::read_verdicts(folder.path() / "task.csv") ==
          std::vector<ra::verdict_record>{{"a,b", "real", "n1/x_2.png", "not a mistake"}});
    ra::io::write_mistake_tasks(folder.path() / "bare.csv", tasks);
    CHECK(ra::io::read_text_file(folder.path() / "bare.csv").find("\"a,b\",real,1,4") != std::string::npos);
    CHECK_THROWS_AS(ra::io::write_mistake_tasks(folder.path() / "x.csv", tasks, std::span(images).first(1)),
                    std::out_of_range);
}
