"""Reordering, splitting and joining axes by a pattern of names."""

from __future__ import annotations

import re
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.graph.known import product
from kerasish.errors import ShapeError

_TOKEN = re.compile(r"\s*(\(|\)|[A-Za-z_]\w*|1)")


def _parse(side: str, pattern: str) -> list[list[str]]:
    """Return the groups of one side of a pattern; a lone name is a group of one."""
    groups: list[list[str]] = []
    inside = False
    position = 0
    text = side.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or (match[1] == "(") is inside and match[1] in "()":
            raise ShapeError(f"rearrange: the pattern is wrong.\n  got: {pattern!r}")
        position = match.end()
        token = match[1]
        if token in "()":
            inside = token == "("
            if inside:
                groups.append([])
        elif token != "1":
            if inside:
                groups[-1].append(token)
            else:
                groups.append([token])
        elif not inside:
            groups.append([])
    if inside:
        raise ShapeError(f"rearrange: a bracket is open.\n  got: {pattern!r}")
    return groups


def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Tensor:
    """Reorder, split and join axes as a pattern of names says.

    Args:
        tensor: A tensor.
        pattern: `"left -> right"`: names for the axes of the tensor and of the result,
            such as `"b (h k) c -> b h (k c)"`. Names in brackets share an axis; `1`
            is an axis of size 1.
        **axes_lengths: Sizes of names. In each bracket on the left one may be missing.

    Returns:
        The rearranged tensor.

    Raises:
        ShapeError: If the pattern is malformed or does not fit the tensor.

    Example:

    >>> rearrange([[1, 2, 3, 4]], "a (b c) -> (a c) b", b=2).numpy()
    array([[1, 3],
           [2, 4]], dtype=int32)
    """
    x = as_tensor(tensor)
    sides = pattern.split("->")
    left, right = (_parse(side, pattern) for side in (sides[0], sides[-1]))
    names = [name for group in left for name in group]
    target = [name for group in right for name in group]
    fits = len(sides) == 2 and len(left) == x.ndim and len(set(names)) == len(names)
    if not fits or sorted(names) != sorted(target):
        raise ShapeError(
            "rearrange: the left side must name each axis of the tensor once, the "
            f"right side the same names.\n  got: tensor {x.spec}, pattern={pattern!r}"
        )
    sizes = _sizes(x, left, axes_lengths, pattern)
    x = ops.reshape(x, [sizes[name] for name in names])
    x = ops.transpose(x, [names.index(name) for name in target])
    return ops.reshape(x, [product([sizes[name] for name in g]) for g in right])


def _sizes(
    x: Tensor, left: list[list[str]], lengths: dict[str, int], pattern: str
) -> dict[str, Any]:
    """Return the size of each name, an integer or a symbolic scalar."""
    sizes: dict[str, Any] = dict(lengths)
    for group, size in zip(left, ops.shape(x)):
        unknown = [name for name in group if name not in sizes]
        known = product([sizes[name] for name in group if name in sizes])
        exact = isinstance(size, int)
        fits = size == known if not unknown else known and size % known == 0
        if len(unknown) > 1 or (exact and not fits):
            raise ShapeError(
                f"rearrange: the sizes of {tuple(group)} do not follow from an axis of "
                f"size {size if exact else None}.\n  got: tensor {x.spec}, "
                f"pattern={pattern!r}, sizes {lengths}"
            )
        for name in unknown:
            sizes[name] = size // known
    return sizes
