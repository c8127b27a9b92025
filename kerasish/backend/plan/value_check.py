"""Compares what a graph computes before and after each pass (`KERASISH_CHECK=2`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasish.backend.devices.base import Device
from kerasish.backend.plan.interpreter import interpret
from kerasish.backend.rewrite.rules import fired
from kerasish.errors import GraphError

if TYPE_CHECKING:
    from kerasish.backend.graph.tensor import Tensor

_TOLERANCE = 1e-3


def value_checker(
    feeds: dict[tuple[int, int], Any], device: Device
) -> Callable[[str, list[Tensor], list[Tensor]], None]:
    """Return an observer of passes that runs both graphs on the same arrays.

    Args:
        feeds: Device arrays by `place` of the placeholders.
        device: Where to run.

    Returns:
        A function `observe(stage, before, after)` that raises `GraphError`, naming the
        pass, the rules that fired in it, and the result that has changed.
    """
    counts = Counter(fired)

    def values(tensors: list[Tensor]) -> list[np.ndarray]:
        with device.guard():
            return [device.to_numpy(a) for a in interpret(tensors, feeds, device)]

    def observe(stage: str, before: list[Tensor], after: list[Tensor]) -> None:
        rules = sorted(fired - counts)
        counts.update(fired - counts)
        for tensor, old, new in zip(before, values(before), values(after), strict=True):
            if not _close(old, new):
                raise GraphError(
                    f"The pass {stage!r} changed the value of {tensor.node!r}.\n"
                    f"  rules that fired: {', '.join(rules) or 'none'}"
                )

    return observe


def _close(old: np.ndarray, new: np.ndarray) -> bool:
    if old.shape != new.shape or old.dtype.kind not in "fc":
        return np.array_equal(old, new)
    finite = np.abs(old[np.isfinite(old)])
    scale = max(1.0, float(finite.max(initial=0.0)))
    return np.allclose(
        old, new, rtol=_TOLERANCE, atol=_TOLERANCE * scale, equal_nan=True
    )
