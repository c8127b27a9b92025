"""The working memory of a device: one block that only grows."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from kerasish.backend.devices.base import Device

_ALIGNMENT = 64
_arenas: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


class Arena:
    """A block of memory that plans share; they bind again after it has grown.

    Attributes:
        buffer: The block as an array of bytes.
        version: Counts the blocks so far.
    """

    def __init__(self, device: Device) -> None:
        self.device = device
        self.buffer: Any = None
        self.version = 0

    def reserve(self, size: int) -> None:
        """Make the block at least `size` bytes large."""
        if self.buffer is not None and self.buffer.size >= size:
            return
        raw = self.device.empty((size + _ALIGNMENT,), np.uint8)
        start = 0
        if isinstance(raw, np.ndarray):
            start = -raw.ctypes.data % _ALIGNMENT
        self.buffer = raw[start : start + size]
        self.version += 1


def device_arena(device: Device) -> Arena:
    """Return the arena that all plans of a device share."""
    arena = _arenas.get(device)
    if arena is None:
        arena = _arenas[device] = Arena(device)
    return arena
