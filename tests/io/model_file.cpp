// model_file and join_models: shards, order of rows, repeated images.
#include <reassess/io/model_file.hpp>

#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <stdexcept>
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

TEST_CASE("model_file: column-major and big-endian scores above a limit are read by rows, without a copy of the array")
{
    const temporary_folder folder;
    constexpr std::size_t images = 70, classes = 67;  // more than a tile of the conversion
    const auto value = [](std::size_t image, std::size_t c) { return static_cast<float>(1000 * image + c); };
    std::string columns, big_endian;
    const auto append = [](std::string& to, float score, bool reversed) {
        char bytes[sizeof score];
        std::memcpy(bytes, &score, sizeof score);
        if (reversed) std::reverse(bytes, bytes + sizeof score);
        to.append(bytes, sizeof score);
    };
    for (std::size_t c = 0; c < classes; ++c) {
        for (std::size_t image = 0; image < images; ++image) append(columns, value(image, c), false);
    }
    for (std::size_t i = 0; i < images * classes; ++i) append(big_endian, value(i / classes, i % classes), true);
    const auto write = [&](const char* name, const std::string& header, const std::string& data) {
        std::string text("\x93NUMPY\x01", 7);
        text += '\0';
        text += static_cast<char>(header.size());
        text += '\0';
        return folder.file(name, text + header + data);
    };
    const auto by_columns =
        write("f.npy", "{'descr': '<f4', 'fortran_order': True, 'shape': (70, 67), }             \n", columns);
    const auto reversed =
        write("b.npy", "{'descr': '>f4', 'fortran_order': False, 'shape': (70, 67), }            \n", big_endian);
    constexpr std::size_t size = images * classes * sizeof(float);
    for (const auto& path : {by_columns, reversed}) {
        for (const std::size_t limit : {std::size_t{0}, size - 1, size}) {
            CAPTURE(path.string());
            CAPTURE(limit);
            std::vector<ra::io::score_file> shards;
            for (int shard = 0; shard < 2; ++shard)
                shards.emplace_back(path, ra::io::score_file_options{.most_copied_bytes = limit});
            const ra::io::score_file& file = shards.front();
            CHECK(file.is_in_place() == (limit == size));
            if (limit != size) {
                CHECK_THROWS_WITH_AS(file.visit([](const auto&) {}), Contains("read it by rows"), file_error);
                CHECK_THROWS_WITH_AS((void)ra::io::npy_file(path, {.most_copied_bytes = limit}).values<float>(),
                                     Contains("read it by rows"), file_error);
                std::vector<std::byte> row(classes * sizeof(float));
                CHECK_THROWS_AS(file.copy_rows(images, 1, row), std::out_of_range);
                CHECK_THROWS_AS(file.copy_rows(0, 2, row), std::invalid_argument);
            }
            model_file model("m", std::move(shards));
            std::vector<std::size_t> rows(2 * images);
            std::iota(rows.begin(), rows.end(), std::size_t{0});
            const auto check = [&](const std::vector<std::size_t>& of_classes) {
                std::size_t wrong = 0, seen = 0;
                for (std::size_t first = 0; first < rows.size(); first += 51) {
                    const std::size_t count = std::min<std::size_t>(51, rows.size() - first);
                    model.visit_real_scores(first, count, [&](const auto& view) {
                        for (std::size_t i = 0; i < count * of_classes.size(); ++i) {
                            const std::size_t row = i / of_classes.size(), c = of_classes[i % of_classes.size()];
                            wrong += static_cast<float>(ra::detail::real_value(view.row(row)[i % of_classes.size()])) !=
                                     value(rows[first + row] % images, c);
                            ++seen;
                        }
                    });
                }
                CHECK(wrong == 0);
                CHECK(seen == rows.size() * of_classes.size());
            };
            std::vector<std::size_t> all(classes);
            std::iota(all.begin(), all.end(), std::size_t{0});
            check(all);
            CHECK(model.equal_rows(3, images + 3));
            CHECK_FALSE(model.equal_rows(3, 4));
            rows = {100, 3, 69, 70, 0};
            model.select(rows);
            check(all);
            model.select_classes({66, 0, 5});
            check({66, 0, 5});
        }
    }
}

TEST_CASE("model_file: predictions and scores that number the classes in another order")
{
    const temporary_folder folder;
    const std::vector<ra::class_index> order{2, 0, 1};  // number i means class order[i]
    model_file lists = lists_of(folder.file("p.txt", "1\n3\n2\n"));
    lists.set_class_order(order, 1);
    CHECK(firsts(lists) == std::vector<std::int64_t>{2, 1, 0});
    CHECK(lists.largest_class() == 2);
    lists.select({2, 1});
    CHECK(firsts(lists) == std::vector<std::int64_t>{0, 1});
    lists.set_class_order(order);
    CHECK_THROWS_WITH_AS((void)firsts(lists),
                         Contains("p.txt: prediction 3 of row 1 is outside [0, 3), the numbers of this class order"),
                         file_error);
    CHECK_THROWS_AS(lists.set_class_order({0, 0}), std::invalid_argument);

    const auto row_of = [](const model_file& model) {
        std::vector<double> values;
        model.visit_real_scores(0, 1, [&](const auto& view) {
            for (std::size_t c = 0; c < view.classes(); ++c) values.push_back(ra::detail::real_value(view.row(0)[c]));
        });
        return values;
    };
    model_file scores = scores_of({npy(folder, "s.npy", {20, 0, 10}, 3)});
    scores.set_class_order(order);
    CHECK(row_of(scores) == std::vector<double>{0, 10, 20});
    scores.select_classes({2, 0});  // of the classes, not of the columns
    CHECK(row_of(scores) == std::vector<double>{20, 0});
    model_file background = scores_of({npy(folder, "b.npy", {-1, 20, 0, 10}, 4)});
    background.set_class_order(order, 1);
    CHECK(row_of(background) == std::vector<double>{0, 10, 20});
    model_file other = scores_of({npy(folder, "b.npy", {-1, 20, 0, 10}, 4)});
    CHECK_THROWS_WITH_AS(other.set_class_order(order), Contains("scores of 4 classes, but a class order of 3"),
                         std::invalid_argument);
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
