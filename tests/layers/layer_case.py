"""How one layer is made and called in the automatic suite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


def _first(tensors: list) -> tuple:
    return (tensors[0],)


def listed(tensors: list) -> tuple:
    """The inputs are one list."""
    return (list(tensors),)


def with_states(tensors: list) -> tuple:
    """The first input and a list of states."""
    return (tensors[0], list(tensors[1:]))


def each(tensors: list) -> tuple:
    """Each input is an argument."""
    return tuple(tensors)


@dataclass
class Case:
    """A layer and its inputs.

    Attributes:
        make: Builds the layer.
        shapes: Shapes of the inputs.
        arguments: Turns the inputs into the positional arguments of the call.
        integers: If set, inputs are integers below it.
        random: Whether training gives other values than testing at random.
        mask: If set, shape of the mask that the first input carries.
        code: Whether the configuration holds code, which is not loaded.
        own: Whether the class is made for the test, which then cannot be found.
        flat: Whether its gradient is zero wherever there is one.
        resizes: Whether training gives another size at random.
        wide: Whether some outputs keep their type in mixed precision.
    """

    make: Callable[[], Any]
    shapes: tuple
    arguments: Callable[[list], tuple] = _first
    integers: int | None = None
    random: bool = False
    mask: tuple | None = None
    code: bool = False
    own: bool = False
    flat: bool = False
    resizes: bool = False
    wide: bool = False

    def arrays(self, batch: int | None = None, seed: int = 0) -> list[np.ndarray]:
        """Return inputs, with another batch size if it is given."""
        rng = np.random.default_rng(seed)
        shapes = [
            shape if batch is None else (batch, *shape[1:]) for shape in self.shapes
        ]
        if self.integers:
            return [rng.integers(0, self.integers, s).astype("int32") for s in shapes]
        return [rng.normal(0, 1, shape).astype("float32") for shape in shapes]


def make_case(make: Callable[[], Any], *shapes: tuple, **options: Any) -> Case:
    """A case of a layer with inputs of these shapes."""
    return Case(make, shapes, **options)


VECTOR, SEQUENCE, IMAGE, VOLUME = (3, 4), (3, 5, 4), (2, 5, 6, 3), (2, 4, 4, 5, 2)
MASK = (3, 5)
