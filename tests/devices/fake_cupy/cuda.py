"""`cupy.cuda` of the stand-in: devices, streams, events, graphs, memory."""

from __future__ import annotations

import contextlib
import types
from typing import Any

import numpy as np

from tests.devices.fake_cupy.machine import (
    Capture,
    CudaError,
    Pool,
    counts,
    forbid_in_capture,
    machine,
    replay,
)


class OutOfMemoryError(MemoryError):
    def __init__(self, size: int, total: int, limit: int = 0) -> None:
        super().__init__(
            f"Out of memory allocating {size:,} bytes (allocated so far: {total:,} "
            f"bytes, limit set to: {limit:,} bytes)."
        )


class Device:
    def __init__(self, device: int | None = None) -> None:
        self.id = machine.device if device is None else device
        if self.id >= machine.shared["devices"]:
            raise CudaError("cudaErrorInvalidDevice: invalid device ordinal")
        self._outer: list[int] = []

    def __enter__(self) -> Device:
        self._outer.append(machine.device)
        machine.device = self.id
        return self

    def __exit__(self, *exception: object) -> None:
        machine.device = self._outer.pop()

    def __repr__(self) -> str:
        return f"<CUDA Device {self.id}>"

    @property
    def mem_info(self) -> tuple[int, int]:
        total = 1 << 30
        return total - machine.shared["pools"][self.id].used, total

    @property
    def compute_capability(self) -> str:
        return "90"


class Stream:
    def __init__(
        self, null: bool = False, ptds: bool = False, non_blocking: bool = False
    ) -> None:
        self.device_id = machine.device
        self._clock: dict[Any, int] = {}
        self._machine = machine.shared["number"]
        self._null = null
        self._blocking = not null and not non_blocking
        self._outer: list = []
        if self._blocking:
            machine.shared["blocking"][self.device_id].append(self)

    def __enter__(self) -> Stream:
        self._outer.append(machine.streams.get(self.device_id))
        machine.streams[self.device_id] = self
        return self

    def __exit__(self, *exception: object) -> None:
        machine.streams[self.device_id] = self._outer.pop()

    def _join(self, clock: dict) -> None:
        for stream, time in clock.items():
            self._clock[stream] = max(self._clock.get(stream, 0), time)

    def _touch(self, operands: list, written: list) -> None:
        """Check that work on arrays is ordered after what it depends on."""
        if self._null:
            for other in machine.shared["blocking"][self.device_id]:
                self._join(other._clock)
        elif self._blocking:
            self._join(null_stream(self.device_id)._clock)
        self._clock[self] = now = self._clock.get(self, 0) + 1
        for array in operands:
            memory = array._memory
            self._after(memory.written, "what was written")
            memory.read[self] = now
        for array in written:
            memory = array._memory
            self._after(memory.written, "what was written")
            for event in memory.read.items():
                self._after(event, "a reader")
            memory.written, memory.read = (self, now), {}

    def _after(self, event: tuple, what: str) -> None:
        stream, time = event
        if stream is None or stream._machine != self._machine:
            return  # memory that an earlier machine has left behind
        if self._clock.get(stream, 0) < time:
            raise AssertionError(f"a race: a stream does not wait for {what}")

    def synchronize(self) -> None:
        forbid_in_capture("a synchronisation")
        counts["synchronisations"] += 1

    def record(self, event: Event | None = None) -> Event:
        event = event or Event()
        event.record(self)
        return event

    def wait_event(self, event: Event) -> None:
        self._join(event._clock)

    def begin_capture(self, mode: int | None = None) -> None:
        if self._null:
            raise CudaError("cudaErrorStreamCaptureUnsupported: the null stream")
        machine.capture = Capture(self)

    def end_capture(self) -> Graph:
        capture, machine.capture = machine.capture, None
        capture.undo()
        if capture.broken:
            raise CudaError("cudaErrorStreamCaptureInvalidated")
        return Graph(capture.work)

    def is_capturing(self) -> bool:
        return machine.capture is not None and machine.capture.stream is self


