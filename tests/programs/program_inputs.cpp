// Options of the programs about inputs: probabilities, formats and class selection of evaluate; tables of progress;
// smoothing of relabel.
#include "../support/real_data.hpp"
#include "run_program.hpp"

#include <reassess/io/npy.hpp>

#include <cstdint>
#include <string>
#include <vector>

using test_support::check_fails;
using test_support::read_all;
using test_support::run_program;
using test_support::temporary_folder;
using test_support::write_all;
using words = std::vector<std::string>;

namespace {

nlohmann::json json_of(words command, const words& more = {})
{
    command.insert(command.end(), more.begin(), more.end());
    command.insert(command.end(), {"--json", "-"});
    const auto result = run_program(command);
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    return result.json();
}

}  // namespace

TEST_CASE("evaluate: probabilities by rounding are counted and stated, other rows are refused with the remedy")
{
    const temporary_folder folder;
    write_all(folder / "o.txt", "0\n1\n1\n");
    reassess::io::write_npy(folder / "p.npy", std::vector<double>{1.00001, 0, 0.25, 0.755, 1, 0}, {3, 2});
    const words command{REASSESS_EVALUATE_PROGRAM, "--scores",     folder / "p.npy", "--original",
                        folder / "o.txt",          "--scores-are", "probabilities"};
    const auto found = json_of(command)["models"][0]["probabilities"];
    CHECK(found["images_above_one"] == 1);
    CHECK(found["greatest"] == 1.00001);
    CHECK(found["images_with_rounded_sum"] == 1);
    CHECK(found["infinite_losses"] == 1);
    CHECK(found["log_loss"].is_null());
    const std::string text = run_program(command).output;
    CHECK(text.find("1 images have a probability above 1 (at most 1.00001)") != std::string::npos);
    CHECK(text.find("the log loss is infinite for 1 images by the original labels") != std::string::npos);
    const auto clipped = json_of(command, {"--clip", "0.001"})["models"][0]["probabilities"];
    CHECK(clipped["infinite_losses"] == 0);
    CHECK(clipped["log_loss"].is_number());
    check_fails(run_program({REASSESS_EVALUATE_PROGRAM, "--scores", folder / "p.npy", "--original", folder / "o.txt",
                             "--scores-are", "logits", "--clip", "0.1"}),
                2, "--clip");

    reassess::io::write_npy(folder / "p.npy", std::vector<double>{.9, .8, .1, .2, .7, .6, 0, 0, 1}, {3, 3});
    check_fails(run_program(command), 1, "the scores of image 0 sum to 1.8");
    check_fails(run_program(command), 1, "sigmoid");
    reassess::io::write_npy(folder / "p.npy", std::vector<double>{1.2, 0, 0, 1, 1, 0}, {3, 2});
    check_fails(run_program(command), 1, "value 1.2");
}

TEST_CASE("evaluate: 8-bit scores, npz and gzip; classes selected of a larger model, by both rules")
{
    const temporary_folder folder;
    write_all(folder / "o.txt", "0\n1\n1\n");
    // Of five classes the labels 0 and 1 are classes 3 and 1.
    reassess::io::write_npy(folder / "s.npy", std::vector<std::int8_t>{9, 1, 2, 8, 0, 1, 7, 2, 6, 0, 5, 4, 2, 3, 9},
                            {3, 5});
    const words command{REASSESS_EVALUATE_PROGRAM, "--scores", folder / "s.npy", "--original", folder / "o.txt",
                        "--class-selection",       "3,1"};
    const auto selected = json_of(command);
    CHECK(selected["models"][0]["top_k"][0]["hits"] == 3);
    CHECK(selected["models"][0]["top_k"].size() == 2);
    const auto all = json_of(command, {"--rank-among", "all"});
    CHECK(all["models"][0]["top_k"][0]["hits"] == 1);
    CHECK(all["models"][0]["top_k"].size() == 5);
    write_all(folder / "kept.txt", "3\n1\n");
    auto by_file = command;
    by_file.back() = folder / "kept.txt";
    CHECK(json_of(by_file) == selected);
    by_file.back() = "3,7";
    check_fails(run_program(by_file), 2, "class 7 is outside [0, 5)");
}

TEST_CASE("progress: missing cells, percent signs, separators, fractions and models that occur twice")
{
    const temporary_folder folder;
    std::string rows, fractions, semicolons = "model;x;y\n";
    for (int i = 0; i < 12; ++i) {
        const std::string name = "m" + std::to_string(i);
        const int x = 60 + i, y = 70 + i + i % 3;
        rows += name + ",a," + std::to_string(x) + "," + std::to_string(y) + "\n";
        fractions += name + ",0." + std::to_string(x) + ",0." + std::to_string(y) + "\n";
        semicolons += name + ";" + std::to_string(x) + "%;" + std::to_string(y) + "%\n";
    }
    const std::string file = folder / "t.csv";
    const words command{REASSESS_PROGRESS_PROGRAM, "--table", file, "--x", "x", "--y", "y"};
    write_all(file, "model,pool,x,y\n" + rows);
    const auto whole = json_of(command);
    write_all(file, "model,pool,x,y\n" + rows + "bad,b,-,NA\n");
    check_fails(run_program(command), 1, "--missing drop");
    CHECK(json_of(command, {"--missing", "drop"}) == whole);
    CHECK(json_of(command, {"--where", "pool=a"}) == whole);
    write_all(file, "model,pool,x,y\n" + rows + "m3,a,70,80\n");
    check_fails(run_program(command), 1, "\"m3\" occurs twice, in lines 5 and 14");
    CHECK(json_of(command, {"--repeated", "keep"})["models"] == 13);
    write_all(file, semicolons);
    check_fails(run_program(command), 1, "--separator ';'");
    auto separated = command;
    separated.insert(separated.end(), {"--separator", ";"});
    check_fails(run_program(separated), 1, "--percent");
    CHECK(json_of(separated, {"--percent"}) == whole);
    write_all(file, "model,x,y\n" + fractions + "labels,1.0,0.9\n");
    const auto in_fractions = json_of(command);
    CHECK(in_fractions["models"] == 12);
    CHECK(in_fractions["references"][0]["name"] == "labels");
    CHECK(in_fractions["z"].get<double>() == doctest::Approx(whole["z"].get<double>()));
}

