"""CUDA graphs: the steps of a plan, captured once and replayed."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from kerasish.backend.devices.capturing import is_cuda_graphs_enabled
from kerasish.backend.devices.cupy.calls import Call

KEPT = 32


class Replay:
    """The calls of a plan: at first as they are, then as launches of graphs.

    The first run compiles and loads kernels, which a capture must not; the second one
    captures.

    Args:
        graphs: The graphs of the device.
        steps: Calls that compute.
        writes: Calls that write Variables.
        fit: For each step whether it may be captured at all.

    Attributes:
        steps: What to call now.
        writes: Likewise.
    """

    def __init__(
        self,
        graphs: Graphs,
        steps: list[Call],
        writes: list[Call],
        fit: Sequence[bool],
    ) -> None:
        self._graphs = graphs
        self._calls = (steps, writes)
        self._fit = list(fit)
        self.release()

    def begin(self) -> None:
        """Note that a run begins."""
        if not is_cuda_graphs_enabled():
            self.release()
            return
        self._runs += 1
        if self._runs < 2:
            return
        self._graphs.keep(self)
        if self._runs == 2:
            steps, writes = self._calls
            self.steps = self._graphs.captured(steps, self._fit)
            self.writes = self._graphs.captured(writes, [True] * len(writes))

    def release(self) -> None:
        """Drop the graphs; they are captured anew when there is need."""
        self._runs = 0
        self.steps, self.writes = self._calls


class Graphs:
    """Captures graphs on one GPU, and keeps those of the plans used last.

    Args:
        xp: CuPy.
        stream: The stream on which graphs are launched.
    """

    def __init__(self, xp: Any, stream: Any) -> None:
        self._xp = xp
        self._work = stream
        # Of a stream that no other one waits for, so that other threads may go on.
        self._stream = xp.cuda.Stream(non_blocking=True)
        # Graphs work in what kernels allocated while they were captured, long after the
        # kernels have handed it back; so nothing but graphs of this stream may get it.
        self._memory = xp.cuda.MemoryPool(xp.get_default_memory_pool().malloc)
        self._kept: OrderedDict[int, weakref.ref] = OrderedDict()

    def keep(self, replay: Replay) -> None:
        """Note that a plan is used; the one that was not for the longest time goes."""
        key = id(replay)
        if key not in self._kept:
            forget = partial(self._kept.pop, key)
            self._kept[key] = weakref.ref(replay, lambda _: forget(None))
        self._kept.move_to_end(key)
        if len(self._kept) > KEPT:
            oldest = self._kept.popitem(last=False)[1]()
            if oldest is not None:
                oldest.release()

    def captured(self, calls: Sequence[Call], fit: Sequence[bool]) -> list[Call]:
        """Return calls that do the same with as few launches as possible.

        Args:
            calls: The calls; they are not run.
            fit: For each whether it may be captured. One that fails nevertheless stays
                a call between two graphs.
        """
        fit = list(fit)
        parts: list[Call] = []
        start = 0
        while start < len(calls):
            stop = start
            while stop < len(calls) and fit[stop]:
                stop += 1
            if stop == start:
                parts.append(calls[start])
                start += 1
                continue
            graph, failed = self._capture(calls[start:stop])
            if graph is None:
                fit[start + failed.start : start + failed.stop] = [False] * len(failed)
                continue
            parts.append(partial(graph.launch, self._work))
            start = stop
        return parts

    def _capture(self, calls: Sequence[Call]) -> tuple[Any, range]:
        """A graph; or `None`, and which of the calls cannot be part of one."""
        everything = range(len(calls))
        with _allocating(self._xp, self._memory), self._stream:
            self._stream.begin_capture()
            try:
                done = 0
                for call in calls:
                    call()
                    done += 1
            except BaseException as error:
                with contextlib.suppress(Exception):
                    self._stream.end_capture()
                if not isinstance(error, Exception):
                    raise
                return None, range(done, done + 1)
            try:
                return self._stream.end_capture(), everything
            except Exception:
                return None, everything


@contextlib.contextmanager
def _allocating(xp: Any, pool: Any) -> Iterator[None]:
    """Let this thread allocate from a pool, and no memory on the host.

    A copy from the host would read, in each replay, host memory that is no longer its
    own; without memory for it such a copy fails while it is captured.
    """
    mine, usual = threading.get_ident(), xp.get_default_pinned_memory_pool().malloc

    def none(size: int) -> Any:
        if threading.get_ident() == mine:
            raise RuntimeError("A captured step cannot copy from the host.")
        return usual(size)

    xp.cuda.set_pinned_memory_allocator(none)
    try:
        with xp.cuda.using_allocator(pool.malloc):
            yield
    finally:
        xp.cuda.set_pinned_memory_allocator(usual)
