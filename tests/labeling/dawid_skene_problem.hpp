// Simulated votes, and permutation of classes, raters or items in results.
#pragma once

#include <reassess/data/annotations.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace test_support {

struct vote_columns {
    reassess::annotation_sizes sizes{};
    std::size_t answers = 0;
    std::vector<std::size_t> rater{};
    std::vector<std::size_t> item{};
    std::vector<std::size_t> answer{};

    [[nodiscard]] reassess::annotations votes() const
    {
        std::vector<std::string> names;
        for (std::size_t a = 0; a < answers; ++a) names.push_back("answer " + std::to_string(a));
        reassess::annotations all(sizes, names);
        for (std::size_t v = 0; v < rater.size(); ++v) all.add(rater[v], item[v], answer[v]);
        return all;
    }
};

/// Every item has about 5 votes, some by the same rater; about 7 of 10 equal the true class (item % classes). Every
/// 50th item has no votes, and every rater except the last has some.
inline vote_columns simulated_votes(std::size_t items, std::size_t raters, std::size_t classes, std::size_t answers)
{
    std::mt19937 random(20200612);
    vote_columns votes{.sizes = {.raters = raters, .items = items}, .answers = answers};
    for (std::size_t item = 0; item < items; ++item) {
        if (item % 50 == 49) continue;
        for (std::size_t i = 0; i < 4 + random() % 3; ++i) {
            votes.rater.push_back(random() % (raters - 1));
            votes.item.push_back(item);
            const bool right = random() % 10 < 6;
            votes.answer.push_back(right ? item % classes : random() % answers);
        }
    }
    return votes;
}

}  // namespace test_support