TEST_CASE("progress: rows that move a slope are named, timm's table has none")
{
    const words known{REASSESS_PROGRESS_PROGRAM, "--table", std::string(REASSESS_EXAMPLES_DIR) + "/data/table5.csv"};
    const auto of_table_5 = json_of(known)["warnings"];
    REQUIRE(of_table_5.size() == 1);  // by far the weakest of 15 models
    CHECK(of_table_5[0]["model"] == "AlexNet");
    NEEDS_REAL_DATA(data);
    const temporary_folder folder;
    const std::string original = data / "timm/results-imagenet.csv", real = data / "timm/results-imagenet-real.csv";
    const auto joined = [&](const std::string& first, const std::string& second) {
        return words{REASSESS_PROGRESS_PROGRAM, "--table",  first,  "--table",     second,         "--join",
                     "model,img_size",          "--column", "top1", "--thousands", "--replicates", "99"};
    };
    CHECK(json_of(joined(original, real))["warnings"].empty());
    std::string with_original = read_all(original), with_real = read_all(real);
    for (int i = 0; i < 4; ++i) {
        const std::string key = "faulty" + std::to_string(i) + ",224,1.0" + std::to_string(i);
        with_original += key + ",98.9,3.0,97.0,5.0,0.9,bicubic\n";
        with_real += key + ",98.9,3.0,97.0,5.0,0.9,bicubic,+0.0,+0.0,0\n";
    }
    write_all(folder / "original.csv", with_original);
    write_all(folder / "real.csv", with_real);
    const auto faulty = json_of(joined(folder / "original.csv", folder / "real.csv"));
    REQUIRE(faulty["warnings"].size() == 4);
    for (const auto& warning : faulty["warnings"]) CHECK(warning["model"].get<std::string>().find("faulty") == 0);
}

TEST_CASE("relabel: smoothing, and whether the model is identified; labels by name")
{
    const temporary_folder folder;
    std::string votes = "task,worker,label\n";
    for (int i = 0; i < 24; ++i) {
        for (int rater = 0; rater < 3; ++rater) {
            const bool present = i % 2 == 0, wrong = (i + 7 * rater) % 8 == 0;
            votes += "x_" + std::to_string(i + 1) + ".jpg 1,r" + std::to_string(rater) +
                     (present != wrong ? ",yes\n" : ",no\n");
        }
    }
    write_all(folder / "v.csv", votes);
    const words command{REASSESS_RELABEL_PROGRAM, "--votes", folder / "v.csv", "--model", "one-coin"};
    const auto plain = json_of(command), smooth = json_of(command, {"--smoothing", "1"});
    CHECK(plain["identified"] == true);
    CHECK(plain["smoothing"] == 0);
    CHECK(smooth["smoothing"] == 1);
    CHECK(smooth["prior"] != plain["prior"]);

    write_all(folder / "v.csv",
              "task,worker,label\nx_1.jpg 1,r,yes\nx_1.jpg 1,s,yes\nx_2.jpg 1,r,no\nx_2.jpg 1,s,no\n");
    CHECK(json_of(command)["identified"] == false);
    CHECK(run_program(command).output.find("NOT identified") != std::string::npos);

    // Classes by name, other separators, and labels that mean missing.
    write_all(folder / "w.txt", "task;worker;label\nx_1.jpg a;r;yes\nx_2.jpg b;r;no\n");
    write_all(folder / "synsets.txt", "b\na\n");
    write_all(folder / "n.txt", "x_2.jpg\nx_1.jpg\n");
    write_all(folder / "o.txt", "255\n255\n");
    const words other{REASSESS_RELABEL_PROGRAM,
                      "--votes",
                      folder / "w.txt",
                      "--synsets",
                      folder / "synsets.txt",
                      "--names",
                      folder / "n.txt",
                      "--original",
                      folder / "o.txt",
                      "--labels",
                      folder / "other.json",
                      "--ignore-label",
                      "255",
                      "--separator",
                      ";",
                      "--method",
                      "majority"};
    CHECK(json_of(other)["kept"] == 1);
    CHECK(read_all(folder / "other.json") == "[[1], []]\n");

    // Original labels in another order than the names, joined by name: label sets are in order of number.
    write_all(folder / "names.txt", "x_2.jpg\nx_1.jpg\n");
    write_all(folder / "val.txt", "x_1.jpg 5\nx_2.jpg 7\n");
    const std::string labels = folder / "labels.json";
    const auto run =
        run_program({REASSESS_RELABEL_PROGRAM, "--votes", folder / "v.csv", "--names", folder / "names.txt",
                     "--original", folder / "val.txt", "--labels", labels, "--method", "majority"});
    REQUIRE_MESSAGE(run.status == 0, run.errors);
    CHECK(read_all(labels) == "[[1], []]\n");
}
