// model_file and join_models: shards, order of rows, repeated images.
#include <reassess/io/model_file.hpp>

#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace ra = reassess;
using doctest::Contains;
using ra::io::file_error;
using ra::io::join_models;
using ra::io::model_file;
using ra::io::repeated_images;
using test_support::temporary_folder;
using names = std::vector<std::string>;

namespace {

std::filesystem::path npy(const temporary_folder& folder, const char* name, const std::vector<float>& values,
                          std::size_t columns)
{
    const auto path = folder.path() / name;
    ra::io::write_npy(path, values, {values.size() / columns, columns});
    return path;
}

model_file scores_of(const std::vector<std::filesystem::path>& paths)
{
    std::vector<ra::io::score_file> shards;
    for (const auto& path : paths) shards.emplace_back(path);
    return {"m", std::move(shards)};
}

model_file lists_of(const std::filesystem::path& path)
{
    std::vector<ra::io::top_k_file> shards;
    shards.emplace_back(path);
    return {"m", std::move(shards)};
}

/// The first prediction of every row, row by row in batches of `batch`.
std::vector<std::int64_t> firsts(const model_file& model, std::size_t batch = 2)
{
    std::vector<std::int64_t> found;
    for (std::size_t first = 0; first < model.images(); first += batch) {
        const std::size_t count = std::min(batch, model.images() - first);
        model.visit_lists(first, count, 1000, [&](const auto& rows) {
            REQUIRE(rows.images() == count);
            for (std::size_t i = 0; i < count; ++i) found.push_back(static_cast<std::int64_t>(*rows.row(i)));
        });
    }
    return found;
}

}  // namespace