def null_stream(device: int) -> Stream:
    nulls = machine.shared["nulls"]
    if device not in nulls:
        with Device(device):
            nulls[device] = Stream(null=True)
    return nulls[device]


class Event:
    def __init__(
        self,
        block: bool = False,
        disable_timing: bool = False,
        interprocess: bool = False,
    ) -> None:
        self._clock: dict = {}

    def record(self, stream: Stream | None = None) -> None:
        self._clock = dict((stream or machine.stream())._clock)

    @property
    def done(self) -> bool:
        return True

    def synchronize(self) -> None:
        forbid_in_capture("a synchronisation")
        counts["synchronisations"] += 1


class Graph:
    def __init__(self, work: list) -> None:
        self._work = work
        counts["graphs"] += 1

    def launch(self, stream: Stream | None = None) -> None:
        forbid_in_capture("a launch of another graph")
        counts["launches"] += 1
        replay(self._work, stream or machine.stream())


class MemoryPool:
    """A pool of its own, or (`_device`) that of a device."""

    def __init__(self, allocator: Any = None) -> None:
        self._own: Pool | None = Pool()

    @property
    def _pool(self) -> Pool:
        return self._own or machine.shared["pools"][machine.device]

    def malloc(self, size: int) -> Pool:
        self._pool.take(size)
        return self._pool

    def used_bytes(self) -> int:
        return self._pool.used

    def total_bytes(self) -> int:
        return self._pool.used + self._pool.kept

    def free_all_blocks(self, stream: Any = None) -> None:
        self._pool.kept = 0

    def set_limit(self, size: int | None = None, fraction: float | None = None) -> None:
        total = Device().mem_info[1]
        self._pool.limit = int(fraction * total) if fraction else (size or 0)

    def get_limit(self) -> int:
        return self._pool.limit


@contextlib.contextmanager
def using_allocator(allocator: Any = None) -> Any:
    outer = machine.allocator
    machine.allocator = allocator
    try:
        yield
    finally:
        machine.allocator = outer


def set_allocator(allocator: Any = None) -> None:
    machine.shared["allocator"] = allocator


def get_default_memory_pool() -> MemoryPool:
    pool = MemoryPool()
    pool._own = None
    return pool


class PinnedMemoryPool:
    def malloc(self, size: int) -> np.ndarray:
        return alloc_pinned_memory(size)


_pinned: list[tuple[int, int]] = []


def alloc_pinned_memory(size: int) -> np.ndarray:
    forbid_in_capture("an allocation on the host")
    counts["pinned allocations"] += 1
    memory = np.empty(size, np.uint8)
    _pinned.append((memory.ctypes.data, size))
    return memory


def is_pinned(array: np.ndarray) -> bool:
    start = array.ctypes.data
    return any(
        first <= start and start + array.nbytes <= first + size
        for first, size in _pinned
    )


def get_current_stream(device_id: int = -1) -> Stream:
    return machine.stream()


def make_cuda() -> types.SimpleNamespace:
    """Return `cupy.cuda`."""
    runtime = types.SimpleNamespace(
        CUDARuntimeError=CudaError,
        getDeviceCount=lambda: machine.shared["devices"],
        getDevice=lambda: machine.device,
        runtimeGetVersion=lambda: 12090,
        driverGetVersion=lambda: 12090,
        getDeviceProperties=lambda device: {"name": b"stand-in"},
    )
    return types.SimpleNamespace(
        Device=Device,
        Stream=Stream,
        Event=Event,
        Graph=Graph,
        MemoryPool=MemoryPool,
        alloc_pinned_memory=alloc_pinned_memory,
        set_allocator=set_allocator,
        set_pinned_memory_allocator=lambda allocator=None: None,
        get_current_stream=get_current_stream,
        using_allocator=using_allocator,
        runtime=runtime,
        memory=types.SimpleNamespace(OutOfMemoryError=OutOfMemoryError),
    )
