// Reads mistakes of a model that experts assessed (imagenet-mistakes), and the label sets of their images.
#pragma once

#include "../data/image_names.hpp"
#include "../data/label_sets.hpp"
#include "../data/labels.hpp"
#include "../detail/expects.hpp"
#include "../metric/assessed_mistakes.hpp"
#include "../version.hpp"
#include "class_names.hpp"
#include "file_error.hpp"
#include "json_reader.hpp"
#include "label_sets.hpp"
#include "targets.hpp"
#include "text_file.hpp"

#include <cstddef>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

/// An object of image names and objects with a prediction, a category and a severity.
class assessed_mistakes_reader final : public json_reader {
public:
    assessed_mistakes_reader(const std::filesystem::path& path, const io::class_names& classes)
        : json_reader(path), classes_(classes)
    {
    }

    [[nodiscard]] std::vector<assessed_mistake> take() { return std::move(mistakes_); }

    bool start_object(std::size_t) override
    {
        if (depth_ == 2) unexpected("an object");
        if (++depth_ == 2) mistake_ = {.image = image_};
        return true;
    }
    bool key(string_t& name) override
    {
        field_ = name;
        if (depth_ == 1) {
            image_ = name;
            if (!images_.insert(name).second) fail_file(path(), "the image ", in_quotes(name), " occurs twice");
        } else if ((name == prediction_key && mistake_.prediction != missing_label) ||
                   (name == category_key && !mistake_.category.empty()) ||
                   (name == severity_key && !mistake_.severity.empty())) {
            fail_file(path(), "the mistake of ", in_quotes(image_), " has a second ", in_quotes(name));
        }
        return true;
    }
    bool string(string_t& value) override
    {
        const auto named = field_ == prediction_key ? classes_.find(value) : std::nullopt;
        if (depth_ != 2 || (field_ == prediction_key && !named))
            unexpected(concatenate("the string ", in_quotes(value)));
        if (named) mistake_.prediction = *named;
        if (field_ == category_key || field_ == severity_key) {
            if (value.empty()) unexpected("an empty string");
            (field_ == category_key ? mistake_.category : mistake_.severity) = value;
        }
        return true;
    }
    bool number_unsigned(number_unsigned_t value) override
    {
        constexpr class_index most = std::numeric_limits<class_index>::max();
        if (depth_ != 2 || field_ == category_key || field_ == severity_key || std::cmp_greater(value, most))
            unexpected(concatenate("the number ", value));
        if (field_ == prediction_key) mistake_.prediction = static_cast<class_index>(value);
        return true;
    }
    bool end_object() override
    {
        if (--depth_ != 1) return true;
        const std::string_view missing = mistake_.prediction == missing_label ? prediction_key
                                         : mistake_.category.empty()          ? category_key
                                         : mistake_.severity.empty()          ? severity_key
                                                                              : "";
        if (!missing.empty()) {
            fail_file(path(), "the mistake of ", in_quotes(image_), " has no ", in_quotes(missing), ", expected ",
                      format);
        }
        mistakes_.push_back(std::move(mistake_));
        return true;
    }

private:
    static constexpr std::string_view prediction_key = "top_prediction", category_key = "failure category",
                                      severity_key = "failure severity";
    static constexpr std::string_view format =
        "an object of image names and objects with a class index as \"top_prediction\" and texts as \"failure "
        "category\" and \"failure severity\"";

    [[nodiscard]] std::string place() const override
    {
        if (depth_ == 0) return "the file's value";
        return depth_ == 1 ? concatenate("the mistake of ", in_quotes(image_))
                           : concatenate(in_quotes(field_), " of ", in_quotes(image_));
    }
    [[nodiscard]] std::string_view expected() const override
    {
        if (depth_ < 2) return format;
        return field_ == prediction_key
                   ? "a class index: an integer from 0 to 2147483647, or a class name such as n01440764"
                   : "a text";
    }

    const io::class_names& classes_;
    int depth_ = 0;
    std::string image_{};
    std::string field_{};
    assessed_mistake mistake_{};
    std::unordered_set<std::string> images_{};
    std::vector<assessed_mistake> mistakes_{};
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail

namespace reassess::inline REASSESS_VERSION_NAMESPACE::io {

/// The mistakes of a file of imagenet-mistakes (vit3b_mistakes.json), in its order: a JSON object of image names and
/// objects with `top_prediction` (a class index), `failure category` and `failure severity`, which are kept as written.
/// Other texts and whole numbers in these objects are skipped.
///
/// The result is empty for an empty object. Throws file_error, naming the image, for any other content and for an image
/// that occurs twice. O(bytes). Source: Vasudevan et al. 2022, "When does dough become a bagel?", arXiv:2205.04596;
/// github.com/google-research/imagenet-mistakes.
[[nodiscard]] inline std::vector<assessed_mistake> read_imagenet_mistakes(const std::filesystem::path& path,
                                                                          const class_names& classes = {})
{
    detail::assessed_mistakes_reader reader(path, classes);
    reader.read(read_text_file(path));
    return reader.take();
}

/// The label sets of the images of the mistakes, in their order, for count_assessed_mistakes: joined by name if the
/// file names its images, otherwise by the number at the end of each mistake's name, as in real.json.
///
/// Throws file_error, naming the file and the image, for a file that read_named_label_sets rejects, for an image
/// without a label set in the file, and for an image that occurs twice. O(bytes).
[[nodiscard]] inline label_sets read_label_sets_of_mistakes(const std::filesystem::path& path,
                                                            std::span<const assessed_mistake> mistakes)
{
    const named_label_sets found = read_named_label_sets(path);
    std::vector<std::string> images;
    for (const assessed_mistake& mistake : mistakes) images.push_back(mistake.image);
    return detail::join_of_file(path, [&] {
        return found.names.empty() ? align_by_number(found.sets, images) : align(found.sets, found.names, images);
    });
}

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::io
