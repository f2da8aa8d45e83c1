// Reference ranks by sorting; independent of the library, which counts greater scores.
#pragma once

#include <reassess/data/labels.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

namespace test_support {

/// The classes of one row without NaN, by descending score, ties by lower class.
inline std::vector<reassess::class_index> naive_order(std::span<const double> row)
{
    std::vector<reassess::class_index> order(row.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](reassess::class_index a, reassess::class_index b) {
        return row[static_cast<std::size_t>(a)] > row[static_cast<std::size_t>(b)];
    });
    return order;
}

/// The position of every class in the order.
inline std::vector<std::size_t> positions_in(const std::vector<reassess::class_index>& order)
{
    std::vector<std::size_t> positions(order.size());
    for (std::size_t rank = 0; rank < order.size(); ++rank) positions[static_cast<std::size_t>(order[rank])] = rank;
    return positions;
}

/// Whether another class has the same score.
inline bool naive_tied(std::span<const double> row, reassess::class_index c)
{
    return std::count(row.begin(), row.end(), row[static_cast<std::size_t>(c)]) > 1;
}

}  // namespace test_support
