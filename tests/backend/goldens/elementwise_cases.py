"""Expressions that Keras and this library evaluate alike, in the names of `INPUTS`.

Gradients are taken of the weighted sum of a float result by each float32 input named.
"""

import numpy as np

_NAN = float("nan")
_INF = float("inf")

INPUTS = {
    "f": np.float32([[-1.5, 0.25, 2.0], [0.75, -0.3, 1.0]]),
    "p": np.float32([[0.5, 1.25, 2.0], [0.1, 3.0, 1.0]]),
    "u": np.float32([[-0.9, 0.1, 0.5], [0.75, -0.3, 0.0]]),
    "k": np.float32([[1.0, 2.0, 2.0], [2.0, 1.0, 2.0]]),
    "m": np.float32([[2.0, 2.0, 1.0], [2.0, 0.0, 2.0]]),
    "z": np.float32([[2.0, 0.0, 3.0], [0.0, 4.0, 0.0]]),
    "n": np.float32([[1.0, _NAN, 3.0], [_INF, -2.0, -_INF]]),
    "h": np.float16([[1.5, -0.5, 2.0], [0.25, 4.0, 1.0]]),
    "i": np.array([[7, -4, 2], [0, 5, -3]], "int32"),
    "j": np.array([[3, 2, -5], [4, 1, 2]], "int32"),
    "c": np.array([[3, 200, 5], [4, 1, 2]], "uint8"),
    "l": np.array([[3, 2, 5], [4, 1, 2]], "int64"),
    "b": np.array([[True, False, True], [False, False, True]]),
    "r": np.float32([0.5, -2.0, 1.0]),
}

_FLOAT = (
    "abs absolute arctan arcsinh cbrt ceil cos cosh deg2rad erf erfc exp exp2 expm1 "
    "fabs floor i0 isfinite isinf isnan logical_not negative rad2deg real round sign "
    "signbit sin sinc sinh square tan tanh trunc angle conj"
).split()
_POSITIVE = "log log2 log10 log1p sqrt rsqrt reciprocal".split()
_INSIDE = "arcsin arccos arctanh erfinv".split()
_REDUCE = (
    "sum mean prod max min var std logsumexp amax amin median ptp all any argmax "
    "argmin count_nonzero nansum nanmax nanmin nanmean nanvar nanstd nanprod nanmedian "
    "nanargmax nanargmin"
).split()
_BINARY = (
    "add subtract multiply divide true_divide floor_divide mod power maximum minimum "
    "fmax fmin fmod equal not_equal less less_equal greater greater_equal logical_and "
    "logical_or logical_xor arctan2 hypot logaddexp logaddexp2 divide_no_nan isclose"
).split()
_BITS = (
    "bitwise_and bitwise_or bitwise_xor left_shift right_shift bitwise_left_shift "
    "bitwise_right_shift gcd lcm"
).split()

