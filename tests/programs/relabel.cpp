// relabel: its JSON, files and errors on a small archive; and on the released votes.
#include "../support/expected_figures.hpp"
#include "../support/real_data.hpp"
#include "../support/relative_error.hpp"
#include "../support/sanitizers.hpp"
#include "../support/zip_bytes.hpp"
#include "run_program.hpp"

#include <reassess/io/label_sets.hpp>
#include <reassess/io/labels.hpp>
#include <reassess/io/npy.hpp>
#include <reassess/io/rater_votes.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace ra = reassess;
using test_support::check_fails;
using test_support::relative_error;
using test_support::run_program;
using test_support::temporary_folder;
using test_support::write_all;
using test_support::zip_bytes;

namespace {

const std::string program = REASSESS_RELABEL_PROGRAM;

template <class T>
std::string npy_of(const std::string& descr, const std::string& shape, const std::vector<T>& values)
{
    const std::string dictionary = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
    std::string bytes("\x93NUMPY\1\0", 8);
    bytes += static_cast<char>(dictionary.size());
    bytes += '\0';
    return bytes + dictionary + std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

/// Pairs (image, class) as one letter each; answers[rater][pair] is 0, 1 or 2.
std::string votes_archive(const std::u32string& pairs, const std::vector<std::vector<int>>& answers)
{
    const std::size_t count = pairs.size() / 2;
    std::vector<char32_t> info;
    for (std::size_t i = 0; i < count; ++i) {
        for (const char32_t c : {pairs[2 * i], U'_', pairs[2 * i], pairs[2 * i + 1], char32_t{0}, char32_t{0}})
            info.push_back(c);
    }
    // The name of image x is "x_x"; the class has one digit.
    for (std::size_t i = 0; i < count; ++i) info[6 * i + 2] = pairs[2 * i];
    std::vector<double> tensor;
    for (const auto& rater : answers)
        for (const int answer : rater)
            for (int a = 0; a < 3; ++a) tensor.push_back(answer == a ? 1 : 0);
    const std::string shape = "(" + std::to_string(count) + ", 2)";
    return zip_bytes(
        {{"tensor.npy",
          npy_of("<f8", "(" + std::to_string(answers.size()) + ", " + std::to_string(count) + ", 3)", tensor)},
         {"info.npy", npy_of("<U3", shape, info)}});
}

/// How many first predictions of a model are among the labels that posteriors above 0.8 give, and how many images have
/// such labels; images that nobody rated have their original label. Counted by image name, with none of the library's
/// joins and metrics.
struct real_counts {
    std::size_t hits = 0;
    std::size_t judged = 0;
};

real_counts count_real_hits(const std::filesystem::path& data, const std::string& model,
                            const ra::io::rater_votes& rated, std::span<const double> posteriors)
{
    std::map<std::string, std::set<std::int64_t>> labels_of;
    for (std::size_t i = 0; i < posteriors.size(); ++i) {
        std::set<std::int64_t>& labels = labels_of[rated.images[rated.pairs[i].image]];
        if (posteriors[i] > 0.8) labels.insert(rated.pairs[i].label);
    }
    const auto rows =
        test_support::read_json(data / "imagenetv2/imagenet-validation-original.json").at("image_filenames");
    const ra::io::npy_file lists(data / "imagenetv2/imagenet-validation-original" / (model + ".npy"));
    const auto original = ra::io::read_labels(data / "label-errors/imagenet_val_set_original_labels.npy");
    real_counts counts;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const auto [entry, unrated] = labels_of.try_emplace(rows[row][0].get<std::string>());
        if (unrated) entry->second.insert(original[row]);
        counts.judged += !entry->second.empty();
        counts.hits += entry->second.contains(lists.values<std::int64_t>()[row * lists.shape()[1]]);
    }
    return counts;
}

/// Images 1_1 .. 4_4 with original labels 5, 6, 7, 8; image 4 is not rated.
struct small_files {
    temporary_folder folder{};
    std::string votes = folder / "votes.npz";
    std::string gold = folder / "gold.npz";
    std::string names = folder / "names.txt";
    std::string original = folder / "original.txt";

    small_files()
    {
        write_all(votes, votes_archive(U"1516262736", {{2, 0, 2, 1, 0}, {2, 0, 1, 0, 0}, {2, 1, 2, 0, 2}}));
        write_all(gold, votes_archive(U"261527", {{2, 2, 2}, {2, 0, 0}, {0, 2, 0}}));
        // Rows are in another order than the numbers.
        write_all(names, "b/3_3.jpg\nb/1_1.jpg\nb/2_2.jpg\nb/4_4.jpg\n");
        write_all(original, "7\n5\n6\n8\n");
    }
};

}  // namespace

