// The numbers of the program `relabel` as JSON and as tables.
#include "relabel.hpp"

#include <reassess/data/proportion.hpp>
#include <reassess/io/json_values.hpp>

#include <algorithm>
#include <cstdint>
#include <iostream>

namespace relabel {

namespace {

std::uint64_t count(const std::vector<bool>& kept)
{
    return static_cast<std::uint64_t>(std::count(kept.begin(), kept.end(), true));
}

}  // namespace

json to_json(const ra::io::named_votes& rated, const ra::pair_labels& labels, const references& known,
             const arguments& args)
{
    const auto& fit = labels.fit;
    json result{{"pairs", rated.pairs.size()},
                {"raters", nullptr},
                {"votes", nullptr},
                {"images", rated.images.size()},
                {"method", args.method},
                {"rule", fit ? json(nullptr) : json(args.rule)},
                {"iterations", fit ? json(fit->iterations) : json(nullptr)},
                {"converged", fit ? json(fit->converged) : json(nullptr)},
                {"identified", fit ? json(fit->identified) : json(nullptr)},
                {"smoothing", fit ? json(args.smoothing) : json(nullptr)},
                {"log_likelihood", fit ? program::number_or_null(fit->final_log_likelihood()) : json(nullptr)},
                {"prior", fit ? json(fit->prior[1]) : json(nullptr)},
                {"kept", count(labels.kept)},
                {"threshold", fit ? json(args.threshold) : json(nullptr)},
                {"gold", nullptr},
                {"published", nullptr}};
    if (known.published.empty()) return result;
    std::uint64_t agreeing = 0;
    for (std::size_t i = 0; i < known.published.size(); ++i) agreeing += known.published[i] == labels.kept[i];
    result["published"] = {{"kept", count(known.published)},
                           {"agreement", ra::proportion{agreeing, known.published.size()}.value()}};
    return result;
}

void print_report(const json& result, const std::vector<measured>& points)
{
    using program::percent, program::with_commas;
    const auto number = [&](const char* key) { return with_commas(result[key].get<std::uint64_t>()); };
    std::cout << number("votes") << " votes of " << number("raters") << " raters on " << number("pairs") << " pairs of "
              << number("images") << " images\n";
    if (result["method"] == "majority") {
        std::cout << "Majority (" << result["rule"].get<std::string>() << ")";
    } else {
        std::cout << "Dawid-Skene: " << number("iterations") << " iterations"
                  << (result["converged"].get<bool>() ? "" : ", NOT converged") << ", log-likelihood "
                  << (result["log_likelihood"].is_null() ? "-" : program::exact(result["log_likelihood"].get<double>()))
                  << ", prior of a present class " << percent(result["prior"].get<double>()) << " %"
                  << (result["identified"].get<bool>() ? "" : "; NOT identified: the votes do not determine the rates")
                  << "\nPosterior above " << program::exact(result["threshold"].get<double>());
    }
    std::cout << " keeps " << number("kept") << " pairs";
    if (!result["published"].is_null()) {
        std::cout << "; the published labels keep " << with_commas(result["published"]["kept"].get<std::uint64_t>())
                  << ", and agree on " << percent(result["published"]["agreement"].get<double>()) << " % of the pairs";
    }
    std::cout << '\n';
    if (points.empty()) return;
    std::cout << "\nAgainst the majority of the experts, in percent\n";
    std::vector<std::vector<std::string>> table{{"", "precision", "recall", "hits", "proposed", "gold", "threshold"}};
    for (const measured& point : points) {
        if (point.kind == "rater") continue;
        table.push_back({point.kind + ": " + point.name, percent(point.counts.precision().try_value()),
                         percent(point.counts.recall().try_value()), std::to_string(point.counts.hits),
                         std::to_string(point.counts.proposed), std::to_string(point.counts.gold),
                         point.threshold ? program::exact(*point.threshold) : ""});
    }
    program::print_table(table);
}

}  // namespace relabel
