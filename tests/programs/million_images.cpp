// The program `million_images`, on few images: its counts, whether it leaves the disk as it was, and what it refuses.
#include "run_program.hpp"

#include <reassess/io/npy.hpp>

#include <filesystem>
#include <string>
#include <vector>

using test_support::check_fails;
using test_support::run_program;
using test_support::temporary_folder;

namespace {

const std::string million_images = REASSESS_MILLION_IMAGES_PROGRAM;

}  // namespace

TEST_CASE("million_images: counts, speeds and memory; the file is removed")
{
    const temporary_folder folder;
    const std::string file = folder / "scores.npy";
    const auto result = run_program({million_images, "--images", "5000", "--classes", "100", "--batch", "1100",
                                     "--threads", "2", "--file", file, "--json", "-"});
    REQUIRE_MESSAGE(result.status == 0, result.errors);
    CHECK(result.errors == "");
    CHECK(!std::filesystem::exists(file));
    const auto json = result.json();
    CHECK(json["images"] == 5000);
    CHECK(json["classes"] == 100);
    CHECK(json["bytes"] == 2e6);
    CHECK(json["passes"].size() == 2);
    CHECK(json["passes"][0]["batches"] == 5);
    CHECK(json["passes"][1]["batches"] == 1);
    for (const auto& pass : json["passes"]) {
        CHECK(pass["seconds"] > 0.0);
        CHECK(pass["gigabytes_per_second"] == 2e6 / pass["seconds"].get<double>() / 1e9);
    }
    // Two rows of each whole batch, and one of the last.
    CHECK(json["checked_rows"] == 9);
    // The scores are the same on every machine. These counts are those of a program in another language, with a
    // Mersenne Twister and an argmax of its own.
    CHECK(json["top_1"]["hits"] == 4520);
    CHECK(json["top_1"]["total"] == 5000);
    CHECK(json["top_1"]["value"] == 0.904);
    CHECK(json["real"]["hits"] == 4233);
    CHECK(json["real"]["total"] == 4687);
    CHECK(json["real"]["value"] == 4233.0 / 4687.0);
#ifdef __linux__
    CHECK(json["own_peak_bytes"] > 0.0);
    CHECK(json["peak_bytes"] > json["own_peak_bytes"]);
#endif

    // Other batches and threads, the same counts; and more classes than the noise table has.
    const auto other =
        run_program({million_images, "--images", "5000", "--classes", "100", "--file", file, "--json", "-"});
    REQUIRE_MESSAGE(other.status == 0, other.errors);
    CHECK(other.json()["top_1"] == json["top_1"]);
    CHECK(other.json()["real"] == json["real"]);
    CHECK(run_program({million_images, "--images", "3", "--classes", "70000", "--file", file}).status == 0);
}

TEST_CASE("million_images: --keep keeps a file that other programs read, and none is overwritten")
{
    const temporary_folder folder;
    const std::string file = folder / "scores.npy";
    const std::vector<std::string> command{million_images, "--images", "20",    "--classes", "7",
                                           "--file",       file,       "--keep"};
    const auto kept = run_program(command);
    REQUIRE_MESSAGE(kept.status == 0, kept.errors);
    CHECK(kept.output.find("kept: " + file) != std::string::npos);
    const auto scores = reassess::io::map_npy<float>(file);
    CHECK(scores.view().images() == 20);
    CHECK(scores.view().classes() == 7);

    check_fails(run_program(command), 1, "exists already");
    CHECK(std::filesystem::exists(file));
}

TEST_CASE("million_images: too little disk space and bad usage are refused")
{
    const temporary_folder folder;
    const std::string file = folder / "scores.npy";
    // 400 TB.
    check_fails(run_program({million_images, "--images", "100000000", "--classes", "1000000", "--file", file}), 1,
                "of disk space, but there is");
    CHECK(!std::filesystem::exists(file));
    check_fails(run_program({million_images, "--images", "2", "--file", folder / "no/scores.npy"}), 1, "no folder");
    check_fails(run_program({million_images, "--images", "0"}), 2, "--images");
}
