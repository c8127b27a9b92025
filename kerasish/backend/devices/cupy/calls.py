"""What the bindings of kernels share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from kerasish.backend.devices.cupy.cuda import FLOATS

Call = Callable[[], Any]


def is_float(specs: tuple, attrs: dict) -> bool:
    """Tell whether all shapes are exact, and the first input has a type of `FLOATS`."""
    return specs[0].dtype in FLOATS and all(spec.is_exact for spec in specs)


def like_first(arrays: tuple, attrs: dict) -> list[tuple]:
    """Return shape and data type of a result that is like the first input."""
    return [(arrays[0].shape, arrays[0].dtype)]


def packed(xp: Any, arrays: Sequence[Any], before: list[Call]) -> list[Any]:
    """Return arrays or, filled by calls added to `before`, copies without gaps."""
    found = []
    for array in arrays:
        if not array.flags.c_contiguous:
            copy = xp.empty(array.shape, array.dtype)
            before.append(partial(xp.copyto, copy, array))
            array = copy
        found.append(array)
    return found


def in_order(calls: Sequence[Call]) -> Call:
    """Return one call that makes all of these."""
    return calls[0] if len(calls) == 1 else partial(_make_all, tuple(calls))


def _make_all(calls: Sequence[Call]) -> None:
    for call in calls:
        call()
