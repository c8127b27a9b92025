"""The array functions of fused programs as CUDA expressions, by data type."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasish.backend.devices.cupy.cuda import FLOATS, SHORT_FLOATS, compute_type
from kerasish.backend.dtypes import numpy_dtype

INTEGERS = tuple(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
DTYPES = frozenset(("bool", *INTEGERS, *FLOATS))

_SAME_IN_C = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "bitwise_and": "&",
    "bitwise_or": "|",
    "bitwise_xor": "^",
    "equal": "==",
    "not_equal": "!=",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "logical_and": "&&",
    "logical_or": "||",
    "logical_xor": "!=",
}
_COMPARISONS = (
    "equal",
    "not_equal",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
)
_TESTS = ("isnan", "isinf", "isfinite", "signbit")
_LOGICAL = ("logical_and", "logical_or", "logical_xor", "logical_not")
# Functions of floats, under their names in C.
_OF_FLOATS = {
    "abs": "fabs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "power": "pow",
    **{
        name: name
        for name in (
            "cbrt ceil cos cosh erf erfc erfinv exp exp2 expm1 floor fmod hypot log "
            "log10 log1p log2 nextafter rint sin sinh sqrt tan tanh trunc"
        ).split()
    },
}
_OF_INTEGERS = {
    "abs": "({0} < 0 ? -{0} : {0})",
    "ceil": "{0}",
    "floor": "{0}",
    "trunc": "{0}",
    "fmod": "({1} == 0 ? 0 : remainder_of({0}, {1}))",
    "gcd": "common_divisor({0}, {1})",
    "lcm": "common_multiple({0}, {1})",
    "left_shift": "shift_left({0}, {1})",
    "power": "integer_power({0}, {1})",
    "right_shift": "shift_right({0}, {1})",
    "isnan": "false",
    "isinf": "false",
    "isfinite": "true",
    "signbit": "({0} < 0)",
}
_OF_BOTH = {
    "conj": "{0}",
    "positive": "{0}",
    "negative": "-{0}",
    "real_part": "{0}",
    "sign": "sign_of({0})",
    "maximum": "larger({0}, {1})",
    "minimum": "smaller({0}, {1})",
    "floor_divide": "floor_divide({0}, {1})",
    "remainder": "floor_remainder({0}, {1})",
    "where": "({0} ? {1} : {2})",
    "logical_not": "!{0}",
}
_OF_FLOATS_ALONE = {
    "true_divide": "({0} / {1})",
    "isnan": "({0} != {0})",
    "isinf": "(isinf({0}) != 0)",
    "isfinite": "(isfinite({0}) != 0)",
    "signbit": "(signbit({0}) != 0)",
    "logaddexp": "add_exponentials({0}, {1})",
    "logaddexp2": "add_powers_of_two({0}, {1})",
}

# What the expressions call beyond CUDA's own functions.
FUNCTIONS = r"""
template <class T> struct Signed { static const bool value = (T)-1 < (T)0; };
template <class V> __device__ __forceinline__ V larger(V x, V y) {
    return x > y || x != x ? x : y;
}
template <class V> __device__ __forceinline__ V smaller(V x, V y) {
    return x < y || x != x ? x : y;
}
template <class V> __device__ __forceinline__ V sign_of(V x) {
    return x > (V)0 ? (V)1 : x == (V)0 ? (V)0 : x < (V)0 ? (V)((V)0 - (V)1) : x;
}
template <class V> __device__ __forceinline__ V remainder_of(V x, V y) {
    // The quotient of the smallest number and -1 has no room.
    return Signed<V>::value && y == (V)-1 ? (V)0 : (V)(x % y);
}
template <class V> __device__ __forceinline__ V floor_remainder(V x, V y) {
    if (y == 0) return 0;
    V rest = remainder_of(x, y);
    return rest != 0 && (rest < 0) != (y < 0) ? (V)(rest + y) : rest;
}
template <class V> __device__ __forceinline__ V floor_divide(V x, V y) {
    if (y == 0) return 0;
    if (Signed<V>::value && y == (V)-1) return (V)((V)0 - x);
    V quotient = (V)(x / y);
    return x % y != 0 && (x < 0) != (y < 0) ? (V)(quotient - 1) : quotient;
}
__device__ __forceinline__ float remainder_of(float x, float y) { return fmodf(x, y); }
__device__ __forceinline__ double remainder_of(double x, double y) {
    return fmod(x, y);
}
template <class V> __device__ __forceinline__ V float_remainder(V x, V y) {
    V rest = remainder_of(x, y);
    if (y == 0) return rest;
    if (rest == 0) return copysign((V)0, y);
    return (rest < 0) != (y < 0) ? rest + y : rest;
}
template <class V> __device__ __forceinline__ V float_floor_divide(V x, V y) {
    if (y == 0) return x / y;
    V rest = remainder_of(x, y), quotient = (x - rest) / y;
    if (rest != 0 && (rest < 0) != (y < 0)) quotient -= 1;
    if (quotient == 0) return copysign((V)0, x / y);
    V whole = floor(quotient);
    return quotient - whole > (V)0.5 ? whole + 1 : whole;
}
__device__ __forceinline__ float floor_remainder(float x, float y) {
    return float_remainder(x, y);
}
__device__ __forceinline__ double floor_remainder(double x, double y) {
    return float_remainder(x, y);
}
__device__ __forceinline__ float floor_divide(float x, float y) {
    return float_floor_divide(x, y);
}
__device__ __forceinline__ double floor_divide(double x, double y) {
    return float_floor_divide(x, y);
}
template <class V> __device__ __forceinline__ V integer_power(V x, V exponent) {
    V result = 1;
    if (exponent < 0) return 0;
    for (; exponent; exponent >>= 1, x *= x)
        if (exponent & 1) result *= x;
    return result;
}
template <class V> __device__ __forceinline__ V shift_left(V x, V by) {
    return (uint64)by < 8 * sizeof(V) ? (V)(x << by) : (V)0;
}
template <class V> __device__ __forceinline__ V shift_right(V x, V by) {
    return (uint64)by < 8 * sizeof(V) ? (V)(x >> by) : x < 0 ? (V)((V)0 - (V)1) : (V)0;
}
template <class V> __device__ __forceinline__ V common_divisor(V x, V y) {
    x = x < 0 ? (V)((V)0 - x) : x;
    y = y < 0 ? (V)((V)0 - y) : y;
    while (y != 0) {
        V rest = x % y;
        x = y;
        y = rest;
    }
    return x;
}
template <class V> __device__ __forceinline__ V common_multiple(V x, V y) {
    V divisor = common_divisor(x, y);
    if (divisor == 0) return 0;
    V product = (V)(x / divisor * y);
    return product < 0 ? (V)((V)0 - product) : product;
}
template <class V> __device__ __forceinline__ V add_exponentials(V x, V y) {
    if (x == y) return x + (V)0.693147180559945309;
    V most = larger(x, y), least = smaller(x, y);
    return most + log1p(exp(least - most));
}
template <class V> __device__ __forceinline__ V add_powers_of_two(V x, V y) {
    if (x == y) return x + (V)1;
    V most = larger(x, y), least = smaller(x, y);
    return most + log1p(exp2(least - most)) * (V)1.44269504088896341;
}
// The neighbour of a 16-bit float, whose words count up from zero on both sides.
template <class T> __device__ __forceinline__ float next_short(float x, float y) {
    if (x != x || y != y) return x + y;
    if (x == y) return y;
    T next = narrow<T>(x);
    if (x == 0) next.bits = y < 0 ? 0x8001 : 1;
    else next.bits += (x < y) == (x > 0) ? 1 : -1;
    return widen(next);
}
// To the precision of a 16-bit float and back.
template <class T>
__device__ __forceinline__ typename Compute<T>::type rounded(
    typename Compute<T>::type x
) {
    return widen(narrow<T>(x));
}
"""


class Unsupported(ValueError):
    """A program has a step that is not written as CUDA."""


def literal(value: Any, dtype: str) -> str:
    """Return a number as a literal of a data type.

    Example:

    >>> literal(0.5, "float32"), literal(-3, "int64")
    ('0x1.0000000000000p-1f', '(-3LL)')
    """
    if dtype == "bool":
        return "true" if value else "false"
    if dtype not in FLOATS:
        return _integer(int(value), dtype)
    number = float(np.array(value).astype(numpy_dtype(dtype)))
    single = compute_type(dtype) == "float32"
    if math.isnan(number):
        return "__int_as_float(0x7fc00000)" if single else _double("0x7ff8")
    if math.isinf(number):
        text = "__int_as_float(0x7f800000)" if single else _double("0x7ff0")
        return text if number > 0 else f"(-{text})"
    text = number.hex() + ("f" if single else "")
    return text if math.copysign(1.0, number) > 0 else f"({text})"


def _double(first: str) -> str:
    return f"__longlong_as_double({first}000000000000LL)"


def _integer(value: int, dtype: str) -> str:
    limits = np.iinfo(dtype)
    if not limits.min <= value <= limits.max:
        raise Unsupported(f"{value} as {dtype}")
    if dtype == "uint64":
        return f"{value}ULL"
    if value == np.iinfo("int64").min:
        return f"({value + 1}LL - 1)"
    if limits.bits < 32:
        return f"({dtype}){value}"
    suffix = "LL" if dtype == "int64" else "U" if dtype == "uint32" else ""
    return f"{value}{suffix}" if value >= 0 else f"({value}{suffix})"


def convert(value: str, old: str, new: str) -> str:
    """Return a value in another data type, both held in their compute types."""
    if old == new:
        return value
    if new == "bool":
        return f"({value} != 0)"
    converted = f"({compute_type(new)}){value}"
    return f"rounded<{new}>({converted})" if new in SHORT_FLOATS else converted


def step_expression(
    step: Any,
    value_of: Callable[[str, Any], str],
    dtype_of: Callable[[str, Any], str],
) -> str:
    """Return the expression that computes one step of a program.

    Args:
        step: The step.
        value_of: Gives the variable of an argument that is no literal.
        dtype_of: Gives its data type.

    Raises:
        Unsupported: If there is none.
    """
    function, arguments, dtype = step
    kinds = [None if k == "literal" else dtype_of(k, v) for k, v in arguments]
    compute = _computed_in(function, arguments, kinds, dtype)
    given = []
    for place, ((kind, value), old) in enumerate(zip(arguments, kinds)):
        new = "bool" if function == "where" and not place else compute
        if kind == "literal":
            given.append(literal(value, new))
        else:
            given.append(convert(value_of(kind, value), old, new))
    if function == "cast":
        return given[0]
    text = _apply(function, given, compute)
    if compute in SHORT_FLOATS and function not in (*_COMPARISONS, *_TESTS):
        text = f"rounded<{compute}>({text})"
        return convert(text, compute, dtype)
    if dtype == compute and dtype in (*INTEGERS, "bool"):
        # C computes narrow integers in wider ones.
        return f"({dtype})({text})"
    result = "bool" if function in (*_COMPARISONS, *_TESTS) else compute
    return convert(f"({text})", result, dtype)


def _computed_in(
    function: str, arguments: Sequence, kinds: Sequence[str | None], dtype: str
) -> str:
    """The data type to which a step's arguments are converted."""
    if function in _LOGICAL:
        return "bool"
    if function not in _COMPARISONS and function not in _TESTS:
        return dtype
    found = {kind for kind in kinds if kind is not None}
    floats = any(isinstance(v, float) for kind, v in arguments if kind == "literal")
    if len(found) == 1 and (not floats or found <= set(FLOATS)):
        return found.pop()
    types = [numpy_dtype(kind) for kind in found]
    types += [np.dtype(float)] * floats
    return functools.reduce(np.promote_types, types).name


def _apply(function: str, given: Sequence[str], dtype: str) -> str:
    """The expression of a function on arguments of one data type."""
    if function in _SAME_IN_C:
        return f"{given[0]} {_SAME_IN_C[function]} {given[1]}"
    if function == "invert":
        return f"!{given[0]}" if dtype == "bool" else f"~{given[0]}"
    if function == "nextafter" and dtype in SHORT_FLOATS:
        return f"next_short<{dtype}>({given[0]}, {given[1]})"
    if dtype in FLOATS:
        if function in _OF_FLOATS:
            suffix = "f" if compute_type(dtype) == "float32" else ""
            return f"{_OF_FLOATS[function]}{suffix}({', '.join(given)})"
        form = _OF_FLOATS_ALONE.get(function) or _OF_BOTH.get(function)
    else:
        form = _OF_INTEGERS.get(function) or _OF_BOTH.get(function)
    if form is None:
        raise Unsupported(f"{function} of {dtype}")
    return form.format(*given)
