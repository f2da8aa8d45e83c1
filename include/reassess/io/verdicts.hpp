// Reads raters' verdicts on mistakes from CSV or JSON.
#pragma once

#include "../detail/expects.hpp"
#include "../metric/verdicts.hpp"
#include "../version.hpp"
#include "column_names.hpp"
#include "csv.hpp"
#include "file_error.hpp"
#include "json_reader.hpp"
#include "text_file.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// A verdict in lower case, without blanks at its ends.
[[nodiscard]] inline std::string verdict_word(std::string_view text)
{
    const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    std::string word(text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin));
    return detail::lower_case(word);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

class verdicts_reader final : public json_reader {
public:
    using json_reader::json_reader;

    [[nodiscard]] std::vector<verdict_record> take() { return std::move(records_); }

    bool start_array(std::size_t) override
    {
        if (depth_ != 0) unexpected("a list");
        ++depth_;
        return true;
    }
    bool end_array() override
    {
        --depth_;
        return true;
    }
    bool start_object(std::size_t) override
    {
        if (depth_ != 1) unexpected("an object");
        ++depth_;
        values_ = {};
        return true;
    }
    bool key(string_t& name) override
    {
        field_ = 0;
        while (field_ < names.size() && names[field_] != name) ++field_;
        if (field_ < names.size() && values_[field_]) unexpected(concatenate("a second key ", in_quotes(name)));
        return true;
    }
    bool string(string_t& value) override { return keep(value, "the string "); }
    bool number_unsigned(number_unsigned_t value) override { return keep(std::to_string(value), "the number "); }
    bool number_integer(number_integer_t value) override { return keep(std::to_string(value), "the number "); }
    bool end_object() override
    {
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (!values_[i])
                fail_file(path(), "verdict ", records_.size(), " has no ", names[i], ", expected ", expected());
        }
        records_.push_back({*values_[0], *values_[1], *values_[2], io::verdict_word(*values_[3])});
        --depth_;
        return true;
    }

private:
    static constexpr std::array<std::string_view, 4> names{"model", "metric", "image", "verdict"};

    bool keep(std::string value, std::string_view kind)
    {
        if (depth_ != 2) unexpected(concatenate(kind, in_quotes(value)));
        if (field_ < names.size()) values_[field_] = std::move(value);
        return true;
    }
    [[nodiscard]] std::string place() const override
    {
        return depth_ == 0 ? "the file's value" : concatenate("verdict ", records_.size());
    }
    [[nodiscard]] std::string_view expected() const override
    {
        return "a list of objects with strings or integers as model, metric, image and verdict";
    }

    int depth_ = 0;
    std::size_t field_ = 0;
    std::array<std::optional<std::string>, 4> values_{};
    std::vector<verdict_record> records_;
};

/// The list of images of the label-errors study, each with its raters' answers under "mturk".
class label_errors_reader final : public json_reader {
public:
    using json_reader::json_reader;

    [[nodiscard]] std::vector<verdict_record> take() { return std::move(records_); }

