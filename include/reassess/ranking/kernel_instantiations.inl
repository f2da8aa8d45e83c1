// Included with REASSESS_INSTANTIATION as `extern template` or `template`: the row kernels of the element types of the
// library.
namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail {

#define REASSESS_RANK_ROWS(T, Hook)                                                                            \
    REASSESS_INSTANTIATION std::size_t rank_rows(instruction_set, const row_job<T>&, std::size_t, std::size_t, \
                                                 const Hook&) noexcept;
#define REASSESS_RANK_ROWS_IN_ORDER(T) \
    REASSESS_RANK_ROWS(T, no_hook)     \
    REASSESS_RANK_ROWS(T, list_hook)
#define REASSESS_RANK_ROWS_OF_REAL(T) \
    REASSESS_RANK_ROWS_IN_ORDER(T)    \
    REASSESS_RANK_ROWS(T, loss_hook<T>)

REASSESS_RANK_ROWS_OF_REAL(float)
REASSESS_RANK_ROWS_OF_REAL(double)
REASSESS_RANK_ROWS_OF_REAL(half)
REASSESS_RANK_ROWS_OF_REAL(bfloat16)
REASSESS_RANK_ROWS_IN_ORDER(std::int8_t)
REASSESS_RANK_ROWS_IN_ORDER(std::uint8_t)

#undef REASSESS_RANK_ROWS
#undef REASSESS_RANK_ROWS_IN_ORDER
#undef REASSESS_RANK_ROWS_OF_REAL

}  // namespace reassess::inline REASSESS_VERSION_NAMESPACE::detail