TEST_CASE("relabel: majority vote of a small archive")
{
    const small_files files;
    // The archive has no extensions, so neither have the names that it is joined with.
    write_all(files.names, "b/3_3\nb/1_1\nb/2_2\nb/4_4\n");
    const std::string labels = files.folder / "labels.json";
    const std::string posteriors = files.folder / "posteriors.npy";
    const std::string curve = files.folder / "curve.csv";
    const auto run = run_program({program, "--votes", files.votes, "--method", "majority", "--names", files.names,
                                  "--original", files.original, "--gold", files.gold, "--labels", labels,
                                  "--posteriors", posteriors, "--curve", curve, "--json", "-"});
    REQUIRE_MESSAGE(run.status == 0, run.errors);
    CHECK(run.errors == "");
    const auto result = run.json();
    CHECK(result["pairs"] == 5);
    CHECK(result["raters"] == 3);
    CHECK(result["votes"] == 15);
    CHECK(result["images"] == 3);
    CHECK(result["method"] == "majority");
    CHECK(result["rule"] == "half");
    CHECK(result["iterations"].is_null());
    CHECK(result["log_likelihood"].is_null());
    CHECK(result["kept"] == 2);
    CHECK(result["gold"]["hits"] == 2);
    CHECK(result["gold"]["proposed"] == 2);
    CHECK(result["gold"]["gold"] == 2);
    CHECK(result["gold"]["precision"] == 1.0);
    CHECK(ra::io::read_label_sets(labels) == ra::label_sets(std::vector<std::vector<int>>{{5}, {6}, {}, {8}}));
    const ra::io::npy_file scores(posteriors);
    CHECK(std::vector<std::size_t>(scores.shape().begin(), scores.shape().end()) == std::vector<std::size_t>{5});
    CHECK(scores.values<double>()[0] == 1.0);
    CHECK(scores.values<double>()[2] == 2.5 / 3);
    const std::string lines = test_support::read_all(curve);
    CHECK(lines.starts_with("kind,name,threshold,precision,recall,hits,proposed,gold\nkept,majority,,1,1,2,2,2\n"));
    CHECK(lines.find("\nlabels,original,,1,1,2,2,2\n") != std::string::npos);
    CHECK(lines.find("\nexpert against the other experts,2,") != std::string::npos);
    CHECK(lines.find("\ncurve,majority,-inf,0.6666666666666666,1,2,3,2\n") != std::string::npos);

    // Published sets in order of image number, and by name.
    for (const char* const sets : {"[[5], [6], [], [1]]", R"({"2_2": [6], "3_3": [], "a/1_1": [5]})"}) {
        write_all(files.folder / "published.json", sets);
        const auto compared = run_program({program, "--votes", files.votes, "--method", "majority", "--names",
                                           files.names, "--published", files.folder / "published.json", "--json", "-"});
        REQUIRE_MESSAGE(compared.status == 0, compared.errors);
        CHECK(compared.json()["published"]["kept"] == 2);
        CHECK(compared.json()["published"]["agreement"] == 1.0);
    }
}

TEST_CASE("relabel: Dawid-Skene, and a table for people")
{
    const small_files files;
    const auto run = run_program({program, "--votes", files.votes, "--max-iterations", "1", "--json", "-"});
    REQUIRE_MESSAGE(run.status == 0, run.errors);
    const auto result = run.json();
    CHECK(result["method"] == "dawid-skene");
    CHECK(result["iterations"] == 1);
    CHECK(result["converged"] == false);
    CHECK(result["threshold"] == 0.8);
    CHECK(result["gold"].is_null());
    CHECK(result["prior"].get<double>() > 0);
    CHECK(result["log_likelihood"].get<double>() < 0);
    const auto start = run_program({program, "--votes", files.votes, "--max-iterations", "0"});
    CHECK(start.status == 0);
    CHECK(start.output.find("0 iterations, NOT converged, log-likelihood -, prior") != std::string::npos);
    const auto table = run_program({program, "--votes", files.votes});
    CHECK(table.status == 0);
    CHECK(table.output.find("15 votes of 3 raters on 5 pairs of 3 images\nDawid-Skene: ") == 0);
}

