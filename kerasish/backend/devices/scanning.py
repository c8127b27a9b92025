"""Loops over time steps: the general kernel, and a tighter one for bound arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasish.backend.devices.base import device_kernel

Results = tuple[tuple[tuple[int | None, ...], str], ...]


def scan(
    xp: Any,
    *arrays: Any,
    out: Any = None,
    body: Callable,
    carries: int,
    slices: int,
    length: int | None,
    reverse: bool,
    results: Results,
    history: bool = True,
) -> Any:
    """Run a body over the first axis of arrays; see the op of this name.

    Args:
        xp: The array module.
        *arrays: The carries, the sequences and what the body captures.
        out: Where the results go.
        body: A callable of the carries, a slice of each sequence and the rest.
        carries: The number of carries.
        slices: The number of sequences.
        length: The number of steps, if there are no sequences.
        reverse: Whether to begin at the end.
        results: Shapes and types of what is stacked.
        history: Whether the carries that each step found are stacked, too.

    Returns:
        The last carries, the stacked results, and the stacked carries.
    """
    start = arrays[:carries]
    sequences = arrays[carries : carries + slices]
    captured = arrays[carries + slices :]
    steps = sequences[0].shape[0] if slices else length
    if out is None:
        out = _buffers(xp, start, steps, results, history)
    elif not isinstance(out, tuple):
        out = (out,)
    last, rest = list(out[:carries]), list(out[carries:])
    stacked, found_carries = rest[: len(results)], rest[len(results) :]
    unknown = [i for i, (shape, _) in enumerate(results) if None in shape]
    # The body's results are valid until its next call only and may be its inputs, so
    # each carry is copied to another place, where the next step reads it.
    slots = [] if history else [[xp.empty_like(c) for c in start] for _ in "ab"]
    found: Any = start
    for step in order_of_steps(steps, reverse):
        if history:
            carry = [kept[step, ...] for kept in found_carries]
        else:
            carry = slots[step % 2]
        _write_all(carry, found)
        found = body(*carry, *[xs[step, ...] for xs in sequences], *captured)
        for i in unknown:
            shape, dtype = (steps, *found[carries + i].shape), results[i][1]
            stacked[i] = xp.empty(shape, dtype)
        unknown = []
        _write_all([kept[step, ...] for kept in stacked], found[carries:])
    _write_all(last, found)
    out = (*last, *stacked, *found_carries)
    return out[0] if len(out) == 1 else out


def order_of_steps(steps: int, reverse: bool) -> range:
    """Return the order in which a loop takes its steps."""
    return range(steps - 1, -1, -1) if reverse else range(steps)


def _write_all(targets: Sequence[Any], values: Sequence[Any]) -> None:
    for target, value in zip(targets, values):
        target[...] = value


def _buffers(
    xp: Any, start: Sequence[Any], steps: int, results: Results, history: bool
) -> tuple:
    noted = start if history else ()
    # What only the first step tells is made there.
    sizes = [tuple(size or 0 for size in shape) for shape, _ in results]
    return (
        *(xp.empty_like(carry) for carry in start),
        *(xp.empty((steps, *s), dtype) for s, (_, dtype) in zip(sizes, results)),
        *(xp.empty((steps, *carry.shape), carry.dtype) for carry in noted),
    )


class Loop:
    """A loop on given arrays.

    Args:
        arrays: The inputs of the op.
        outs: Its outputs.
        attrs: Its attributes; the body is one that can be bound.
        xp: The module of the arrays.
    """

    def __init__(self, arrays: tuple, outs: tuple, attrs: dict, xp: Any = np) -> None:
        self.xp = xp
        carries, slices = attrs["carries"], attrs["slices"]
        self.body, self.carries = attrs["body"], carries
        self.start = arrays[:carries]
        self.sequences = arrays[carries : carries + slices]
        self.captured = arrays[carries + slices :]
        self.steps = self.sequences[0].shape[0] if slices else attrs["length"]
        self.order = order_of_steps(self.steps, attrs["reverse"])
        end = carries + len(attrs["results"])
        self.last, self.stacked = outs[:carries], outs[carries:end]
        self.history = outs[end:]

    def call(self) -> Callable[[], None]:
        """Return the call that runs the loop step by step."""
        binding = self.body.binding()
        buffers, results = dict(binding.inputs), binding.results
        copyto, empty_like = self.xp.copyto, self.xp.empty_like
        may_share_memory, steps = self.xp.may_share_memory, binding.steps
        read = [
            (buffers[self.carries + number], xs)
            for number, xs in enumerate(self.sequences)
            if self.carries + number in buffers
        ]
        written = list(zip(self.stacked, results[self.carries :]))
        # A carry that the body does not read needs a place all the same.
        carry = [
            buffers[number] if number in buffers else empty_like(first)
            for number, first in enumerate(self.start)
        ]
        noted = list(zip(self.history, carry))
        moved = list(zip(carry, results))
        if any(may_share_memory(a, b) for a in carry for b in results):
            aside = [empty_like(array) for array in carry]
            moved = [*zip(aside, results), *zip(carry, aside)]
        begin, last, order = list(zip(carry, self.start)), self.last, self.order

        def run() -> None:
            for buffer, value in begin:
                copyto(buffer, value)
            for t in order:
                for buffer, xs in read:
                    copyto(buffer, xs[t, ...])
                for kept, buffer in noted:
                    copyto(kept[t, ...], buffer)
                for step in steps:
                    step()
                for kept, result in written:
                    copyto(kept[t, ...], result)
                for buffer, result in moved:
                    copyto(buffer, result)
            for target, buffer in zip(last, carry):
                copyto(target, buffer)

        return run


def _bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Callable[[], None]:
    return Loop(arrays, outs, attrs, xp).call()


@device_kernel("cupy", "scan")
@device_kernel("numpy", "scan")
def bound_scan(xp: Any, *arrays: Any, **attrs: Any) -> Any:
    """Run a body that is not bound to arrays."""
    return scan(xp, *arrays, **attrs)


bound_scan.bind = _bind
