// Section "Figures of the text".
#include "paper.hpp"

#include <algorithm>

namespace paper {

std::optional<report::section> text_figures(const inputs& in)
{
    if (!in.images) return std::nullopt;
    const ra::label_summary& targets = in.images->targets;
    const bool real = in.simulated.empty();
    // What the paper printed is not about simulated images.
    const auto printed = [&](double value, int digits) {
        return real ? std::optional(report::printed{value, digits}) : std::nullopt;
    };
    report::section section{.id = "text", .title = "Figures of the text", .notice = in.simulated};
    section.text = {
        "Counts of the label sets and of the raters' votes, over all validation images. An image without labels is "
        "excluded from ReaL metrics; an image is rated where raters voted on at least one pair of it and a class."};
    section.definitions = {"label_sets", "excluded", "real", "proposals"};
    auto& numbers = section.numbers;
    numbers.push_back(report::count("text.images", "images", targets.images(), printed(50000, 0)));
    numbers.push_back(report::count("text.labels", "labels in all sets", targets.labels(), printed(57553, 0)));
    numbers.push_back(
        report::count("text.images_with_labels", "images with labels", targets.with_real_labels(), printed(46837, 0)));
    numbers.push_back(report::count("text.images_without_labels", "images without labels",
                                    targets.without_real_labels(), printed(3163, 0)));
    const ra::proportion several = targets.multi_label();
    numbers.push_back(report::count("text.multi_label_images", "images with several labels", several.hits));
    if (in.votes) {
        const std::uint64_t rated = in.votes->rated.images.size();
        numbers.push_back(report::count("text.rated_images", "rated images", rated, printed(24889, 0)));
        numbers.push_back(
            report::count("text.unrated_images", "images not rated", targets.images() - rated, printed(25111, 0)));
        report::number proposals =
            real_number("text.proposals_per_rated_image", "proposals a rated image",
                        static_cast<double>(in.votes->rated.pairs.size()) / static_cast<double>(rated), 2);
        proposals.published = printed(7.4, 1);
        numbers.push_back(proposals);
        if (real) {
            numbers.push_back(report::percentage(
                "text.multi_label_share_of_rated", "of rated images, those with several labels", {several.hits, rated},
                printed(29, 0),
                "The paper says approximately 29 %; the released labels give 29.9. Every image with several labels is "
                "a rated one, since an image that nobody rated keeps its original label alone."));
        }
    }
    numbers.push_back(
        report::percentage("text.multi_label_share_of_judged", "of images with labels, those with several", several));
    numbers.push_back(report::percentage("text.original_labels_real", "ReaL accuracy of the original labels",
                                         targets.original_labels_real(), printed(90.02, 2)));

    report::table sizes{.id = "table-set-sizes", .title = "Images by number of labels"};
    sizes.caption = "All images; those with 0 labels are excluded from ReaL metrics.";
    sizes.columns = {"labels", "images"};
    const auto& histogram = targets.set_size_histogram();
    for (std::size_t size = 0; size < histogram.size(); ++size) {
        const std::string text = std::to_string(size);
        sizes.rows.push_back(
            {text, report::count("text.images_by_labels." + text, "images with " + text + " labels", histogram[size])});
    }
    section.tables.push_back(std::move(sizes));
    return section;
}

}  // namespace paper
