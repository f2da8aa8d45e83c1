// Reads the later label sets of ImageNet: correct, unclear and wrong classes of each image, from JSON or CSV.
#pragma once

#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../metric/multi_label_accuracy.hpp"
#include "../version.hpp"
#include "class_names.hpp"
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
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Assessed labels and the image of every element, to be joined with predictions by name.
struct named_assessed_labels {
    std::vector<std::string> names{};
    assessed_labels labels{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// Columns of the files, as TensorFlow Datasets' imagenet2012_multilabel names them.
inline constexpr std::string_view assessed_image = "file_name";
inline constexpr std::string_view assessed_original = "original_label";
inline constexpr std::string_view assessed_problematic = "is_problematic";
inline constexpr std::array<std::string_view, 3> assessed_sets{"correct_multi_labels", "unclear_multi_labels",
                                                               "wrong_multi_labels"};

/// Adds images to named_assessed_labels; `place` is the line or element in messages.
class assessed_labels_builder {
public:
    assessed_labels_builder(const std::filesystem::path& path, const io::class_names& names)
        : path_(path), names_(names)
    {
    }

    [[nodiscard]] class_index class_of(std::string_view text, const std::string& place, std::string_view column) const
    {
        const std::optional<std::int64_t> c = parse_class(text, names_);
        if (!c || *c < -1 || *c > std::numeric_limits<class_index>::max()) {
            fail_file(path_, place, ": ", in_quotes(text), " in ", column, " is not ", a_class);
        }
        return static_cast<class_index>(*c);
    }
    void add(std::string name, class_index original, const std::array<std::vector<class_index>, 3>& sets,
             std::uint8_t problematic, const std::string& place)
    {
        label_sets* const columns[3] = {&result_.labels.correct, &result_.labels.unclear, &result_.labels.wrong};
        for (std::size_t s = 0; s < sets.size(); ++s) {
            for (const class_index c : sets[s]) {
                if (c < 0) fail_file(path_, place, ": -1 in ", assessed_sets[s], " is not a class");
            }
            columns[s]->append(std::span<const class_index>(sets[s]));
        }
        result_.names.push_back(std::move(name));
        result_.labels.original.push_back(original);
        result_.labels.problematic.push_back(problematic);
    }
    [[nodiscard]] io::named_assessed_labels take() { return std::move(result_); }

private:
    const std::filesystem::path& path_;
    const io::class_names& names_;
    io::named_assessed_labels result_{};
};

[[nodiscard]] inline io::named_assessed_labels assessed_labels_of_json(const std::filesystem::path& path,
                                                                       std::string_view text,
                                                                       const io::class_names& names)
{
    const nlohmann::json document = parse_json(path, text, "a list of objects, one for each image");
    if (!document.is_array()) fail_file(path, "is ", value_text(document), ", expected a list of objects");
    assessed_labels_builder builder(path, names);
    for (std::size_t image = 0; image < document.size(); ++image) {
        const nlohmann::json& object = document[image];
        const std::string place = concatenate("element ", image);
        if (!object.is_object()) fail_file(path, place, " is ", value_text(object), ", expected an object");
        const auto at = [&](std::string_view key) -> const nlohmann::json& {
            const auto found = object.find(key);
            if (found == object.end()) fail_file(path, place, " has no ", key);
            return *found;
        };
        const auto class_at = [&](const nlohmann::json& value, std::string_view key) {
            if (value.is_string()) return builder.class_of(value.get_ref<const std::string&>(), place, key);
            if (!value.is_number_integer())
                fail_file(path, place, ": ", value_text(value), " in ", key, " is not ", a_class);
            return builder.class_of(value_text(value), place, key);
        };
        std::array<std::vector<class_index>, 3> sets;
        for (std::size_t s = 0; s < sets.size(); ++s) {
            const nlohmann::json& list = at(assessed_sets[s]);
            if (!list.is_array())
                fail_file(path, place, ": ", assessed_sets[s], " is ", value_text(list),
                          ", expected a list of classes");
            for (const nlohmann::json& c : list) sets[s].push_back(class_at(c, assessed_sets[s]));
        }
        const nlohmann::json& name = at(assessed_image);
        const nlohmann::json& problematic = at(assessed_problematic);
        if (!name.is_string())
            fail_file(path, place, ": ", assessed_image, " is ", value_text(name), ", expected a text");
        if (!problematic.is_boolean()) {
            fail_file(path, place, ": ", assessed_problematic, " is ", value_text(problematic),
                      ", expected true or false");
        }
        builder.add(name.get<std::string>(), class_at(at(assessed_original), assessed_original), sets,
                    problematic.get<bool>() ? 1 : 0, place);
    }
    return builder.take();
}

[[nodiscard]] inline io::named_assessed_labels assessed_labels_of_csv(const std::filesystem::path& path,
                                                                      std::string_view text,
                                                                      const io::class_names& names)
{
    const io::table rows = csv_table_parser(path).parse(text);
    const std::size_t image = rows.column(assessed_image), original = rows.column(assessed_original),
                      problematic = rows.column(assessed_problematic);
    assessed_labels_builder builder(path, names);
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        const std::string place = concatenate("line ", rows.line(row));
        std::array<std::vector<class_index>, 3> sets;
        for (std::size_t s = 0; s < sets.size(); ++s) {
            std::string_view cell = trimmed(rows.text(row, rows.column(assessed_sets[s])));
            while (!cell.empty()) {
                const std::size_t end = std::min(cell.find_first_of(" \t"), cell.size());
                sets[s].push_back(builder.class_of(cell.substr(0, end), place, assessed_sets[s]));
                cell = trimmed(cell.substr(end));
            }
        }
        const std::string flag = lower_case(trimmed(rows.text(row, problematic)));
        const bool yes = flag == "true" || flag == "1";
        if (!yes && flag != "false" && flag != "0") {
            fail_file(path, place, ": ", in_quotes(flag), " in ", assessed_problematic,
                      ", expected true, false, 1 or 0");
        }
        builder.add(std::string(rows.text(row, image)),
                    builder.class_of(trimmed(rows.text(row, original)), place, assessed_original), sets, yes ? 1 : 0,
                    place);
    }
    return builder.take();
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// Assessed labels from JSON (a list of objects, one for each image) or CSV, with the keys or columns of TensorFlow
/// Datasets' imagenet2012_multilabel: `file_name`, `original_label`, `correct_multi_labels`, `unclear_multi_labels`,
/// `wrong_multi_labels` (lists; in CSV classes separated by blanks) and `is_problematic` (true or false, in CSV also 1
/// or 0). A class is an index or a name; -1 is a missing original label. Further keys and columns are ignored.
///
/// The result is empty for an empty list. Throws file_error, naming the element or line, for a file of another format,
/// a missing key or column, and a text that is not a class. O(bytes).
[[nodiscard]] inline named_assessed_labels read_assessed_labels(const std::filesystem::path& path,
                                                                const class_names& names = {})
{
    const std::string text = read_text_file(path);
    return detail::looks_like_json(text)
               ? detail::assessed_labels_of_json(path, detail::without_byte_order_mark(text), names)
               : detail::assessed_labels_of_csv(path, text, names);
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
