"""Sums, extremes and their places along axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.graph.applying import apply
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.documentation import example, handed_on
from kerasish.graph.dtypes import as_dtype
from kerasish.graph.mathematics import cast, not_equal
from kerasish.graph.tensors import Tensor

# Name -> function of `kerasish.ops`, what its operations are called, and the argument
# and the output of an example.
_REDUCTIONS = {
    "reduce_all": ("all", "All", "[[True, False], [True, True]], 1", "[False  True]"),
    "reduce_any": ("any", "Any", "[[True, False], [False, False]], 1", "[ True False]"),
    "reduce_logsumexp": ("logsumexp", "ReduceLogSumExp", "[99.0, 0.0]", "99.0"),
    "reduce_max": ("max", "Max", "[[1, 2], [3, 0]], 1", "[2 3]"),
    "reduce_mean": ("mean", "Mean", "[[1.0, 2.0], [3.0, 4.0]], 0", "[2. 3.]"),
    "reduce_min": ("min", "Min", "[[1, 2], [3, 0]], 1", "[1 0]"),
    "reduce_prod": ("prod", "Prod", "[[1, 2], [3, 4]], 1", "[ 2 12]"),
    "reduce_std": ("std", "reduce_std", "[1.0, 3.0]", "1.0"),
    "reduce_sum": ("sum", "Sum", "[[1, 2], [3, 4]], 1, keepdims=True", "[[3]\n [7]]"),
    "reduce_variance": ("var", "reduce_variance", "[1.0, 3.0]", "1.0"),
}
_PLACES = {
    "argmax": ("argmax", "ArgMax", "[[1, 5], [3, 2]], 1", "[1 0]"),
    "argmin": ("argmin", "ArgMin", "[[1, 5], [3, 2]], 1", "[0 1]"),
}
_CUMULATIVE = {
    "cumprod": ("cumprod", "Cumprod", "[1, 2, 3]", "[1 2 6]"),
    "cumsum": ("cumsum", "Cumsum", "[1, 2, 3], exclusive=True", "[0 1 3]"),
}


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

    return operation


_OF_REDUCTIONS = """Args:
    input_tensor: A tensor.
    axis: The axes that vanish; all of them for `None`.
    keepdims: Whether they stay, with size 1.
    name: A name for the operation.
    reduction_indices: The older name of `axis`.
    keep_dims: The older name of `keepdims`.

Returns:
    A tensor of the same data type."""


def _place(function: str, kind: str) -> Callable:
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

    return operation


_OF_PLACES = """Args:
    input: A tensor.
    axis: The axis that vanishes, the first one by default.
    name: A name for the operation.
    dimension: The older name of `axis`.
    output_type: The type of the integers."""


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

    return operation


_OF_CUMULATIVE = """Args:
    x: A tensor.
    axis: The axis.
    exclusive: Whether an element counts for the next ones only.
    reverse: Whether to begin at the end.
    name: A name for the operation."""

_names = globals()
for _table, _make, _arguments in (
    (_REDUCTIONS, _reduction, _OF_REDUCTIONS),
    (_PLACES, _place, _OF_PLACES),
    (_CUMULATIVE, _cumulative, _OF_CUMULATIVE),
):
    for _name, (_function, _kind, _given, _printed) in _table.items():
        _operation = _make(_function, _kind)
        _shown = f"tf.{_name}({_given})", _printed
        _names[_name] = handed_on(_operation, _name, _function, _arguments, _shown)
arg_max, arg_min = _names["argmax"], _names["argmin"]


@example("tf.count_nonzero([[0, 1], [2, 3]], 1)", "[1 2]")
def count_nonzero(
    input_tensor: Any, axis: Any = None, keepdims: Any = None, dtype: Any = "int64",
    name: str | None = None, reduction_indices: Any = None, keep_dims: Any = None,
) -> Tensor:  # fmt: skip
    """Count the elements that are not zero.

    Args:
        input_tensor: A tensor.
        axis: See `reduce_sum`.
        keepdims: See `reduce_sum`.
        dtype: The type of the counts.
        name: A name for the operation.
        reduction_indices: The older name of `axis`.
        keep_dims: The older name of `keepdims`.
    """
    x = convert_to_tensor(input_tensor)
    counted = cast(not_equal(x, np.zeros((), x.dtype.as_numpy_dtype)), dtype)
    return _names["reduce_sum"](
        counted, axis, keepdims, name, reduction_indices, keep_dims
    )


@example("tf.nn.zero_fraction([0, 1, 0, 0])", "0.75")
def zero_fraction(value: Any, name: str | None = None) -> Tensor:
    """Return the share of the elements that are zero, a float32.

    Args:
        value: A tensor.
        name: A name for the operation.
    """
    return apply(
        "zero_fraction", lambda x: ops.mean(ops.cast(ops.equal(x, 0), "float32")),
        convert_to_tensor(value), name=name, shapes=[()], dtypes=["float32"],
    )  # fmt: skip
