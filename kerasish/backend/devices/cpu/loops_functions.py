"""The array functions of programs as LLVM instructions, by data type."""

from __future__ import annotations

from kerasish.backend.devices.cpu import loops_math
from kerasish.backend.devices.cpu.loops_writer import (
    SIZES,
    TYPES,
    Unsupported,
    Writer,
    is_float,
    literal,
)

_ARITHMETIC = {
    "add": ("fadd contract", "add"),
    "subtract": ("fsub contract", "sub"),
    "multiply": ("fmul contract", "mul"),
    "true_divide": ("fdiv", None),
}
_COMPARE = {
    "equal": ("oeq", "eq"),
    "not_equal": ("une", "ne"),
    "less": ("olt", "lt"),
    "less_equal": ("ole", "le"),
    "greater": ("ogt", "gt"),
    "greater_equal": ("oge", "ge"),
}
_LOGICAL = {"logical_and": "and", "logical_or": "or", "logical_xor": "xor"}
_BITS = {"bitwise_and": "and", "bitwise_or": "or", "bitwise_xor": "xor"}
_ROUND = {"floor": "floor", "ceil": "ceil", "trunc": "trunc", "rint": "roundeven"}
_TESTS = ("isnan", "isinf", "isfinite")


def is_signed(dtype: str) -> bool:
    """Tell whether an integer type has a sign."""
    return dtype.startswith("int")


def apply(w: Writer, function: str, values: list[str], dtype: str, result: str) -> str:
    """Write one step.

    Args:
        w: The writer.
        function: The name of the array function.
        values: Its arguments, converted to the type `dtype`, except conditions.
        dtype: The type in which it is computed.
        result: The type of the result.

    Returns:
        The name of the result.

    Raises:
        Unsupported: If it cannot be written.
    """
    kind = TYPES[dtype]
    if function in _ARITHMETIC and dtype != "bool":
        name = _ARITHMETIC[function][0 if is_float(dtype) else 1]
        if name is not None:
            return w.emit(f"{name} {kind} {values[0]}, {values[1]}")
    if function in _COMPARE:
        return _comparison(w, function, values, dtype)
    if function in _LOGICAL and dtype == "bool":
        return w.emit(f"{_LOGICAL[function]} i1 {values[0]}, {values[1]}")
    if function in _BITS and not is_float(dtype):
        return w.emit(f"{_BITS[function]} {kind} {values[0]}, {values[1]}")
    if function in ("invert", "logical_not") and not is_float(dtype):
        if function == "logical_not" and dtype != "bool":
            raise Unsupported(function)
        return w.emit(f"xor {kind} {values[0]}, {'true' if kind == 'i1' else -1}")
    if function in ("maximum", "minimum") and dtype != "bool":
        return _extreme(w, function, values, dtype)
    if function == "where":
        return w.emit(f"select i1 {values[0]}, {kind} {values[1]}, {kind} {values[2]}")
    if is_float(dtype):
        return _of_float(w, function, values, dtype)
    return _of_integer(w, function, values, dtype)


def _comparison(w: Writer, function: str, values: list[str], dtype: str) -> str:
    on_floats, on_integers = _COMPARE[function]
    if is_float(dtype):
        return w.emit(f"fcmp {on_floats} {TYPES[dtype]} {values[0]}, {values[1]}")
    if function not in ("equal", "not_equal"):
        on_integers = ("s" if is_signed(dtype) else "u") + on_integers
    return w.emit(f"icmp {on_integers} {TYPES[dtype]} {values[0]}, {values[1]}")


def _extreme(w: Writer, function: str, values: list[str], dtype: str) -> str:
    """The larger or smaller value; NaN where either is."""
    x, y = values
    kind, largest = TYPES[dtype], function == "maximum"
    if not is_float(dtype):
        sign = "s" if is_signed(dtype) else "u"
        more = w.emit(f"icmp {sign}{'gt' if largest else 'lt'} {kind} {x}, {y}")
    else:
        how = "gt" if largest else "lt"
        if y.startswith("0x"):
            more = w.emit(f"fcmp u{how} {kind} {x}, {y}")
        else:
            more = w.emit(f"fcmp o{how} {kind} {x}, {y}")
            more = w.emit(f"or i1 {more}, {w.emit(f'fcmp uno {kind} {x}, {x}')}")
    return w.emit(f"select i1 {more}, {kind} {x}, {kind} {y}")


