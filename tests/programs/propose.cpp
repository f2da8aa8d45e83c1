// The program `propose`, run as a user runs it, on three images whose proposals can be checked by eye, and on a
// simulated validation set.
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

namespace {

const std::string propose = REASSESS_PROPOSE_PROGRAM;

/// Three images of four classes and two models.
struct small_set {
    temporary_folder folder{};
    std::string a = folder / "a.npy";
    std::string b = folder / "b.npy";
    std::string original = folder / "original.npy";
    std::string names = folder / "names.txt";
    std::string gold = folder / "gold.json";

    small_set()
    {
        // By logits a lists (0, 0) (0, 1) (1, 1), by probabilities (0, 0) (1, 1) (2, 3).
        reassess::io::write_npy(a, std::vector<float>{9, 8, 1, 0, 0, 7, 1, 0, 0, 0, 0, 4}, {3, 4});
        // By logits b lists (0, 0) (1, 1) (1, 2), by probabilities (0, 0) (1, 1) (2, 0).
        reassess::io::write_npy(b, std::vector<float>{8, 1, 0, 0, 0, 7, 6, 0, 5, 0, 3, 2}, {3, 4});
        reassess::io::write_npy(original, std::vector<std::int64_t>{0, 1, 2}, {3});
        write_all(names, "x_2.png\nx_1.png\nx, 3.png\n");
        write_all(gold, "[[1, 2], [], [2, 3]]");
    }

    [[nodiscard]] std::vector<std::string> command(std::initializer_list<std::string> more) const
    {
        std::vector<std::string> words{propose,      "--logits", "first=" + a, "--logits", b,
                                       "--original", original,   "--pairs",    "3"};
        words.insert(words.end(), more);
        return words;
    }
};

}  // namespace

TEST_CASE("propose: every number and file of a small set")
{
    const small_set set;
    const std::string rows = set.folder / "proposals.csv", sets = set.folder / "proposals.json",
                      rated = set.folder / "rated.txt", not_rated = set.folder / "not_rated.txt",
                      tasks = set.folder / "tasks.csv";
    const auto result =
        run_program(set.command({"--names", set.names, "--json", "-", "--proposals", rows, "--rated", rated,
                                 "--not-rated", not_rated, "--tasks", tasks, "--task-size", "2"}));
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    CHECK(result.errors == "");
    const auto json = result.json();
    CHECK(json["images"] == 3);
    CHECK(json["classes"] == 4);
    CHECK(json["models"] == std::vector<std::string>{"first", "b"});
    CHECK(json["proposals"] == 5);
    // (0, 1) and (1, 2) have one mention; (2, 0) and (2, 3) too, but are predictions.
    CHECK(json["dropped"] == 2);
    CHECK(json["rated"] == 1);
    CHECK(json["not_rated"] == 2);
    CHECK(json["proposals_on_rated"] == 3);
    CHECK(json["mean_over_rated"] == 3.0);
    CHECK(json["mean_over_all"] == 5.0 / 3);
    CHECK(json["tasks"] == 2);
    CHECK(json["search"].is_null());
    CHECK(read_all(rows) ==
          "row,image,class,mentions\n0,x_2.png,0,4\n1,x_1.png,1,4\n2,\"x, 3.png\",0,1\n2,\"x, 3.png\",2,0\n"
          "2,\"x, 3.png\",3,1\n");
    CHECK(read_all(rated) == "x, 3.png\n");
    CHECK(read_all(not_rated) == "x_2.png\nx_1.png\n");
    CHECK(read_all(tasks) == "task,row,image,class\n0,2,\"x, 3.png\",0\n0,2,\"x, 3.png\",2\n1,2,\"x, 3.png\",3\n");

    const auto table = run_program(set.command({"--proposals", sets, "--backend", "seq"}));
    CHECK(table.output.find("1 images need raters: 3 proposals (3.00 an image) in 1 tasks") != std::string::npos);
    CHECK(nlohmann::json::parse(read_all(sets)) == nlohmann::json::parse("[[0], [1], [0, 2, 3]]"));
    // Counted per model, (0, 0) and (1, 1) have two mentions, and (1, 2) one.
    const auto by_model = run_program(set.command({"--count-models", "--json", "-"})).json();
    CHECK(by_model["mention"] == "model");
    CHECK(by_model["proposals"] == 5);
}

TEST_CASE("propose: a hierarchy keeps siblings in one task")
{
    const small_set set;
    // Classes 2 and 3 under node 4, 0 and 1 alone.
    write_all(set.folder / "parents.txt", "-1\n-1\n4\n4\n-1\n");
    const auto result =
        run_program(set.command({"--hierarchy", set.folder / "parents.txt", "--task-size", "2", "--tasks", "-"}));
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    CHECK(result.output.find("0,2,2,0\n1,2,2,2\n1,2,2,3\n") != std::string::npos);
}

