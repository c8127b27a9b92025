"""Sorting, and what is read off a sorted order."""

from __future__ import annotations

import math
from collections import namedtuple
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Node, Op, Spec, Tensor, as_tensor, register
from kerasish.backend.ops.promotion import promote
from kerasish.backend.ops.shape_arguments import normalise_axis
from kerasish.errors import ShapeError

TopK = namedtuple("TopK", ["values", "indices"])


class Sort(Op):
    """The elements in ascending order along an axis."""

    name = "sort"

    def infer(self, x: Spec, *, axis: int) -> Spec:
        return Spec(x.shape, x.dtype)

    def kernel(self, xp: Any, x: Any, *, out: Any = None, axis: int) -> Any:
        return xp.sort(x, axis=axis)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        axis = node.attrs["axis"]
        order = argsort_op(node.inputs[0], axis=axis)
        # The order is a permutation, so that its own order is its inverse.
        inverse = argsort_op(order, axis=axis)
        return (ops.take_along_axis(g, inverse, axis),)


class ArgSort(Op):
    """The positions that sort the elements along an axis, ties in their order."""

    name = "argsort"
    differentiable = False

    def infer(self, x: Spec, *, axis: int) -> Spec:
        return Spec(x.shape, "int32")

    def kernel(self, xp: Any, x: Any, *, out: Any = None, axis: int) -> Any:
        return xp.argsort(x, axis=axis, kind="stable").astype("int32")


class TopKOp(Op):
    """The largest elements along the last axis in descending order, and where."""

    name = "top_k"
    multiple = True

    def infer(self, x: Spec, *, k: int) -> tuple[Spec, Spec]:
        size = x.shape[-1] if x.rank else 0
        if size is not None and k > size:
            raise ShapeError(
                f"top_k: there are fewer than k={k} elements on the last axis.\n"
                f"  got: x {x}"
            )
        shape = (*x.shape[:-1], k)
        return Spec(shape, x.dtype), Spec(shape, "int32")

    def kernel(self, xp: Any, x: Any, *, out: Any = None, k: int) -> tuple:
        # Sorting the reversed line keeps the first of equal elements in front.
        order = x[..., ::-1].argsort(axis=-1, kind="stable")[..., : -k - 1 : -1]
        indices = xp.empty(order.shape, "int32") if out is None else out[1]
        xp.subtract(x.shape[-1] - 1, order, out=indices, casting="unsafe")
        rows = xp.arange(math.prod(x.shape[:-1])).reshape((*x.shape[:-1], 1))
        return x.reshape(-1).take(indices + rows * x.shape[-1]), indices

    def vjp(self, node: Node, g: Tensor | None, _: Tensor | None) -> tuple:
        (x,), (_, indices) = node.inputs, node.outputs
        if g is None:
            return (None,)
        return (ops.take_along_axis_adjoint(g, x, indices, x.ndim - 1),)


class SearchSorted(Op):
    """The places at which values would be put into a sorted vector."""

    name = "searchsorted"
    differentiable = False

    def infer(self, line: Spec, values: Spec, *, side: str) -> Spec:
        if line.rank != 1:
            raise ShapeError(
                f"searchsorted: the sorted sequence must be a vector.\n  got: {line}"
            )
        return Spec(values.shape, "int32")

    def kernel(
        self, xp: Any, line: Any, values: Any, *, out: Any = None, side: str
    ) -> Any:
        return xp.searchsorted(line, values, side=side).astype("int32")


sort_op = register(Sort())
argsort_op = register(ArgSort())
top_k_op = register(TopKOp())
searchsorted_op = register(SearchSorted())


def sort(x: Any, axis: int | None = -1) -> Tensor:
    """Sort the elements along an axis in ascending order.

    Args:
        x: A tensor.
        axis: The axis; `None` flattens the tensor first.

    Returns:
        The sorted tensor; NaNs are last.

    Example:

    >>> sort([3, 1, 2]).numpy()
    array([1, 2, 3], dtype=int32)
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = ops.ravel(x), 0
    return sort_op(x, axis=normalise_axis(axis, x.ndim, "sort"))


def argsort(x: Any, axis: int | None = -1) -> Tensor:
    """Return the positions that sort the elements along an axis.

    Args:
        x: A tensor.
        axis: The axis; `None` flattens the tensor first.

    Returns:
        Positions, int32; equal elements keep their order.

    Example:

    >>> argsort([3, 1, 2]).numpy()
    array([1, 2, 0], dtype=int32)
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = ops.ravel(x), 0
    return argsort_op(x, axis=normalise_axis(axis, x.ndim, "argsort"))


