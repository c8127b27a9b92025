"""The stream that a GPU works on, and how batches reach it while it works."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasish.backend.devices.cupy.rooms import whole

_SLOTS = 2


class _Entered(threading.local):
    """The guards that a thread is in, and what to leave with each."""

    def __init__(self) -> None:
        self.stack: list[tuple[Guard, tuple]] = []


_entered = _Entered()


class Guard:
    """Makes a GPU and a stream of it the current ones; it may be nested and shared.

    Inside itself it changes nothing, so that whoever chooses another stream of the
    same GPU in between, as a capture does, keeps it.

    Args:
        xp: CuPy.
        index: The number of the GPU.
        stream: One of its streams.
    """

    def __init__(self, xp: Any, index: int, stream: Any) -> None:
        self._xp, self._index, self._stream = xp, index, stream

    def __enter__(self) -> None:
        stack = _entered.stack
        contexts: tuple = ()
        if not stack or stack[-1][0] is not self:
            contexts = (self._xp.cuda.Device(self._index), self._stream)
            for context in contexts:
                context.__enter__()
        stack.append((self, contexts))

    def __exit__(self, *exception: object) -> None:
        _, contexts = _entered.stack.pop()
        for context in reversed(contexts):
            context.__exit__(*exception)


class Uploads:
    """Brings batches to a GPU.

    A batch goes into memory that the GPU can read by itself, from there on a stream of
    its own into one of two places on the GPU, and is moved to where a plan wants it
    only when the step before is done. So the next batch is on its way while the GPU
    works, and the host waits only if it is two batches ahead.

    Args:
        xp: CuPy.
        stream: The stream that the GPU works on.
    """

    def __init__(self, xp: Any, stream: Any) -> None:
        self._xp = xp
        self._work = stream
        self._copies = xp.cuda.Stream(non_blocking=True)
        self._slots = [_Slot(xp) for _ in range(_SLOTS)]
        self._turn = 0
        self._lock = threading.Lock()

    def feed(self, targets: Sequence[Any], values: Sequence[np.ndarray]) -> None:
        """Copy host arrays into arrays of the GPU.

        Args:
            targets: Arrays on the GPU.
            values: Arrays of the same shapes and types on the host.
        """
        with self._lock:
            slot = self._slots[self._turn]
            self._turn = (self._turn + 1) % _SLOTS
            self._bring(slot, targets, values)

    def _bring(
        self, slot: _Slot, targets: Sequence[Any], values: Sequence[np.ndarray]
    ) -> None:
        # Until the last batch has left it, the memory on the host may not be written.
        if not slot.brought.done:
            slot.brought.synchronize()
        slot.reserve(values, self._work)
        for host, value in zip(slot.host, values):
            np.copyto(host, value)
        self._copies.wait_event(slot.taken)
        for place, host in zip(slot.places, slot.host):
            place.set(host, stream=self._copies)
        slot.brought.record(self._copies)
        self._work.wait_event(slot.brought)
        for target, place in zip(targets, slot.places):
            self._xp.copyto(target, place)
        slot.taken.record(self._work)


class _Slot:
    """Room for one batch on the host and on the GPU."""

    def __init__(self, xp: Any) -> None:
        self._xp = xp
        self._kind: tuple | None = None
        self._room: tuple[Any, Any] | None = None
        self.host: list[np.ndarray] = []
        self.places: list[Any] = []
        self.brought = xp.cuda.Event(disable_timing=True)
        self.taken = xp.cuda.Event(disable_timing=True)

    def reserve(self, values: Sequence[np.ndarray], work: Any) -> None:
        """Have room for arrays like these; it never gets smaller."""
        kind = tuple((value.shape, value.dtype) for value in values)
        if kind == self._kind:
            return
        sizes = [whole(value.nbytes) for value in values]
        if self._room is None or self._room[0].size < sum(sizes):
            size = max(sum(sizes), 1)
            pinned = self._xp.cuda.alloc_pinned_memory(size)
            self._room = (
                np.frombuffer(pinned, np.uint8, size),
                self._xp.empty(size, np.uint8),
            )
            # The pool may have given memory that work under way still uses.
            self.taken.record(work)
        starts = np.cumsum([0, *sizes]).tolist()
        self.host, self.places = (
            [_part(room, start, value) for start, value in zip(starts, values)]
            for room in self._room
        )
        self._kind = kind


def _part(room: Any, start: int, like: np.ndarray) -> Any:
    """The bytes from `start` on as an array like another."""
    return room[start : start + like.nbytes].view(like.dtype).reshape(like.shape)