CASES = [
    *(f"ops.{name}(f)" for name in _FLOAT),
    *(f"ops.{name}(p)" for name in _POSITIVE),
    *(f"ops.{name}(u)" for name in _INSIDE),
    "ops.arccosh(p + 1)",
    *(
        f"ops.{name}({x})"
        for name in _FLOAT
        for x in "i"
        if name not in ("erf", "erfc", "real", "conj")
    ),
    *(f"ops.{name}(abs(l) + 1)" for name in _POSITIVE[:5]),
    *(f"ops.{name}(h)" for name in ("exp", "square", "tanh", "sin", "floor", "abs")),
    *(f"ops.{name}(f, p)" for name in _BINARY),
    *(f"ops.{name}(k, m)" for name in ("maximum", "minimum", "fmax", "fmin")),
    *(
        f"ops.{name}(f, r)"
        for name in ("add", "multiply", "divide", "maximum", "hypot")
    ),
    *(f"ops.{name}(i, j)" for name in _BINARY if name != "power"),
    *(f"ops.{name}(i, 2.0)" for name in ("add", "multiply", "divide", "maximum")),
    *(f"ops.{name}(c, 2)" for name in ("add", "multiply", "divide", "floor_divide")),
    *(f"ops.{name}(h, 2.5)" for name in ("add", "multiply", "divide", "power")),
    *(f"ops.{name}(h, f)" for name in ("add", "multiply", "divide", "maximum")),
    *(f"ops.{name}(c, i)" for name in ("add", "multiply", "divide", "minimum")),
    *(f"ops.{name}(l, h)" for name in ("add", "multiply", "divide", "minimum")),
    *(f"ops.{name}(b, i)" for name in ("add", "multiply", "divide", "minimum")),
    *(f"ops.{name}(b, b)" for name in ("logical_and", "maximum", "bitwise_or")),
    *(f"ops.{name}(c, abs(j))" for name in _BITS[:5]),
    *(f"ops.{name}(l, abs(j))" for name in _BITS),
    *(f"ops.{name}(f, axis=1)" for name in _REDUCE),
    *(f"ops.{name}(f, keepdims=True)" for name in _REDUCE if name != "count_nonzero"),
    *(f"ops.{name}(f)" for name in _REDUCE),
    *(
        f"ops.{name}({x}, axis=0)"
        for name in _REDUCE
        for x in "cblh"
        if not (name == "logsumexp" and x != "h") and not (name == "ptp" and x == "b")
    ),
    *(
        f"ops.{name}(n, axis=1)"
        for name in _REDUCE
        if name == "max" or ("nan" in name and name != "nanmedian")
    ),
    *(f"ops.{name}(k, axis=1)" for name in ("max", "min", "prod", "argmax", "argmin")),
    *(f"ops.prod(z, axis={axis})" for axis in (0, 1, None)),
    "ops.power(f, 2)",
    "ops.power(f, 3)",
    "ops.power(p, r)",
    "ops.power(i, 2)",
    "ops.max(f, axis=1, initial=0.5)",
    "ops.min(f, axis=1, initial=0.5)",
    "ops.clip(f, -1.0, 1.0)",
    "ops.clip(k, 1.0, 2.0)",
    "ops.clip(i, -2, 3)",
    "ops.clip(b, 0, 1)",
    "ops.where(b, f, p)",
    "ops.where(b, f, 1)",
    "ops.where(b, 2.0, i)",
    "ops.where(i, c, i)",
    "ops.nan_to_num(n)",
    "ops.nan_to_num(n, nan=1.0, posinf=5.0, neginf=-5.0)",
    "ops.heaviside(u, r)",
    "ops.heaviside(i, 0.5)",
    "ops.ldexp(f, j)",
    "ops.round(f, 1)",
    "ops.round(i, -1)",
    "ops.isclose(f, p)",
    "ops.isclose(f, f + 1e-6)",
    "ops.isneginf(n)",
    "ops.isposinf(n)",
    "ops.isin(i, j)",
    "ops.select([f < 0, f > 1], [p, k], 9.0)",
    "ops.cast(f, 'int32')",
    "ops.cast(f, 'bool')",
    "ops.cast(b, 'float16')",
    "ops.saturate_cast(f * 300, 'uint8')",
    "ops.saturate_cast(i, 'uint8')",
    "ops.cumsum(f, axis=1)",
    "ops.cumsum(i)",
    "ops.cumsum(c, axis=0)",
    "ops.cumsum(b, axis=0)",
    "ops.cumprod(f, axis=0)",
    "ops.nancumsum(f, axis=1)",
    "ops.diff(f)",
    "ops.diff(f, axis=0)",
    "ops.diff(f, n=2)",
    "ops.diff(b)",
    "ops.trapezoid(f)",
    "ops.trapezoid(f, x=p)",
    "ops.trapezoid(i, dx=2.0, axis=0)",
    "ops.average(f, axis=1)",
    "ops.average(f, axis=1, weights=p)",
    "ops.average(f, axis=1, weights=r)",
    "ops.average(i, weights=j)",
    "ops.quantile(f, 0.3)",
    "ops.quantile(f, 0.3, axis=1)",
    "ops.quantile(f, [0.2, 0.7], axis=0, keepdims=True)",
    *(
        f"ops.quantile(f, 0.4, axis=1, method='{method}')"
        for method in ("lower", "higher", "midpoint", "nearest")
    ),
    "ops.percentile(i, 35.0, axis=1)",
    "ops.nanquantile(n, 0.5, axis=0)",
    "ops.nanpercentile(n, 40.0, axis=1)",
    *(
        f"ops.{name}({size})"
        for name in ("bartlett", "blackman", "hamming", "hanning")
        for size in (1, 2, 6)
    ),
    "ops.kaiser(6, 3.0)",
    "ops.copy(i)",
    "f + 1",
    "2 - i",
    "i // j",
    "f % 2",
    "2.0 ** p",
    "-f",
    "abs(i)",
    "~b",
    "b & b",
    "f >= 0.25",
    "i != j",
]
CASES = list(dict.fromkeys(CASES))
