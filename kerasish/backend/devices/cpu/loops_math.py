"""Exponentials and their like as polynomials, so that they run on whole vectors.

The coefficients are Chebyshev fits; errors stay within about two units in the last
place of float32, those of the hyperbolic tangent within six. Loops wait for results
more than they lack units, so chains of dependent steps are kept short.
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
# tanh(x) as x times a quotient of polynomials in x^2, for |x| up to 8.9.
_TANH_LIMIT = 8.9
_TANH_ABOVE = (
    1.0,
    0.13387541472911835,
    0.0035033365711569786,
    2.0737166778417304e-05,
    1.3533727027947862e-08,
)
_TANH_BELOW = (
    1.0,
    0.467208594083786,
    0.025906432420015335,
    0.0003298328956589103,
    7.849481562516303e-07,
)
# Added to a number it leaves no room for a fraction, and the bits of the sum end with
# the rounded number and twice the bias of exponents.
_ROUNDING = 1.5 * 2.0**23 + 254.0
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
    """Add up pairs, then pairs of pairs, which need not wait for each other."""
    terms, power = [number(c) for c in coefficients], x
    while len(terms) > 1:
        pairs = [fused(w, b, power, a) for a, b in zip(terms[::2], terms[1::2])]
        terms = [*pairs, *terms[2 * len(pairs) :]]
        if len(terms) > 1:
            power = binary(w, "fmul", power, power)
    return terms[0]


def _clipped(w: Writer, x: str, low: float, high: float) -> str:
    """`x` cut off at two numbers; NaN stays."""
    x = choose(w, compare(w, "olt", number(high), x), number(high), x)
    return choose(w, compare(w, "ogt", number(low), x), number(low), x)


def _reduced(w: Writer, x: str) -> tuple[str, str, str]:
    """`x = n ln 2 + r`: exp(r) - 1, and two powers of two that make `2^n`."""
    x = _clipped(w, x, -104.0, 89.0)
    rounded = fused(w, x, number(_LOG2E), number(_ROUNDING))
    n = w.emit(f"fsub float {rounded}, {number(_ROUNDING)}")
    r = fused(w, n, number(-_LN2_HIGH), x)
    r = fused(w, n, number(-_LN2_LOW), r)
    square = binary(w, "fmul", r, r)
    minus_one = fused(w, square, _polynomial(w, r, _EXP), r)
    bits = w.emit(f"bitcast float {rounded} to i32")
    half = w.emit(f"lshr i32 {bits}, 1")
    powers = []
    for exponent in (half, w.emit(f"sub i32 {bits}, {half}")):
        shifted = w.emit(f"shl i32 {exponent}, 23")
        powers.append(w.emit(f"bitcast i32 {shifted} to float"))
    return minus_one, *powers


def exp(w: Writer, x: str) -> str:
    """Write the exponential; too large numbers give infinity, too small ones 0."""
    minus_one, first, second = _reduced(w, x)
    result = binary(w, "fadd", minus_one, number(1.0))
    return binary(w, "fmul", binary(w, "fmul", result, first), second)


def expm1(w: Writer, x: str) -> str:
    """Write `exp(x) - 1` without loss around zero."""
    minus_one, first, second = _reduced(w, x)
    scaled = binary(w, "fmul", binary(w, "fmul", minus_one, first), second)
    power = binary(w, "fmul", first, second)
    result = binary(w, "fadd", scaled, binary(w, "fsub", power, number(1.0)))
    # The power itself overflows one step before the result does.
    large = compare(w, "ogt", x, number(88.0))
    result = choose(w, large, exp(w, x), result)
    tiny = compare(w, "olt", w.intrinsic("fabs", _F, x), number(1e-10))
    return choose(w, tiny, x, result)


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
    x = _clipped(w, x, -_TANH_LIMIT, _TANH_LIMIT)
    z = binary(w, "fmul", x, x)
    above = binary(w, "fmul", x, _polynomial(w, z, _TANH_ABOVE))
    quotient = binary(w, "fdiv", above, _polynomial(w, z, _TANH_BELOW))
    return _clipped(w, quotient, -1.0, 1.0)


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
