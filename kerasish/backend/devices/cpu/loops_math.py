"""Exponentials and their like as polynomials, so that they run on whole vectors.

The coefficients are Chebyshev fits; errors stay within about two units in the last
place of float32.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kerasish.backend.devices.cpu.loops_writer import Writer, literal

_LOG2E = 1.4426950408889634
# ln 2 in two parts: the first one times any exponent is exact.
_LN2_HIGH, _LN2_LOW = 0.693359375, -2.1219444005469057e-4
# (exp(r) - 1 - r) / r^2 for |r| up to ln(2) / 2.
_EXP = (
    0.5,
    0.1666666716337204,
    0.04166646674275398,
    0.0083332983776927,
    0.0013933652080595493,
    0.000198992871446535,
)
# (2 artanh(s) - 2 s) / s^3 as a polynomial in s^2, for |s| up to 3 - 2 sqrt(2).
_LOG = (
    0.6666666865348816,
    0.4000012278556824,
    0.2855072617530823,
    0.23332880437374115,
)
# (tanh(x) - x) / x^3 as a polynomial in x^2, for |x| up to 0.625.
_TANH = (
    -0.333333283662796,
    0.13332781195640564,
    -0.05385234206914902,
    0.02100311405956745,
    -0.006104347761720419,
)
_F = "float32"


def number(value: float) -> str:
    """Return a float32 literal."""
    return literal(value, _F)


def binary(w: Writer, name: str, x: str, y: str) -> str:
    """Write `fadd`, `fsub`, `fmul` or `fdiv` of two float32 values."""
    return w.emit(f"{name} contract float {x}, {y}")


def fused(w: Writer, x: str, y: str, z: str) -> str:
    """Write `x * y + z`."""
    return binary(w, "fadd", binary(w, "fmul", x, y), z)


def choose(w: Writer, condition: str, x: str, y: str) -> str:
    """Write a choice between two float32 values."""
    return w.emit(f"select i1 {condition}, float {x}, float {y}")


def compare(w: Writer, how: str, x: str, y: str) -> str:
    """Write a comparison of float32 values."""
    return w.emit(f"fcmp {how} float {x}, {y}")


def _polynomial(w: Writer, x: str, coefficients: Sequence[float]) -> str:
    result = number(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        result = fused(w, result, x, number(coefficient))
    return result


def _power_of_two(w: Writer, exponent: str) -> str:
    """Two to the power of an i32 between -126 and 127."""
    biased = w.emit(f"add i32 {exponent}, 127")
    return w.emit(f"bitcast i32 {w.emit(f'shl i32 {biased}, 23')} to float")


def _reduced(w: Writer, x: str, low: float, high: float) -> tuple[str, str, str, str]:
    """`x = n ln 2 + r` clipped: r, exp(r) - 1, and powers of two that make `2^n`."""
    x = choose(w, compare(w, "olt", x, number(high)), x, number(high))
    x = choose(w, compare(w, "ogt", x, number(low)), x, number(low))
    n = w.intrinsic("floor", _F, fused(w, x, number(_LOG2E), number(0.5)))
    r = fused(w, n, number(-_LN2_HIGH), x)
    r = fused(w, n, number(-_LN2_LOW), r)
    square = binary(w, "fmul", r, r)
    minus_one = fused(w, square, _polynomial(w, r, _EXP), r)
    whole = w.emit(f"fptosi float {n} to i32")
    half = w.emit(f"ashr i32 {whole}, 1")
    rest = w.emit(f"sub i32 {whole}, {half}")
    return r, minus_one, _power_of_two(w, half), _power_of_two(w, rest)


def _or_nan(w: Writer, x: str, result: str) -> str:
    return choose(w, compare(w, "uno", x, x), x, result)


def exp(w: Writer, x: str) -> str:
    """Write the exponential; too large numbers give infinity, too small ones 0."""
    _, minus_one, first, second = _reduced(w, x, -104.0, 89.0)
    result = binary(w, "fadd", minus_one, number(1.0))
    result = binary(w, "fmul", binary(w, "fmul", result, first), second)
    return _or_nan(w, x, result)


def expm1(w: Writer, x: str) -> str:
    """Write `exp(x) - 1` without loss around zero."""
    _, minus_one, first, second = _reduced(w, x, -104.0, 89.0)
    scaled = binary(w, "fmul", binary(w, "fmul", minus_one, first), second)
    power = binary(w, "fmul", first, second)
    result = binary(w, "fadd", scaled, binary(w, "fsub", power, number(1.0)))
    # The power itself overflows one step before the result does.
    large = compare(w, "ogt", x, number(88.0))
    result = choose(w, large, exp(w, x), result)
    tiny = compare(w, "olt", w.intrinsic("fabs", _F, x), number(1e-10))
    return _or_nan(w, x, choose(w, tiny, x, result))


def log(w: Writer, x: str) -> str:
    """Write the natural logarithm; 0 gives -Inf, negative numbers NaN."""
    small = compare(w, "olt", x, number(1.1754943508222875e-38))
    scaled = choose(w, small, binary(w, "fmul", x, number(2.0**25)), x)
    bits = w.emit(f"bitcast float {scaled} to i32")
    # The exponent for which the rest lies between sqrt(1/2) and sqrt(2).
    shifted = w.emit(f"sub i32 {bits}, {0x3F3504F3}")
    exponent = w.emit(f"ashr i32 {shifted}, 23")
    rest = w.emit(f"sub i32 {bits}, {w.emit(f'shl i32 {exponent}, 23')}")
    m = w.emit(f"bitcast i32 {rest} to float")
    n = w.emit(f"sitofp i32 {exponent} to float")
    n = choose(w, small, binary(w, "fsub", n, number(25.0)), n)
    f = binary(w, "fsub", m, number(1.0))
    s = binary(w, "fdiv", f, binary(w, "fadd", m, number(1.0)))
    z = binary(w, "fmul", s, s)
    # 2 s = f - f s, and n ln 2 comes in last.
    correction = binary(w, "fmul", z, _polynomial(w, z, _LOG))
    tail = binary(w, "fmul", s, binary(w, "fsub", correction, f))
    tail = fused(w, n, number(_LN2_LOW), tail)
    result = fused(w, n, number(_LN2_HIGH), binary(w, "fadd", f, tail))
    infinite = compare(w, "oeq", x, number(float("inf")))
    result = choose(w, infinite, x, result)
    zero = compare(w, "oeq", x, number(0.0))
    result = choose(w, zero, number(float("-inf")), result)
    wrong = compare(w, "ult", x, number(0.0))
    return choose(w, wrong, number(float("nan")), result)


def log1p(w: Writer, x: str) -> str:
    """Write `log(1 + x)` without loss around zero."""
    u = w.emit(f"fadd float {x}, {number(1.0)}")
    kept = w.emit(f"fsub float {u}, {number(1.0)}")
    lost = w.emit(f"fsub float {x}, {kept}")
    fraction = binary(w, "fdiv", lost, u)
    finite = compare(w, "olt", w.intrinsic("fabs", _F, fraction), number(1.0))
    correction = choose(w, finite, fraction, number(0.0))
    result = binary(w, "fadd", log(w, u), correction)
    tiny = compare(w, "olt", w.intrinsic("fabs", _F, x), number(1e-10))
    return choose(w, tiny, x, result)


def tanh(w: Writer, x: str) -> str:
    """Write the hyperbolic tangent."""
    size = w.intrinsic("fabs", _F, x)
    z = binary(w, "fmul", x, x)
    inner = fused(w, binary(w, "fmul", z, _polynomial(w, z, _TANH)), x, x)
    doubled = exp(w, binary(w, "fadd", size, size))
    quotient = binary(w, "fdiv", number(2.0), binary(w, "fadd", doubled, number(1.0)))
    outer = binary(w, "fsub", number(1.0), quotient)
    outer = w.intrinsic("copysign", _F, outer, x)
    return choose(w, compare(w, "olt", size, number(0.625)), inner, outer)


def power(w: Writer, x: str, y: str) -> str:
    """Call the C library: exact, but one element at a time."""
    return w.intrinsic("pow", _F, x, y)


FUNCTIONS: dict[str, Callable[..., str]] = {
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "tanh": tanh,
    "power": power,
}
