"""Samples of ops for the automatic suite, and finite differences."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import OPS, Tensor, placeholder, symbolic_scope
from kerasish.backend.plan import Function

STEP = 1e-4


class Sample:
    """One use of an op.

    Args:
        *arrays: The inputs.
        reference: `reference(*arrays, **attrs)`: the result (a tuple for several
            outputs) by an independent slow computation; `None` for a random op.
        gradient: Whether gradients are checked; a sequence says it for each input.
        second: Whether second-order gradients are checked too.
        function: `function(*tensors)` to be used in place of the op itself.
        tolerance: Relative to the largest magnitude of the expected result.
        unknown: Whether sizes may be unknown while building (`None` on every axis).
        **attrs: The op's attributes.
    """

    def __init__(
        self,
        *arrays: Any,
        reference: Callable | None,
        gradient: bool | Sequence[bool] = True,
        second: bool = True,
        function: Callable | None = None,
        tolerance: float = 1e-5,
        unknown: bool = True,
        **attrs: Any,
    ) -> None:
        self.arrays = [np.asarray(array) for array in arrays]
        self.reference = reference
        flags = [gradient] * len(arrays) if isinstance(gradient, bool) else gradient
        self.gradient = [
            flag and array.dtype.kind == "f"
            for flag, array in zip(flags, self.arrays, strict=True)
        ]
        self.second = second
        self.function = function
        self.tolerance = tolerance
        self.unknown = unknown
        self.attrs = attrs

    def apply(self, name: str, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Apply the op (or the function) to tensors; always a tuple."""
        if self.function is not None:
            result = self.function(*tensors)
        else:
            result = OPS[name](*tensors, **self.attrs)
        return tuple(result) if isinstance(result, (tuple, list)) else (result,)

    def expected(self, arrays: Sequence[np.ndarray] | None = None) -> tuple:
        """Return the reference results as a tuple of arrays."""
        result = self.reference(*(arrays or self.arrays), **self.attrs)
        results = result if isinstance(result, (tuple, list)) else (result,)
        return tuple(np.asarray(value) for value in results)

    def in_double(self) -> list[np.ndarray]:
        """Return the inputs with floats as float64."""
        return [a.astype("float64") if a.dtype.kind == "f" else a for a in self.arrays]


def load_samples() -> dict[str, list[Sample]]:
    """Collect the samples of all sample modules, by op name."""
    from tests.backend import samples

    collected: dict[str, list[Sample]] = {}
    for module in pkgutil.iter_modules(samples.__path__):
        table = importlib.import_module(f"tests.backend.samples.{module.name}").SAMPLES
        for name, items in table.items():
            collected.setdefault(name, []).extend(items)
    return collected


def load_ops() -> dict[str, Any]:
    """Return every op that the package registers."""
    for module in pkgutil.iter_modules(ops.__path__):
        importlib.import_module(f"kerasish.backend.ops.{module.name}")
    return {n: op for n, op in OPS.items() if not n.startswith("documented_")}


def placeholders(arrays: Sequence[np.ndarray], unknown: bool) -> list[Tensor]:
    """Return placeholders for arrays, with unknown sizes if asked for."""
    return [
        placeholder((None,) * a.ndim if unknown else a.shape, a.dtype.name)
        for a in arrays
    ]


def check_gradients(name: str, sample: Sample, second: bool) -> None:
    """Compare gradients of a sample with finite differences along a random line."""
    arrays = sample.in_double()
    rng = np.random.default_rng(0)
    inputs = placeholders(arrays, sample.unknown)
    with symbolic_scope():
        outputs = sample.apply(name, inputs)
    wanted = [i for i, flag in enumerate(sample.gradient) if flag]
    outputs = [y for y in outputs if y.dtype in ("float32", "float64")]
    assert wanted and outputs, f"{name}: nothing to differentiate"
    shapes = [value.shape for value in Function(inputs, outputs)(*arrays)]
    weights = [rng.normal(size=shape) for shape in shapes]
    loss = _weighted(outputs, weights)
    directions = {i: rng.normal(size=arrays[i].shape) for i in wanted}
    sources = [inputs[i] for i in wanted]
    found = gradients(loss, sources, unconnected="zero")
    _compare(name, inputs, arrays, loss, found, directions, "first")
    if not second:
        return
    mixed = [rng.normal(size=arrays[i].shape) for i in wanted]
    slope = _weighted(found, mixed)
    again = gradients(slope, sources, unconnected="zero")
    _compare(name, inputs, arrays, slope, again, directions, "second")


def _weighted(tensors: Sequence[Tensor], weights: Sequence[np.ndarray]) -> Tensor:
    total = None
    for tensor, weight in zip(tensors, weights, strict=True):
        part = ops.sum(ops.cast(tensor, "float64") * weight)
        total = part if total is None else total + part
    return total


def _compare(
    name: str,
    inputs: Sequence[Tensor],
    arrays: Sequence[np.ndarray],
    loss: Tensor,
    found: Sequence[Tensor],
    directions: dict[int, np.ndarray],
    order: str,
) -> None:
    function = Function(inputs, [loss])

    def along(step: float) -> float:
        moved = [
            a + step * directions[i] if i in directions else a
            for i, a in enumerate(arrays)
        ]
        return float(function(*moved)[0])

    numeric = (
        8 * (along(STEP) - along(-STEP)) - (along(2 * STEP) - along(-2 * STEP))
    ) / (12 * STEP)
    values = Function(inputs, list(found))(*arrays)
    for value, position in zip(values, directions, strict=True):
        assert value.shape == arrays[position].shape, (
            f"{name}: {order} gradient of input {position} has shape {value.shape}, "
            f"expected {arrays[position].shape}"
        )
    analytic = sum(float(np.sum(v * d)) for v, d in zip(values, directions.values()))
    scale = max(1.0, abs(numeric), abs(float(function(*arrays)[0])))
    assert abs(analytic - numeric) <= 2e-6 * scale, (
        f"{name}: {order} gradient along a line is {analytic}, but finite differences "
        f"give {numeric}"
    )
