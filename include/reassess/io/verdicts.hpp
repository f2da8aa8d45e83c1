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
            if (!values_[i]) fail_file(path(), "verdict ", objects_, " has no ", names[i], ", expected ", expected());
        }
        --depth_;
        std::string word = io::verdict_word(*values_[3]);
        ++objects_;
        if (!word.empty()) records_.push_back({*values_[0], *values_[1], *values_[2], std::move(word)});
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
        return depth_ == 0 ? "the file's value" : concatenate("verdict ", objects_);
    }
    [[nodiscard]] std::string_view expected() const override
    {
        return "a list of objects with strings or integers as model, metric, image and verdict";
    }

    int depth_ = 0;
    std::size_t field_ = 0;
    std::array<std::optional<std::string>, 4> values_{};
    std::vector<verdict_record> records_;
    /// Those without a verdict, too.
    std::size_t objects_ = 0;
};

/// The list of images (or texts, or recordings) of the label-errors study, each with its raters' answers under "mturk".
class label_errors_reader final : public json_reader {
public:
    using json_reader::json_reader;

    [[nodiscard]] std::vector<verdict_record> take() { return std::move(records_); }

    bool start_array(std::size_t) override
    {
        const bool is_list_of_image = depth_ == 2 && key_ != "mturk" && !in_list_;
        if (depth_ != 0 && !is_list_of_image) unexpected("a list");
        if (is_list_of_image) {
            in_list_ = true;
        } else {
            ++depth_;
        }
        return true;
    }
    bool end_array() override
    {
        if (!in_list_) --depth_;
        in_list_ = false;
        return true;
    }
    bool start_object(std::size_t) override
    {
        if ((depth_ != 1 && !(depth_ == 2 && key_ == "mturk")) || in_list_) unexpected("an object");
        ++depth_;
        if (depth_ == 2) {
            id_.reset();
            rated_ = false;
            answers_.clear();
            given_ = {};
            guessed_ = {};
        } else {
            if (rated_) unexpected("a second key \"mturk\"");
            rated_ = true;
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
        const bool is_given = key_ == "given_original_label" || key_ == "given_original_labels";
        const bool is_guessed = key_ == "our_guessed_label" || key_ == "our_guessed_labels";
        if (is_given || is_guessed) {
            labels& of = is_given ? given_ : guessed_;
            of.is_list = in_list_;
            of.names.push_back(lower_case(value));
        }
        return true;
    }
    bool number_unsigned(number_unsigned_t value) override
    {
        if (depth_ < 2 || (depth_ == 2 && key_ == "mturk")) unexpected(concatenate("the number ", value));
        if (depth_ == 2) {
            if (key_ == "id") id_ = std::to_string(value);
            return true;
        }
        const auto is_this = [&](const auto& one) { return one.word == lower_case(key_); };
        if (std::any_of(answers_.begin(), answers_.end(), is_this))
            unexpected(concatenate("a second key ", in_quotes(key_)));
        // Limited to 32 bits, so that the sum of the counts does not overflow.
        if (value > 0xffffffffU) unexpected(concatenate("the number ", value));
        answers_.push_back({lower_case(key_), value});
        return true;
    }
    bool number_float(number_float_t value, const string_t& digits) override
    {
        return is_other_value() || json_reader::number_float(value, digits);
    }
    bool boolean(bool value) override { return is_other_value() || json_reader::boolean(value); }
    bool null() override { return is_other_value() || json_reader::null(); }
    bool end_object() override
    {
        if (--depth_ == 2) {
            if (answers_.empty())
                fail_file(path(), "\"mturk\" of image ", records_.size(), " has no answers, expected ", expected());
            return true;
        }
        if (!id_ || !rated_)
            fail_file(path(), "image ", records_.size(), " has no ", id_ ? "mturk" : "id", ", expected ", expected());
        records_.push_back(
            {"label-errors", "original", *id_, given_.is_list || guessed_.is_list ? of_lists() : of_majority()});
        return true;
    }

private:
    struct answer {
        std::string word;
        std::uint64_t count = 0;
    };
    /// The given or the guessed labels, if they are texts, in lower case.
    struct labels {
        std::vector<std::string> names{};
        bool is_list = false;

        [[nodiscard]] bool have(const std::string& word) const
        {
            return std::find(names.begin(), names.end(), word) != names.end();
        }
    };

    /// Whether a value is of the image itself and not read.
    [[nodiscard]] bool is_other_value() const { return depth_ == 2 && key_ != "mturk" && key_ != "id"; }

    [[noreturn]] void fail_answer(const std::string& word) const
    {
        fail_file(path(), "\"mturk\" of image ", records_.size(), " has the answer ", in_quotes(word), ", expected ",
                  expected());
    }
    /// Of files whose raters chose one answer. Some files leave out answers that no rater gave; those of reviews have
    /// the classes as answers, or "neutral" and "off-topic" for neither.
    [[nodiscard]] std::string of_majority() const
    {
        const bool of_reviews = !given_.names.empty() && !guessed_.names.empty();
        label_error_votes votes;
        for (const auto& [word, count] : answers_) {
            if (word == "given" || given_.have(word)) {
                votes.given += count;
            } else if (word == "guessed" || guessed_.have(word)) {
                votes.guessed += count;
            } else if (word == "both") {
                votes.both += count;
            } else if (word == "neither" || (of_reviews && (word == "neutral" || word == "off-topic" ||
                                                            word == "positive" || word == "negative"))) {
                votes.neither += count;
            } else {
                fail_answer(word);
            }
        }
        return majority_verdict(votes);
    }
    /// Of files with several labels each, where five raters chose all that they found.
    [[nodiscard]] std::string of_lists() const
    {
        constexpr std::uint64_t majority = 3;
        bool given = false, guessed = false;
        for (const auto& [word, count] : answers_) {
            if (!given_.have(word) && !guessed_.have(word)) fail_answer(word);
            given = given || (given_.have(word) && count >= majority);
            guessed = guessed || (guessed_.have(word) && count >= majority);
        }
        return guessed ? not_a_mistake : given ? clear_mistake : undecidable;
    }

    [[nodiscard]] std::string place() const override
    {
        return depth_ == 0 ? "the file's value" : concatenate("image ", records_.size());
    }
    [[nodiscard]] std::string_view expected() const override
    {
        return "a list of objects with an id and, as mturk, the numbers given, guessed, both and neither (of reviews "
               "positive, negative, neutral and off-topic, of several labels one for each)";
    }

    int depth_ = 0;
    bool in_list_ = false;
    std::string key_{};
    std::optional<std::string> id_{};
    bool rated_ = false;
    std::vector<answer> answers_{};
    labels given_{};
    labels guessed_{};
    std::vector<verdict_record> records_;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Verdicts of a CSV file with columns model, metric, image and verdict, or of a JSON list of objects with these keys
/// (strings or integers); other columns and keys with such values are skipped. The allowed verdicts are checked by
/// tally_verdicts; they are read in lower case, without blanks at their ends. Rows and objects with an empty verdict
/// were not rated and are excluded.
///
/// Throws file_error, naming the position, for a file of another format and for a missing column or key. O(bytes).
[[nodiscard]] inline std::vector<verdict_record> read_verdicts(const std::filesystem::path& path,
                                                               const csv_options& csv = {})
{
    const std::string text = read_text_file(path);
    if (detail::looks_like_json(text)) {
        detail::verdicts_reader reader(path);
        reader.read(text);
        return reader.take();
    }
    const table rows = detail::csv_table_parser(path, csv).parse(text);
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
/// mapped by majority_verdict; model "label-errors", metric "original". Also its files of reviews, whose answers are
/// the classes, neutral and off-topic (the latter two, and a third class, are neither), and of recordings with several
/// given and guessed labels, all of which each of five raters judged: if most heard a guessed label, it is no mistake,
/// if only given ones, a clear mistake. This is not the paper's study: its raters saw only images whose label a model
/// of that study doubted, with one guess for each.
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