def _of_float(w: Writer, function: str, values: list[str], dtype: str) -> str:
    kind, x = TYPES[dtype], values[0]
    if function == "negative":
        return w.emit(f"fneg {kind} {x}")
    if function == "positive":
        return x
    if function in ("abs", "sqrt"):
        return w.intrinsic("fabs" if function == "abs" else "sqrt", dtype, x)
    if function in _ROUND:
        return w.intrinsic(_ROUND[function], dtype, x)
    if function in _TESTS:
        if function == "isnan":
            return w.emit(f"fcmp uno {kind} {x}, {x}")
        size = w.intrinsic("fabs", dtype, x)
        how = "oeq" if function == "isinf" else "olt"
        return w.emit(f"fcmp {how} {kind} {size}, {literal(float('inf'), dtype)}")
    if function == "sign":
        zero, one = literal(0.0, dtype), literal(1.0, dtype)
        full = w.intrinsic("copysign", dtype, one, x)
        # Zeros and NaN stay what they are.
        other = w.emit(f"fcmp one {kind} {x}, {zero}")
        return w.emit(f"select i1 {other}, {kind} {full}, {kind} {x}")
    if function in loops_math.FUNCTIONS and dtype == "float32":
        return loops_math.FUNCTIONS[function](w, *values)
    raise Unsupported(f"{function} of {dtype}")


def _of_integer(w: Writer, function: str, values: list[str], dtype: str) -> str:
    kind, x = TYPES[dtype], values[0]
    if dtype == "bool":
        raise Unsupported(f"{function} of bool")
    if function == "negative":
        return w.emit(f"sub {kind} 0, {x}")
    if function == "positive":
        return x
    if function == "abs":
        if not is_signed(dtype):
            return x
        minus = w.emit(f"sub {kind} 0, {x}")
        below = w.emit(f"icmp slt {kind} {x}, 0")
        return w.emit(f"select i1 {below}, {kind} {minus}, {kind} {x}")
    raise Unsupported(f"{function} of {dtype}")


def convert(w: Writer, value: str, old: str, new: str) -> str:
    """Write a conversion between data types.

    Raises:
        Unsupported: For floats to unsigned integers of 64 bits.
    """
    if old == new:
        return value
    a, b = TYPES[old], TYPES[new]
    if new == "bool":
        zero = literal(0, old)
        test = "fcmp une" if is_float(old) else "icmp ne"
        return w.emit(f"{test} {a} {value}, {zero}")
    if is_float(old) and is_float(new):
        name = "fpext" if new == "float64" else "fptrunc"
        return w.emit(f"{name} {a} {value} to {b}")
    if is_float(new):
        name = "sitofp" if is_signed(old) else "uitofp"
        return w.emit(f"{name} {a} {value} to {b}")
    if is_float(old):
        return _to_integer(w, value, old, new)
    if SIZES[old] == SIZES[new] and old != "bool":
        return value
    if SIZES[new] < SIZES[old]:
        return w.emit(f"trunc {a} {value} to {b}")
    name = "sext" if is_signed(old) else "zext"
    return w.emit(f"{name} {a} {value} to {b}")


def _to_integer(w: Writer, value: str, old: str, new: str) -> str:
    if new == "uint64":
        raise Unsupported("float to uint64")
    wide = new in ("int64", "uint32")
    middle = "i64" if wide else "i32"
    whole = w.emit(f"fptosi {TYPES[old]} {value} to {middle}")
    if TYPES[new] == middle:
        return whole
    return w.emit(f"trunc {middle} {whole} to {TYPES[new]}")
