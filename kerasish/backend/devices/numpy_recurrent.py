"""What the loops of recurrent layers share on NumPy: rows, states, and how they run.

With few rows the calls of a step take longer than the work that they do, so a loop
makes as few as it can: it knows all views beforehand, works on gates that lie side by
side together, and leaves results where the next step and the gradient look for them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.base import device_kernel
from kerasish.backend.devices.helpers import run_together

# Elements of a product that a thread should have in each step: with fewer of them
# threads wait for the interpreter's lock.
_WORTH_THREADS = 16384
# Elements that a gradient prepares at a time: they should stay in the cache.
_BLOCK = 16384
_LINE = 64
_FLOATS = ("float32", "float64")
# The functions that loops are written for.
_FUNCTIONS = {"activation": "tanh", "gate_activation": "sigmoid"}
Array = np.ndarray
Call = Callable[[], Any]


class Forward(NamedTuple):
    """What a loop over time is given; results that nobody reads are `None`.

    Attributes:
        z: The products of the inputs, `(time, batch, columns)`.
        first: The states before the first step.
        kernel: The recurrent kernel.
        bias: The bias.
        mask: Where a step counts, `(time, batch, 1)`, or `None`.
        hs: The hidden states of all steps.
        last: The states after the last step.
        before: The states that each step finds.
        saved: What else the gradient needs.
    """

    z: Array
    first: Sequence[Array]
    kernel: Array
    bias: Array
    mask: Array | None
    hs: Array | None
    last: Sequence[Array | None]
    before: Sequence[Array | None]
    saved: Sequence[Array | None]


class Backward(NamedTuple):
    """What a loop back through time is given.

    Attributes:
        ends: The gradients of the last states.
        kernel: The recurrent kernel.
        kept: What the steps found and saved.
        mask: Where a step counts, or `None`.
        g: The gradients of all hidden states, or `None`.
        inner: The gradients of products, to be filled.
        starts: Those of the first states; `None` where nobody reads them.
    """

    ends: Sequence[Array]
    kernel: Array
    kept: Sequence[Array]
    mask: Array | None
    g: Array | None
    inner: Sequence[Array]
    starts: Sequence[Array | None]


class States:
    """Where each step finds a state, and where it leaves the next.

    Args:
        first: The state before the first step.
        everything: Room for the states that steps leave, or `None`.
        before: Room for those that they find, or `None`.
        last: Room for the last one, or `None`.
        steps: How many steps there are.

    Attributes:
        found: For each step the place of the state that it finds.
        left: For each step where the new one belongs, which may be the same place.
    """

    def __init__(
        self,
        first: Array,
        everything: Array | None,
        before: Array | None,
        last: Array | None,
        steps: int,
    ) -> None:
        room = scratch(*first.shape, like=first)
        self._first, self._last = first, last
        self._moved: tuple[Array, Array] | None = None
        if everything is not None:
            self.left = list(everything)
            self.found = [room, *self.left[:-1]]
            if before is not None:
                self._moved = before, everything
        elif before is not None:
            self.found = list(before)
            self.left = [*self.found[1:], room]
        else:
            self.found = self.left = [room] * steps

    def begin(self) -> None:
        """Put the first state into its place."""
        self.found[0][...] = self._first

    def end(self) -> None:
        """Fill what is only a copy."""
        if self._moved is not None:
            before, everything = self._moved
            before[0] = self._first
            before[1:] = everything[:-1]
        if self._last is not None:
            self._last[...] = self.left[-1]


def keep(place: Array, found: Array, new: Array, counts: Array) -> None:
    """Leave the new state of rows that count, and the one that was found of others."""
    if place is not found:
        np.copyto(place, found)
    np.copyto(place, new, where=counts)


def each_step(
    array: Array | None, steps: int, room: Array | None = None
) -> list[Array | None]:
    """Return what belongs to each step: a part of an array, or one room for all."""
    return [room] * steps if array is None else list(array)


def in_blocks(
    kept: Sequence[Array], rooms: int, line: Callable[[int], tuple]
) -> list[tuple[tuple[Array, ...], list[tuple]]]:
    """Cut a loop back through time into blocks that are prepared at once.

    Args:
        kept: What the steps have kept.
        rooms: How many further arrays are prepared for each step.
        line: Returns what else a step works with.

    Returns:
        For each block, the last one first, the parts of what is kept and the rooms, and
        then for each step, the last one first, what it works with and its rooms as one.
    """
    first, steps = kept[0], len(kept[0])
    size = min(steps, max(1, _BLOCK // first[0].size))
    everywhere = scratch(rooms, size, *first.shape[1:], like=first)
    found = []
    for stop in range(steps, 0, -size):
        start = max(0, stop - size)
        here = everywhere[:, : stop - start]
        lines = [(*line(t), here[:, t - start]) for t in reversed(range(start, stop))]
        found.append(((*(array[start:stop] for array in kept), *here), lines))
    return found


def backwards(
    given: Backward,
    off: Array | None,
    carries: Sequence[Array],
    blocks: Sequence[tuple[tuple[Array, ...], list[tuple]]],
    prepare: Callable[..., None],
    step: Callable[..., None],
) -> Call:
    """Return the call that goes back through time.

    Args:
        given: What the loop is given.
        off: Room for where steps do not count, `None` without a mask.
        carries: The gradients that go from step to step.
        blocks: What `in_blocks` returns.
        prepare: Fills the rooms of a block.
        step: Takes what belongs to a step.
    """

    def run() -> None:
        if off is not None:
            np.logical_not(given.mask, off)
        for carry, end in zip(carries, given.ends):
            carry[...] = end
        for arrays, lines in blocks:
            prepare(*arrays)
            for line in lines:
                step(*line)

    return run


def carried(start: Array | None, end: Array) -> Array:
    """Return the room for a gradient that goes from step to step."""
    return scratch(*end.shape, like=end) if start is None else start


def by_gates(array: Array, gates: int) -> Array:
    """Return `(..., gates * units)` as a view of `(gates, ..., units)`."""
    parts = array.reshape(*array.shape[:-1], gates, -1)
    return np.moveaxis(parts, -2, 0)


def scratch(*shape: int, like: Array) -> Array:
    """Return memory that begins at the border of a cache line.

    Copies between places that differ by little more than a multiple of a page are slow.
    """
    size = math.prod(shape) * like.itemsize
    raw = np.empty(size + _LINE, np.uint8)
    start = -raw.ctypes.data % _LINE
    return raw[start : start + size].view(like.dtype).reshape(shape)


def _known(specs: tuple, attrs: dict) -> bool:
    floats = [spec for spec in specs if spec.dtype != "bool"]
    return (
        all(spec.is_exact and 0 not in spec.shape for spec in specs)
        and floats[0].dtype in _FLOATS
        and all(spec.dtype == floats[0].dtype for spec in floats)
        and all(attrs.get(name, value) == value for name, value in _FUNCTIONS.items())
    )


def _rows(array: Array | None, rows: slice) -> Array | None:
    """The given rows of a state, or of something for all steps."""
    if array is None:
        return None
    return array[:, rows] if array.ndim == 3 else array[rows]


def _together(rows: int, columns: int, bind: Callable[[Callable], Call]) -> Call:
    """Return the call for all rows: threads share them if there are enough.

    Args:
        rows: How many rows there are.
        columns: How many columns the product of a step has.
        bind: Makes the call for some rows; it is given what cuts them out of an array.
    """
    team = min(threads.num_threads(), rows, rows * columns // _WORTH_THREADS)
    size = -(-rows // max(team, 1))
    cuts = [slice(start, start + size) for start in range(0, rows, size)]
    calls = [bind(partial(_rows, rows=cut)) for cut in cuts]
    return calls[0] if len(calls) == 1 else partial(run_together, calls)


def _after(fill: Call | None, run: Call) -> Call:
    if fill is None:
        return run

    def both() -> None:
        fill()
        run()

    return both


def _dense(kernel: Array) -> tuple[Array, Call | None]:
    """A kernel that products read as it is, and the call that fills it if it is new."""
    if kernel.flags.forc:
        return kernel, None
    copy = np.empty(kernel.shape, kernel.dtype)
    return copy, partial(np.copyto, copy, kernel)


def _register(
    op_name: str, bind: Callable, results: Callable[[tuple], list[tuple[int, ...]]]
) -> None:
    def kernel(xp: Any, *arrays: Array, out: Any = None, **attrs: Any) -> tuple:
        outs = out
        if outs is None:
            shapes = results(arrays)
            outs = tuple(np.empty(shape, arrays[0].dtype) for shape in shapes)
        bind(xp, arrays, outs, attrs)()
        return outs

    kernel.bind = bind
    kernel.optional = True
    device_kernel("numpy", op_name, _known)(kernel)


def register_steps(
    op_name: str, states: int, saved: int, loop: Callable[[Forward], Call]
) -> None:
    """Register the loop of a cell.

    Args:
        op_name: The op: its inputs are the products of the inputs, the states, the
            recurrent kernel, the bias and perhaps the mask; its results all states, the
            last ones, those that each step found, and what is saved for the gradient.
        states: How many states there are.
        saved: How much is saved.
        loop: Makes the call that runs it.
    """

    def results(arrays: tuple) -> list[tuple[int, ...]]:
        few = arrays[1].shape
        many = (arrays[0].shape[0], *few)
        return [many, *[few] * states, *[many] * (states + saved)]

    def bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
        z, *first, kernel, bias = arrays[: 3 + states]
        mask = arrays[3 + states] if len(arrays) > 3 + states else None
        kernel, fill = _dense(kernel)

        def some(cut: Callable) -> Call:
            last, before, kept = outs[1:], outs[1 + states :], outs[1 + 2 * states :]
            return loop(
                Forward(
                    cut(z),
                    [*map(cut, first)],
                    kernel,
                    bias,
                    cut(mask),
                    cut(outs[0]),
                    [*map(cut, last[:states])],
                    [*map(cut, before[:states])],
                    [*map(cut, kept)],
                )
            )

        return _after(fill, _together(*z.shape[1:], some))

    _register(op_name, bind, results)


def register_gradient(
    op_name: str,
    states: int,
    saved: int,
    products: int,
    loop: Callable[[Backward], Call],
) -> None:
    """Register the loop that is the gradient of one.

    Args:
        op_name: The op: its inputs are the gradients of the last states, the recurrent
            kernel, what was saved, perhaps the mask, and perhaps the gradient of all
            states; its results gradients of products of all steps, and of the first
            states.
        states: How many states there are.
        saved: How much was saved, with the states that were found.
        products: How many gradients of products there are.
        loop: Makes the call that runs it.
    """
    end = states + 1 + saved

    def results(arrays: tuple) -> list[tuple[int, ...]]:
        few, kernel, kept = arrays[0].shape, arrays[states], arrays[states + 1]
        wide = (*kept.shape[:2], kernel.shape[1])
        return [wide] * products + [few] * states

    def bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
        kernel, fill = _dense(arrays[states])
        others = [*arrays[end:]]
        mask = others.pop(0) if attrs["masked"] else None
        g = others.pop(0) if others else None
        shapes = results(arrays)[:products]
        inner = [
            scratch(*shape, like=kernel) if out is None else out
            for shape, out in zip(shapes, outs)
        ]

        def some(cut: Callable) -> Call:
            return loop(
                Backward(
                    [*map(cut, arrays[:states])],
                    kernel,
                    [*map(cut, arrays[states + 1 : end])],
                    cut(mask),
                    cut(g),
                    [*map(cut, inner)],
                    [*map(cut, outs[products:])],
                )
            )

        return _after(fill, _together(len(arrays[0]), kernel.shape[1], some))

    _register(op_name, bind, results)