TEST_CASE("propose: gold labels find the best subset, and it can propose alone")
{
    const small_set set;
    const std::string front = set.folder / "front.csv";
    const auto result = run_program(
        set.command({"--gold", set.gold, "--least-recall", "0.5", "--front", front, "--best-subset", "--json", "-"}));
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    const auto json = result.json();
    const auto& search = json["search"];
    CHECK(search["judged"] == 2);
    // On images 0 and 2 both propose 0 | 0, 2, 3; the first alone 0 | 2, 3; b alone 0 | 0, 2. Gold is 1, 2 | 2, 3.
    CHECK(search["all_models"]["precision"]["hits"] == 2);
    CHECK(search["all_models"]["precision"]["total"] == 4);
    CHECK(search["all_models"]["recall"]["total"] == 4);
    CHECK(search["all_models"]["mean_over_rated"] == 3.0);
    CHECK(search["best"]["models"] == std::vector<std::string>{"first"});
    CHECK(search["best"]["precision"]["hits"] == 2);
    CHECK(search["best"]["precision"]["total"] == 3);
    CHECK(search["best"]["recall"]["value"] == 0.5);
    CHECK(search["front"].size() == 1);
    CHECK(json["proposing"] == std::vector<std::string>{"first"});
    CHECK(json["proposals"] == 4);
    CHECK(read_all(front) ==
          "models,correct,judged_proposals,gold_labels,precision,recall,mean_over_rated,mean_over_all\n"
          "first,2,3,4,0.6666666666666666,0.5,2,1.3333333333333333\n");

    const auto none = run_program(set.command({"--gold", set.gold, "--json", "-"}));
    CHECK(none.json()["search"]["best"].is_null());
    const auto table = run_program(set.command({"--gold", set.gold}));
    CHECK(table.output.find("No subset has a recall of at least 97.0") != std::string::npos);
    check_fails(run_program(set.command({"--gold", set.gold, "--best-subset"})), 1,
                "no subset of the models has a recall of at least 0.97");
}

TEST_CASE("propose: gold sets of some images are joined by name")
{
    const small_set set;
    write_all(set.gold, "[[2], [0]]");
    write_all(set.folder / "gold.txt", "folder/x, 3.png\nx_2.png\n");
    const auto result = run_program(set.command({"--names", set.names, "--gold", set.gold, "--gold-names",
                                                 set.folder / "gold.txt", "--least-recall", "1", "--json", "-"}));
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    const auto search = result.json()["search"];
    CHECK(search["judged"] == 2);
    CHECK(search["best"]["precision"]["hits"] == 2);
    CHECK(search["best"]["precision"]["total"] == 3);
    CHECK(search["best"]["recall"]["value"] == 1.0);
}

TEST_CASE("propose: bad usage ends with 2, bad data with 1, in one line")
{
    const small_set set;
    check_fails(run_program({propose, "--original", set.original}), 2, "--logits is required");
    check_fails(run_program(set.command({"--best-subset"})), 2, "need --gold");
    check_fails(run_program(set.command({"--gold", set.gold, "--gold-names", set.names})), 2,
                "--gold-names needs --names");
    check_fails(run_program(set.command({"--logits", "first=" + set.b})), 2, "two models are called first");
    check_fails(run_program(set.command({"--pairs", "0"})), 2, "--pairs");
    std::vector<std::string> many = set.command({"--gold", set.gold});
    for (int m = 0; m < 23; ++m) many.insert(many.end(), {"--logits", "m" + std::to_string(m) + "=" + set.a});
    check_fails(run_program(many), 2, "all subsets of 25 models are too many, expected at most 24");

    check_fails(run_program(set.command({"--logits", set.original})), 1, "original.npy: has 1 dimensions");
    check_fails(run_program(set.command({"--logits", set.folder / "none.npy"})), 1, "none.npy");
    const std::string other = set.folder / "other.npy";
    reassess::io::write_npy(other, std::vector<float>(8, 1), {2, 4});
    check_fails(run_program(set.command({"--logits", other})), 1, "other.npy: 2 rows, but 3 original labels");
    reassess::io::write_npy(other, std::vector<float>(9, 1), {3, 3});
    check_fails(run_program(set.command({"--logits", other})), 1, "model 2 has 3 images and 3 classes");
    write_all(set.folder / "parents.txt", "0\n-1\n-1\n-1\n");
    check_fails(run_program(set.command({"--hierarchy", set.folder / "parents.txt"})), 1,
                "parents.txt: class taxonomy: node 0 is in a cycle, or above one");
    write_all(set.gold, "[[1], [2]]");
    check_fails(run_program(set.command({"--gold", set.gold})), 1, "gold labels for 2 images, but models for 3");
}

TEST_CASE("propose: a simulated validation set, whatever the number of threads")
{
    const temporary_folder folder;
    REQUIRE(run_program({REASSESS_SIMULATE_PROGRAM, "--out", folder / "set", "--images", "2000", "--classes", "100"})
                .status == 0);
    std::vector<std::string> command{propose,
                                     "--original",
                                     folder / "set/original.npy",
                                     "--names",
                                     folder / "set/names.txt",
                                     "--gold",
                                     folder / "set/real.json",
                                     "--pairs",
                                     "6000",
                                     "--json",
                                     "-"};
    for (const char* model : {"a", "b", "c", "d"})
        command.insert(command.end(), {"--logits", folder / ("set/model_" + std::string(model) + ".npy")});
    const auto result = run_program(command);
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    const auto json = result.json();
    CHECK(json["rated"].get<int>() + json["not_rated"].get<int>() == 2000);
    CHECK(json["proposals"] == json["search"]["all_models"]["proposals"]);
    CHECK(json["rated"] == json["search"]["all_models"]["rated"]);
    CHECK(json["search"]["all_models"]["recall"]["value"] > 0.8);
    const auto& front = json["search"]["front"];
    REQUIRE(front.size() > 2);
    for (std::size_t i = 1; i < front.size(); ++i) {
        CHECK(front[i]["recall"]["value"] < front[i - 1]["recall"]["value"]);
        CHECK(front[i]["precision"]["value"] > front[i - 1]["precision"]["value"]);
    }
    command.insert(command.end(), {"--backend", "seq"});
    CHECK(run_program(command).json() == json);
}