def argpartition(x: Any, kth: int, axis: int | None = -1) -> Tensor:
    """Return positions that put the element of rank `kth` in its sorted place.

    Smaller elements come before it, larger ones after it; here all are sorted.

    Args:
        x: A tensor.
        kth: The rank, negative from the end.
        axis: The axis; `None` flattens the tensor first.

    Returns:
        Positions, int32.

    Raises:
        ShapeError: If there is no such rank.

    Example:

    >>> argpartition([30, 10, 20], 1).numpy()
    array([1, 2, 0], dtype=int32)
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = ops.ravel(x), 0
    axis = normalise_axis(axis, x.ndim, "argpartition")
    if x.shape[axis] is not None:
        normalise_axis(kth, x.shape[axis], "argpartition (the rank kth)")
    return argsort_op(x, axis=axis)


def top_k(x: Any, k: int, sorted: bool = True) -> TopK:
    """Return the largest elements along the last axis and their positions.

    Args:
        x: A tensor.
        k: How many.
        sorted: Accepted for compatibility; the elements are always in descending
            order. Of equal ones the first comes first.

    Returns:
        A pair `(values, indices)` of shape `x.shape[:-1] + (k,)`; indices are int32.

    Raises:
        ShapeError: If there are fewer than `k` elements.

    Example:

    >>> top_k([1, 3, 2], 2).indices.numpy()
    array([1, 2], dtype=int32)
    """
    return TopK(*top_k_op(as_tensor(x), k=int(k)))


def in_top_k(targets: Any, predictions: Any, k: int) -> Tensor:
    """Tell whether the score of the right class is among the `k` highest.

    Classes with the same score as the right one do not count against it. A class that
    does not exist is never right, and none is where a score is not finite.

    Args:
        targets: Class numbers of shape (batch,).
        predictions: Scores of shape (batch, classes).
        k: How many classes count.

    Returns:
        Bools of shape (batch,).

    Example:

    >>> in_top_k([1, 0], [[0.1, 0.9], [0.2, 0.8]], 1).numpy()
    array([ True, False])
    """
    targets, scores = as_tensor(targets), as_tensor(predictions)
    exists = ops.equal(
        ops.expand_dims(targets, -1),
        ops.arange(ops.shape(scores)[-1], dtype=targets.dtype),
    )
    zero = ops.zeros_like(scores)
    own = ops.sum(ops.where(exists, scores, zero), axis=-1, keepdims=True)
    higher = ops.sum(ops.cast(ops.greater(scores, own), "int32"), axis=-1)
    finite = ops.all(ops.isfinite(scores), axis=-1)
    valid = ops.logical_and(ops.any(exists, axis=-1), finite)
    return ops.logical_and(ops.less(higher, k), valid)


def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Tensor:
    """Return where values belong in a sorted vector.

    Args:
        sorted_sequence: An ascending vector.
        values: A tensor.
        side: `"left"` for the first place that keeps the order, `"right"` for the last.

    Returns:
        Positions of the shape of `values`, int32.

    Raises:
        ValueError: If `side` is another string.
        ShapeError: If `sorted_sequence` is no vector.

    Example:

    >>> searchsorted([1, 3, 5], [3, 4]).numpy()
    array([1, 2], dtype=int32)
    """
    if side not in ("left", "right"):
        raise ValueError(
            f"searchsorted: side must be 'left' or 'right'.\nReceived: side={side!r}"
        )
    line, values = promote(sorted_sequence, values)
    return searchsorted_op(line, values, side=side)


def digitize(x: Any, bins: Any) -> Tensor:
    """Return the number of the bin that each element falls into.

    Args:
        x: A tensor.
        bins: Ascending bounds; bin i holds what is in `[bins[i - 1], bins[i])`.

    Returns:
        Bin numbers, int32: 0 below all bounds, their number above all.

    Example:

    >>> digitize([0.5, 1.0, 7.0], [1.0, 5.0]).numpy()
    array([0, 1, 2], dtype=int32)
    """
    return searchsorted(bins, x, side="right")
