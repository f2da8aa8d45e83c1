// evaluate and rank for every element type, in blocks of rows, between which a long call can be interrupted. One source
// file, because the types share most of what the compiler reads and instantiates; the only one that is optimised.
#include "pass.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace binding {
namespace {

/// Rows of a block of about 256 MiB: tens of milliseconds, in which starting threads costs less than 1 %. At most 2^20,
/// because during an update each wrong prediction takes memory.
std::size_t rows_of_block(std::size_t row_bytes)
{
    return std::clamp<std::size_t>((std::size_t{256} << 20) / std::max<std::size_t>(1, row_bytes), 1,
                                   std::size_t{1} << 20);
}

/// Calls f(block, targets, first) for successive blocks of `input`; once if there are no images.
template <class Input, class Function>
void for_each_block(const Input& input, std::size_t row_bytes, const call& arguments, Function f)
{
    arguments.targets.expect_images(input.images(), "the scores or top-k lists");
    const std::size_t rows = rows_of_block(row_bytes);
    std::size_t first = 0;
    do {
        const std::size_t count = std::min(rows, input.images() - first);
        f(input.slice(first, count), arguments.targets.slice(first, count), first);
        first += count;
        arguments.between_blocks();
    } while (first < input.images());
}

template <class T>
void append(std::vector<T>& column, const std::vector<T>& more)
{
    column.insert(column.end(), more.begin(), more.end());
}

/// Appends the columns of later images.
void append(ra::image_results& all, const ra::image_results& more)
{
    append(all.prediction, more.prediction);
    append(all.original_rank, more.original_rank);
    append(all.original_tied, more.original_tied);
    append(all.label_rank, more.label_rank);
    append(all.top_k, more.top_k);
    append(all.confidence, more.confidence);
    append(all.cross_entropy, more.cross_entropy);
    append(all.real_cross_entropy, more.real_cross_entropy);
    append(all.sigmoid_cross_entropy, more.sigmoid_cross_entropy);
    append(all.real_sigmoid_cross_entropy, more.real_sigmoid_cross_entropy);
    append(all.brier_score, more.brier_score);
}

struct evaluate_blocks {
    const call& arguments;

    template <class Input>
    ra::evaluation<> operator()(const Input& input, std::size_t row_bytes) const
    {
        ra::evaluator counts(ra::par.on(arguments.threads), arguments.options);
        for_each_block(input, row_bytes, arguments,
                       [&](const Input& block, const ra::targets_view& targets, std::size_t first) {
                           counts.update(block, targets, {.first_image = arguments.first_image + first});
                       });
        return counts.result();
    }
};

struct rank_blocks {
    const call& arguments;

    template <class Input>
    ra::image_results operator()(const Input& input, std::size_t row_bytes) const
    {
        ra::image_results all;
        for_each_block(input, row_bytes, arguments,
                       [&](const Input& block, const ra::targets_view& targets, std::size_t first) {
                           ra::image_results results =
                               ra::rank(ra::par.on(arguments.threads), block, targets, arguments.options, first);
                           if (first == 0) {
                               all = std::move(results);
                           } else {
                               append(all, results);
                           }
                       });
        return all;
    }
};

/// Calls pass(input, bytes of a row) with scores of type T, interpreted as `arguments` say.
template <class T, class Pass>
auto with_scores(const matrix& m, const call& arguments, Pass pass)
{
    const ra::scores_view<T> scores(static_cast<const T*>(m.data), m.rows, m.columns, m.row_stride);
    const std::size_t row_bytes = m.row_stride * sizeof(T);
    if constexpr (ra::real_score_element<T>) {
        if (arguments.scores.kind == ra::score_kind::logits) return pass(ra::logits(scores), row_bytes);
        if (arguments.scores.kind == ra::score_kind::probabilities) {
            return pass(
                ra::probabilities(scores, {.normalise = arguments.scores.normalise, .clip = arguments.scores.clip}),
                row_bytes);
        }
    }
    return pass(scores, row_bytes);
}

template <class T, class Pass>
auto with_lists(const matrix& m, const call& arguments, Pass pass)
{
    const ra::top_k_view<T> lists(static_cast<const T*>(m.data), m.rows, m.columns, arguments.classes);
    return pass(lists, m.columns * sizeof(T));
}

template <class Pass>
auto with_input(const matrix& m, const call& arguments, Pass pass)
{
    switch (m.type) {
        case element::float16:
            return with_scores<ra::half>(m, arguments, pass);
        case element::bfloat16:
            return with_scores<ra::bfloat16>(m, arguments, pass);
        case element::float64:
            return with_scores<double>(m, arguments, pass);
        case element::int8:
            return with_scores<std::int8_t>(m, arguments, pass);
        case element::uint8:
            return with_scores<std::uint8_t>(m, arguments, pass);
        case element::int32:
            return with_lists<std::int32_t>(m, arguments, pass);
        case element::int64:
            return with_lists<std::int64_t>(m, arguments, pass);
        default:
            return with_scores<float>(m, arguments, pass);
    }
}

}  // namespace

ra::evaluation<> evaluate(const matrix& input, const call& arguments)
{
    return with_input(input, arguments, evaluate_blocks{arguments});
}

ra::image_results rank(const matrix& input, const call& arguments)
{
    return with_input(input, arguments, rank_blocks{arguments});
}

}  // namespace binding
