// A view that may be absent. std::optional would do, but leaves what is absent uninitialised, and GCC 12 then warns in
// programs that copy it under -O2 -Wall.
#pragma once

#include "../detail/config.hpp"
#include "../version.hpp"

#include <concepts>
#include <type_traits>
#include <utility>

namespace reassess::inline REASSESS_VERSION_NAMESPACE {

/// A trivially copyable View, or nothing. Used as std::optional is.
template <class View>
class optional_view {
public:
    /// Nothing.
    optional_view() = default;
    /// Another view that converts to this one, e.g. a span.
    template <std::convertible_to<View> Source>
        requires(!std::same_as<std::remove_cvref_t<Source>, optional_view> &&
                 std::is_trivially_copyable_v<std::remove_cvref_t<Source>>)
    optional_view(Source&& source) : view_(std::forward<Source>(source)), has_value_(true) {}
    /// An owner of the elements, e.g. a vector or label_sets, which must outlive the view. A temporary is safe within
    /// the call that it is an argument of; Clang warns (-Wdangling) where a named view outlives one, g++ does not see
    /// it.
    template <std::convertible_to<View> Source>
        requires(!std::is_trivially_copyable_v<std::remove_cvref_t<Source>>)
    optional_view(Source&& source REASSESS_LIFETIMEBOUND) : view_(std::forward<Source>(source)), has_value_(true) {}

    [[nodiscard]] bool has_value() const noexcept { return has_value_; }
    explicit operator bool() const noexcept { return has_value_; }
    /// The view; an empty one where there is none.
    [[nodiscard]] const View& operator*() const noexcept { return view_; }
    [[nodiscard]] const View* operator->() const noexcept { return &view_; }

private:
    View view_{};
    bool has_value_ = false;
};

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE
