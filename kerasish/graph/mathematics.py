"""Elementwise functions, reductions and products, mostly from tables of names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.graph.applying import apply, convert_to_tensor
from kerasish.graph.dtypes import as_dtype
from kerasish.graph.tensors import Tensor

# Name -> function of `kerasish.ops` and what its operations are called. A function
# without a name is called like the name.
_UNARY = {
    "abs": ("absolute", "Abs"),
    "acos": ("arccos", "Acos"),
    "acosh": ("arccosh", "Acosh"),
    "asin": ("arcsin", "Asin"),
    "asinh": ("arcsinh", "Asinh"),
    "atan": ("arctan", "Atan"),
    "atanh": ("arctanh", "Atanh"),
    "ceil": ("ceil", "Ceil"),
    "conj": ("conj", "Conj"),
    "cos": ("cos", "Cos"),
    "cosh": ("cosh", "Cosh"),
    "erf": ("erf", "Erf"),
    "erfc": ("erfc", "Erfc"),
    "exp": ("exp", "Exp"),
    "expm1": ("expm1", "Expm1"),
    "floor": ("floor", "Floor"),
    "imag": ("imag", "Imag"),
    "inv": ("reciprocal", "Reciprocal"),
    "invert": ("bitwise_not", "Invert"),
    "is_finite": ("isfinite", "IsFinite"),
    "is_inf": ("isinf", "IsInf"),
    "is_nan": ("isnan", "IsNan"),
    "log": ("log", "Log"),
    "log1p": ("log1p", "Log1p"),
    "log_sigmoid": ("log_sigmoid", "LogSigmoid"),
    "logical_not": ("logical_not", "LogicalNot"),
    "negative": ("negative", "Neg"),
    "neg": ("negative", "Neg"),
    "real": ("real", "Real"),
    "reciprocal": ("reciprocal", "Reciprocal"),
    "rint": ("round", "Rint"),
    "round": ("round", "Round"),
    "rsqrt": ("rsqrt", "Rsqrt"),
    "sigmoid": ("sigmoid", "Sigmoid"),
    "sign": ("sign", "Sign"),
    "sin": ("sin", "Sin"),
    "sinh": ("sinh", "Sinh"),
    "softplus": ("softplus", "Softplus"),
    "softsign": ("softsign", "Softsign"),
    "sqrt": ("sqrt", "Sqrt"),
    "square": ("square", "Square"),
    "tan": ("tan", "Tan"),
    "tanh": ("tanh", "Tanh"),
}
_BINARY = {
    "add": ("add", "Add"),
    "atan2": ("arctan2", "Atan2"),
    "bitwise_and": ("bitwise_and", "BitwiseAnd"),
    "bitwise_or": ("bitwise_or", "BitwiseOr"),
    "bitwise_xor": ("bitwise_xor", "BitwiseXor"),
    "div_no_nan": ("divide_no_nan", "div_no_nan"),
    "equal": ("equal", "Equal"),
    "floor_div": ("floor_divide", "FloorDiv"),
    "floordiv": ("floor_divide", "floordiv"),
    "floormod": ("mod", "FloorMod"),
    "greater": ("greater", "Greater"),
    "greater_equal": ("greater_equal", "GreaterEqual"),
    "less": ("less", "Less"),
    "less_equal": ("less_equal", "LessEqual"),
    "logical_and": ("logical_and", "LogicalAnd"),
    "logical_or": ("logical_or", "LogicalOr"),
    "logical_xor": ("logical_xor", "LogicalXor"),
    "maximum": ("maximum", "Maximum"),
    "minimum": ("minimum", "Minimum"),
    "mod": ("mod", "FloorMod"),
    "multiply": ("multiply", "Mul"),
    "mul": ("multiply", "Mul"),
    "not_equal": ("not_equal", "NotEqual"),
    "pow": ("power", "Pow"),
    "subtract": ("subtract", "Sub"),
    "sub": ("subtract", "Sub"),
}
_REDUCTIONS = {
    "reduce_sum": ("sum", "Sum"),
    "reduce_mean": ("mean", "Mean"),
    "reduce_prod": ("prod", "Prod"),
    "reduce_max": ("max", "Max"),
    "reduce_min": ("min", "Min"),
    "reduce_all": ("all", "All"),
    "reduce_any": ("any", "Any"),
    "reduce_logsumexp": ("logsumexp", "ReduceLogSumExp"),
    "reduce_std": ("std", "reduce_std"),
    "reduce_variance": ("var", "reduce_variance"),
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


def unary(function: str, kind: str) -> Callable:
    """Make an operation of one tensor.

    Args:
        function: A function of `kerasish.ops`.
        kind: What its operations are called.
    """

    def operation(x: Any, name: str | None = None) -> Tensor:
        return apply(kind, getattr(ops, function), convert_to_tensor(x), name=name)

    operation.__doc__ = f"""Apply `kerasish.ops.{function}` to each element.

    Args:
        x: A tensor.
        name: A name.
    """
    return operation


def binary(function: str, kind: str) -> Callable:
    """Make an operation of two tensors of one data type.

    Args:
        function: A function of `kerasish.ops`.
        kind: What its operations are called.
    """

    def operation(x: Any, y: Any, name: str | None = None) -> Tensor:
        x, y = operands(kind, x, y)
        return apply(kind, getattr(ops, function), x, y, name=name)

    operation.__doc__ = f"""Apply `kerasish.ops.{function}` to pairs of elements.

    Args:
        x: A tensor.
        y: A tensor of the same data type and a shape that broadcasts.
        name: A name.

    Raises:
        TypeError: If the data types differ.
    """
    return operation


def axes_of(axis: Any) -> Any:
    """Return axes as an integer, a tuple, or `None`.

    Args:
        axis: One of these, a list or an array.
    """
    if axis is None:
        return None
    if isinstance(axis, Tensor):
        axis = axis.constant_value()
    if isinstance(axis, np.ndarray):
        axis = axis.tolist()
    if isinstance(axis, (list, tuple)):
        return tuple(int(a) for a in axis)
    return int(axis)


def _reduction(function: str, kind: str) -> Callable:
    def operation(
        input_tensor: Any,
        axis: Any = None,
        keepdims: bool | None = None,
        name: str | None = None,
        reduction_indices: Any = None,
        keep_dims: bool | None = None,
    ) -> Tensor:
        x = convert_to_tensor(input_tensor)
        axes = axes_of(reduction_indices if axis is None else axis)
        keep = bool(keep_dims if keepdims is None else keepdims)
        reduce, dtype = getattr(ops, function), str(x.dtype)

        def reduced(tensor: Any) -> Any:
            if axes == ():
                return tensor
            return ops.cast(reduce(tensor, axis=axes, keepdims=keep), dtype)

        shapes = [()] if axes is None and not keep else None
        return apply(kind, reduced, x, name=name, shapes=shapes)

    operation.__doc__ = f"""Reduce a tensor by `kerasish.ops.{function}`.

    Args:
        input_tensor: A tensor.
        axis: The axes that vanish; all of them for `None`.
        keepdims: Whether they stay, with size 1.
        name: A name.
        reduction_indices: The older name of `axis`.
        keep_dims: The older name of `keepdims`.

    Returns:
        A tensor of the same data type.
    """
    return operation


_names = globals()
for _table, _make in ((_UNARY, unary), (_BINARY, binary), (_REDUCTIONS, _reduction)):
    for _name, (_function, _kind) in _table.items():
        _names[_name] = _make(_function, _kind)


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


def _cast_to(dtype: str, kind: str) -> Callable:
    def convert(x: Any, name: str = kind) -> Tensor:
        return cast(x, dtype, name)

    convert.__doc__ = f"Convert to {dtype}; see `cast`."
    return convert


to_float, to_double = _cast_to("float32", "ToFloat"), _cast_to("float64", "ToDouble")
to_int32, to_int64 = _cast_to("int32", "ToInt32"), _cast_to("int64", "ToInt64")
to_bfloat16 = _cast_to("bfloat16", "ToBFloat16")


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


def squared_difference(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Return `(x - y) ** 2`.

    Args:
        x: A tensor.
        y: A tensor of the same data type.
        name: A name.
    """
    x, y = operands("SquaredDifference", x, y)
    return apply("SquaredDifference", lambda a, b: ops.square(a - b), x, y, name=name)


def add_n(inputs: Any, name: str | None = None) -> Tensor:
    """Add several tensors.

    Args:
        inputs: Tensors of one shape.
        name: A name.
    """
    tensors = [convert_to_tensor(x) for x in inputs]
    return apply("AddN", lambda parts: sum(parts[1:], parts[0]), tensors, name=name)


def accumulate_n(inputs: Any, shape: Any = None, tensor_dtype: Any = None,
                 name: str | None = None) -> Tensor:  # fmt: skip
    """Add several tensors; see `add_n`."""
    return add_n(inputs, name)


def _arg(function: str, kind: str) -> Callable:
    def operation(
        input: Any,
        axis: Any = None,
        name: str | None = None,
        dimension: Any = None,
        output_type: Any = "int64",
    ) -> Tensor:
        axis = dimension if axis is None else axis
        place = 0 if axis is None else int(axis)
        wanted = str(as_dtype(output_type))
        find = getattr(ops, function)
        return apply(
            kind,
            lambda x: ops.cast(find(x, axis=place), wanted),
            convert_to_tensor(input),
            name=name,
            dtypes=[wanted],
        )

    operation.__doc__ = f"""Find extreme elements (`kerasish.ops.{function}`).

    Args:
        input: A tensor.
        axis: The axis that vanishes, the first one by default.
        name: A name.
        dimension: The older name of `axis`.
        output_type: The type of the integers.
    """
    return operation


argmax = arg_max = _arg("argmax", "ArgMax")
argmin = arg_min = _arg("argmin", "ArgMin")


def count_nonzero(
    input_tensor: Any, axis: Any = None, keepdims: Any = None, dtype: Any = "int64",
    name: str | None = None, reduction_indices: Any = None, keep_dims: Any = None,
) -> Tensor:  # fmt: skip
    """Count the elements that are not zero; see `reduce_sum`."""
    x = convert_to_tensor(input_tensor)
    zero = np.zeros((), x.dtype.as_numpy_dtype)
    counted = cast(_names["not_equal"](x, zero), dtype)
    return _names["reduce_sum"](
        counted, axis, keepdims, name, reduction_indices, keep_dims
    )


def zero_fraction(value: Any, name: str | None = None) -> Tensor:
    """Return the share of the elements that are zero, as `tf.nn.zero_fraction`.

    Args:
        value: A tensor.
        name: A name.
    """
    x = convert_to_tensor(value)
    zeros = cast(_names["equal"](x, np.zeros((), x.dtype.as_numpy_dtype)), "float32")
    return _names["reduce_mean"](zeros, name=name or "zero_fraction")


def _cumulative(function: str, kind: str) -> Callable:
    def operation(
        x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False,
        name: str | None = None,
    ) -> Tensor:  # fmt: skip
        start = 0 if function == "cumsum" else 1

        def cumulated(t: Any) -> Any:
            t = ops.flip(t, axis) if reverse else t
            if exclusive:
                first = ops.full_like(ops.slice_axis(t, axis, 0, 1), start)
                rest = ops.slice_axis(t, axis, 0, -1)
                t = ops.concatenate([first, rest], axis=axis)
            t = getattr(ops, function)(t, axis=axis)
            return ops.flip(t, axis) if reverse else t

        return apply(kind, cumulated, convert_to_tensor(x), name=name)

    operation.__doc__ = f"""Accumulate along an axis (`kerasish.ops.{function}`).

    Args:
        x: A tensor.
        axis: The axis.
        exclusive: Whether an element counts for the next ones only.
        reverse: Whether to begin at the end.
        name: A name.
    """
    return operation


cumsum, cumprod = _cumulative("cumsum", "Cumsum"), _cumulative("cumprod", "Cumprod")


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Multiply matrices, or stacks of them.

    Args:
        a: A tensor of shape `(..., n, k)`.
        b: A tensor of shape `(..., k, m)`.
        transpose_a: Whether the last two axes of `a` come the other way round.
        transpose_b: Whether those of `b` do.
        adjoint_a: The same, and conjugated.
        adjoint_b: The same, and conjugated.
        a_is_sparse: Kept for the signature.
        b_is_sparse: Kept for the signature.
        name: A name.

    Raises:
        ValueError: If the shapes do not fit, or one has less than two axes.
    """
    a, b = operands("MatMul", a, b)
    for tensor in (a, b):
        if tensor.shape.ndims is not None and tensor.shape.ndims < 2:
            raise ValueError(
                "MatMul: shape must be at least rank 2 but is rank "
                f"{tensor.shape.ndims}.\nReceived: {tensor!r}"
            )

    def turned(x: Any, transpose: bool, adjoint: bool) -> Any:
        x = ops.conj(x) if adjoint else x
        return ops.swapaxes(x, -1, -2) if transpose or adjoint else x

    shapes = None
    if b.shape.ndims == 2 and a.shape.ndims is None:
        shapes = [(None, b.shape.as_list()[0 if transpose_b or adjoint_b else 1])]
    elif a.shape.ndims == 2 and b.shape.ndims is None:
        shapes = [(a.shape.as_list()[1 if transpose_a or adjoint_a else 0], None)]
    return apply(
        "MatMul",
        lambda x, y: ops.matmul(
            turned(x, transpose_a, adjoint_a), turned(y, transpose_b, adjoint_b)
        ),
        a,
        b,
        name=name,
        shapes=shapes,
    )


batch_matmul = sparse_matmul = matmul


def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """Sum products over some axes; see `kerasish.ops.tensordot`."""
    a, b = operands("Tensordot", a, b)
    return apply("Tensordot", lambda x, y: ops.tensordot(x, y, axes), a, b, name=name)


def einsum(equation: str, *inputs: Any, name: str | None = None) -> Tensor:
    """Sum products by a rule; see `kerasish.ops.einsum`."""
    tensors = [convert_to_tensor(x) for x in inputs]
    return apply(
        "einsum", lambda parts: ops.einsum(equation, *parts), tensors, name=name
    )


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


# Python's operators, and what their operations are called.
_OPERATORS = {
    "add": ("add", "add"), "sub": ("subtract", "sub"), "mul": ("multiply", "mul"),
    "floordiv": ("floor_divide", "floordiv"), "mod": ("mod", "mod"),
    "pow": ("power", "pow"), "and": ("logical_and", "and"),
    "or": ("logical_or", "or"), "xor": ("logical_xor", "xor"),
}  # fmt: skip
_COMPARISONS = {"lt": less, "le": less_equal, "gt": greater, "ge": greater_equal}  # noqa: F821


def _install() -> None:
    methods: dict[str, Callable] = {
        "__neg__": negative, "__abs__": _names["abs"], "__invert__": logical_not,  # noqa: F821
        "__truediv__": truediv, "__matmul__": matmul,
        "__rtruediv__": lambda self, other: truediv(other, self),
        "__rmatmul__": lambda self, other: matmul(other, self),
    }  # fmt: skip
    for name, (function, kind) in _OPERATORS.items():
        operation = binary(function, kind)
        methods[f"__{name}__"] = operation
        methods[f"__r{name}__"] = _reflected(operation)
    methods |= {f"__{name}__": function for name, function in _COMPARISONS.items()}
    for name, method in methods.items():
        setattr(Tensor, name, method)


def _reflected(operation: Callable) -> Callable:
    return lambda self, other: operation(other, self)


_install()
