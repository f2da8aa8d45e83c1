// Section "Tables 3 and 5": the models of the paper, and the released ones of the same architectures.
#include "paper.hpp"

#include <map>
#include <string_view>

namespace paper {

namespace {

/// Released predictions of a model of the same architecture.
const std::map<std::string_view, std::string_view> counterparts{{"AlexNet", "alexnet"},
                                                                {"VGG-16", "vgg16"},
                                                                {"Inception v3", "inception_v3"},
                                                                {"ResNet-50", "resnet50"},
                                                                {"ResNet-152", "resnet152"},
                                                                {"NASNet-A Large", "nasnetalarge"},
                                                                {"NASNet-A Mobile", "nasnetamobile"}};

}  // namespace

report::section tables_3_and_5(const inputs& in)
{
    report::section section{.id = "table-5-section", .title = "Tables 3 and 5: the models"};
    section.text = {
        "Table 5 has the accuracies of all models; Table 3 names the 19 of them that proposed labels. Their "
        "predictions are not released. Where predictions of a model of the same architecture are, with weights of "
        "their own, its computed accuracies are compared with the printed ones."};
    section.definitions = {"original", "real"};
    const ra::io::table& facts = in.table_5;
    const auto original = facts.numbers("original_accuracy"), real = facts.numbers("real_accuracy");
    report::table table_5{.id = "table-5", .title = "Table 5: accuracies of all models"};
    table_5.caption =
        "In percent; computed over all images (original) and over those with labels (ReaL), with 95 % Wilson "
        "intervals.";
    table_5.columns = {"model", "released model", "ReaL accuracy", "original accuracy"};
    report::table table_3{.id = "table-3", .title = "Table 3: the models that proposed labels"};
    table_3.caption = "With their accuracies as Table 5 prints them, in percent.";
    table_3.columns = {"model", "ReaL accuracy", "original accuracy"};
    std::uint64_t proposing = 0;
    for (std::size_t row = 0; row < facts.rows(); ++row) {
        const std::string name(facts.text(row, facts.column("model")));
        const std::string id = "table5." + id_part(name) + ".";
        const model* counterpart = nullptr;
        if (const auto found = counterparts.find(name);
            found != counterparts.end() && in.images && in.simulated.empty()) {
            for (const model& m : in.images->models) counterpart = m.name == found->second ? &m : counterpart;
        }
        const auto number = [&](const char* metric, double printed, auto share_of) {
            const std::string what = name + ": " + (metric[0] == 'r' ? "ReaL" : "original") + " accuracy";
            report::number n{.id = id + metric, .what = what};
            if (counterpart) {
                n = report::percentage(id + metric, what, share_of(counterpart->evaluation), {},
                                       "Other weights of the same architecture than the paper's.");
            }
            n.published = report::printed{printed, 2};
            n.unit = "%";
            return n;
        };
        report::number by_real = number("real", real[row], [](const ra::evaluation<>& e) { return e.real(1); });
        report::number by_original =
            number("original", original[row], [](const ra::evaluation<>& e) { return e.top_k(1); });
        std::string released = counterpart ? counterpart->name : "";
        if (facts.text(row, facts.column("pool")) == "labels" && in.images && in.simulated.empty()) {
            by_real = report::percentage(id + "real", name + ": ReaL accuracy",
                                         in.images->targets.original_labels_real(), report::printed{real[row], 2});
            released = "the labels themselves";
        }
        if (facts.text(row, facts.column("pool")) == "table 3") {
            ++proposing;
            report::number real_3{.what = name}, original_3{.what = name};
            real_3.value = real[row];
            original_3.value = original[row];
            table_3.rows.push_back({name, real_3, original_3});
        }
        table_5.rows.push_back({name, released, std::move(by_real), std::move(by_original)});
    }
    section.numbers.push_back(
        report::count("table3.models", "models that proposed labels", proposing, report::printed{19, 0}));
    section.tables.push_back(std::move(table_3));
    section.tables.push_back(std::move(table_5));
    return section;
}

}  // namespace paper
