"""Working memory that kernels share: its content is of no use between two calls."""

from __future__ import annotations

import threading

import numpy as np

_ALIGNMENT = 64
# Growing by leaps leaves few abandoned blocks behind.
_GROWTH = 1.5


class Workspace:
    """One block of memory for whoever runs; it only grows.

    Attributes:
        lock: To be held while the memory is used.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._block = np.empty(0, np.uint8)

    def reserve(self, size: int) -> tuple[np.ndarray, int]:
        """Return a block of at least `size` bytes and its aligned address."""
        block = self._block
        if block.size < size + _ALIGNMENT:
            larger = max(size, int(block.size * _GROWTH))
            self._block = block = np.empty(larger + _ALIGNMENT, np.uint8)
        address = block.ctypes.data
        return block, address + -address % _ALIGNMENT


def aligned(size: int) -> int:
    """Return the size in bytes behind which another piece begins aligned."""
    return -(-size // _ALIGNMENT) * _ALIGNMENT


shared = Workspace()
