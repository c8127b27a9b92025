"""Prefix combinations by an associative function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Tensor
from kerasish.backend.ops.body_tracing import Structure, structured
from kerasish.backend.ops.shape_arguments import normalise_axis
from kerasish.errors import ShapeError


def associative_scan(
    f: Callable, elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """Combine all entries up to each place by an associative function.

    Neighbours are combined in pairs, recursively, so that about twice the logarithm
    of the length is the number of calls of `f`, each on many entries at once. Where
    only a run decides the length, entries are added one by one.

    Args:
        f: An associative function `f(a, b)` of structures like `elems`, elementwise
            along `axis`.
        elems: A nested structure of tensors of one length along `axis`.
        reverse: Whether to combine from the end.
        axis: The axis.

    Returns:
        A structure like `elems`; entry `i` combines the entries up to `i`.

    Raises:
        TypeError: If `f` is not callable.
        ShapeError: If the length differs between the tensors.

    Reference:
        Blelloch, 1990, "Prefix Sums and Their Applications".

    Example:

    >>> from kerasish.backend.graph import as_tensor
    >>> x = as_tensor([1.0, 2.0, 3.0, 4.0])
    >>> associative_scan(lambda a, b: a + b, x).numpy()
    array([ 1.,  3.,  6., 10.], dtype=float32)
    """
    if not callable(f):
        raise TypeError(f"associative_scan: `f` must be callable.\nReceived: f={f!r}")
    form = structured(elems)
    axes = [normalise_axis(axis, t.ndim, "associative_scan") for t in form.tensors]
    sizes = {t.shape[a] for t, a in zip(form.tensors, axes)}
    if len(sizes - {None}) > 1:
        raise ShapeError(
            "associative_scan: all tensors must have one length along the axis."
            f"\n  got: lengths {sorted(sizes, key=str)}, axis={axis}"
        )
    flip = [ops.flip(t, a) for t, a in zip(form.tensors, axes)] if reverse else None
    prefix, size = _Prefix(f, form, axes), max(sizes, key=lambda n: n or 0)
    if size is None:
        found = prefix.one_by_one(flip or form.tensors)
    else:
        found = prefix.run(flip or form.tensors, size)
    if reverse:
        found = [ops.flip(t, a) for t, a in zip(found, axes)]
    return form.rebuilt(found)


class _Prefix:
    """The recursion: pairs are combined, their prefixes give the odd places."""

    def __init__(self, f: Callable, form: Structure, axes: list[int]) -> None:
        self.f, self.form, self.axes = f, form, axes

    def combine(self, left: list[Tensor], right: list[Tensor]) -> list[Tensor]:
        result = self.f(self.form.rebuilt(left), self.form.rebuilt(right))
        return structured(result).tensors

    def cut(self, tensors: list[Tensor], *bounds: int | None) -> list[Tensor]:
        return [
            tensor[(slice(None),) * axis + (slice(*bounds),)]
            for tensor, axis in zip(tensors, self.axes)
        ]

    def run(self, tensors: list[Tensor], size: int) -> list[Tensor]:
        if size < 2:
            return tensors
        evens = self.cut(tensors, 0, size - 1, 2)
        pairs = self.combine(evens, self.cut(tensors, 1, None, 2))
        odd = self.run(pairs, size // 2)
        rest = self.cut(tensors, 2, None, 2)
        if not (size - 1) // 2:
            return self.woven(self.cut(tensors, 0, 1), odd)
        before = odd if size % 2 else self.cut(odd, 0, -1)
        even = self.combine(before, rest)
        first = self.cut(tensors, 0, 1)
        even = [
            ops.concatenate([a, b], axis=axis)
            for a, b, axis in zip(first, even, self.axes)
        ]
        return self.woven(even, odd)

    def one_by_one(self, tensors: list[Tensor]) -> list[Tensor]:
        first = self.cut(tensors, 0, 1)
        rest = [
            ops.moveaxis(t, axis, 0)
            for t, axis in zip(self.cut(tensors, 1, None), self.axes)
        ]

        def step(carry: list[Tensor], entries: list[Tensor]) -> tuple:
            wide = [ops.expand_dims(t, axis) for t, axis in zip(entries, self.axes)]
            total = self.combine(carry, wide)
            return total, [ops.squeeze(t, axis) for t, axis in zip(total, self.axes)]

        _, later = ops.scan(step, first, rest)
        return [
            ops.concatenate([a, ops.moveaxis(b, 0, axis)], axis=axis)
            for a, b, axis in zip(first, later, self.axes)
        ]

    def woven(self, even: list[Tensor], odd: list[Tensor]) -> list[Tensor]:
        """Alternate entries, beginning with an even one."""
        result = []
        for a, b, axis in zip(even, odd, self.axes):
            count = b.shape[axis]
            pair = ops.stack(
                [a[(slice(None),) * axis + (slice(0, count),)], b], axis=axis + 1
            )
            shape = [*a.shape]
            shape[axis] = 2 * count
            mixed = ops.reshape(pair, [-1 if n is None else n for n in shape])
            if a.shape[axis] > count:
                tail = a[(slice(None),) * axis + (slice(count, None),)]
                mixed = ops.concatenate([mixed, tail], axis=axis)
            result.append(mixed)
        return result
