// The program `propose` in its parts: inputs and output.
#pragma once

#include "../program.hpp"

#include <reassess/data/class_taxonomy.hpp>
#include <reassess/data/label_sets.hpp>
#include <reassess/data/labels.hpp>
#include <reassess/labeling/mentions.hpp>
#include <reassess/labeling/proposals.hpp>
#include <reassess/labeling/rating_tasks.hpp>
#include <reassess/labeling/subset_search.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace propose {

namespace ra = reassess;

struct arguments {
    std::vector<std::string> logits;
    std::string original;
    std::string names;
    std::optional<std::int64_t> ignore_label;
    std::size_t pairs = ra::mention_options{}.pairs;
    ra::mention_unit unit = ra::mention_unit::list;
    ra::on_nan nan = ra::on_nan::error;
    bool bfloat16 = false;
    std::string gold;
    std::string gold_names;
    double least_recall = 0.97;
    bool best_subset = false;
    std::string hierarchy;
    std::size_t task_size = ra::rating_task_options{}.most;
    unsigned threads = 0;
    std::string backend = "par";
    std::string proposals_file;
    std::string rated_file;
    std::string not_rated_file;
    std::string tasks_file;
    std::string front_file;
    std::string separator = ",";
    std::string json_file;
};

struct input {
    std::vector<std::string> models{};
    std::vector<ra::model_mentions> mentions{};
    std::vector<ra::class_index> original{};
    std::vector<std::string> names{};
    std::optional<ra::label_sets> gold{};
    ra::class_taxonomy taxonomy{};

    [[nodiscard]] std::size_t images() const { return original.size(); }
};

/// Throws usage_error for options that do not fit together, file_error for files that do not.
input read_input(const arguments& args);

/// What is proposed, by which models, and why by these.
struct proposals {
    std::optional<ra::subset_search_result> search{};
    /// Names of the models that propose.
    std::vector<std::string> proposing{};
    ra::proposal_set set{};
    std::vector<ra::rating_task> tasks{};
};

void print_report(const proposals& found, const input& in, const arguments& args);
void write_files(const proposals& found, const input& in, const arguments& args);

}  // namespace propose
