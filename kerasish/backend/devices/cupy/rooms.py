"""Memory that kernels work in."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

_ALIGNMENT = 256
_shared: dict[str, Any] = {}
_apart = threading.local()


def whole(size: int) -> int:
    """Return how many bytes arrays that follow one another take for a size.

    Example:

    >>> whole(0), whole(1), whole(256)
    (0, 256, 256)
    """
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def room(xp: Any, near: Any, *requests: tuple[int, Any]) -> list[Any]:
    """Return vectors whose content matters during one call only.

    All bound calls of a device use the same memory: they never run at the same time.

    Args:
        xp: CuPy.
        near: An array of the device.
        *requests: The size and the data type of each vector.
    """
    sizes = [whole(count * np.dtype(dtype).itemsize) for count, dtype in requests]
    buffer, start, found = _buffer(xp, str(near.device), sum(sizes)), 0, []
    for (count, dtype), size in zip(requests, sizes):
        found.append(buffer[start : start + size].view(dtype)[:count])
        start += size
    return found


def _buffer(xp: Any, device: str, size: int) -> Any:
    if getattr(_apart, "wanted", False):
        return xp.empty((size,), "uint8")
    buffer = _shared.get(device)
    if buffer is None or buffer.size < size:
        # Calls bound before keep the smaller one; doubling bounds what that adds up to.
        buffer = xp.empty((1 << max(size - 1, 1).bit_length(),), "uint8")
        _shared[device] = buffer
    return buffer


@contextlib.contextmanager
def memory_apart() -> Iterator[None]:
    """Give the enclosed bindings memory of their own, for calls outside of plans."""
    before = getattr(_apart, "wanted", False)
    _apart.wanted = True
    try:
        yield
    finally:
        _apart.wanted = before
