// A table of models as Fig. 4 sees it: halves, their lines, the Z-test and further tests.
#pragma once

#include "paper.hpp"

#include <reassess/statistics/compare_halves.hpp>
#include <reassess/statistics/slope_comparison.hpp>

#include <optional>
#include <string>
#include <vector>

namespace paper {

struct pool_of_models {
    /// Part of every number's id.
    std::string id{};
    std::string name{};
    std::vector<model_point> models{};
    /// The noise of every model, where its counts are known; else empty.
    std::vector<ra::uncertain_point> uncertain{};
    /// The family of every model, as cluster numbers; empty where families are not known.
    std::vector<std::size_t> families{};
    ra::boundary_model boundary = ra::boundary_model::in_first_half;
    /// What the paper prints of this pool.
    std::optional<report::printed> first_slope{};
    std::optional<report::printed> second_slope{};
    std::string note{};
};

struct analysed_pool {
    pool_of_models pool{};
    std::vector<double> x{};
    std::vector<double> y{};
    ra::halves_result halves{};
    ra::slope_comparison tests{};
};

/// Nothing where the models are too few for two lines.
std::optional<analysed_pool> analyse(pool_of_models pool);
/// The models of timm, in families by their names; nothing without them.
std::optional<analysed_pool> analyse_timm(const inputs& in);

/// The points, both lines, and the original labels' own accuracy as a line.
report::figure draw_halves(const analysed_pool& analysed, double labels_real, const std::string& labels_name);

/// Slopes and the Z-test, a row for every pool.
report::table slopes_table(const std::vector<analysed_pool>& pools);
/// What else the lines are, two rows for every pool.
report::table lines_table(const std::vector<analysed_pool>& pools);
/// The same question by other tests, a row for every pool.
report::table further_table(const std::string& id, const std::vector<analysed_pool>& pools);
/// The paper's test of the slopes, then the same question without each of its assumptions. The ids of the numbers begin
/// with `prefix`.
report::table assumptions_table(const std::string& id, const std::string& prefix, const analysed_pool& analysed);

}  // namespace paper
