// Positions that 32 bits cannot represent, in a few megabytes of memory.
#include "support/sanitizers.hpp"

#include <doctest/doctest.h>

#if defined(__linux__)

#    include <reassess/data/label_sets.hpp>
#    include <reassess/data/scores.hpp>
#    include <reassess/ranking/rank.hpp>

#    include <sys/mman.h>
#    include <unistd.h>
#    include <cstddef>
#    include <cstdint>
#    include <numeric>
#    include <span>
#    include <vector>

namespace ra = reassess;

namespace {

/// Address space that takes memory only where it is written.
class sparse_memory {
public:
    explicit sparse_memory(std::size_t bytes)
        : bytes_(bytes),
          address_(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))
    {
        REQUIRE(address_ != MAP_FAILED);
    }
    sparse_memory(const sparse_memory&) = delete;
    sparse_memory& operator=(const sparse_memory&) = delete;
    ~sparse_memory() { munmap(address_, bytes_); }

    [[nodiscard]] void* data() const noexcept { return address_; }

private:
    std::size_t bytes_;
    void* address_;
};

}  // namespace

TEST_CASE("rank: rows further apart than 32 bits can say")
{
    if constexpr (test_support::under_sanitizer) {
        MESSAGE("left out under a sanitizer: it maps 20 GB of address space");
        return;
    }
    constexpr std::size_t images = 5, classes = 3, stride = (std::size_t{1} << 30) + 3;
    const sparse_memory memory(((images - 1) * stride + classes) * sizeof(float));
    auto* const scores = static_cast<float*>(memory.data());
    // Image i prefers class i % 3, then the class after it.
    for (std::size_t image = 0; image < images; ++image) {
        scores[image * stride + image % 3] = 2;
        scores[image * stride + (image + 1) % 3] = 1;
    }
    const ra::scores_view<float> view(scores, images, classes, stride);
    const std::vector<ra::class_index> original{0, 2, 1, 1, 1};
    const ra::image_results ranks = ra::rank(ra::par.on(2).serial_below(0), view, {.original = original});
    CHECK(ranks.prediction == std::vector<ra::class_index>{0, 1, 2, 0, 1});
    CHECK(ranks.original_rank == std::vector<ra::rank_index>{0, 1, 2, 1, 0});
    const ra::image_results last = ra::rank(ra::seq, view.slice(4, 1), {.original = std::span(original).subspan(4)});
    CHECK(last.prediction == std::vector<ra::class_index>{1});
}

TEST_CASE("label sets: more labels than 32 bits can count")
{
    if constexpr (test_support::under_sanitizer) {
        MESSAGE("left out under a sanitizer: it maps 9 GB of address space");
        return;
    }
    // One block of ascending classes, mapped again and again: 2^31 labels and more in 4 MB of memory.
    constexpr std::size_t block_labels = std::size_t{1} << 20, blocks = 2049;
    constexpr std::size_t block_bytes = block_labels * sizeof(ra::class_index);
    const int file = memfd_create("labels", 0);
    REQUIRE(file != -1);
    REQUIRE(ftruncate(file, static_cast<off_t>(block_bytes)) == 0);
    const sparse_memory memory(blocks * block_bytes);
    auto* const start = static_cast<std::byte*>(memory.data());
    for (std::size_t block = 0; block < blocks; ++block) {
        REQUIRE(mmap(start + block * block_bytes, block_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file,
                     0) != MAP_FAILED);
    }
    close(file);
    auto* const classes = static_cast<ra::class_index*>(memory.data());
    std::iota(classes, classes + block_labels, 0);

    std::vector<std::uint64_t> offsets(1);
    for (std::size_t block = 0; block + 1 < blocks; ++block) offsets.push_back(offsets.back() + block_labels);
    offsets.push_back(offsets.back() + 5);           // the first five classes
    offsets.push_back(offsets.back() + 7);           // the next seven
    offsets.push_back(std::uint64_t{blocks} << 20);  // the rest of the last block
    REQUIRE(offsets.back() > std::uint64_t{1} << 31);

    const ra::label_sets_view sets(offsets, {classes, blocks * block_labels});
    CHECK(sets.images() == blocks + 2);
    CHECK(sets.labels() == std::uint64_t{2049} << 20);
    const auto set = sets[blocks];
    CHECK(std::vector<ra::class_index>(set.begin(), set.end()) == std::vector<ra::class_index>{5, 6, 7, 8, 9, 10, 11});
    CHECK(sets.contains(blocks, 11));
    CHECK(!sets.contains(blocks, 12));
    const ra::label_sets_view last = sets.slice(blocks, 2);
    CHECK(last.first_label() == (std::uint64_t{2048} << 20) + 5);
    CHECK(last.labels() == block_labels - 5);
    CHECK(last[1].front() == 12);
    CHECK(last[1].back() == (1 << 20) - 1);

    // The ranks of such labels lie at their offsets less the first one.
    std::vector<float> scores(2 * block_labels);
    std::iota(scores.begin(), scores.end(), 0.0F);
    const ra::image_results ranks =
        ra::rank(ra::seq, ra::scores_view<float>(scores, block_labels), {.real = sets.slice(blocks - 1, 2)});
    REQUIRE(ranks.label_rank.size() == 12);
    CHECK(ranks.label_rank[0] == block_labels - 1);
    CHECK(ranks.label_rank[11] == block_labels - 12);
}

#else

TEST_CASE("beyond 32 bits: left out")
{
    MESSAGE("left out: needs Linux");
}

#endif
