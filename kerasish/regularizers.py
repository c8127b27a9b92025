"""Regularizers: penalties on weights or outputs that are added to the loss."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import as_tensor
from kerasish.errors import ShapeError
from kerasish.registry import Registry

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]


class Regularizer:
    """Base of all regularizers: a callable from a tensor to a scalar penalty.

    Subclasses write `__call__` and, where they have arguments, `get_config`.

    Example:

    >>> class Largest(Regularizer):
    ...     def __call__(self, x):
    ...         return ops.max(ops.abs(x))
    >>> float(Largest()([1.0, -3.0]))
    3.0
    """

    def __call__(self, x: Any) -> Any:
        """Return the penalty, a scalar tensor, of the tensor `x`."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(x).")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Regularizer:
        """Make a regularizer from what `get_config` returned."""
        return cls(**config)


def _factor(name: str, value: Any) -> float:
    number = float(value)
    if not math.isfinite(number) or number < 0:
        raise ValueError(
            f"The factor `{name}` of a regularizer must be finite and at least 0.\n"
            f"  Received: {name}={value!r}"
        )
    return number


class L1L2(Regularizer):
    """Sum of an L1 and an L2 penalty: `l1 * sum(|x|) + l2 * sum(x ** 2)`.

    Args:
        l1: Factor of the sum of magnitudes.
        l2: Factor of the sum of squares.

    Example:

    >>> float(L1L2(l1=1.0, l2=2.0)([1.0, -1.0]))
    6.0
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = _factor("l1", l1 or 0.0)
        self.l2 = _factor("l2", l2 or 0.0)

    def __call__(self, x: Any) -> Any:
        """Return the penalty, a scalar tensor, of the tensor `x`."""
        x = as_tensor(x)
        terms = []
        if self.l1:
            terms.append(self.l1 * ops.sum(ops.absolute(x)))
        if self.l2:
            terms.append(self.l2 * ops.sum(ops.square(x)))
        return sum(terms[1:], terms[0]) if terms else as_tensor(0.0, x.dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"l1": self.l1, "l2": self.l2}


class L1(Regularizer):
    """Penalty on magnitudes: `l1 * sum(|x|)`.

    Args:
        l1: Factor.

    Example:

    >>> float(L1(0.5)([1.0, -3.0]))
    2.0
    """

    def __init__(self, l1: float = 0.01, **kwargs: Any) -> None:
        l1 = kwargs.pop("l", l1)
        _refuse(self, kwargs)
        self.l1 = _factor("l1", 0.01 if l1 is None else l1)

    def __call__(self, x: Any) -> Any:
        """Return the penalty, a scalar tensor, of the tensor `x`."""
        return self.l1 * ops.sum(ops.absolute(as_tensor(x)))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"l1": self.l1}


class L2(Regularizer):
    """Penalty on squares: `l2 * sum(x ** 2)`.

    Args:
        l2: Factor.

    Example:

    >>> float(L2(0.5)([1.0, -3.0]))
    5.0
    """

    def __init__(self, l2: float = 0.01, **kwargs: Any) -> None:
        l2 = kwargs.pop("l", l2)
        _refuse(self, kwargs)
        self.l2 = _factor("l2", 0.01 if l2 is None else l2)

    def __call__(self, x: Any) -> Any:
        """Return the penalty, a scalar tensor, of the tensor `x`."""
        return self.l2 * ops.sum(ops.square(as_tensor(x)))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """Penalty on the correlation of a matrix's rows (or columns).

    The rows are scaled to unit length; the penalty is the mean magnitude of the
    dot products of all pairs, times `factor`.

    Args:
        factor: Factor.
        mode: `"rows"` or `"columns"`.

    Example:

    >>> float(OrthogonalRegularizer(1.0)([[1.0, 0.0], [0.0, 2.0]]))
    0.0
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = _factor("factor", factor)
        if mode not in ("rows", "columns"):
            raise ValueError(
                "The `mode` of OrthogonalRegularizer must be 'rows' or 'columns'.\n"
                f"  Received: mode={mode!r}"
            )
        self.mode = mode

    def __call__(self, inputs: Any) -> Any:
        """Return the penalty, a scalar tensor, of the matrix `inputs`."""
        x = as_tensor(inputs)
        if x.ndim != 2:
            raise ShapeError(
                "OrthogonalRegularizer expects a matrix.\n"
                f"  got: a tensor of shape {x.shape}"
            )
        if self.mode == "columns":
            x = ops.transpose(x)
        x = ops.normalize(x, axis=1)
        product = ops.matmul(x, ops.transpose(x))
        size = x.shape[0]
        between = product * (1.0 - ops.eye(size, dtype=x.dtype))
        pairs = max(size * (size - 1) / 2, 1)
        return self.factor * 0.5 * ops.sum(ops.absolute(between)) / pairs

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"factor": self.factor, "mode": self.mode}


def _refuse(regularizer: Regularizer, kwargs: dict[str, Any]) -> None:
    if kwargs:
        raise TypeError(
            f"{type(regularizer).__name__} got unknown arguments: {sorted(kwargs)}."
        )


l1 = L1
l2 = L2
l1_l2 = L1L2
orthogonal_regularizer = OrthogonalRegularizer

_REGISTRY = Registry(
    "regularizer",
    dict.fromkeys(
        ("Regularizer", "L1", "L2", "L1L2", "OrthogonalRegularizer"), __name__
    ),
    aliases={"l1_l2": "L1L2"},
)
get = _REGISTRY.get
serialize = _REGISTRY.serialize
deserialize = _REGISTRY.deserialize
