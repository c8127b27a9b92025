"""Where values come from: placeholders, constants, ranges, draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish.backend import graph as engine
from kerasish.backend import ops
from kerasish.graph.applying import apply, identity_op
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.documentation import example
from kerasish.graph.dtypes import as_dtype
from kerasish.graph.shapes import TensorShape
from kerasish.graph.state import get_default_graph
from kerasish.graph.tensors import Operation, Tensor


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """Return a tensor that a value is fed to in every run that needs it.

    Args:
        dtype: The data type.
        shape: The shape, with `None` for sizes that differ from run to run; `None` as
            a whole where not even the rank is known.
        name: A name.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.placeholder(tf.float32)
    ...     print(sess.run(x + 1.0, {x: 2.0}), sess.run(x + 1.0, {x: [1.0, 2.0]}))
    3.0 [2. 3.]
    """
    graph, kind = get_default_graph(), as_dtype(dtype)
    unique = graph.unique_operation_name(name or "Placeholder")
    operation = Operation(graph, unique, "Placeholder", None, ())
    sizes, stored = TensorShape(shape), None
    if sizes.ndims is not None and kind != "string":
        stored = engine.placeholder(tuple(sizes.as_list()), str(kind), unique)
    tensor = Tensor(operation, 0, stored, kind)
    operation.outputs = [tensor]
    graph.add_operation(operation)
    return tensor


@example("tf.placeholder_with_default(1.0, [])", "1.0")
def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """Return a tensor that may be fed, and has another value where it is not.

    Args:
        input: That value.
        shape: The shape, with `None` for sizes that differ from run to run.
        name: A name.
    """
    value = convert_to_tensor(input)
    tensor = apply("PlaceholderWithDefault", identity_op, value, name=name)
    tensor.stored = None
    sizes = TensorShape(shape)
    if sizes.ndims is not None:
        tensor.stored = engine.placeholder(tuple(sizes.as_list()), str(value.dtype))
    return tensor


@example("tf.identity([1, 2])", "[1 2]")
def identity(input: Any, name: str | None = None) -> Tensor:
    """Return a tensor unchanged, as an operation of its own.

    Args:
        input: A tensor.
        name: A name.
    """
    return apply("Identity", identity_op, convert_to_tensor(input), name=name)


@example("tf.stop_gradient([1, 2])", "[1 2]")
def stop_gradient(input: Any, name: str | None = None) -> Tensor:
    """Return a tensor unchanged, through which no gradient flows.

    Args:
        input: A tensor.
        name: A name.
    """
    x = convert_to_tensor(input)
    return apply("StopGradient", ops.stop_gradient, x, name=name)


def _filled(number: int, kind_name: str) -> Callable:
    def operation(
        shape: Any, dtype: Any = "float32", name: str | None = None
    ) -> Tensor:
        kind = str(as_dtype(dtype))
        return apply(
            kind_name, lambda sizes: ops.full(sizes, number, kind), listed(shape),
            name=name, dtypes=[kind],
        )  # fmt: skip

    operation.__doc__ = f"""Return a tensor of {kind_name}.

    Args:
        shape: The shape.
        dtype: The data type.
        name: A name.
    """
    return example(f"tf.{kind_name}([2], tf.int32)", f"[{number} {number}]")(operation)


def _filled_like(function: str, printed: str) -> Callable:
    def operation(
        tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True
    ) -> Tensor:
        x = convert_to_tensor(tensor)
        kind = str(x.dtype if dtype is None else as_dtype(dtype))
        create = getattr(ops, function)
        return apply(
            function, lambda t: create(t, dtype=kind), x, name=name, dtypes=[kind]
        )

    operation.__doc__ = f"""Return a tensor of the shape of another ({function}).

    Args:
        tensor: That tensor.
        dtype: The data type; that of the tensor for `None`.
        name: A name.
        optimize: Kept for the signature.
    """
    return example(f"tf.{function}([5, 6])", printed)(operation)


zeros, ones = _filled(0, "zeros"), _filled(1, "ones")
zeros_like, ones_like = (
    _filled_like("zeros_like", "[0 0]"),
    _filled_like("ones_like", "[1 1]"),
)


def listed(shape: Any) -> Any:
    """Return a shape in the form that functions of the engine take.

    Args:
        shape: A `TensorShape`, an integer, a tensor, an array, or a list in which there
            may be tensors.
    """
    if isinstance(shape, TensorShape):
        return tuple(shape.as_list())
    if isinstance(shape, Tensor):
        array = shape.constant_value()
        shape = shape if array is None else array
    if isinstance(shape, np.ndarray):
        return tuple(int(size) for size in shape.reshape(-1))
    if isinstance(shape, (int, np.integer)):
        return (int(shape),)
    if isinstance(shape, (list, tuple)):
        return tuple(
            size if isinstance(size, Tensor) else _number(size) for size in shape
        )
    return shape


def _number(size: Any) -> int | None:
    size = getattr(size, "value", size)
    return None if size is None else int(size)


@example("tf.fill([2, 2], 7)", "[[7 7]\n [7 7]]")
def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """Return a tensor of one value.

    Args:
        dims: The shape.
        value: The value, a scalar.
        name: A name.
    """
    value = convert_to_tensor(value)
    kind = str(value.dtype)
    return apply(
        "Fill", lambda sizes, x: ops.full(sizes, x, kind), listed(dims), value,
        name=name, dtypes=[kind],
    )  # fmt: skip


@example("tf.range(3, 9, 2)", "[3 5 7]")
def range(
    start: Any,
    limit: Any = None,
    delta: Any = 1,
    dtype: Any = None,
    name: str | None = "range",
) -> Tensor:
    """Return numbers in a row.

    Args:
        start: The first number; the end, if there is no `limit`.
        limit: The end, which is not included.
        delta: The step.
        dtype: The data type.
        name: A name.
    """
    if limit is None:
        start, limit = 0, start
    given = [convert_to_tensor(part, dtype) for part in (start, limit, delta)]
    kinds = {tensor.dtype for tensor in given}
    floats = [kind for kind in kinds if kind.is_floating]
    kind = str(floats[0] if floats else max(kinds, key=lambda k: k.size))
    return apply(
        "range", lambda *parts: ops.arange(*parts, dtype=kind), *given,
        name=name, shapes=[(None,)], dtypes=[kind],
    )  # fmt: skip


@example("tf.linspace(0.0, 1.0, 5)", "[0.   0.25 0.5  0.75 1.  ]")
def linspace(start: Any, stop: Any, num: int, name: str | None = None) -> Tensor:
    """Return numbers at equal distances, both ends included.

    Args:
        start: The first number.
        stop: The last one.
        num: How many there are.
        name: A name.
    """
    first = convert_to_tensor(start)
    last = convert_to_tensor(stop, first.dtype)
    return apply(
        "LinSpace", lambda a, b: ops.linspace(a, b, int(num)), first, last, name=name
    )


lin_space = linspace


@example("tf.eye(2)", "[[1. 0.]\n [0. 1.]]")
def eye(
    num_rows: int,
    num_columns: int | None = None,
    batch_shape: Any = None,
    dtype: Any = "float32",
    name: str | None = None,
) -> Tensor:
    """Return an identity matrix, or a stack of them.

    Args:
        num_rows: The number of rows.
        num_columns: The number of columns; as many as rows for `None`.
        batch_shape: The shape of the stack.
        dtype: The data type.
        name: A name.
    """
    kind, rows = str(as_dtype(dtype)), int(num_rows)
    columns = rows if num_columns is None else int(num_columns)
    shape = (*(batch_shape or ()), rows, columns)
    return apply(
        "eye",
        lambda: ops.broadcast_to(ops.eye(rows, columns, dtype=kind), shape),
        name=name,
    )