TEST_CASE("model_file: shards are one table, whatever the batch")
{
    const temporary_folder folder;
    const auto a = npy(folder, "a.npy", {1, 2, 3, 4}, 2), b = npy(folder, "b.npy", {5, 6}, 2),
               c = npy(folder, "c.npy", {7, 8, 9, 10}, 2);
    model_file model = scores_of({a, b, c});
    CHECK(model.images() == 5);
    CHECK(model.columns() == 2);
    CHECK(model.largest_class() == 1);
    const auto rows = [&](std::size_t first, std::size_t count) {
        std::vector<double> values;
        model.visit_real_scores(first, count, [&](const auto& view) {
            for (std::size_t i = 0; i < count * 2; ++i) values.push_back(ra::detail::real_value(view.data()[i]));
        });
        return values;
    };
    CHECK(rows(0, 5) == std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    CHECK(rows(1, 2) == std::vector<double>{3, 4, 5, 6});
    CHECK(rows(3, 2) == std::vector<double>{7, 8, 9, 10});
    CHECK(rows(5, 0).empty());
    CHECK_THROWS_AS(rows(4, 2), std::out_of_range);
    model.select({4, 0, 2});
    CHECK(model.images() == 3);
    CHECK(rows(0, 3) == std::vector<double>{9, 10, 1, 2, 5, 6});
    CHECK_THROWS_AS(model.select({5}), std::out_of_range);

    CHECK_THROWS_WITH_AS((void)scores_of({a, npy(folder, "d.npy", {1, 2, 3}, 3)}),
                         Contains("d.npy: has 3 classes of float32, expected 2 of float32 as in"), file_error);
    const auto e = folder.path() / "e.npy";
    ra::io::write_npy(e, std::vector<double>{1, 2}, {1, 2});
    CHECK_THROWS_WITH_AS((void)scores_of({a, e}), Contains("2 classes of float64"), file_error);
}

TEST_CASE("top_k_file: image names in the first column, with and without a header")
{
    const temporary_folder folder;
    for (const char* text : {"a.jpg,65,3\nb.jpg,0,7\n", "filename,0,1\na.jpg,65,3\nb.jpg,0,7\n",
                             "name label other\na.jpg 65 3\nb.jpg n01440764 7.0e+00\n"}) {
        const auto file = ra::io::top_k_file(folder.file("p.csv", text));
        CHECK(file.names() == names{"a.jpg", "b.jpg"});
        CHECK(file.k() == 2);
        CHECK(firsts(lists_of(folder.file("p.csv", text))) == std::vector<std::int64_t>{65, 0});
    }
    CHECK(ra::io::top_k_file(folder.file("p.txt", "n01440764\nn01751748\n")).names().empty());
    CHECK(firsts(lists_of(folder.file("p.txt", "n01440764\nn01751748\n"))) == std::vector<std::int64_t>{0, 65});
    CHECK_THROWS_WITH_AS(ra::io::top_k_file(folder.file("p.csv", "a.jpg,1,2\nb.jpg,1\n")),
                         Contains("line 2 has 1 numbers, expected 2"), file_error);
    CHECK_THROWS_WITH_AS(ra::io::top_k_file(folder.file("p.csv", "a.jpg,1\nb.jpg,1.5\n")),
                         Contains("line 2, column 2: found \"1.5\""), file_error);
}

TEST_CASE("top_k_file and score_file: a header of image names names numbers, too")
{
    const temporary_folder folder;
    const ra::io::score_file scores(folder.file("s.csv", "ImageId,c0,c1,c2\n1,0.1,0.2,0.7\n2,0.5,0.3,0.2\n"));
    CHECK(scores.classes() == 3);
    CHECK(scores.names() == names{"1", "2"});
    const auto path = folder.file("p.csv", "IMAGE,class\n1,65\n2,0\n");
    CHECK(ra::io::top_k_file(path).k() == 1);
    CHECK(ra::io::top_k_file(path).names() == names{"1", "2"});
    CHECK(firsts(lists_of(path)) == std::vector<std::int64_t>{65, 0});
    // A name that is a number among others that are not, and an only column, which has no names.
    CHECK(ra::io::top_k_file(folder.file("p.csv", "image,class\na,65\n2,0\n")).names() == names{"a", "2"});
    CHECK(ra::io::top_k_file(folder.file("p.csv", "image\n65\n0\n")).names().empty());
}

TEST_CASE("join_models: models that name their images are brought into one order")
{
    const temporary_folder folder;
    std::vector<model_file> models;
    models.push_back(lists_of(folder.file("a.csv", "x/1.jpg,10\nx/2.jpg,20\nx/3.jpg,30\n")));
    models.push_back(lists_of(folder.file("b.csv", "3.jpg,33\n1.jpg,11\n2.jpg,22\n")));
    models.push_back(lists_of(folder.file("c.txt", "7\n8\n9\n")));
    const auto rows = join_models(models, {}, {});
    CHECK(rows.names == names{"x/1.jpg", "x/2.jpg", "x/3.jpg"});
    CHECK(firsts(models[0]) == std::vector<std::int64_t>{10, 20, 30});
    CHECK(firsts(models[1]) == std::vector<std::int64_t>{11, 22, 33});
    CHECK(firsts(models[2]) == std::vector<std::int64_t>{7, 8, 9});

    models.erase(models.begin() + 2);
    const auto given = join_models(models, {.names = {"2.jpg", "1.jpg"}}, "names.txt");
    CHECK(given.names == names{"2.jpg", "1.jpg"});
    CHECK(firsts(models[0]) == std::vector<std::int64_t>{20, 10});
    CHECK(firsts(models[1]) == std::vector<std::int64_t>{22, 11});

    // Only given names leave rows out, whichever of the models has more of them.
    std::vector<model_file> unequal;
    unequal.push_back(lists_of(folder.file("a.csv", "1.jpg,10\n2.jpg,20\n")));
    unequal.push_back(lists_of(folder.file("b.csv", "2.jpg,22\n9.jpg,99\n1.jpg,11\n")));
    CHECK_THROWS_WITH_AS((void)join_models(unequal, {}, {}), Contains("b.csv: has rows of 3 images, but"), file_error);
    CHECK_THROWS_WITH_AS((void)join_models(unequal, {}, {}), Contains("a.csv of 2; give the names"), file_error);
    (void)join_models(unequal, {.names = {"2.jpg"}}, "names.txt");
    CHECK(firsts(unequal[1]) == std::vector<std::int64_t>{22});

    CHECK_THROWS_WITH_AS((void)join_models(models, {.names = {"4.jpg"}}, "names.txt"),
                         Contains("a.csv: image names: 4.jpg (image 0) is not among"), file_error);
}

TEST_CASE("join_models: repeated images are an error, or counted once if their rows are equal")
{
    const temporary_folder folder;
    const auto padded = folder.file("a.txt", "1\n2\n3\n1\n");
    const auto join = [&](const std::filesystem::path& file, ra::io::image_rows rows, repeated_images rule) {
        std::vector<model_file> models;
        models.push_back(lists_of(file));
        rows = join_models(models, std::move(rows), "names.txt", rule);
        return std::pair(rows, firsts(models[0]));
    };
    const ra::io::image_rows four{.names = {"a", "b", "c", "a"}};
    CHECK_THROWS_WITH_AS((void)join(padded, four, repeated_images::error),
                         Contains("names.txt: the image \"a\" occurs twice (rows 0 and 3)"), file_error);
    const auto [rows, kept] = join(padded, four, repeated_images::first);
    CHECK(rows.names == names{"a", "b", "c"});
    CHECK(rows.in_files == 4);
    CHECK(kept == std::vector<std::int64_t>{1, 2, 3});
    CHECK_THROWS_WITH_AS((void)join(folder.file("b.txt", "1\n2\n3\n9\n"), four, repeated_images::first),
                         Contains("b.txt: the rows 0 and 3 of the image \"a\" differ"), file_error);
    CHECK_THROWS_WITH_AS((void)join(folder.file("b.txt", "1\n2\n"), four, repeated_images::first),
                         Contains("b.txt: 2 rows, but 4 image names in names.txt"), file_error);

    const auto by_id = join(padded, {.ids = {5, 0, 2, 5}}, repeated_images::first);
    CHECK(by_id.first.ids == std::vector<std::size_t>{5, 0, 2});
    CHECK_THROWS_WITH_AS((void)join(padded, {.ids = {5, 0, 2, 5}}, repeated_images::error),
                         Contains("the image \"5\" occurs twice (rows 0 and 3)"), file_error);

    std::vector<model_file> shards;
    std::vector<ra::io::top_k_file> parts;
    parts.emplace_back(folder.file("p.csv", "a,1\nb,2\n"));
    parts.emplace_back(folder.file("q.csv", "a,1\n"));
    shards.emplace_back("m", std::move(parts));
    CHECK_THROWS_WITH_AS((void)join_models(shards, {}, {}),
                         Contains("p.csv and 1 more file (rows are counted through all): the image \"a\" occurs twice "
                                  "(rows 0 and 2)"),
                         file_error);

    const auto named = folder.file("c.csv", "a,1\nb,2\na,1\n");
    CHECK_THROWS_WITH_AS((void)join(named, {}, repeated_images::error), Contains("c.csv: the image \"a\" occurs twice"),
                         file_error);
    CHECK(join(named, {}, repeated_images::first).second == std::vector<std::int64_t>{1, 2});
    CHECK(join(named, {.names = {"b", "a"}}, repeated_images::first).second == std::vector<std::int64_t>{2, 1});
    CHECK_THROWS_WITH_AS((void)join(folder.file("c.csv", "a,1\nb,2\na,7\n"), {}, repeated_images::first),
                         Contains("the rows 0 and 2 of the image \"a\" differ"), file_error);
}
