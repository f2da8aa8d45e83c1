// optional_view: a view that may be absent. Not std::optional, because GCC 12 warns (-O2 -Wall) in programs that copy
// an empty std::optional, whose value is uninitialised.
#pragma once

#include "../detail/config.hpp"
#include "../version.hpp"

#include <concepts>
#include <type_traits>
#include <utility>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A trivially copyable View, or nothing. The interface is that of std::optional.
template <class View>
class optional_view {
public:
    /// Absent.
    optional_view() = default;
    /// From another view that converts to View, e.g. a span.
    template <std::convertible_to<View> Source>
        requires(!std::same_as<std::remove_cvref_t<Source>, optional_view> &&
                 std::is_trivially_copyable_v<std::remove_cvref_t<Source>>)
    optional_view(Source&& source) : view_(std::forward<Source>(source)), has_value_(true) {}
    /// From an owner of the elements, e.g. a vector or label_sets, which must outlive the view. A temporary owner may
    /// be used in an argument of a call, because it lives until the call returns. If a named view outlives a temporary
    /// owner, Clang warns (-Wdangling); g++ does not.
    template <std::convertible_to<View> Source>
        requires(!std::is_trivially_copyable_v<std::remove_cvref_t<Source>>)
    optional_view(Source&& source REASSESS_LIFETIMEBOUND) : view_(std::forward<Source>(source)), has_value_(true) {}
    /// From lists of labels: a compile error that says what to write.
    template <class Lists>
        requires(!std::convertible_to<Lists, View>)
    &&requires(const Lists& lists) { lists.begin()->begin(); }
    optional_view(const Lists&)
    {
        static_assert(std::convertible_to<Lists, View>,
                      "lists of labels are not a view of label sets: use label_sets sets(lists) and {.real = sets}");
    }

    [[nodiscard]] bool has_value() const noexcept { return has_value_; }
    explicit operator bool() const noexcept { return has_value_; }
    /// The view; a default-constructed View if it is absent.
    [[nodiscard]] const View& operator*() const noexcept { return view_; }
    [[nodiscard]] const View* operator->() const noexcept { return &view_; }

private:
    View view_{};
    bool has_value_ = false;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
