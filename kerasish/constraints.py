"""Constraints: projections applied to a weight after each update."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import config, ops
from kerasish.backend.graph import as_tensor
from kerasish.errors import ShapeError
from kerasish.registry import Registry

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "RadialConstraint",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "maxnorm",
    "min_max_norm",
    "non_neg",
    "nonneg",
    "radial_constraint",
    "serialize",
    "unit_norm",
    "unitnorm",
]

Axis = int | tuple[int, ...] | list[int]


class Constraint:
    """Base of all constraints: a callable from a weight to its projection.

    Subclasses write `__call__` and, where they have arguments, `get_config`.

    Example:

    >>> class Small(Constraint):
    ...     def __call__(self, w):
    ...         return ops.clip(w, -1.0, 1.0)
    >>> Small()([0.5, 3.0]).numpy().tolist()
    [0.5, 1.0]
    """

    def __call__(self, w: Any) -> Any:
        """Return the projection of the weight `w`, of the same shape."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(w).")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Constraint:
        """Make a constraint from what `get_config` returned."""
        return cls(**config)


def _norms(w: Any, axis: Axis) -> Any:
    axis = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    return ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))


class MaxNorm(Constraint):
    """Limit the norm of the weights that arrive at each unit.

    Args:
        max_value: Largest norm.
        axis: Axis or axes along which norms are taken: 0 for the kernel of `Dense`,
            `[0, 1, 2]` for the kernel of `Conv2D`.

    Example:

    >>> MaxNorm(2.0)([[3.0], [4.0]]).numpy().round(3).tolist()
    [[1.2000000476837158], [1.600000023841858]]
    """

    def __init__(self, max_value: float = 2, axis: Axis = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """Return the projection of the weight `w`, of the same shape."""
        w = as_tensor(w)
        norms = _norms(w, self.axis)
        return w * (ops.clip(norms, 0, self.max_value) / (config.epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"max_value": self.max_value, "axis": self.axis}


class NonNeg(Constraint):
    """Set negative weights to zero.

    Example:

    >>> NonNeg()([-1.0, 2.0]).numpy().tolist()
    [0.0, 2.0]
    """

    def __call__(self, w: Any) -> Any:
        """Return the projection of the weight `w`, of the same shape."""
        return ops.maximum(as_tensor(w), 0.0)


class UnitNorm(Constraint):
    """Scale the weights that arrive at each unit to norm one.

    Args:
        axis: Axis or axes along which norms are taken, as for `MaxNorm`.

    Example:

    >>> UnitNorm()([[3.0], [4.0]]).numpy().round(3).tolist()
    [[0.6000000238418579], [0.800000011920929]]
    """

    def __init__(self, axis: Axis = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """Return the projection of the weight `w`, of the same shape."""
        w = as_tensor(w)
        return w / (config.epsilon() + _norms(w, self.axis))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Keep the norm of the weights that arrive at each unit between two bounds.

    Args:
        min_value: Smallest norm.
        max_value: Largest norm.
        rate: How strictly: 1 projects, less moves part of the way at each step.
        axis: Axis or axes along which norms are taken, as for `MaxNorm`.

    Example:

    >>> w = MinMaxNorm(min_value=0.0, max_value=1.0)([[3.0], [4.0]])
    >>> w.numpy().round(3).tolist()
    [[0.6000000238418579], [0.800000011920929]]
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: Axis = 0,
    ) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """Return the projection of the weight `w`, of the same shape."""
        w = as_tensor(w)
        norms = _norms(w, self.axis)
        clipped = ops.clip(norms, self.min_value, self.max_value)
        desired = self.rate * clipped + (1 - self.rate) * norms
        return w * (desired / (config.epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }


class RadialConstraint(Constraint):
    """Give the kernel of a 2D convolution one value on each square around its middle.

    The value of a square is taken from the kernel's diagonal.

    Raises:
        ShapeError: If the weight has not four axes.

    Example:

    >>> kernel = ops.reshape(ops.arange(9.0), (3, 3, 1, 1))
    >>> RadialConstraint()(kernel).numpy()[:, :, 0, 0].tolist()
    [[4.0, 4.0, 4.0], [4.0, 0.0, 4.0], [4.0, 4.0, 4.0]]
    """

    def __call__(self, w: Any) -> Any:
        """Return the projection of the weight `w`, of the same shape."""
        w = as_tensor(w)
        if w.ndim != 4:
            raise ShapeError(
                "RadialConstraint takes kernels of four axes.\n"
                f"  got: a weight of shape {tuple(w.shape)}"
            )
        size = w.shape[0]
        even = size % 2 == 0
        distance = np.abs(2 * np.arange(size) - size + 1) // 2
        ring = np.maximum.outer(distance, distance)
        # tf.keras leaves out an entry of the diagonal after the middle of an even one.
        place = size // 2 - 1 + ring + (ring > 0) * even
        values = ops.take(ops.diagonal(w, axis1=0, axis2=1), place, axis=-1)
        return ops.transpose(values, (2, 3, 0, 1))


max_norm = MaxNorm
non_neg = NonNeg
unit_norm = UnitNorm
min_max_norm = MinMaxNorm
radial_constraint = RadialConstraint
maxnorm = MaxNorm
nonneg = NonNeg
unitnorm = UnitNorm

_REGISTRY = Registry(
    "constraint",
    dict.fromkeys(
        (
            "Constraint",
            "MaxNorm",
            "MinMaxNorm",
            "NonNeg",
            "RadialConstraint",
            "UnitNorm",
        ),
        __name__,
    ),
)
get = _REGISTRY.get
serialize = _REGISTRY.serialize
deserialize = _REGISTRY.deserialize
