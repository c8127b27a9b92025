"""The working memory of a device: one block that only grows."""

from __future__ import annotations

import threading
import weakref
from typing import Any

import numpy as np

from kerasish.backend.devices.base import Device
from kerasish.backend.devices.paging import ask_for_pages

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
        self._users: weakref.WeakSet = weakref.WeakSet()
        self._paging: threading.Thread | None = None

    def reserve(self, size: int, user: Any) -> None:
        """Make the block at least `size` bytes large.

        Args:
            size: The bytes.
            user: What is bound to the block; before the block is replaced, its `unbind`
                is called, so that there never are two blocks.
        """
        self._users.add(user)
        if self.buffer is not None and self.buffer.size >= size:
            return
        if self._paging is not None:
            self._paging.join()
        self.buffer = None
        for bound in list(self._users):
            bound.unbind()
        with self.device.guard():
            raw = self.device.empty((size + _ALIGNMENT,), np.uint8)
            start = 0
            if isinstance(raw, np.ndarray):
                start = -raw.ctypes.data % _ALIGNMENT
                # Kernels are bound meanwhile, which takes as long.
                self._paging = ask_for_pages(raw)
            self.buffer = raw[start : start + size]
        self.version += 1


def device_arena(device: Device) -> Arena:
    """Return the arena that all plans of a device share."""
    arena = _arenas.get(device)
    if arena is None:
        arena = _arenas[device] = Arena(device)
    return arena
