"""Maximum pooling and its gradient as compiled loops over rows of windows.

The windows of these loops lie inside the array, without padding; other cases are left
to NumPy, with whose results they agree to the bit, NaN included.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.base import device_kernel
from kerasish.backend.devices.cpu import loops_engine
from kerasish.backend.devices.cpu.kernels import in_order
from kerasish.backend.devices.cpu.loops_launch import Launcher
from kerasish.backend.devices.cpu.loops_program import ARGUMENTS
from kerasish.backend.devices.cpu.loops_writer import Writer

_AXES = 3
_MOST_PLACES = 16
_LEAST_CHANNELS = 4
# Elements below which a second thread costs more than it brings.
_WORTH_THREADS = 60_000

Shape = tuple[int, ...]


class _Rows:
    """The nest of loops around windows, and the places in a window.

    The argument block holds: the pooled sizes, the channels, the address of the large
    array, its strides from image to image, from window to window and from place to
    place, all in bytes, and the addresses of the arrays of the pooled shape.
    """

    def __init__(self, window: Shape) -> None:
        self.w = w = Writer()
        self.sizes = [w.word(axis) for axis in range(_AXES)]
        self.channels = w.word(3)
        self.x = w.pointer(4)
        self.steps = [w.word(5 + axis) for axis in range(_AXES + 1)]
        gaps = [w.word(9 + axis) for axis in range(_AXES)]
        self.pooled = [w.pointer(12), w.pointer(13)]
        self.places = []
        for place in np.ndindex(window):
            offset = "0"
            for position, gap in zip(place, gaps):
                offset = w.emit(f"add i64 {offset}, {w.multiply(gap, str(position))}")
            self.places.append(offset)

    def source(self, body: Callable[[Writer, list[str], list[str]], None]) -> str:
        """Return the module; `body` writes what happens to a window of a channel."""
        w = self.w
        with w.loop("%start", "%stop") as row:
            high = w.emit(f"srem i64 {row}, {self.sizes[1]}")
            rest = w.emit(f"sdiv i64 {row}, {self.sizes[1]}")
            deep = w.emit(f"srem i64 {rest}, {self.sizes[0]}")
            image = w.emit(f"sdiv i64 {rest}, {self.sizes[0]}")
            base = self.x
            for number, step in zip((image, deep, high), self.steps):
                base = w.offset(base, w.multiply(number, step))
            first = w.multiply(row, self.sizes[2])
            with w.loop("0", self.sizes[2]) as column:
                here = w.offset(base, w.multiply(column, self.steps[3]))
                windows = [w.offset(here, place) for place in self.places]
                before = w.emit(f"add i64 {first}, {column}")
                before = w.multiply(before, self.channels)
                with w.loop("0", self.channels, independent=True) as channel:
                    place = w.emit(f"add i64 {before}, {channel}")
                    body(
                        w,
                        [self._element("float", each, channel) for each in windows],
                        [
                            self._element("float", self.pooled[0], place),
                            self._element("i8", self.pooled[1], place),
                        ],
                    )
        return w.function("loop", ARGUMENTS)

    def _element(self, kind: str, pointer: str, index: str) -> str:
        return self.w.emit(f"getelementptr {kind}, ptr {pointer}, i64 {index}")


def _write_largest(w: Writer, places: list[str], pooled: list[str]) -> None:
    largest = w.load(places[0], "float32")
    for place in places[1:]:
        value = w.load(place, "float32")
        # Once it is NaN it stays so; a NaN is taken.
        number = w.emit(f"fcmp ord float {largest}, {largest}")
        above = w.emit(f"fcmp ugt float {value}, {largest}")
        taken = w.emit(f"and i1 {number}, {above}")
        largest = w.emit(f"select i1 {taken}, float {value}, float {largest}")
    w.store(largest, pooled[0], "float32")


def _write_index(w: Writer, places: list[str], pooled: list[str]) -> None:
    largest, index = w.load(pooled[0], "float32"), str(len(places))
    for number in reversed(range(len(places))):
        value = w.load(places[number], "float32")
        found = w.emit(f"fcmp oeq float {value}, {largest}")
        index = w.emit(f"select i1 {found}, i32 {number}, i32 {index}")
    w.store(w.emit(f"trunc i32 {index} to i8"), pooled[1], "uint8")


def _write_unpooled(w: Writer, places: list[str], pooled: list[str]) -> None:
    value, index = w.load(pooled[0], "float32"), w.load(pooled[1], "uint8")
    for number, place in enumerate(places):
        here = w.emit(f"icmp eq i8 {index}, {number}")
        part = w.emit(f"select i1 {here}, float {value}, float 0.0")
        w.store(part, place, "float32")


_BODIES = {
    "max_pool": _write_largest,
    "max_pool_index": _write_index,
    "max_unpool": _write_unpooled,
}


@lru_cache(maxsize=256)
def _function(name: str, window: Shape) -> int:
    return loops_engine.engine().function(_Rows(window).source(_BODIES[name]))


@lru_cache(maxsize=1)
def _launcher() -> Launcher:
    return Launcher(loops_engine.engine())


def _call(name: str, x: Any, pooled: Sequence[Any], attrs: dict) -> Callable[[], Any]:
    """Return the call of a loop on arrays without gaps."""
    missing = (1,) * (_AXES - len(attrs["pool_size"]))
    window = missing + attrs["pool_size"]
    strides = missing + attrs["strides"]
    sizes = missing + pooled[0].shape[1:-1]
    gaps = (0,) * len(missing) + x.strides[1:-1]
    steps = [gap * stride for gap, stride in zip(gaps, strides)]
    addresses = [array.ctypes.data for array in pooled]
    data = [*sizes, x.shape[-1], x.ctypes.data, x.strides[0], *steps, *gaps]
    data += [*addresses, addresses[0]][:2]
    rows = x.shape[0] * sizes[0] * sizes[1]
    team = threads.num_threads() if x.size > _WORTH_THREADS else 1
    team = min(team, rows)
    run = _launcher().bind(_function(name, window), rows, team, data, team)
    run.keep = (x, tuple(pooled))
    return run


class _MaxPooling:
    """A kernel for float32 arrays; see the op of the same name.

    Args:
        name: The op's name.
        apart: Whether windows may not overlap.
    """

    def __init__(self, name: str, apart: bool = False) -> None:
        self.name = name
        self.apart = apart

    def accepts(self, specs: tuple, attrs: dict) -> bool:
        """Tell whether this kernel takes a case; see `device_kernel`."""
        window = attrs["pool_size"]
        shapes = [spec.shape for spec in specs]
        return (
            specs[0].dtype == "float32"
            and loops_engine.engine() is not None
            and not any(None in shape or 0 in shape for shape in shapes)
            and len(window) <= _AXES
            and math.prod(window) <= _MOST_PLACES
            and shapes[0][-1] >= _LEAST_CHANNELS
            and attrs["pads"] == ((0, 0),) * len(window)
            and (not self.apart or attrs["strides"] == window)
        )

    def bind(
        self, xp: Any, arrays: tuple, outs: tuple, attrs: dict
    ) -> Callable[[], Any] | None:
        """Return a call that fills `outs`, or `None` for arrays with gaps."""
        (out,), before = outs, []
        if self.name == "max_unpool":
            used, x = arrays[:2], out
            before = [partial(rest.fill, 0) for rest in _behind(x, arrays[0], attrs)]
            call = partial(_call, self.name, x, used, attrs)
        else:
            used, x = arrays, arrays[0]
            call = partial(_call, self.name, x, (*arrays[1:], out), attrs)
        if not all(array.flags.c_contiguous for array in (*used, out)):
            return None
        return in_order((*before, call()))

    def __call__(
        self, xp: Any, *arrays: np.ndarray, out: np.ndarray | None = None, **attrs: Any
    ) -> np.ndarray:
        """Compute at once, into `out` where it can be used."""
        if out is None or not out.flags.c_contiguous:
            out = np.empty(*self._result(arrays, attrs))
        arrays = tuple(map(np.ascontiguousarray, arrays))
        self.bind(xp, arrays, (out,), attrs)()
        return out

    def _result(self, arrays: tuple, attrs: dict) -> tuple[Shape, Any]:
        if self.name == "max_unpool":
            return arrays[2].shape, np.float32
        if self.name == "max_pool_index":
            return arrays[1].shape, np.uint8
        x = arrays[0].shape
        sizes = [
            (size - length) // stride + 1
            for size, length, stride in zip(
                x[1:-1], attrs["pool_size"], attrs["strides"]
            )
        ]
        return (x[0], *sizes, x[-1]), np.float32


def _behind(x: np.ndarray, pooled: np.ndarray, attrs: dict) -> list[np.ndarray]:
    """Return views of what lies behind the last window, axis by axis."""
    found = []
    for axis, stride in enumerate(attrs["strides"], start=1):
        covered = pooled.shape[axis] * stride
        if covered < x.shape[axis]:
            found.append(x[(slice(None),) * axis + (slice(covered, None),)])
    return found


for _kernel in (
    _MaxPooling("max_pool"),
    _MaxPooling("max_pool_index"),
    _MaxPooling("max_unpool", apart=True),
):
    device_kernel("cpu", _kernel.name, _kernel.accepts)(_kernel)
