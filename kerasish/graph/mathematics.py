"""Elementwise functions, reductions and products, mostly from tables of names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.graph.applying import apply
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.documentation import example, handed_on
from kerasish.graph.dtypes import as_dtype
from kerasish.graph.tensors import Tensor

# Name -> function of `kerasish.ops` and what its operations are called. A function
# without a name is called like the name.
_UNARY = {
    "abs": ("absolute", "Abs", "[-1.5, 2.0]", "[1.5 2. ]"),
    "acos": ("arccos", "Acos", "1.0", "0.0"),
    "acosh": ("arccosh", "Acosh", "1.0", "0.0"),
    "asin": ("arcsin", "Asin", "0.0", "0.0"),
    "asinh": ("arcsinh", "Asinh", "0.0", "0.0"),
    "atan": ("arctan", "Atan", "0.0", "0.0"),
    "atanh": ("arctanh", "Atanh", "0.0", "0.0"),
    "ceil": ("ceil", "Ceil", "[0.2, -1.5]", "[ 1. -1.]"),
    "conj": ("conj", "Conj", "[1 + 2j]", "[1.-2.j]"),
    "cos": ("cos", "Cos", "0.0", "1.0"),
    "cosh": ("cosh", "Cosh", "0.0", "1.0"),
    "erf": ("erf", "Erf", "0.0", "0.0"),
    "erfc": ("erfc", "Erfc", "0.0", "1.0"),
    "exp": ("exp", "Exp", "0.0", "1.0"),
    "expm1": ("expm1", "Expm1", "0.0", "0.0"),
    "floor": ("floor", "Floor", "[0.2, -1.5]", "[ 0. -2.]"),
    "imag": ("imag", "Imag", "[1 + 2j]", "[2.]"),
    "invert": ("bitwise_not", "Invert", "[0, 5]", "[-1 -6]"),
    "is_finite": ("isfinite", "IsFinite", "tf.log([1.0, 0.0])", "[ True False]"),
    "is_inf": ("isinf", "IsInf", "tf.log([1.0, 0.0])", "[False  True]"),
    "is_nan": ("isnan", "IsNan", "tf.log([1.0, -1.0])", "[False  True]"),
    "log": ("log", "Log", "1.0", "0.0"),
    "log1p": ("log1p", "Log1p", "0.0", "0.0"),
    "log_sigmoid": ("log_sigmoid", "LogSigmoid", "99.0", "-1.01e-43"),
    "logical_not": ("logical_not", "LogicalNot", "[True, False]", "[False  True]"),
    "negative": ("negative", "Neg", "[1, -2]", "[-1  2]"),
    "real": ("real", "Real", "[1 + 2j]", "[1.]"),
    "reciprocal": ("reciprocal", "Reciprocal", "4.0", "0.25"),
    "rint": ("round", "Rint", "[0.5, 1.5, -1.7]", "[ 0.  2. -2.]"),
    "round": ("round", "Round", "[0.5, 1.5, -1.7]", "[ 0.  2. -2.]"),
    "rsqrt": ("rsqrt", "Rsqrt", "4.0", "0.5"),
    "sigmoid": ("sigmoid", "Sigmoid", "0.0", "0.5"),
    "sign": ("sign", "Sign", "[-3.0, 0.0, 2.0]", "[-1.  0.  1.]"),
    "sin": ("sin", "Sin", "0.0", "0.0"),
    "sinh": ("sinh", "Sinh", "0.0", "0.0"),
    "sqrt": ("sqrt", "Sqrt", "[4.0, 9.0]", "[2. 3.]"),
    "square": ("square", "Square", "[-3, 2]", "[9 4]"),
    "tan": ("tan", "Tan", "0.0", "0.0"),
    "tanh": ("tanh", "Tanh", "0.0", "0.0"),
}
_BINARY = {
    "add": ("add", "Add", "[1, 2], 3", "[4 5]"),
    "atan2": ("arctan2", "Atan2", "0.0, 1.0", "0.0"),
    "div_no_nan": ("divide_no_nan", "div_no_nan", "1.0, 0.0", "0.0"),
    "equal": ("equal", "Equal", "[1, 2], 2", "[False  True]"),
    "floordiv": ("floor_divide", "floordiv", "-7, 2", "-4"),
    "floormod": ("mod", "FloorMod", "-7, 3", "2"),
    "greater": ("greater", "Greater", "[1, 2], 1", "[False  True]"),
    "greater_equal": ("greater_equal", "GreaterEqual", "[1, 2], 2", "[False  True]"),
    "less": ("less", "Less", "[1, 2], 2", "[ True False]"),
    "less_equal": ("less_equal", "LessEqual", "[1, 2], 1", "[ True False]"),
    "logical_and": (
        "logical_and",
        "LogicalAnd",
        "[True, False], True",
        "[ True False]",
    ),
    "logical_or": ("logical_or", "LogicalOr", "[True, False], False", "[ True False]"),
    "logical_xor": (
        "logical_xor",
        "LogicalXor",
        "[True, False], True",
        "[False  True]",
    ),
    "maximum": ("maximum", "Maximum", "[1, 5], 3", "[3 5]"),
    "minimum": ("minimum", "Minimum", "[1, 5], 3", "[1 3]"),
    "multiply": ("multiply", "Mul", "[1, 2], 3", "[3 6]"),
    "not_equal": ("not_equal", "NotEqual", "[1, 2], 2", "[ True False]"),
    "pow": ("power", "Pow", "[2, 3], 2", "[4 9]"),
    "subtract": ("subtract", "Sub", "[1, 2], 3", "[-2 -1]"),
}


def operands(kind: str, x: Any, y: Any) -> tuple[Tensor, Tensor]:
    """Return two arguments as tensors of one data type.

    Args:
        kind: The operation.
        x: The first argument.
        y: The second one; what is no tensor gets the type of the other.

    Raises:
        TypeError: If the types differ.
    """
    first, second = (hasattr(v, "op") or hasattr(v, "_as_graph_tensor") for v in (x, y))
    if not first and second:
        y = convert_to_tensor(y)
        x = convert_to_tensor(x, y.dtype, name="x")
    else:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, None if second else x.dtype, name="y")
    if x.dtype != y.dtype:
        raise TypeError(
            f"Input 'y' of {kind!r} Op has type {y.dtype} that does not match type "
            f"{x.dtype} of argument 'x'."
        )
    return x, y


def unary(
    name: str, function: str, kind: str, given: str, printed: str, home: str = "tf"
) -> Callable:
    """Make an operation of one tensor.

    Args:
        name: Its name.
        function: A function of `kerasish.ops`.
        kind: What its operations are called.
        given: The argument of an example.
        printed: What the example prints.
        home: Where the operation is found.
    """

    def operation(x: Any, name: str | None = None) -> Tensor:
        return apply(kind, getattr(ops, function), convert_to_tensor(x), name=name)

    arguments = """Args:
    x: A tensor, or what becomes one.
    name: A name for the operation."""
    shown = f"{home}.{name}({given})", printed
    return handed_on(operation, name, function, arguments, shown)


def binary(function: str, kind: str) -> Callable:
    """Make an operation of two tensors of one data type.

    Args:
        function: A function of `kerasish.ops`.
        kind: What its operations are called.
    """

    def operation(x: Any, y: Any, name: str | None = None) -> Tensor:
        x, y = operands(kind, x, y)
        return apply(kind, getattr(ops, function), x, y, name=name)

    return operation


_OF_TWO = """Args:
    x: A tensor, or what becomes one.
    y: A tensor of the same data type, and of a shape that broadcasts.
    name: A name for the operation.

Raises:
    TypeError: If the data types differ."""
_names = globals()
_names |= {name: unary(name, *row) for name, row in _UNARY.items()}
for _name, (_function, _kind, _given, _printed) in _BINARY.items():
    _shown = f"tf.{_name}({_given})", _printed
    _operation = binary(_function, _kind)
    _names[_name] = handed_on(_operation, _name, _function, _OF_TWO, _shown)
# The names of the oldest programs.
_names |= {
    old: _names[new]
    for old, new in {
        "floor_div": "floordiv", "inv": "reciprocal", "mod": "floormod",
        "mul": "multiply", "neg": "negative", "sub": "subtract",
    }.items()
}  # fmt: skip


@example("tf.cast([1.7, -1.7], tf.int32)", "[ 1 -1]")
def cast(x: Any, dtype: Any, name: str | None = None) -> Tensor:
    """Convert to another data type; floats are cut off to integers.

    Args:
        x: A tensor.
        dtype: The data type.
        name: A name.
    """
    kind = as_dtype(dtype)
    x = convert_to_tensor(x)
    if x.dtype == kind:
        return x
    return apply("Cast", lambda t: ops.cast(t, str(kind)), x, name=name, dtypes=[kind])


def _cast_to(name: str, dtype: str) -> Callable:
    kind = name.title().replace("_", "").replace("Bf", "BF")

    def convert(x: Any, name: str = kind) -> Tensor:
        return cast(x, dtype, name)

    convert.__doc__ = (
        f"Convert to {dtype}.\n\nArgs:\n    x: A tensor.\n    name: A name."
    )
    convert.__name__ = convert.__qualname__ = name
    return example(f"tf.{name}([1, 2]) > 1", "[False  True]")(convert)


to_float, to_double = _cast_to("to_float", "float32"), _cast_to("to_double", "float64")
to_int32, to_int64 = _cast_to("to_int32", "int32"), _cast_to("to_int64", "int64")
to_bfloat16 = _cast_to("to_bfloat16", "bfloat16")


@example("tf.saturate_cast([300, -5], tf.uint8)", "[255   0]")
def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Tensor:
    """Convert to another data type, within its limits.

    Args:
        value: A tensor.
        dtype: The data type.
        name: A name.
    """
    kind = str(as_dtype(dtype))
    x = convert_to_tensor(value)
    return apply(
        "saturate_cast", lambda t: ops.saturate_cast(t, kind), x, name=name,
        dtypes=[kind],
    )  # fmt: skip


@example("tf.truediv([1, 2], 4)", "[0.25 0.5 ]")
def truediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Divide; integers become floats.

    Args:
        x: A tensor.
        y: A tensor of the same data type.
        name: A name.

    Raises:
        TypeError: If the data types differ.
    """
    x, y = operands("truediv", x, y)
    if x.dtype.is_integer:
        wide = "float64" if x.dtype.size > 2 else "float32"
        x, y = cast(x, wide), cast(y, wide)
    return apply("truediv", ops.divide, x, y, name=name)


divide = truediv


@example("tf.div([-7, 7], 2)", "[-4  3]")
def div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Divide; the quotient of integers is rounded down.

    Args:
        x: A tensor.
        y: A tensor of the same data type.
        name: A name.

    Raises:
        TypeError: If the data types differ.
    """
    x, y = operands("div", x, y)
    divided = ops.floor_divide if x.dtype.is_integer else ops.divide
    return apply("div", divided, x, y, name=name)


@example("tf.squared_difference([1, 5], 3)", "[4 4]")
def squared_difference(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return `(x - y) ** 2`.

    Args:
        x: A tensor.
        y: A tensor of the same data type.
        name: A name.
    """
    x, y = operands("SquaredDifference", x, y)
    return apply("SquaredDifference", lambda a, b: ops.square(a - b), x, y, name=name)


@example("tf.add_n([[1, 2], [3, 4]])", "[4 6]")
def add_n(inputs: Any, name: str | None = None) -> Tensor:
    """Add several tensors.

    Args:
        inputs: Tensors of one shape.
        name: A name.
    """
    tensors = [convert_to_tensor(x) for x in inputs]
    return apply("AddN", lambda parts: sum(parts[1:], parts[0]), tensors, name=name)


@example(
    "tf.accumulate_n([[1, 2], [3, 4]])", "[4 6]", inputs="Tensors of one shape.",
    shape="Their shape; not needed.", tensor_dtype="Their type; not needed.",
)  # fmt: skip
def accumulate_n(inputs: Any, shape: Any = None, tensor_dtype: Any = None,
                 name: str | None = None) -> Tensor:  # fmt: skip
    """Add several tensors; see `add_n`."""
    return add_n(inputs, name)


@example("tf.complex(1.0, [2.0, 3.0])", "[1.+2.j 1.+3.j]")
def complex(real: Any, imag: Any, name: str | None = None) -> Tensor:
    """Put complex numbers together.

    Args:
        real: The real parts, float32 or float64.
        imag: The imaginary parts.
        name: A name.
    """
    real, imag = operands("Complex", real, imag)
    kind = "complex128" if real.dtype == "float64" else "complex64"
    return apply(
        "Complex",
        lambda x, y: ops.cast(x, kind) + ops.cast(y, kind) * np.array(1j, kind),
        real,
        imag,
        name=name,
        dtypes=[kind],
    )
