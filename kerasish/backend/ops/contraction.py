"""The sum of products of two tensors over named axes, and `einsum` on top of it.

`contract` is one op: each axis of its inputs and of its result has a label, and no
label stands alone. So its gradients are `contract` again, with the labels changing
places. It runs as a matrix product between permutations, and once all sizes are exact
it is replaced by just that.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

from kerasish.backend import ops
from kerasish.backend.graph import Node, Op, Spec, Tensor, register
from kerasish.backend.ops.linear import multiply_matrices
from kerasish.errors import DTypeError, ShapeError

Labels = tuple[int, ...]


class Layout(NamedTuple):
    """How a contraction becomes a product of stacks of matrices.

    Attributes:
        batch: Labels of both inputs and the result.
        left: Labels of the first input and the result.
        right: Labels of the second input and the result.
        summed: Labels of both inputs only.
        left_order: Axes of the first input in the order batch, left, summed.
        right_order: Axes of the second input in the order batch, summed, right.
        order: Axes of batch, left, right in the order of the result.
    """

    batch: Labels
    left: Labels
    right: Labels
    summed: Labels
    left_order: tuple[int, ...]
    right_order: tuple[int, ...]
    order: tuple[int, ...]


@lru_cache(maxsize=4096)
def _layout(a: Labels, b: Labels, result: Labels) -> Layout:
    batch = tuple(label for label in result if label in a and label in b)
    left = tuple(label for label in result if label not in b)
    right = tuple(label for label in result if label not in a)
    summed = tuple(label for label in a if label not in result)
    natural = batch + left + right
    return Layout(
        batch,
        left,
        right,
        summed,
        tuple(map(a.index, batch + left + summed)),
        tuple(map(b.index, batch + summed + right)),
        tuple(map(natural.index, result)),
    )


class _Arrays:
    """The functions that a contraction is written in, on arrays."""

    def __init__(self, xp: Any) -> None:
        self._xp = xp
        self.transpose, self.reshape = xp.transpose, xp.reshape
        self.multiply = xp.multiply

    def matmul(self, a: Any, b: Any) -> Any:
        return multiply_matrices(self._xp, a, b)


def _multiply(space: Any, a: Any, b: Any, sizes: dict, layout: Layout) -> Any:
    """Write a contraction of exact sizes as permutations and one product."""

    def shape(labels: Labels) -> tuple[int, ...]:
        return tuple(sizes[label] for label in labels)

    def length(labels: Labels) -> int:
        return math.prod(shape(labels))

    batch, left, right, summed = layout[:4]
    a = space.transpose(a, layout.left_order)
    b = space.transpose(b, layout.right_order)
    if not summed:
        a = space.reshape(a, (*shape(batch), *shape(left), *(1 for _ in right)))
        b = space.reshape(b, (*shape(batch), *(1 for _ in left), *shape(right)))
        y = space.multiply(a, b)
    else:
        # Axes of the batch stay apart: matrices may lie anywhere, so that most often
        # nothing is copied.
        a = space.reshape(a, (*shape(batch), length(left), length(summed)))
        b = space.reshape(b, (*shape(batch), length(summed), length(right)))
        y = space.matmul(a, b)
        y = space.reshape(y, (*shape(batch), *shape(left), *shape(right)))
    return space.transpose(y, layout.order)


def _sizes(a: Any, b: Any, labels_a: Labels, labels_b: Labels) -> dict[int, int]:
    return dict(zip(labels_a + labels_b, tuple(a.shape) + tuple(b.shape)))


class Contract(Op):
    """Sum of products over the labels that the result does not have.

    Attributes `a`, `b` and `result` hold a label for each axis. Labels of one tensor
    differ, and each label is in at least two of the three.
    """

    name = "contract"
    linear = True

    def infer(self, x: Spec, y: Spec, *, a: Labels, b: Labels, result: Labels) -> Spec:
        if x.rank != len(a) or y.rank != len(b):
            raise ShapeError(
                f"contract: {len(a)} and {len(b)} axes are named.\n  got: {x} and {y}"
            )
        if x.dtype != y.dtype:
            raise DTypeError(
                f"contract: the inputs must have one data type.\n  got: {x} and {y}"
            )
        sizes: dict[int, int | None] = {}
        for label, size in zip(a + b, x.shape + y.shape):
            known = sizes.get(label)
            if None not in (known, size) and known != size:
                raise ShapeError(
                    f"contract: an axis of {known} elements meets one of {size}.\n"
                    f"  got: {x} and {y}"
                )
            sizes[label] = size if known is None else known
        return Spec(tuple(sizes[label] for label in result), x.dtype)

    def kernel(
        self,
        xp: Any,
        x: Any,
        y: Any,
        *,
        out: Any = None,
        a: Labels,
        b: Labels,
        result: Labels,
    ) -> Any:
        layout = _layout(a, b, result)
        return _multiply(_Arrays(xp), x, y, _sizes(x, y, a, b), layout)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, Tensor]:
        x, y = node.inputs
        a, b, result = (node.attrs[name] for name in ("a", "b", "result"))
        return (
            contract_op(g, y, a=result, b=b, result=a),
            contract_op(x, g, a=a, b=result, result=b),
        )

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        x, y = inputs
        if not (x.spec.is_exact and y.spec.is_exact):
            return None
        a, b, result = (node.attrs[name] for name in ("a", "b", "result"))
        return _multiply(ops, x, y, _sizes(x, y, a, b), _layout(a, b, result))


contract_op = register(Contract)


def contract(x: Tensor, y: Tensor, a: Labels, b: Labels, result: Labels) -> Tensor:
    """Sum products of two tensors over the axes whose labels the result lacks.

    Args:
        x: A tensor with a label in `a` for each axis; no label twice.
        y: A tensor of the same data type, with labels `b`.
        a: Labels of the axes of `x`; any ints.
        b: Labels of the axes of `y`.
        result: Labels of the axes of the result, each of them in `a` or `b`.

    Raises:
        ShapeError: If axes of one label differ in length.

    Example:

    >>> contract(ops.ones((2, 3)), ops.ones((3, 4)), (0, 1), (1, 2), (2, 0)).shape
    (4, 2)
    """
    x, a = _without_lonely(x, a, b + result)
    y, b = _without_lonely(y, b, a + result)
    # Labels are renumbered so that equal contractions are equal nodes.
    names = {label: name for name, label in enumerate(dict.fromkeys(a + b))}
    a, b, result = (
        tuple(names[label] for label in labels) for labels in (a, b, result)
    )
    return contract_op(x, y, a=a, b=b, result=result)


def _without_lonely(x: Tensor, labels: Labels, others: Labels) -> tuple[Tensor, Labels]:
    lonely = tuple(i for i, label in enumerate(labels) if label not in others)
    if not lonely:
        return x, labels
    kept = tuple(label for label in labels if label in others)
    return ops.cast(ops.sum(x, axis=lonely), x.dtype), kept
