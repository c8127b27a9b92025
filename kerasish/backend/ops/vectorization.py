"""Functions of single entries, applied to whole tensors with broadcasting."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from kerasish import tree
from kerasish.backend import ops
from kerasish.backend.graph import Tensor, as_tensor, broadcast_shapes
from kerasish.errors import ShapeError

_DIMENSIONS = r"\((?:\w+(?:,\w+)*)?\)"
_SIGNATURE = re.compile(
    rf"{_DIMENSIONS}(?:,{_DIMENSIONS})*->{_DIMENSIONS}"
    rf"(?:,{_DIMENSIONS})*"
)


def _core_axes(signature: str | None, count: int) -> list[tuple[str, ...]]:
    """The names of the axes that the function takes of each argument."""
    if signature is None:
        return [()] * count
    compact = re.sub(r"\s", "", signature)
    if not _SIGNATURE.fullmatch(compact):
        raise ValueError(
            "vectorize: a signature looks like '(m,n),(n)->(m)'.\n"
            f"Received: signature={signature!r}"
        )
    groups = re.findall(_DIMENSIONS, compact.partition("->")[0])
    axes = [tuple(re.findall(r"\w+", group)) for group in groups]
    if len(axes) != count:
        raise ValueError(
            f"vectorize: the signature has {len(axes)} arguments, {count} came.\n"
            f"Received: signature={signature!r}"
        )
    return axes


def _check_sizes(tensors: list[Tensor], axes: list[tuple[str, ...]]) -> None:
    sizes: dict[str, int | None] = {}
    for tensor, names in zip(tensors, axes):
        if tensor.ndim < len(names):
            raise ShapeError(
                f"vectorize: an argument needs the axes {names}.\n"
                f"  got: shape {tensor.shape}"
            )
        for name, size in zip(names, tensor.shape[tensor.ndim - len(names) :]):
            if sizes.setdefault(name, size) != size:
                raise ShapeError(
                    f"vectorize: the axis {name!r} must have one size.\n"
                    f"  got: {sizes[name]} and {size}"
                )


def vectorize(
    pyfunc: Callable, *, excluded: Any = None, signature: str | None = None
) -> Callable:
    """Make a function of single entries one of whole tensors.

    The leading axes of the arguments are broadcast to each other, and the function is
    applied to each place along them.

    Args:
        pyfunc: A function of tensors.
        excluded: Positions of arguments that are passed on as they are; so are all
            arguments by name.
        signature: The trailing axes that the function takes and returns, such as
            `'(m,n),(n)->(m)'`; none for `None`.

    Returns:
        A function of tensors.

    Raises:
        TypeError: If `pyfunc` is not callable.
        ValueError: When called, if the signature does not fit the arguments.
        ShapeError: When called, if shapes do not fit or are unknown.

    Example:

    >>> dot = vectorize(lambda a, b: ops.sum(a * b), signature="(n),(n)->()")
    >>> dot([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0]).numpy()
    array([3., 7.], dtype=float32)
    """
    if not callable(pyfunc):
        raise TypeError(
            f"vectorize: `pyfunc` must be callable.\nReceived: pyfunc={pyfunc!r}"
        )
    kept = set(excluded or ())

    @functools.wraps(pyfunc)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        moving = [i for i in range(len(args)) if i not in kept]
        tensors = [as_tensor(args[i]) for i in moving]
        axes = _core_axes(signature, len(moving))
        _check_sizes(tensors, axes)
        loops = [t.shape[: t.ndim - len(names)] for t, names in zip(tensors, axes)]
        common = broadcast_shapes(*loops)
        if common is None or None in common:
            raise ShapeError(
                "vectorize: leading axes must be known and broadcast to each other.\n"
                f"  got: {loops}"
            )

        def one(entries: list[Tensor]) -> Any:
            given = dict(zip(moving, entries))
            return pyfunc(*(given.get(i, a) for i, a in enumerate(args)), **kwargs)

        if not common:
            return one(tensors)
        flat = []
        for tensor, loop in zip(tensors, loops):
            inner = tensor.shape[len(loop) :]
            wide = ops.broadcast_to(tensor, (*common, *inner))
            flat.append(ops.reshape(wide, (-1, *inner)))
        results = ops.map(one, flat)
        return tree.map_structure(
            lambda y: ops.reshape(y, (*common, *y.shape[1:])), results
        )

    return wrapped
