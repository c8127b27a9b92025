"""One layer call whose numbers are compared with real Keras."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Case:
    """One layer call.

    Attributes:
        make: Builds the layer from a module of layers.
        shapes: Shapes of the inputs.
        call: Keyword arguments of the call.
        listed: Whether the inputs are passed as one list.
        states: Whether the inputs after the first are passed as one list.
        integers: If set, inputs are integers below it.
        mask: If set, shape of a boolean mask that is passed.
        mask_argument: Name of the mask's argument.
        library: The library that has the layer, `"keras"` or `"tf_keras"`.
        low: Smallest input, with `high`; by default inputs are normal.
        high: Largest input.
        approximate: Whether TensorFlow's gradient of the operation is approximate,
            so that it is not compared.
    """

    make: Callable[[Any], Any]
    shapes: tuple
    call: dict = field(default_factory=dict)
    listed: bool = False
    states: bool = False
    integers: int | None = None
    mask: tuple | None = None
    mask_argument: str = "mask"
    library: str = "keras"
    low: float | None = None
    high: float = 1.0
    approximate: bool = False

    def inputs(self, name: str) -> list[np.ndarray]:
        """Return the inputs, which only depend on the case's name."""
        rng = generator(name)
        if self.integers:
            return [
                rng.integers(0, self.integers, shape).astype("int32")
                for shape in self.shapes
            ]
        if self.low is not None:
            low, high = self.low, self.high
            return [rng.uniform(low, high, s).astype("float32") for s in self.shapes]
        return [rng.normal(0, 1, shape).astype("float32") for shape in self.shapes]

    def positional(self, tensors: list) -> tuple:
        """Return the inputs as the positional arguments of the call."""
        if self.listed:
            return (tensors,)
        return (tensors[0], tensors[1:]) if self.states else tuple(tensors)

    def arguments(self, name: str) -> dict[str, Any]:
        """Return the keyword arguments of the call."""
        if self.mask is None:
            return dict(self.call)
        mask = generator(name + "mask").uniform(size=self.mask) < 0.7
        mask[..., 0] = True
        return {**self.call, self.mask_argument: mask}


def generator(name: str) -> np.random.Generator:
    """Return a generator that only depends on a name."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def weight_values(name: str, weights: list[tuple[str, tuple]]) -> list[np.ndarray]:
    """Return values for weights, given as pairs of name and shape."""
    rng = generator(name + "weights")
    values = []
    for weight_name, shape in weights:
        value = rng.normal(0, 0.5, shape)
        if "variance" in weight_name or "stddev" in weight_name:
            value = np.abs(value) + 0.5
        if weight_name in ("gamma", "scale"):
            value = value + 1.0
        values.append(np.asarray(value, "float32"))
    return values


def projection(shape: tuple) -> np.ndarray:
    """Return the factors of an output in the loss whose gradient is compared."""
    size = int(np.prod(shape))
    return np.cos(0.7 * np.arange(size)).astype("float32").reshape(shape)


RATE, STEPS = 0.1, 3


def make_case(make: Callable, *shapes: tuple, **options: Any) -> Case:
    """Return a case.

    Args:
        make: Builds the layer from a module of layers.
        *shapes: Shapes of the inputs.
        **options: The other attributes of `Case`.
    """
    return Case(make, shapes, **options)
