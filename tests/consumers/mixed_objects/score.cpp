// Compiled with several sets of flags, with RIGHT as the function's name: whether this object's own kernels, called by
// their names, and the public functions give the ranks, lists and probabilities of plain loops. The linker keeps one
// function of each name, so kernels of other flags must have other names.
#include <reassess/evaluate.hpp>
#include <reassess/ranking/host_batch.hpp>
#include <reassess/ranking/rank.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <vector>

namespace ra = reassess;

namespace {

constexpr std::size_t images = 40, k = 3;

template <class T>
T score_of(std::uint32_t bits)
{
    const auto quarters = static_cast<int>(bits % 61) - 30;
    if constexpr (sizeof(T) == 2) {
        // bfloat16: the upper half of a float.
        return {static_cast<std::uint16_t>(__builtin_bit_cast(std::uint32_t, static_cast<float>(quarters) / 4) >> 16)};
    } else {
        return static_cast<T>(quarters) / 4;
    }
}

template <class T>
struct problem {
    std::size_t classes;
    std::vector<T> scores = std::vector<T>(images * classes);
    std::vector<ra::class_index> original{};
    ra::label_sets real{};
    // What plain loops find.
    std::vector<ra::rank_index> original_rank{};
    std::vector<ra::rank_index> label_rank{};
    std::vector<ra::class_index> lists{};
    std::vector<double> confidence{};

    explicit problem(std::size_t number_of_classes) : classes(number_of_classes)
    {
        std::uint32_t state = 1;
        const auto next = [&] { return (state = state * 1664525U + 1013904223U) >> 8; };
        for (T& score : scores) score = score_of<T>(next());
        for (std::size_t i = 0; i < images; ++i) {
            original.push_back(static_cast<ra::class_index>(next() % classes));
            const std::vector<ra::class_index> set{static_cast<ra::class_index>(next() % classes)};
            real.append(std::span<const ra::class_index>(set));
            const T* const row = scores.data() + i * classes;
            const auto value = [&](std::size_t c) { return ra::detail::real_value(row[c]); };
            const auto rank_of = [&](std::size_t label) {
                ra::rank_index rank = 0;
                for (std::size_t c = 0; c < classes; ++c)
                    rank += value(c) > value(label) || (value(c) == value(label) && c < label);
                return rank;
            };
            original_rank.push_back(rank_of(static_cast<std::size_t>(original[i])));
            label_rank.push_back(rank_of(static_cast<std::size_t>(set[0])));
            lists.resize((i + 1) * k);
            double sum = 0;
            for (std::size_t c = 0; c < classes; ++c) {
                if (rank_of(c) < k) lists[i * k + rank_of(c)] = static_cast<ra::class_index>(c);
                sum += std::exp(value(c));
            }
            confidence.push_back(std::exp(value(static_cast<std::size_t>(lists[i * k]))) / sum);
        }
    }

    [[nodiscard]] ra::scores_view<T> view() const { return {scores, classes}; }
    [[nodiscard]] ra::targets_view targets() const { return {.original = original, .real = real.view()}; }

    [[nodiscard]] bool has_ranks(const ra::image_results& results) const
    {
        bool right = results.original_rank == original_rank && results.label_rank == label_rank;
        for (std::size_t i = 0; i < images; ++i) right = right && results.prediction[i] == lists[i * k];
        return right;
    }
    [[nodiscard]] bool has_confidences(const ra::image_results& results) const
    {
        return std::equal(confidence.begin(), confidence.end(), results.confidence.begin(), results.confidence.end(),
                          [](double p, double q) { return std::abs(p - q) < 1e-5 * p; });
    }
};

/// Of one kernel: rank(job, hook).
template <class T, class Kernel>
bool kernel_is_right(const problem<T>& p, Kernel rank)
{
    ra::image_results results;
    results.ties_known = true;
    const auto ranked = [&](const auto& hook_of) {
        ra::detail::resize_columns(results, images, p.targets());
        const ra::detail::row_job<T> job(p.view(), p.targets(), results);
        return rank(job, hook_of(job)) == images && p.has_ranks(results);
    };
    std::vector<ra::class_index> lists(images * k);
    std::vector<std::uint8_t> refused;
    const ra::loss_settings logits{.scores = {.kind = ra::score_kind::logits}};
    return ranked([](const auto&) { return ra::detail::no_hook{}; }) && ranked([&](const auto&) {
               return ra::detail::list_hook{k, lists.data()};
           }) &&
           lists == p.lists &&
           ranked([&](const auto& job) { return ra::detail::loss_hook<T>(job, logits, results, refused, images); }) &&
           p.has_confidences(results);
}

using ra::detail::instruction_set;

template <class T>
bool all_are_right(std::size_t classes)
{
    const problem<T> p(classes);
    bool right = true;
#if REASSESS_VECTOR_KERNELS
    right = right && kernel_is_right(p, [](const auto& job, const auto& hook) {
                return ra::detail::baseline_row_kernel_here::rank_rows(instruction_set::baseline, job, 0, images, hook);
            });
#endif
#if REASSESS_X86_KERNELS
    for (const instruction_set set : {instruction_set::avx2, instruction_set::avx512}) {
        if (!ra::detail::can_run(set)) continue;
        right = right && kernel_is_right(p, [set](const auto& job, const auto& hook) {
                    return ra::detail::avx2_row_kernel_here::rank_rows(set, job, 0, images, hook);
                });
    }
#endif
    const ra::image_results lists = ra::rank(ra::seq, p.view(), p.targets(), {.top_k = k});
    const ra::image_results losses = ra::rank(ra::seq, ra::logits(p.view()), p.targets());
    return right && p.has_ranks(ra::rank(ra::seq, p.view(), p.targets())) && p.has_ranks(lists) &&
           lists.top_k == p.lists && p.has_ranks(losses) && p.has_confidences(losses) &&
           ra::evaluate(ra::seq, p.view(), p.targets()).top_k(1).total == images;
}

}  // namespace

bool RIGHT()
{
    bool right = true;
    // Short rows and long ones have kernels of their own.
    for (const std::size_t classes : {std::size_t{4}, std::size_t{90}, std::size_t{1003}})
        right = all_are_right<float>(classes) && all_are_right<ra::bfloat16>(classes) && right;
    return right;
}
