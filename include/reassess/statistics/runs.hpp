// Repeated training runs: medians per recipe and metric, and differences from a baseline with bootstrap intervals
// (Tables 2 and 4).
#pragma once

#include "../detail/expects.hpp"
#include "../detail/random_stream.hpp"
#include "../version.hpp"
#include "bootstrap.hpp"
#include "confidence.hpp"
#include "theil_sen.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// The runs of one recipe evaluated by one metric: a cell of Table 4.
struct run_cell {
    std::string recipe{};
    std::string metric{};
    /// One value per run.
    std::vector<double> values{};
};

struct compare_runs_options {
    /// Minimum number of runs, in the cell and in the baseline, for an interval of their difference.
    std::size_t least_runs = 5;
    std::size_t replicates = 1999;
    confidence_level level{0.95};
};

/// A cell compared with the baseline of the same metric.
struct run_comparison {
    std::string recipe{};
    std::string metric{};
    std::size_t runs = 0;
    double median = 0;
    /// Median minus the baseline's median; absent for the baseline itself.
    std::optional<double> difference{};
    /// Percentile bootstrap over the runs of both; absent for the baseline and if there are too few runs.
    std::optional<interval> difference_interval{};
};

/// Median of every cell's runs and its difference from the median of the recipe `baseline` by the same metric.
///
/// The median of an even number of runs is the mean of the two middle values. Intervals resample the runs of both
/// cells; for the paper's three runs they are absent, because three runs are too few to estimate a spread. Cell c draws
/// replicate r from stream 2^32 c + r of the seed. Throws std::invalid_argument for a cell without runs, a NaN or
/// infinity, a duplicate cell, a metric without a baseline and fewer than 2 replicates. If there are no cells, the
/// result is empty. O(cells (runs log runs + replicates runs)). Beyer, Hénaff, Kolesnikov, Zhai, van den Oord 2020,
/// Tables 2 and 4, arXiv:2006.07159.
[[nodiscard]] inline std::vector<run_comparison> compare_runs(std::span<const run_cell> cells,
                                                              const std::string& baseline, random_seed seed,
                                                              const compare_runs_options& options = {})
{
    detail::expect_replicates(options.replicates);
    const auto median = [](std::vector<double> values) { return detail::median_in_place(values); };
    std::map<std::pair<std::string, std::string>, std::size_t> places;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const run_cell& cell = cells[i];
        detail::expects(!cell.values.empty(), "runs: ", cell.recipe, " has no runs of ", cell.metric);
        detail::expect_finite(cell.values, "runs", "the value");
        detail::expects(places.emplace(std::pair(cell.recipe, cell.metric), i).second, "runs: ", cell.recipe,
                        " occurs twice for ", cell.metric);
    }
    std::vector<run_comparison> result;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const run_cell& cell = cells[i];
        run_comparison comparison{cell.recipe, cell.metric, cell.values.size(), median(cell.values), {}, {}};
        const auto found = places.find({baseline, cell.metric});
        detail::expects(found != places.end(), "runs: no runs of the baseline ", baseline, " for ", cell.metric);
        const std::vector<double>& other = cells[found->second].values;
        if (found->second != i) {
            comparison.difference = comparison.median - median(other);
            if (std::min(cell.values.size(), other.size()) >= options.least_runs) {
                std::vector<double> differences;
                for (std::size_t replicate = 0; replicate < options.replicates; ++replicate) {
                    detail::random_stream stream(seed.value(), (std::uint64_t{i} << 32) + replicate);
                    const auto resampled_median = [&](const std::vector<double>& values) {
                        std::vector<double> drawn(values.size());
                        for (double& value : drawn)
                            value = values[static_cast<std::size_t>(stream.below(values.size()))];
                        return median(std::move(drawn));
                    };
                    const double own = resampled_median(cell.values);
                    differences.push_back(own - resampled_median(other));
                }
                comparison.difference_interval =
                    detail::summarise_replicates(*comparison.difference, std::move(differences), options.level)
                        .percentile;
            }
        }
        result.push_back(std::move(comparison));
    }
    return result;
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
