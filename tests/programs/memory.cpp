// 50,000 x 1000 mapped scores take memory for the results only: the program runs where it may not have 50 MB of its
// own.
#ifdef __linux__
#    include "run_program.hpp"

#    include <reassess/io/npy.hpp>

#    include <cstdint>
#    include <filesystem>
#    include <fstream>
#    include <string>
#    include <vector>

using test_support::run_program;
using test_support::temporary_folder;

#    if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#        define REASSESS_TEST_SANITIZED 1
#    elif defined(__has_feature)
#        if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#            define REASSESS_TEST_SANITIZED 1
#        endif
#    endif

TEST_CASE("evaluate: 50,000 x 1000 scores under a limit of 50 MB of private memory")
{
#    ifdef REASSESS_TEST_SANITIZED
    MESSAGE("left out: sanitizers need more memory than that");
#    else
    const temporary_folder folder;
    const std::string scores = folder / "scores.npy", original = folder / "original.npy", real = folder / "real.json";
    // A sparse file: the header says what the 200 MB of zeros are.
    reassess::io::write_npy(scores, std::vector<float>{}, {0, 1000});
    std::string header = test_support::read_all(scores);
    const std::string shape = "(0, 1000), }    ";
    const std::size_t at = header.find(shape);
    REQUIRE(at != std::string::npos);
    test_support::write_all(scores, header.replace(at, shape.size(), "(50000, 1000), }"));
    std::filesystem::resize_file(scores, header.size() + std::uintmax_t{50000} * 1000 * sizeof(float));
    std::vector<std::int32_t> labels(50000);
    std::string sets;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        labels[i] = static_cast<std::int32_t>(i % 1000);
        sets += (i == 0 ? "[[" : ", [") + std::to_string(i % 1000) + "]";
    }
    reassess::io::write_npy(original, labels, {labels.size()});
    test_support::write_all(real, sets + "]");

    const std::string evaluate = std::string(REASSESS_EVALUATE_PROGRAM) + " --scores " + scores + " --original " +
                                 original + " --real " + real + " --json -";
    // RLIMIT_DATA counts private writable memory, the stacks of threads included, but not mapped files.
    const auto limited = run_program({"sh", "-c", "ulimit -d 51200 && " + evaluate});
    REQUIRE_MESSAGE(limited.status == 0, limited.errors);
    CHECK(limited.json()["models"][0]["top_k"][0]["hits"] == 50);
    CHECK(limited.json()["models"][0]["ties"] == 50000);
    // The limit is one: a hundredth of it is too little.
    CHECK(run_program({"sh", "-c", "ulimit -d 512 && " + evaluate}).status != 0);
#    endif
}
#endif
