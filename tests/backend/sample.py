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
        batch: Positions of the inputs of which the first axis is the batch, where
            that cannot be found by trying.
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
        batch: Sequence[int] | None = None,
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
        self.batch = batch
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
    """Compare gradients of a sample with finite differences along a random line.

    One graph of unknown sizes serves the sample's own sizes and, where the op has a
    batch axis, a batch of twice the size.
    """
    arrays = sample.in_double()
    inputs = placeholders(arrays, sample.unknown)
    with symbolic_scope():
        outputs = sample.apply(name, inputs)
    wanted = [i for i, flag in enumerate(sample.gradient) if flag]
    outputs = [y for y in outputs if y.dtype in ("float32", "float64")]
    assert wanted and outputs, f"{name}: nothing to differentiate"
    sources = [inputs[i] for i in wanted]
    loss, weights = _weighted(outputs)
    found = gradients(loss, sources, unconnected="zero")
    lines = [("first", loss, found, weights)]
    if second:
        slope, mixed = _weighted(found)
        again = gradients(slope, sources, unconnected="zero")
        lines.append(("second", slope, again, [*weights, *mixed]))
    forward = Function(inputs, outputs)
    sizes = [arrays, _twice(sample, forward, arrays)] if sample.unknown else [arrays]
    for data in sizes:
        if data is None:
            continue
        rng = np.random.default_rng(0)
        drawn = [rng.normal(size=value.shape) for value in forward(*data)]
        drawn += [rng.normal(size=data[i].shape) for i in wanted]
        directions = {i: rng.normal(size=data[i].shape) for i in wanted}
        for order, target, slopes, fed in lines:
            everything = [*data, *drawn[: len(fed)]]
            formals = [*inputs, *fed]
            _compare(name, formals, everything, target, slopes, directions, order)


def _weighted(tensors: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """The sum of tensors, weighted by placeholders, and these."""
    weights = [placeholder((None,) * t.ndim, "float64") for t in tensors]
    parts = [ops.sum(ops.cast(t, "float64") * w) for t, w in zip(tensors, weights)]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total, weights


def _twice(
    sample: Sample, forward: Function, arrays: list[np.ndarray]
) -> list[np.ndarray] | None:
    """Return the inputs with a batch of twice the size, `None` without such an axis.

    The inputs of which the first axis is the batch are found by trying: all with the
    size of the first input's, or the first input alone.
    """
    if not arrays or not arrays[0].ndim:
        return None
    size = len(arrays[0])
    shared = [i for i, a in enumerate(arrays) if a.ndim and len(a) == size]
    before = [value.shape for value in forward(*arrays)]
    for batch in (shared, [0]) if sample.batch is None else (sample.batch,):
        data = [
            np.concatenate([a, np.flip(a)]) if i in batch else a
            for i, a in enumerate(arrays)
        ]
        try:
            after = [value.shape for value in forward(*data)]
        except ValueError:
            continue
        if batch and (after != before or sample.batch is not None):
            return data
    return None


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
