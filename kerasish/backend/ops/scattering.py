"""Writing into a copy of a tensor: at indices, and in blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Node, Op, Spec, Tensor, as_tensor, register
from kerasish.backend.ops.gathering import add_at, gather_adjoint_op, gather_op
from kerasish.backend.ops.promotion import with_dtype
from kerasish.backend.ops.shape_arguments import static_value
from kerasish.errors import DTypeError, ShapeError

REDUCTIONS = (None, "add", "max", "min", "mul")


def _flat_places(xp: Any, sizes: tuple[int, ...], indices: Sequence[Any]) -> Any:
    """Return row-major places, a vector, of indices into the leading axes."""
    numbers = xp.arange(math.prod(sizes)).reshape(sizes)
    try:
        return numbers[tuple(indices)].reshape(-1)
    except IndexError as error:
        raise IndexError(
            f"scatter_update: {error}.\n  got: a target whose indexed axes have the "
            f"sizes {sizes}"
        ) from None


def _winners(xp: Any, count: int, places: Any) -> Any:
    """Return for each place the number of the last update that goes there."""
    winners = xp.full((count,), -1, "int32")
    xp.maximum.at(winners, places, xp.arange(places.size, dtype="int32"))
    return winners[places]


def _combined(xp: Any, out: Any, places: Any, updates: Any, combine: Any) -> Any:
    """Combine rows with updates, those for one place one after the other.

    Updates sorted by place are combined within each run of equal places in steps of
    1, 2, 4, ..., so that the last of a run holds the result of the whole run.
    """
    order = xp.argsort(places, kind="stable")
    places, runs = places[order], updates[order]
    step = 1
    while step < places.size:
        same = (places[step:] == places[:-step]).reshape(-1, 1)
        longer = xp.where(same, combine(runs[step:], runs[:-step]), runs[step:])
        runs = xp.concatenate([runs[:step], longer])
        step *= 2
    last = _winners(xp, out.shape[0], places)
    out[places] = combine(out[places], runs[last])
    return out


class ScatterUpdate(Op):
    """A copy of the first input, changed by the second one at index arrays.

    The arrays index the leading axes. Of several updates of one place the last counts,
    or all are combined.
    """

    name = "scatter_update"

    def infer(
        self, x: Spec, updates: Spec, *indices: Spec, reduction: str | None
    ) -> Spec:
        part = gather_op.infer(x, *indices, axes=tuple(range(len(indices))))
        fits = part.rank == updates.rank and all(
            None in pair or pair[0] == pair[1]
            for pair in zip(part.shape, updates.shape)
        )
        if not fits:
            raise ShapeError(
                f"scatter_update: updates must have the shape {part.shape} that the "
                f"indices select.\n  got: inputs {x}, updates {updates}"
            )
        return Spec(x.shape, x.dtype)

    def kernel(
        self,
        xp: Any,
        x: Any,
        updates: Any,
        *indices: Any,
        out: Any = None,
        reduction: str | None,
    ) -> Any:
        leading = x.shape[: len(indices)]
        places = _flat_places(xp, leading, indices)
        width = math.prod(x.shape[len(indices) :])
        result = xp.array(x).reshape(math.prod(leading), width)
        rows = updates.reshape(places.size, width)
        if reduction is None:
            result[places] = rows[_winners(xp, result.shape[0], places)]
        elif reduction == "add":
            targets = places.reshape(-1, 1) * width + xp.arange(width)
            result += add_at(xp, result.shape, targets, rows)
        else:
            combine = {"max": xp.maximum, "min": xp.minimum, "mul": xp.multiply}
            result = _combined(xp, result, places, rows, combine[reduction])
        return result.reshape(x.shape)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor | None, ...]:
        x, updates, *indices = node.inputs
        axes = tuple(range(len(indices)))
        reduction = node.attrs["reduction"]
        at_updates = gather_op(g, *indices, axes=axes)
        if reduction is None:
            cleared = scatter_update_op(
                g, ops.zeros_like(updates), *indices, reduction=None
            )
            wins = scatter_wins_op(x, *indices)
            rank = updates.ndim - wins.ndim
            if rank:
                wins = ops.expand_dims(wins, tuple(range(wins.ndim, updates.ndim)))
            grads = [cleared, at_updates * ops.cast(wins, g.dtype)]
        elif reduction == "add":
            grads = [g, at_updates]
        elif reduction == "mul":
            grads = self._product_grads(node, g)
        else:
            grads = self._extremum_grads(node, g)
        return (*grads, *(None for _ in indices))

    def _product_grads(self, node: Node, g: Tensor) -> list[Tensor]:
        """Multiply by the product of the other factors, also where one factor is 0."""
        x, updates, *indices = node.inputs
        axes = tuple(range(len(indices)))
        one = ops.ones_like
        no_x, no_update = ops.equal(x, 0), ops.equal(updates, 0)
        safe_x = ops.where(no_x, one(x), x)
        safe_updates = ops.where(no_update, one(updates), updates)
        product = scatter_update_op(safe_x, safe_updates, *indices, reduction="mul")
        zeros = ops.cast(no_x, "int32") + gather_adjoint_op(
            ops.cast(no_update, "int32"), x, *indices, axes=axes
        )

        def others(zeros: Tensor, own: Tensor, whole: Tensor) -> Tensor:
            alone = ops.equal(zeros, ops.cast(own, "int32"))
            return whole * ops.cast(alone, whole.dtype)

        at_x = others(zeros, no_x, g * product / safe_x)
        whole = gather_op(g * product, *indices, axes=axes) / safe_updates
        near = gather_op(zeros, *indices, axes=axes)
        return [at_x, others(near, no_update, whole)]

    def _extremum_grads(self, node: Node, g: Tensor) -> list[Tensor]:
        """Share the gradient equally among all that equal the extremum."""
        x, updates, *indices = node.inputs
        (y,) = node.outputs
        axes = tuple(range(len(indices)))
        kept = ops.cast(ops.equal(x, y), g.dtype)
        chosen = ops.cast(
            ops.equal(updates, gather_op(y, *indices, axes=axes)), g.dtype
        )
        count = kept + gather_adjoint_op(chosen, x, *indices, axes=axes)
        share = g / count
        return [share * kept, gather_op(share, *indices, axes=axes) * chosen]


class ScatterWins(Op):
    """Whether each index into a target is the last one to its place."""

    name = "scatter_wins"
    differentiable = False
    shape_only = (0,)

    def infer(self, like: Spec, *indices: Spec) -> Spec:
        axes = tuple(range(len(indices)))
        rest = like.rank - len(indices)
        shape = gather_op.infer(like, *indices, axes=axes).shape
        return Spec(shape[: len(shape) - rest], "bool")

    def kernel(self, xp: Any, like: Any, *indices: Any, out: Any = None) -> Any:
        leading = like.shape[: len(indices)]
        places = _flat_places(xp, leading, indices)
        winners = _winners(xp, math.prod(leading), places)
        return (winners == xp.arange(places.size)).reshape(indices[0].shape)


class SliceUpdate(Op):
    """A copy of the first input with the second one written at the third, a place."""

    name = "slice_update"
    linear = True

    def infer(self, x: Spec, updates: Spec, starts: Spec) -> Spec:
        _check_block(self.name, x, updates, starts)
        return Spec(x.shape, x.dtype)

    def kernel(
        self, xp: Any, x: Any, updates: Any, starts: Any, *, out: Any = None
    ) -> Any:
        out = xp.empty(x.shape, x.dtype) if out is None else out
        out[...] = x
        try:
            out[_block(xp, starts, updates.shape)] = updates
        except IndexError:
            raise _outside(self.name, x, updates, starts) from None
        return out

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, Tensor, None]:
        _, updates, starts = node.inputs
        around = slice_update_op(g, ops.zeros_like(updates), starts)
        return around, window_op(g, updates, starts), None


class Window(Op):
    """The block of the first input at a place, as large as the second input."""

    name = "window"
    linear = True
    shape_only = (1,)

    def infer(self, x: Spec, like: Spec, starts: Spec) -> Spec:
        _check_block(self.name, x, like, starts)
        return Spec(like.shape, x.dtype)

    def kernel(
        self, xp: Any, x: Any, like: Any, starts: Any, *, out: Any = None
    ) -> Any:
        try:
            return x[_block(xp, starts, like.shape)]
        except IndexError:
            raise _outside(self.name, x, like, starts) from None

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None, None]:
        x, _, starts = node.inputs
        return slice_update_op(ops.zeros_like(x, g.dtype), g, starts), None, None

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        x, like, starts = inputs
        begins = static_value(starts)
        if begins is None or not (like.spec.is_exact and x.spec.is_exact):
            return None
        return ops.get_item(
            x, tuple(slice(b, b + n) for b, n in zip(begins, like.shape))
        )


def _check_block(name: str, x: Spec, block: Spec, starts: Spec) -> None:
    known = starts.known or (0,) * x.rank
    begins = [start if isinstance(start, int) else 0 for start in known]
    fits = (
        x.rank == block.rank
        and starts.shape in ((x.rank,), (None,))
        and all(
            None in (size, part) or begin + part <= size
            for size, part, begin in zip(x.shape, block.shape, begins)
        )
    )
    if not fits:
        raise ShapeError(
            f"{name}: a block with as many axes must lie inside the tensor.\n"
            f"  got: inputs {x}, block {block}, start_indices {starts}"
        )


def _outside(name: str, x: Any, block: Any, starts: Any) -> IndexError:
    return IndexError(
        f"{name}: the block does not lie inside the tensor.\n  got: inputs of shape "
        f"{x.shape}, a block of shape {block.shape} at {starts}"
    )


def _block(xp: Any, starts: Any, shape: tuple[int, ...]) -> tuple:
    """Return the index arrays of a block."""
    key = []
    for axis, size in enumerate(shape):
        line = [1] * len(shape)
        line[axis] = size
        key.append((xp.arange(size) + starts[axis]).reshape(line))
    return tuple(key)


scatter_update_op = register(ScatterUpdate())
scatter_wins_op = register(ScatterWins())
slice_update_op = register(SliceUpdate())
window_op = register(Window())


def _columns(indices: Any, name: str) -> list[Tensor]:
    """Take rows of coordinates apart, into an index tensor for each axis."""
    indices = as_tensor(indices)
    if indices.ndim < 1 or indices.shape[-1] is None:
        raise ShapeError(
            f"{name}: the last axis of indices holds the coordinates; its size must be "
            f"known.\n  got: indices {indices.spec}"
        )
    return ops.unstack(indices, axis=-1)


def scatter(indices: Any, values: Any, shape: Any) -> Tensor:
    """Put values into zeros; values for the same place are added.

    Args:
        indices: Integers of shape `(..., k)`: coordinates on the first `k` axes.
        values: What to put there, of shape `indices.shape[:-1] + shape[k:]`.
        shape: The shape of the result.

    Returns:
        A tensor of that shape and the type of `values`.

    Raises:
        IndexError: At run time, if an index lies outside the shape.

    Example:

    >>> scatter([[0], [0], [2]], [1.0, 2.0, 3.0], (3,)).numpy()
    array([3., 0., 3.], dtype=float32)
    """
    values = as_tensor(values)
    columns = _columns(indices, "scatter")
    like = ops.broadcast_to(ops.zeros((), values.dtype), shape)
    return gather_adjoint_op(values, like, *columns, axes=tuple(range(len(columns))))


def scatter_update(
    inputs: Any, indices: Any, updates: Any, reduction: str | None = None
) -> Tensor:
    """Return a copy of a tensor with other values at some places.

    Args:
        inputs: A tensor.
        indices: Integers of shape `(..., k)`: coordinates on the first `k` axes.
        updates: The values, of shape `indices.shape[:-1] + inputs.shape[k:]`.
        reduction: `None` replaces (of several for one place the last one counts);
            `"add"`, `"max"`, `"min"` and `"mul"` combine with what is there.

    Returns:
        A tensor like `inputs`.

    Raises:
        ValueError: If there is no such reduction.
        ShapeError: If the shapes do not fit.
        IndexError: At run time, if an index lies outside.

    Example:

    >>> scatter_update([1.0, 2.0, 3.0], [[0], [2]], [10.0, 30.0]).numpy()
    array([10.,  2., 30.], dtype=float32)
    """
    if reduction not in REDUCTIONS:
        raise ValueError(
            f"scatter_update: reduction must be one of {REDUCTIONS}.\n"
            f"Received: reduction={reduction!r}"
        )
    x = as_tensor(inputs)
    updates = with_dtype(updates, x.dtype)
    columns = _columns(indices, "scatter_update")
    return scatter_update_op(x, updates, *columns, reduction=reduction)


def _starts(start_indices: Any) -> Tensor:
    static = static_value(start_indices)
    if static is None or not isinstance(static, (tuple, list)):
        starts = as_tensor(start_indices)
    elif any(isinstance(start, Tensor) for start in static):
        starts = ops.stack(static)
    else:
        starts = as_tensor(list(static), "int32")
    if starts.dtype.startswith(("float", "bool")):
        raise DTypeError(f"Start indices must be integers.\n  got: {starts.spec}")
    return ops.cast(starts, "int32")


def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Tensor:
    """Return a copy of a tensor with a block written into it.

    Args:
        inputs: A tensor.
        start_indices: Where the block begins on each axis; it may be a tensor.
        updates: The block, with as many axes as `inputs`.

    Returns:
        A tensor like `inputs`.

    Raises:
        ShapeError: If the block does not fit.

    Example:

    >>> slice_update([[1, 2], [3, 4]], [1, 0], [[7]]).numpy()
    array([[1, 2],
           [7, 4]], dtype=int32)
    """
    x = as_tensor(inputs)
    return slice_update_op(x, with_dtype(updates, x.dtype), _starts(start_indices))


def window(x: Any, start_indices: Any, shape: Sequence[int]) -> Tensor:
    """Take a block of a fixed shape at a place that a run may decide.

    Args:
        x: A tensor.
        start_indices: Where the block begins on each axis; it may be a tensor.
        shape: The shape of the block, integers.

    Returns:
        The block.

    Raises:
        ShapeError: If the block does not fit.

    Example:

    >>> window([1, 2, 3, 4], [1], (2,)).numpy()
    array([2, 3], dtype=int32)
    """
    x = as_tensor(x)
    like = ops.broadcast_to(ops.zeros((), x.dtype), tuple(shape))
    return window_op(x, like, _starts(start_indices))
