"""Equal updates of many Variables in one launch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from kerasish.backend.devices.cupy.calls import Call
from kerasish.backend.devices.cupy.cuda import THREADS, aligned
from kerasish.backend.devices.cupy.fused import FusedCall, Launch
from kerasish.backend.devices.cupy.fused_source import TURNS, Layout, fused_function

_PACK_BYTES = 16


class _Batch:
    """Calls of one program that may be made as one, where the first of them stands.

    Attributes:
        places: Where they stand in the sequence of all calls.
        launches: What they run.
        read, written: The memory that calls from the first on read and write.
    """

    def __init__(self) -> None:
        self.places: list[int] = []
        self.launches: list[Launch] = []
        self.read: set[int] = set()
        self.written: set[int] = set()

    def takes(self, read: set[int], written: set[int]) -> bool:
        """Tell whether a call may be made as early as the first one."""
        return not (read & self.written or written & (self.read | self.written))


def join(xp: Any, calls: Sequence[Call]) -> list[Call]:
    """Join calls of fused programs that differ in their arrays only.

    Args:
        xp: CuPy.
        calls: Calls to be made in this order.

    Returns:
        As many calls, of which those that others make for them do nothing.
    """
    batches: dict[tuple, _Batch] = {}
    for place, call in enumerate(calls):
        launch = call.launch if isinstance(call, FusedCall) else None
        if launch is None:
            # Nobody knows what it reads.
            batches = {(place, *key): batch for key, batch in batches.items()}
            continue
        read = {array.data.ptr for array in launch.arrays}
        written = {array.data.ptr for array in launch.outs}
        key = _key(launch)
        if key is not None:
            batch = batches.get(key)
            if batch is None or not batch.takes(read, written):
                if batch is not None:
                    batches[(place, *key)] = batch
                batch = batches[key] = _Batch()
            batch.places.append(place)
            batch.launches.append(launch)
        for batch in batches.values():
            batch.read |= read
            batch.written |= written
    joined = list(calls)
    for batch in batches.values():
        if len(batch.launches) > 1:
            for place in batch.places:
                joined[place] = _nothing
            joined[batch.places[0]] = _bound(xp, batch.launches)
    return joined


def _key(launch: Launch) -> tuple | None:
    """What calls that can be joined have in common; `None` for one that cannot."""
    moves = launch.layout.moves
    if launch.layout.rank > 1 or launch.reduced or "1" not in moves:
        return None
    return launch.program, moves


def _bound(xp: Any, launches: Sequence[Launch]) -> Call:
    """The call that runs one program on the arrays of many."""
    first = launches[0]
    moves = first.layout.moves
    sets = [(*launch.arrays, *launch.outs) for launch in launches]
    walked = [[x for x, how in zip(arrays, moves) if how == "1"] for arrays in sets]
    width = _PACK_BYTES // max(array.itemsize for array in walked[0])
    while width > 1 and not all(aligned(arrays, width) for arrays in walked):
        width //= 2
    counts = [launch.shape[0] for launch in launches]
    table = [
        [*(array.data.ptr for array in arrays), count]
        for arrays, count in zip(sets, counts)
    ]
    step = THREADS * TURNS * width
    pieces = [
        (number, piece)
        for number, count in enumerate(counts)
        for piece in range(-(-count // step))
    ]
    layout = Layout(moves, width=width, index="int64", many=True)
    function = fused_function(first.program, layout)
    given = [
        xp.asarray(np.array(table, "int64")),
        xp.asarray(np.array(pieces, "int32")),
    ]
    # The table does not keep the arrays alive.
    return partial(_run, function.bind(xp, {}, len(pieces), given), sets)


def _run(call: Call, kept: Sequence[Any]) -> None:
    call()


def _nothing() -> None:
    """Stands for a call that another one makes."""