TEST_CASE("relabel: votes of a long table are those of the archive")
{
    const small_files files;
    write_all(files.names, "b/3_3\nb/1_1\nb/2_2\nb/4_4\n");
    std::string table = "task,worker,label\n";
    const std::vector<std::string> tasks{"1_1 5", "1_1 6", "2_2 6", "2_2 7", "3_3 6"}, answers{"no", "maybe", "yes"};
    const std::vector<std::vector<std::size_t>> given{{2, 0, 2, 1, 0}, {2, 0, 1, 0, 0}, {2, 1, 2, 0, 2}};
    for (std::size_t rater = 0; rater < 3; ++rater)
        for (std::size_t i = 0; i < 5; ++i)
            table += tasks[i] + ",rater " + std::to_string(rater) + ',' + answers[given[rater][i]] + '\n';
    const std::string csv = files.folder / "votes.csv";
    write_all(csv, table);
    const auto relabel = [&](const std::string& votes) {
        const auto run = run_program({program, "--votes", votes, "--names", files.names, "--original", files.original,
                                      "--labels", files.folder / "labels.json", "--json", "-"});
        REQUIRE_MESSAGE(run.status == 0, run.errors);
        return run.output + test_support::read_all(files.folder / "labels.json");
    };
    const std::string from_archive = relabel(files.votes);
    CHECK(relabel(csv) == from_archive);

    // Raters keep their names.
    const std::string gold = files.folder / "gold.csv";
    write_all(gold, "task,worker,label\n2_2 6,Ann,yes\n1_1 5,Ben,yes\n1_1 5,Ann,no\n");
    const auto points = run_program({program, "--votes", csv, "--gold", gold});
    REQUIRE_MESSAGE(points.status == 0, points.errors);
    CHECK(points.output.find("expert against all experts: Ben ") != std::string::npos);

    for (const std::string task : {"1_1", "1_1 x", "1_1 5x", " 5", "1_1 -1", "1_1 "}) {
        write_all(csv, "task,worker,label\n" + task + ",r,yes\n");
        check_fails(run_program({program, "--votes", csv}), 1,
                    csv + ": the task \"" + task + "\" is not an image and a class");
    }
    write_all(csv, "task,worker,label\n1_1 5,r,perhaps\n");
    check_fails(run_program({program, "--votes", csv}), 1, "line 2: found \"perhaps\"");
}

TEST_CASE("relabel: bad usage and bad data say so in one line")
{
    const small_files files;
    const std::string missing = files.folder / "missing.npz";
    check_fails(run_program({program}), 2, "--votes");
    check_fails(run_program({program, "--votes", missing}), 1, missing + ": cannot be opened");
    check_fails(run_program({program, "--votes", files.names}), 1, "cannot be opened as an npz archive");
    check_fails(run_program({program, "--votes", files.votes, "--method", "best"}), 2, "--method");
    check_fails(run_program({program, "--votes", files.votes, "--threshold", "1.5"}), 2, "--threshold");
    check_fails(run_program({program, "--votes", files.votes, "--virtual-rater", "original"}), 2,
                "--virtual-rater needs --original");
    check_fails(run_program({program, "--votes", files.votes, "--virtual-classes", "0-9"}), 2,
                "--virtual-classes needs --virtual-rater");
    check_fails(run_program({program, "--votes", files.votes, "--original", files.original}), 2,
                "--original needs --names");
    check_fails(run_program({program, "--votes", files.votes, "--labels", "x"}), 2, "--labels needs --original");
    check_fails(run_program({program, "--votes", files.votes, "--curve", "x"}), 2, "--curve needs --gold");
    check_fails(run_program({program, "--votes", files.votes, "--want-recall", "0.5"}), 2, "need --gold");
    // The names have an extension that the archive's have not, which does not matter.
    CHECK(run_program({program, "--votes", files.votes, "--names", files.names}).status == 0);
    const std::string others = files.folder / "others.txt";
    write_all(others, "v_1.JPEG\nv_2.JPEG\nv_3.JPEG\n");
    check_fails(run_program({program, "--votes", files.votes, "--names", others}), 1, "1_1");
    const std::string other = files.folder / "other.npz";
    write_all(other, votes_archive(U"19", {{2}}));
    check_fails(run_program({program, "--votes", files.votes, "--gold", other}), 1,
                "the pair 1_1 9 is not among those of");
}

