"""Shapes and places of elements: reshaping, joining, cutting, gathering."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.graph.applying import apply
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.creation import listed
from kerasish.graph.documentation import example
from kerasish.graph.dtypes import as_dtype
from kerasish.graph.reductions import axes_of
from kerasish.graph.tensors import Tensor

newaxis = None


def shape(input: Any, name: str | None = None, out_type: Any = "int32") -> Tensor:
    """Return the shape that a tensor has in a run.

    Args:
        input: A tensor.
        name: A name.
        out_type: The type of the integers.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.placeholder(tf.float32, [None, 3])
    ...     print(sess.run(tf.shape(x), {x: [[1, 2, 3]]}))
    [1 3]
    """
    kind = str(as_dtype(out_type))

    def sizes(x: Any) -> Any:
        if not x.shape:
            return ops.zeros((0,), kind)
        return ops.stack([ops.cast(size, kind) for size in ops.shape(x)])

    return apply("Shape", sizes, convert_to_tensor(input), name=name, dtypes=[kind])


@example(
    "tf.size([[1, 2], [3, 4]])", "4", input="A tensor.",
    out_type="The type of the integer.",
)  # fmt: skip
def size(input: Any, name: str | None = None, out_type: Any = "int32") -> Tensor:
    """Return the number of elements; see `shape`."""
    kind = str(as_dtype(out_type))
    return apply(
        "Size", lambda x: ops.cast(ops.size(x), kind), convert_to_tensor(input),
        name=name, shapes=[()], dtypes=[kind],
    )  # fmt: skip


@example("tf.rank([[1, 2], [3, 4]])", "2", input="A tensor.")
def rank(input: Any, name: str | None = None) -> Tensor:
    """Return the number of axes."""
    x = convert_to_tensor(input)
    return apply("Rank", lambda t: ops.cast(t.ndim, "int32"), x, name=name, shapes=[()])


@example("tf.reshape([1, 2, 3, 4], [2, -1])", "[[1 2]\n [3 4]]")
def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """Give a tensor another shape.

    Args:
        tensor: A tensor.
        shape: The shape; one size may be -1, to be computed.
        name: A name.

    Raises:
        ValueError: If the number of elements differs.
    """
    sizes, known = listed(shape), None
    if isinstance(sizes, tuple):
        known = [tuple(s if isinstance(s, int) and s >= 0 else None for s in sizes)]
    return apply(
        "Reshape", ops.reshape, convert_to_tensor(tensor), sizes, name=name,
        shapes=known,
    )  # fmt: skip


@example("tf.transpose([[1, 2], [3, 4]])", "[[1 3]\n [2 4]]")
def transpose(a: Any, perm: Any = None, name: str | None = None) -> Tensor:
    """Bring the axes into another order.

    Args:
        a: A tensor.
        perm: The axes in their new order; the opposite one for `None`.
        name: A name.
    """
    axes = axes_of(perm)
    return apply(
        "transpose", lambda x: ops.transpose(x, axes), convert_to_tensor(a), name=name
    )


@example(
    "tf.matrix_transpose([[[1, 2], [3, 4]]])", "[[[1 3]\n  [2 4]]]",
    a="Matrices, `(..., n, m)`.",
)  # fmt: skip
def matrix_transpose(a: Any, name: str | None = None) -> Tensor:
    """Exchange the last two axes."""
    return apply(
        "matrix_transpose", lambda x: ops.swapaxes(x, -1, -2), convert_to_tensor(a),
        name=name,
    )  # fmt: skip


@example("tf.expand_dims([1, 2], 1)", "[[1]\n [2]]")
def expand_dims(
    input: Any, axis: Any = None, name: str | None = None, dim: Any = None
) -> Tensor:
    """Add an axis of size 1.

    Args:
        input: A tensor.
        axis: Where.
        name: A name.
        dim: The older name of `axis`.
    """
    place = int(dim if axis is None else axis)
    return apply(
        "ExpandDims", lambda x: ops.expand_dims(x, place), convert_to_tensor(input),
        name=name,
    )  # fmt: skip


@example("tf.squeeze([[1], [2]], 1)", "[1 2]")
def squeeze(
    input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None
) -> Tensor:
    """Remove axes of size 1.

    Args:
        input: A tensor.
        axis: Which ones; all for `None`.
        name: A name.
        squeeze_dims: The older name of `axis`.
    """
    axes = axes_of(squeeze_dims if axis is None else axis)
    return apply(
        "Squeeze", lambda x: ops.squeeze(x, axes), convert_to_tensor(input), name=name
    )


def same_type(values: Any) -> list[Tensor]:
    """Return values as tensors of the type that the first tensor among them has.

    Args:
        values: Tensors, arrays and numbers.
    """
    first = next((v for v in values if hasattr(v, "op")), None)
    kind = None if first is None else first.dtype
    return [convert_to_tensor(value, kind) for value in values]


@example("tf.concat([[1, 2], [3]], 0)", "[1 2 3]")
def concat(values: Any, axis: Any, name: str | None = "concat") -> Tensor:
    """Join tensors along an axis.

    Args:
        values: The tensors. (In the oldest programs the axis comes first.)
        axis: The axis.
        name: A name.

    Raises:
        ValueError: If the other sizes differ.
    """
    if isinstance(values, int) or not isinstance(axis, (int, np.integer, Tensor)):
        values, axis = axis, values
    place = int(axis)
    if isinstance(values, Tensor):
        values = [values]
    parts = same_type(values)
    return apply("concat", lambda p: ops.concatenate(p, axis=place), parts, name=name)


@example("tf.stack([[1, 2], [3, 4]], axis=1)", "[[1 3]\n [2 4]]")
def stack(values: Any, axis: int = 0, name: str | None = "stack") -> Tensor:
    """Join tensors along a new axis.

    Args:
        values: Tensors of one shape.
        axis: Where the new axis is.
        name: A name.
    """
    parts = same_type(list(values))
    return apply("stack", lambda p: ops.stack(p, axis=axis), parts, name=name)


pack = stack


@example("tf.unstack([[1, 2], [3, 4]])[1]", "[3 4]")
def unstack(
    value: Any, num: int | None = None, axis: int = 0, name: str | None = "unstack"
) -> list[Tensor]:
    """Cut a tensor into its entries along an axis.

    Args:
        value: A tensor.
        num: The size of the axis, where it is unknown.
        axis: The axis, which vanishes.
        name: A name.
    """
    x = convert_to_tensor(value)
    found = apply(
        "unstack", lambda t: ops.unstack(t, num, axis), x, name=name, count=num or 1
    )
    return found if isinstance(found, list) else [found]


unpack = unstack


@example("tf.split([1, 2, 3, 4], 2)[0]", "[1 2]")
def split(
    value: Any,
    num_or_size_splits: Any,
    axis: Any = 0,
    num: int | None = None,
    name: str | None = "split",
) -> list[Tensor]:
    """Cut a tensor into parts.

    Args:
        value: A tensor. (In the oldest programs the order is axis, number, tensor.)
        num_or_size_splits: The number of equal parts, or their sizes, one of which may
            be -1.
        axis: The axis.
        num: Kept for the signature.
        name: A name.
    """
    if isinstance(value, int):
        value, axis = axis, value
    place, x = int(axis), convert_to_tensor(value)
    if isinstance(num_or_size_splits, (int, np.integer)):
        cuts: Any = int(num_or_size_splits)
        count = cuts
    else:
        sizes = [int(part) for part in num_or_size_splits]
        if -1 in sizes:
            total = x.shape[place].value
            sizes[sizes.index(-1)] = total - sum(sizes) - 1
        cuts, count = np.cumsum(sizes)[:-1].tolist(), len(sizes)
    found = apply(
        "split", lambda t: list(ops.split(t, cuts, place)), x, name=name, count=count
    )
    return found if isinstance(found, list) else [found]


@example("tf.tile([1, 2], [2])", "[1 2 1 2]")
def tile(input: Any, multiples: Any, name: str | None = None) -> Tensor:
    """Repeat a tensor along its axes.

    Args:
        input: A tensor.
        multiples: How often, a number for each axis.
        name: A name.
    """
    x, counts = convert_to_tensor(input), listed(multiples)
    if isinstance(counts, Tensor):
        counts = unstack(counts)
    if not any(isinstance(count, Tensor) for count in counts):
        return apply("Tile", lambda t: ops.tile(t, counts), x, name=name)

    def function(t: Any, numbers: Any) -> Any:
        sizes = ops.shape(t)
        pairs = [part for n, s in zip(numbers, sizes) for part in (n, s)]
        spread = ops.broadcast_to(
            ops.reshape(t, [p for s in sizes for p in (1, s)]), pairs
        )
        return ops.reshape(spread, [n * s for n, s in zip(numbers, sizes)])

    return apply("Tile", function, x, list(counts), name=name)


@example("tf.pad([1, 2], [[1, 1]])", "[0 1 2 0]")
def pad(
    tensor: Any,
    paddings: Any,
    mode: str = "CONSTANT",
    name: str | None = None,
    constant_values: Any = 0,
) -> Tensor:
    """Make a tensor larger on all sides.

    Args:
        tensor: A tensor.
        paddings: A pair `(before, after)` for each axis.
        mode: `"CONSTANT"`, `"REFLECT"` or `"SYMMETRIC"`.
        name: A name.
        constant_values: What is filled in.
    """
    if isinstance(paddings, Tensor):
        paddings = paddings.constant_value()
    widths = [tuple(int(n) for n in pair) for pair in paddings]
    kind = mode.lower()
    return apply(
        "Pad",
        lambda x: ops.pad(
            x, widths, kind, constant_values if kind == "constant" else None
        ),
        convert_to_tensor(tensor),
        name=name,
    )


@example("tf.reverse([1, 2, 3], [0])", "[3 2 1]")
def reverse(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """Turn axes around.

    Args:
        tensor: A tensor.
        axis: The axes, as numbers, or as a truth value for each.
        name: A name.
    """
    axis = axis.constant_value() if isinstance(axis, Tensor) else axis
    axes = np.atleast_1d(np.asarray(axis))
    places = np.nonzero(axes)[0] if axes.dtype == bool else axes
    return apply(
        "ReverseV2", lambda x: ops.flip(x, tuple(int(p) for p in places)),
        convert_to_tensor(tensor), name=name,
    )  # fmt: skip


reverse_v2 = reverse


@example("tf.meshgrid([1, 2], [3, 4])[1]", "[[3 3]\n [4 4]]")
def meshgrid(*args: Any, indexing: str = "xy", name: str | None = None) -> list[Tensor]:
    """Return the coordinates of a grid.

    Args:
        *args: Vectors.
        indexing: `"xy"` or `"ij"`.
        name: A name.
    """
    vectors = [convert_to_tensor(x) for x in args]
    return apply(
        "meshgrid", lambda v: list(ops.meshgrid(*v, indexing=indexing)), vectors,
        name=name,
    )  # fmt: skip


@example("tf.broadcast_to([1, 2], [2, 2])", "[[1 2]\n [1 2]]")
def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """Repeat a tensor along axes of size 1 until it has a shape.

    Args:
        input: A tensor.
        shape: The shape.
        name: A name.
    """
    return apply(
        "BroadcastTo", ops.broadcast_to, convert_to_tensor(input), listed(shape),
        name=name,
    )  # fmt: skip
