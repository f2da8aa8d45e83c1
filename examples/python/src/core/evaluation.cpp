// evaluate, rank and their results.
#include "arrays.hpp"

#include <reassess/metric/balanced_accuracy.hpp>

#include <nanobind/stl/string.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace binding {
namespace {

void check_signals()
{
    const nb::gil_scoped_acquire acquire;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

ra::score_kind kind_of(const std::string& name)
{
    if (name == "logits") return ra::score_kind::logits;
    if (name == "probabilities") return ra::score_kind::probabilities;
    return ra::score_kind::unspecified;
}

/// The attributes of reassess._options.Options.
void read_options(nb::handle options, call& arguments)
{
    const auto number = [&](const char* name) { return nb::cast<std::size_t>(options.attr(name)); };
    const auto flag = [&](const char* name) { return nb::cast<bool>(options.attr(name)); };
    arguments.scores = {.kind = kind_of(nb::cast<std::string>(options.attr("kind"))),
                        .normalise = flag("normalise") ? ra::normalise::yes : ra::normalise::no,
                        .clip = nb::cast<double>(options.attr("clip"))};
    arguments.options = {.nan = flag("exclude_nan") ? ra::on_nan::exclude : ra::on_nan::error,
                         .depth = number("depth"),
                         .top_k = number("top_k"),
                         .sigmoid = flag("sigmoid") ? ra::sigmoid_losses::yes : ra::sigmoid_losses::no,
                         .calibration_bins = number("calibration_bins")};
    arguments.threads = nb::cast<unsigned>(options.attr("threads"));
}

/// The original labels and label sets of a call; the arrays must outlive it.
struct labels {
    ra::original_labels_view original{};
    any_array offsets{};
    any_array classes{};

    labels(nb::handle original_labels, nb::handle offsets_or_none, nb::handle classes_or_none)
        : original(read_original(original_labels))
    {
        if (offsets_or_none.is_none()) return;
        offsets = read_array(offsets_or_none, "label sets");
        classes = read_array(classes_or_none, "label sets");
    }
    [[nodiscard]] ra::targets_view view() const
    {
        ra::targets_view targets{.original = original};
        if (offsets.is_valid()) {
            targets.real = ra::label_sets_view(read_column<std::uint64_t>(offsets, "label sets: offsets of uint64"),
                                               read_column<std::int32_t>(classes, "label sets: classes of int32"));
        }
        return targets;
    }
};

/// A model's output and the labels, as Python gives them.
struct inputs {
    owned_matrix output;
    labels targets;
    call arguments{};

    /// `classes`: of stored lists, and 0 for scores.
    inputs(nb::handle scores, bool bits_of_bfloat16, std::size_t classes, nb::handle original, nb::handle offsets,
           nb::handle set_classes, nb::handle options, std::uint64_t first_image)
        : output(classes == 0 ? read_scores(scores, bits_of_bfloat16) : read_lists(scores)),
          targets(original, offsets, set_classes)
    {
        read_options(options, arguments);
        arguments.targets = targets.view();
        arguments.classes = classes;
        arguments.first_image = first_image;
        arguments.between_blocks = check_signals;
    }
};

ra::evaluation<> evaluate_arrays(nb::handle scores, bool bits_of_bfloat16, std::size_t classes, nb::handle original,
                                 nb::handle offsets, nb::handle set_classes, nb::handle options,
                                 std::uint64_t first_image)
{
    const inputs in(scores, bits_of_bfloat16, classes, original, offsets, set_classes, options, first_image);
    const nb::gil_scoped_release release;
    return evaluate(in.output.view, in.arguments);
}

ra::image_results rank_arrays(nb::handle scores, bool bits_of_bfloat16, std::size_t classes, nb::handle original,
                              nb::handle offsets, nb::handle set_classes, nb::handle options)
{
    const inputs in(scores, bits_of_bfloat16, classes, original, offsets, set_classes, options, 0);
    const nb::gil_scoped_release release;
    return rank(in.output.view, in.arguments);
}

// Results as Python objects: tuples, from which the Python modules make their classes.

nb::tuple as_tuple(const ra::proportion& p)
{
    return nb::make_tuple(p.hits, p.total);
}
nb::tuple as_tuple(const ra::mean& m)
{
    return nb::make_tuple(m.sum, m.total);
}
nb::tuple as_tuple(const ra::mean_over_classes& m)
{
    const auto or_none = [](const std::optional<double>& value) { return value ? nb::cast(*value) : nb::none(); };
    return nb::make_tuple(or_none(m.value), or_none(m.standard_error), m.classes, m.classes_without_images);
}
/// Lower and upper ends, hits, images and sums of confidences of the bins.
nb::list as_list(const std::vector<ra::calibration_bin>& bins)
{
    nb::list list;
    for (const ra::calibration_bin& bin : bins)
        list.append(nb::make_tuple(bin.lower, bin.upper, as_tuple(bin.accuracy), as_tuple(bin.confidence)));
    return list;
}

using evaluation = ra::evaluation<>;

/// A method of k that returns a proportion.
template <auto Metric>
nb::tuple at_k(const evaluation& e, std::size_t k)
{
    return as_tuple((e.*Metric)(k));
}
/// A method that returns a mean.
template <auto Metric>
nb::tuple mean_of(const evaluation& e)
{
    return as_tuple((e.*Metric)());
}

/// Hits and totals of a proportion of every class, as two arrays.
template <auto Metric>
nb::tuple by_class(const evaluation& e)
{
    std::vector<std::uint64_t> hits(e.classes()), totals(e.classes());
    for (std::size_t c = 0; c < e.classes(); ++c) {
        const ra::proportion p = (e.*Metric)(static_cast<ra::class_index>(c));
        hits[c] = p.hits;
        totals[c] = p.total;
    }
    return nb::make_tuple(to_numpy(std::move(hits)), to_numpy(std::move(totals)));
}

nb::bytes to_bytes(const evaluation& e)
{
    const std::vector<std::byte> bytes = e.to_bytes();
    return nb::bytes(bytes.data(), bytes.size());
}
evaluation from_bytes(const nb::bytes& bytes)
{
    return evaluation::from_bytes({static_cast<const std::byte*>(bytes.data()), bytes.size()});
}

/// A column of image_results as a numpy array that keeps the results alive; None if the column is absent.
template <class T>
nb::object column(nb::handle owner, const std::vector<T>& values, std::size_t images, std::size_t k = 0)
{
    if (values.empty() && images != 0) return nb::none();
    const std::size_t shape[2] = {k == 0 ? values.size() : images, k};
    return nb::cast(nb::ndarray<nb::numpy, const T>(values.data(), k == 0 ? 1 : 2, shape, owner));
}

template <auto Column>
nb::object column_of(nb::handle self)
{
    const auto& results = nb::cast<const ra::image_results&>(self);
    return column(self, results.*Column, results.images());
}

/// The outcomes of two models on the same images: images that both, only the first, only the second, and neither
/// classifies correctly.
nb::tuple paired_outcomes(const ra::image_results& first, const ra::image_results& second, nb::handle original,
                          nb::handle offsets, nb::handle set_classes, bool by_real, std::size_t k)
{
    const labels targets(original, offsets, set_classes);
    const ra::paired_proportion cells = ra::paired_outcomes(
        first, second, targets.view(), {.metric = by_real ? ra::accuracy_of::real : ra::accuracy_of::original, .k = k});
    return nb::make_tuple(cells.both, cells.first_only, cells.second_only, cells.neither);
}

/// Sorts every set and removes repeated classes. Returns offsets and classes.
template <class T>
nb::tuple sorted_sets(const any_array& offsets, const any_array& classes)
{
    const std::span<const std::uint64_t> ends = read_column<std::uint64_t>(offsets, "label sets: offsets of uint64");
    const std::span<const T> all = read_column<T>(classes, "label sets: classes of int64 or uint64");
    // The constructor of label_sets checks offsets; its classes are checked by append.
    const std::vector<ra::class_index> none(all.size());
    static_cast<void>(ra::label_sets(ends, none));
    ra::label_sets sets;
    for (std::size_t image = 0; image + 1 < ends.size(); ++image) {
        const auto first = static_cast<std::size_t>(ends[image]);
        sets.append(all.subspan(first, static_cast<std::size_t>(ends[image + 1]) - first));
    }
    return nb::make_tuple(to_numpy(std::vector(sets.offsets().begin(), sets.offsets().end())),
                          to_numpy(std::vector(sets.classes().begin(), sets.classes().end())));
}

}  // namespace

void bind_evaluation(nb::module_& module)
{
    using results = ra::image_results;

    nb::class_<evaluation>(module, "Evaluation")
        .def(nb::init<>())
        .def("merge", &evaluation::merge)
        .def("copy", [](const evaluation& e) { return e; })
        .def("to_bytes", &to_bytes)
        .def_static("from_bytes", &from_bytes)
        .def("equals", [](const evaluation& a, const evaluation& b) { return a == b; })
        .def("images", [](const evaluation& e) { return e.images(); })
        .def("nan_images", [](const evaluation& e) { return e.nan_images(); })
        .def("missing_labels", [](const evaluation& e) { return e.missing_labels(); })
        .def("with_real_labels", [](const evaluation& e) { return e.with_real_labels(); })
        .def("without_real_labels", [](const evaluation& e) { return e.without_real_labels(); })
        .def("ties",
             [](const evaluation& e) -> nb::object {
                 const std::optional<std::uint64_t> ties = e.ties();
                 return ties ? nb::cast(*ties) : nb::none();
             })
        .def("classes", [](const evaluation& e) { return e.classes(); })
        .def("depth", [](const evaluation& e) { return e.depth(); })
        .def("has_original", [](const evaluation& e) { return e.has_original(); })
        .def("has_real", [](const evaluation& e) { return e.has_real(); })
        .def("has_losses", [](const evaluation& e) { return e.has_losses(); })
        .def("top_k", &at_k<&evaluation::top_k>)
        .def("real", &at_k<&evaluation::real>)
        .def("real_kth", &at_k<&evaluation::real_kth>)
        .def("real_kth_where_enough_labels", &at_k<&evaluation::real_kth_where_enough_labels>)
        .def("all_of_top_k", &at_k<&evaluation::all_of_top_k>)
        .def("rank_histogram", [](const evaluation& e) { return to_numpy(e.rank_histogram()); })
        .def("mean_reciprocal_rank", &mean_of<&evaluation::mean_reciprocal_rank>)
        .def("real_mean_reciprocal_rank", &mean_of<&evaluation::real_mean_reciprocal_rank>)
        .def("preference",
             [](const evaluation& e) {
                 const ra::preference_counts p = e.preference();
                 return nb::make_tuple(p.model_preferred, p.label_preferred, p.both_correct, p.both_wrong,
                                       p.both_wrong_without_labels);
             })
        .def("balanced_accuracy",
             [](const evaluation& e) { return as_tuple(e.get<ra::balanced_accuracy>().balanced_accuracy()); })
        .def("real_balanced_accuracy",
             [](const evaluation& e) { return as_tuple(e.get<ra::balanced_accuracy>().real_balanced_accuracy()); })
        .def("class_accuracy", &by_class<&evaluation::class_accuracy>)
        .def("log_loss", &mean_of<&evaluation::log_loss>)
        .def("real_log_loss", &mean_of<&evaluation::real_log_loss>)
        .def("sigmoid_loss", &mean_of<&evaluation::sigmoid_loss>)
        .def("real_sigmoid_loss", &mean_of<&evaluation::real_sigmoid_loss>)
        .def("brier_score", &mean_of<&evaluation::brier_score>)
        .def("calibration", [](const evaluation& e) { return as_list(e.calibration()); })
        .def("real_calibration", [](const evaluation& e) { return as_list(e.real_calibration()); })
        .def("calibration_error", [](const evaluation& e, bool by_real) -> nb::object {
            const std::optional<double> error = by_real ? e.real_calibration_error() : e.calibration_error();
            return error ? nb::cast(*error) : nb::none();
        });

    nb::class_<results>(module, "ImageResults")
        .def_prop_ro("classes", [](const results& r) { return r.classes; })
        .def_prop_ro("depth", [](const results& r) { return r.depth; })
        .def_prop_ro("prediction", &column_of<&results::prediction>)
        .def_prop_ro("original_rank", &column_of<&results::original_rank>)
        .def_prop_ro("original_tied", &column_of<&results::original_tied>)
        .def_prop_ro("label_rank",
                     [](nb::handle self) {
                         const auto& r = nb::cast<const results&>(self);
                         return column(self, r.label_rank, r.images());
                     })
        .def_prop_ro("top_k",
                     [](nb::handle self) {
                         const auto& r = nb::cast<const results&>(self);
                         return r.k == 0 ? nb::none() : column(self, r.top_k, r.images(), r.k);
                     })
        .def_prop_ro("confidence", &column_of<&results::confidence>)
        .def_prop_ro("cross_entropy", &column_of<&results::cross_entropy>)
        .def_prop_ro("real_cross_entropy", &column_of<&results::real_cross_entropy>)
        .def_prop_ro("sigmoid_cross_entropy", &column_of<&results::sigmoid_cross_entropy>)
        .def_prop_ro("real_sigmoid_cross_entropy", &column_of<&results::real_sigmoid_cross_entropy>)
        .def_prop_ro("brier_score", &column_of<&results::brier_score>);

    // Arguments without a name must not be None.
    module.def("evaluate", &evaluate_arrays, nb::arg("scores").none(), nb::arg("bits_of_bfloat16"), nb::arg("classes"),
               nb::arg("original").none(), nb::arg("offsets").none(), nb::arg("set_classes").none(), nb::arg("options"),
               nb::arg("first_image"));
    module.def("rank", &rank_arrays, nb::arg("scores").none(), nb::arg("bits_of_bfloat16"), nb::arg("classes"),
               nb::arg("original").none(), nb::arg("offsets").none(), nb::arg("set_classes").none(),
               nb::arg("options"));
    module.def("paired_outcomes", &paired_outcomes, nb::arg("first"), nb::arg("second"), nb::arg("original").none(),
               nb::arg("offsets").none(), nb::arg("set_classes").none(), nb::arg("by_real"), nb::arg("k"));
    module.def("sorted_sets", &sorted_sets<std::int64_t>);
    module.def("sorted_sets_uint64", &sorted_sets<std::uint64_t>);
}

}  // namespace binding
