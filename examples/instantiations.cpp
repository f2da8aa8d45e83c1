// The kernels and the special functions of all programs, compiled once.
#include <reassess/instantiate.inl>
