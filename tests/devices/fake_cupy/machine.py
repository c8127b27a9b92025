"""What the stand-in keeps account of: memory, streams, captured regions, transfers.

Nothing runs late here, but the order that streams and events promise is checked: each
piece of memory knows when and on which stream it was last written and read, and what
is not ordered after that is an error. So a wait that is missing is found on the CPU.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

counts: Counter = Counter()


class CudaError(RuntimeError):
    """An error of the CUDA runtime."""


class Pool:
    """Memory of one device: what is in use, and what is kept for later."""

    def __init__(self) -> None:
        self.used = self.kept = self.limit = 0

    def take(self, size: int) -> None:
        from tests.devices.fake_cupy.cuda import OutOfMemoryError

        if self.kept >= size:
            self.kept -= size
        elif self.limit and self.used + self.kept + size > self.limit:
            raise OutOfMemoryError(size, self.used + self.kept, self.limit)
        self.used += size

    def give(self, size: int) -> None:
        self.used -= size
        self.kept += size


class Memory:
    """A piece of memory, shared by an array and its views."""

    __slots__ = ("device", "pool", "size", "written", "read")

    def __init__(self, size: int) -> None:
        self.device = machine.device
        allocate = machine.allocator or machine.shared["allocator"]
        self.pool = allocate(size)
        self.size = size
        self.written: tuple = (None, 0)
        self.read: dict = {}

    def __del__(self) -> None:
        if hasattr(self, "read"):
            self.pool.give(self.size)


class Machine(threading.local):
    """The state of a thread, and through `shared` that of all."""

    shared: dict = {}

    def __init__(self) -> None:
        self.device = 0
        self.streams: dict[int, Any] = {}
        self.allocator: Callable | None = None
        self.capture: Any = None

    def reset(self, devices: int, major: int) -> None:
        """Begin anew, as a machine with so many GPUs and a version of CuPy."""
        from tests.devices.fake_cupy.cuda import get_default_memory_pool

        self.__init__()
        self.shared.update(
            allocator=get_default_memory_pool().malloc,
            devices=devices,
            major=major,
            number=self.shared.get("number", 0) + 1,
            pools=[Pool() for _ in range(devices)],
            nulls={},
            blocking={index: [] for index in range(devices)},
        )

    def stream(self) -> Any:
        """The current stream of the current device."""
        from tests.devices.fake_cupy.cuda import null_stream

        return self.streams.get(self.device) or null_stream(self.device)


machine = Machine()


def forbid_in_capture(what: str) -> None:
    """Fail, and spoil the capture, if one is under way."""
    if machine.capture is not None:
        machine.capture.broken = True
        raise CudaError(
            f"cudaErrorStreamCaptureUnsupported: {what} is not permitted when stream "
            "is capturing"
        )


def check_device(arrays: Sequence[Any]) -> None:
    for array in arrays:
        if array._memory.device != machine.device:
            raise ValueError(
                f"Array device must be same as the current device: array device = "
                f"{array._memory.device} while current = {machine.device}"
            )


def execute(
    call: Callable[[], Any],
    operands: Sequence[Any],
    finish: Callable[[Any], Any],
    written: Sequence[Any] = (),
    stream: Any = None,
    across: bool = False,
) -> Any:
    """Do some work on the current stream, or note it where that captures.

    Args:
        call: Works on host arrays.
        operands: The arrays of the stand-in that take part.
        finish: Makes arrays of the stand-in of the result.
        written: Those of the operands that are written.
        stream: Another stream than the current one.
        across: Whether operands may lie on another device.
    """
    stream = stream or machine.stream()
    capture = machine.capture
    if capture is not None and stream is capture.stream:
        check_device([] if across else operands)
        return capture.note(call, operands, finish, written)
    with np.errstate(all="ignore"):
        result = finish(call())
    written = [*written, *fresh(result, operands)]
    if written or not arrays_in(result):  # and not for a mere view
        check_device([] if across else operands)
        stream._touch(operands, written)
    return result


def arrays_in(value: Any) -> list:
    """The arrays of the stand-in in a value, also inside containers."""
    if hasattr(value, "_memory"):
        return [value]
    if isinstance(value, (list, tuple)):
        return [array for item in value for array in arrays_in(item)]
    return []


def fresh(result: Any, operands: Sequence[Any]) -> list:
    """The arrays of a result that have memory of their own."""
    known = {id(array._memory) for array in operands}
    return [a for a in arrays_in(result) if id(a._memory) not in known]


class Capture:
    """A captured region: what is noted runs when the graph is launched."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.broken = False
        self.work: list[tuple] = []
        self._before: list[tuple[np.ndarray, np.ndarray]] = []

    def note(
        self,
        call: Callable,
        operands: Sequence[Any],
        finish: Callable,
        written: Sequence[Any],
    ) -> Any:
        """Note some work. It also runs, for the shapes of results, and is undone."""
        for array in operands:
            self._before.append((array._array, array._array.copy()))
        with np.errstate(all="ignore"):
            result = finish(call())
        own = fresh(result, operands)
        if own and machine.allocator is None:
            self.broken = True
            raise CudaError("memory is allocated in a captured region from a pool that "
                            "others use")  # fmt: skip
        made = [any(array is one for one in own) for array in arrays_in(result)]
        self.work.append((call, operands, own, made, written))
        return result

    def undo(self) -> None:
        """Put back what the noted work has changed."""
        for array, before in reversed(self._before):
            if array.flags.writeable:
                np.copyto(array, before)


def replay(work: Sequence[tuple], stream: Any) -> None:
    """Run noted work again, on the same memory."""
    for call, operands, own, made, written in work:
        with np.errstate(all="ignore"):
            found = call()
        if own:
            found = found if isinstance(found, (list, tuple)) else [found]
            values = [value for value, is_own in zip(found, made) if is_own]
            for array, value in zip(own, values, strict=True):
                np.copyto(array._array, value)
        stream._touch(operands, [*written, *own])