TEST_CASE("relabel: the released votes under 64 MB of memory, and labels that evaluate reads")
{
    NEEDS_REAL_DATA(data);
    const auto& expected = test_support::expected_figures();
    const auto& wanted = expected["raters"];
    const temporary_folder folder;
    const std::string released = (data / "reassessed-imagenet").string();
    const std::string errors = (data / "label-errors").string();
    const std::string posteriors = folder / "posteriors.npy", labels = folder / "labels.json";
    const std::string limit = test_support::under_sanitizer ? "" : "ulimit -d 62500 && ";
    const auto run = run_program(
        {"sh", "-c",
         limit + program + " --votes " + released + "/raters.npz --original " + errors +
             "/imagenet_val_set_original_labels.npy --names " + errors + "/imagenet_val_set_index_to_filepath.json " +
             "--gold " + released + "/golden.npz --virtual-rater original --virtual-classes 0-397 --published " +
             released + "/real.json --backend seq --posteriors " + posteriors + " --labels " + labels + " --json -"});
    REQUIRE_MESSAGE(run.status == 0, run.errors);
    const auto result = run.json();
    const auto& fit = wanted["dawid_skene_with_virtual_rater"];
    for (const char* key : {"pairs", "raters", "votes", "images"}) CHECK(result[key] == wanted[key]);
    CHECK(std::abs(result["iterations"].get<int>() - fit["iterations_to_1e_9"].get<int>()) <= 2);
    CHECK(result["converged"] == true);
    CHECK(relative_error(result["log_likelihood"], fit["log_likelihood"]) < 1e-9);
    CHECK(relative_error(result["prior"], fit["prior_present"]) < 1e-9);
    CHECK(result["kept"] == fit["kept_above_0_8"]);
    CHECK(result["published"]["kept"] == wanted["pairs_kept_in_real_json"]);
    CHECK(result["published"]["agreement"] == fit["agreement_with_real_json"]);
    for (const char* key : {"hits", "proposed", "gold", "precision", "recall"})
        CHECK(result["gold"][key] == fit["golden_above_0_8"][key]);
    const ra::io::npy_file scores(posteriors);
    REQUIRE(scores.elements() == 184962);
    for (std::size_t i = 0; i < 8; ++i)
        CHECK(std::abs(scores.values<double>()[i] - fit["posterior_first_8_pairs"][i].get<double>()) < 1e-9);

    // In order of number: an image that nobody rated has its original label, which real.json has, too.
    const ra::label_sets written = ra::io::read_label_sets(labels);
    const ra::label_sets real = ra::io::read_label_sets(data / "reassessed-imagenet/real.json");
    REQUIRE(written.images() == 50000);
    CHECK(written.labels() == 33696 + 25111);
    std::size_t equal = 0;
    for (std::size_t image = 0; image < 50000; ++image) equal += std::ranges::equal(written[image], real[image]);
    CHECK(equal > 47000);

    const ra::io::rater_votes rated = ra::io::read_rater_votes(released + "/raters.npz");
    const std::string models = (data / "imagenetv2/imagenet-validation-original").string();
    std::vector<std::string> command{REASSESS_EVALUATE_PROGRAM,
                                     "--original",
                                     errors + "/imagenet_val_set_original_labels.npy",
                                     "--names",
                                     models + ".json",
                                     "--json",
                                     "-",
                                     "--real",
                                     labels};
    const std::vector<std::string> names{"pnasnet5large", "resnet50", "alexnet"};
    for (const std::string& name : names)
        command.insert(command.end(), {"--predictions", models + '/' + name + ".npy"});
    const auto evaluated = run_program(command);
    REQUIRE_MESSAGE(evaluated.status == 0, evaluated.errors);
    const auto accuracies = evaluated.json();
    for (std::size_t m = 0; m < names.size(); ++m) {
        CAPTURE(names[m]);
        const real_counts counts = count_real_hits(data, names[m], rated, scores.values<double>());
        const auto& model = accuracies["models"][m];
        CHECK(model["name"] == names[m]);
        CHECK(model["real_any"][0]["hits"] == counts.hits);
        CHECK(model["real_any"][0]["total"] == counts.judged);
        // Of every 1,000 images, less than one moves against the published labels.
        const double hits = expected["models"][names[m]]["real_any_of_top_k_hits"][0].get<double>();
        const double wanted_accuracy = hits / expected["imagenet"]["images_with_labels"].get<double>();
        CHECK(std::abs(model["real_any"][0]["value"].get<double>() - wanted_accuracy) < 1e-3);
    }
}