    bool start_array(std::size_t) override
    {
        if (depth_ != 0) unexpected("a list");
        ++depth_;
        return true;
    }
    bool end_array() override
    {
        --depth_;
        return true;
    }
    bool start_object(std::size_t) override
    {
        if (depth_ != 1 && !(depth_ == 2 && key_ == "mturk")) unexpected("an object");
        ++depth_;
        if (depth_ == 2) {
            id_.reset();
            rated_ = false;
        } else {
            if (rated_) unexpected("a second key \"mturk\"");
            rated_ = true;
            counts_ = {};
        }
        return true;
    }
    bool key(string_t& name) override
    {
        key_ = name;
        return true;
    }
    bool string(string_t& value) override
    {
        if (depth_ != 2 || key_ == "mturk") unexpected(concatenate("the string ", in_quotes(value)));
        if (key_ == "id") id_ = value;
        return true;
    }
    bool number_unsigned(number_unsigned_t value) override
    {
        if (depth_ < 2 || (depth_ == 2 && key_ == "mturk")) unexpected(concatenate("the number ", value));
        if (depth_ == 2) {
            if (key_ == "id") id_ = std::to_string(value);
            return true;
        }
        const auto answer = std::find(answers.begin(), answers.end(), key_);
        if (answer == answers.end()) unexpected(concatenate("an answer ", in_quotes(key_)));
        auto& count = counts_[static_cast<std::size_t>(answer - answers.begin())];
        if (count) unexpected(concatenate("a second key ", in_quotes(key_)));
        // Limited to 32 bits, so that the sum of the counts does not overflow.
        if (value > 0xffffffffU) unexpected(concatenate("the number ", value));
        count = value;
        return true;
    }
    bool end_object() override
    {
        if (--depth_ == 2) {
            // Some files of the study leave out answers that no rater gave.
            if (std::none_of(counts_.begin(), counts_.end(), [](const auto& count) { return count.has_value(); }))
                fail_file(path(), "\"mturk\" of image ", records_.size(), " has no answers, expected ", expected());
            return true;
        }
        if (!id_ || !rated_)
            fail_file(path(), "image ", records_.size(), " has no ", id_ ? "mturk" : "id", ", expected ", expected());
        records_.push_back({"label-errors", "original", *id_,
                            majority_verdict({counts_[0].value_or(0), counts_[1].value_or(0), counts_[2].value_or(0),
                                              counts_[3].value_or(0)})});
        return true;
    }

private:
    static constexpr std::array<std::string_view, 4> answers{"given", "guessed", "both", "neither"};

    [[nodiscard]] std::string place() const override
    {
        return depth_ == 0 ? "the file's value" : concatenate("image ", records_.size());
    }
    [[nodiscard]] std::string_view expected() const override
    {
        return "a list of objects with an id and, as mturk, the numbers given, guessed, both and neither";
    }

    int depth_ = 0;
    std::string key_{};
    std::optional<std::string> id_{};
    bool rated_ = false;
    std::array<std::optional<std::uint64_t>, 4> counts_{};
    std::vector<verdict_record> records_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Verdicts of a CSV file with columns model, metric, image and verdict, or of a JSON list of objects with these keys
/// (strings or integers); other columns and keys with such values are skipped. The allowed verdicts are checked by
/// tally_verdicts; they are read in lower case, without blanks at their ends. CSV rows with an empty verdict were not
/// rated and are excluded.
///
/// Throws file_error, naming the position, for a file of another format and for a missing column or key. O(bytes).
[[nodiscard]] inline std::vector<verdict_record> read_verdicts(const std::filesystem::path& path)
{
    const std::string text = read_text_file(path);
    if (detail::looks_like_json(text)) {
        detail::verdicts_reader reader(path);
        reader.read(text);
        return reader.take();
    }
    const table rows = detail::csv_table_parser(path).parse(text);
    const std::size_t model = rows.column("model"), metric = rows.column("metric"), image = rows.column("image"),
                      verdict = rows.column("verdict");
    std::vector<verdict_record> records;
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        std::string word = verdict_word(rows.text(row, verdict));
        if (word.empty()) continue;
        records.push_back({std::string(rows.text(row, model)), std::string(rows.text(row, metric)),
                           std::string(rows.text(row, image)), std::move(word)});
    }
    return records;
}

/// The majority's verdict on every image of a file of the label-errors study (imagenet_mturk.json: a list of objects
/// with an `id` and, as `mturk`, the numbers of raters who chose the given label, the guessed label, both or neither),
/// mapped by majority_verdict; model "label-errors", metric "original". This is not the paper's study: its raters saw
/// only images whose label a model of that study doubted, with one guess for each.
///
/// The result is empty for an empty list. Throws file_error, naming the position, for any other content. O(bytes).
/// Northcutt, Athalye, Mueller 2021, "Pervasive label errors in test sets", arXiv:2103.14749;
/// github.com/cleanlab/label-errors.
[[nodiscard]] inline std::vector<verdict_record> read_label_error_verdicts(const std::filesystem::path& path)
{
    detail::label_errors_reader reader(path);
    reader.read(read_text_file(path));
    return reader.take();
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
