"""Where the time of compiled functions goes: op by op, against the machine's peak."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import numpy as np

from kerasish.backend.devices.base import Device
from kerasish.backend.graph.node import Node
from kerasish.backend.graph.op import get_op
from kerasish.backend.graph.spec import Spec
from kerasish.backend.plan.memory import byte_size

_PRODUCT_SIZE = 1024
_COPY_BYTES = 64 << 20
_ROUNDS = 5
_WIDTHS = {"op": 22, "origin": 34}
_running: list[Profile] = []


@dataclass
class Row:
    """One op of one layer in a profile.

    Attributes:
        op: The op's name; for fused ones what they compute.
        origin: The layer, or other name scope, that asked for it.
        calls: How often it ran.
        seconds: How long that took altogether.
        memory: Bytes of its results.
        moved: Bytes of its inputs and results, for one call.
        operations: Floating-point operations of one call, where products of sums are
            what it does; otherwise 0.
        device: The device that it ran on.

    Example:

    >>> row = Row("matmul", "dense", 2, 1e-3, 400, 1200, 100_000_000)
    >>> row.rate()
    (200.0, 'GFLOP/s')
    """

    op: str
    origin: str
    calls: int = 0
    seconds: float = 0.0
    memory: int = 0
    moved: int = 0
    operations: int = 0
    device: Device | None = None

    def rate(self) -> tuple[float, str]:
        """Return the speed that was reached, and its unit."""
        seconds = max(self.seconds / max(self.calls, 1), 1e-12)
        if self.operations:
            return self.operations / seconds / 1e9, "GFLOP/s"
        return self.moved / seconds / 1e9, "GB/s"


@dataclass
class _Runs:
    """How often and how long a node ran. Whatever costs time is left for later."""

    node: Node
    device: Device
    name: str | None
    calls: int = 0
    seconds: float = 0.0

    def row(self) -> Row:
        node = self.node
        results = sum(map(byte_size, node.outputs))
        return Row(
            self.name or _label(node),
            node.origin,
            self.calls,
            self.seconds,
            memory=results,
            moved=results + sum(map(byte_size, _read(node))),
            operations=2 * node.op.multiplications(node),
            device=self.device,
        )


@dataclass
class Profile:
    """What ran while a profile was taken; printing it shows a table.

    Attributes:
        seconds: Time from beginning to end.
        rows: A `Row` for each op of each layer, the slowest first.

    Example:

    >>> Profile().rows
    []
    """

    seconds: float = 0.0
    _runs: dict[tuple, _Runs] = field(default_factory=dict, repr=False)

    @property
    def rows(self) -> list[Row]:
        """The rows, the slowest first."""
        rows: dict[tuple[str, str, Device], Row] = {}
        for runs in self._runs.values():
            fresh = runs.row()
            row = rows.setdefault((fresh.op, fresh.origin, runs.device), fresh)
            if row is not fresh:
                row.calls += fresh.calls
                row.seconds += fresh.seconds
        return sorted(rows.values(), key=lambda row: -row.seconds)

    @property
    def kernel_seconds(self) -> float:
        """Time inside kernels; the rest of `seconds` is Python around them."""
        return sum(runs.seconds for runs in self._runs.values())

    def add(
        self, node: Node, device: Device, seconds: float, name: str | None = None
    ) -> None:
        """Add one run of an op.

        Args:
            node: The op with its inputs.
            device: Where it ran.
            seconds: How long it took.
            name: What it does, if not what the node says.
        """
        key = (node.uid, name, device)
        runs = self._runs.get(key)
        if runs is None:
            runs = self._runs[key] = _Runs(node, device, name)
        runs.calls += 1
        runs.seconds += seconds

    def table(self, rows: int | None = 30) -> str:
        """Return the profile as text.

        Args:
            rows: How many rows, the slowest first; `None` for all.
        """
        lines = [
            f"{'op':{_WIDTHS['op']}s} {'layer':{_WIDTHS['origin']}s} {'calls':>6s} "
            f"{'ms/call':>9s} {'share':>6s} {'MB':>8s} {'reached':>15s} {'of peak':>7s}"
        ]
        found = self.rows
        lines += [self._line(row) for row in found[:rows]]
        if rows is not None and len(found) > rows:
            left = sum(row.seconds for row in found[rows:])
            lines.append(f"{len(found) - rows} more: {self._share(left)}")
        outside = self.seconds - self.kernel_seconds
        lines.append(
            f"total {1e3 * self.seconds:.3f} ms, outside kernels "
            f"{1e3 * outside:.3f} ms: {self._share(outside)}"
        )
        for device in {id(r.device): r.device for r in found if r.device}.values():
            products, copies = peaks(device)
            lines.append(
                f"peak of {device.name}: products {products:.1f} GFLOP/s, "
                f"copies {copies:.1f} GB/s"
            )
        return "\n".join(lines)

    def _line(self, row: Row) -> str:
        rate, unit = row.rate()
        reached = ""
        if row.device is not None:
            peak = peaks(row.device)[unit == "GB/s"]
            reached = f"{rate / peak:.0%}"
        return (
            f"{_cut(row.op, 'op')} {_cut(row.origin, 'origin')} {row.calls:6d} "
            f"{1e3 * row.seconds / row.calls:9.4f} {self._share(row.seconds):>6s} "
            f"{row.memory / 1e6:8.3f} {rate:7.1f} {unit:7s} {reached:>7s}"
        )

    def _share(self, seconds: float) -> str:
        return f"{seconds / max(self.seconds, 1e-12):.1%}"

    def __str__(self) -> str:
        return self.table()


def _cut(text: str, column: str) -> str:
    width = _WIDTHS[column]
    return f"{text if len(text) <= width else text[: width - 1] + '~':{width}s}"


def _label(node: Node) -> str:
    program = node.attrs.get("program")
    if program is None:
        return node.op.name
    functions = [step.function for step in program.steps if step.function != "cast"]
    ends = {output.reduction for output in program.outputs if output.reduction}
    return "+".join(dict.fromkeys([*sorted(ends), *reversed(functions)])) or "cast"


def _read(node: Node) -> list[Any]:
    """The inputs whose values an op reads."""
    return [
        tensor
        for position, tensor in enumerate(node.inputs)
        if position not in node.op.shape_only
    ]


@contextlib.contextmanager
def profile() -> Iterator[Profile]:
    """Time every op of the compiled functions that run inside.

    Steps of training, testing and prediction, calls of models and `function`s all are
    such functions. Ops that are called directly on arrays are not recorded, and those
    inside the body of a loop count as the loop. On a GPU each op is waited for, which
    makes the whole slower than it is otherwise.

    Returns:
        A `Profile`, complete at the end of the `with` block. Printing it shows for each
        op the layer, calls, time, share, memory of the results, and the rate reached
        beside the peak rate of matrix products or copies on this machine.

    Example:

    >>> import numpy as np
    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    >>> with keras.profile() as report:
    ...     outputs = model.predict(np.zeros((4, 3), "float32"), verbose=0)
    >>> "matmul" in [row.op for row in report.rows]
    True
    """
    report = Profile()
    _running.append(report)
    start = time.perf_counter()
    try:
        yield report
    finally:
        report.seconds += time.perf_counter() - start
        _running.remove(report)


def is_running() -> bool:
    """Tell whether anything is being profiled.

    Example:

    >>> is_running()
    False
    """
    return bool(_running)


def timed(
    calls: Sequence[Callable[[], Any]],
    nodes: Sequence[Node],
    device: Device,
    name: str | None = None,
) -> list[Callable[[], Any]]:
    """Return calls that record how long they take in the running profiles.

    Args:
        calls: The calls of a plan.
        nodes: The node of each.
        device: Where they run.
        name: What they do, if not what the nodes say.

    Example:

    >>> timed([], [], None)
    []
    """
    return [
        partial(_run_timed, call, node, device, name)
        for call, node in zip(calls, nodes)
    ]


def _run_timed(
    call: Callable[[], Any], node: Node, device: Device, name: str | None
) -> None:
    with Measured(node, device, name):
        call()


class Measured:
    """A context that records how long it takes in the running profiles.

    Args:
        node: What they compute.
        device: Where.
        name: What they do, if not what the node says.
    """

    __slots__ = ("device", "name", "node", "reports", "start")

    def __init__(self, node: Node, device: Device, name: str | None = None) -> None:
        self.node, self.device, self.name = node, device, name

    def __enter__(self) -> None:
        # What runs inside counts as this.
        self.reports = _running[:]
        del _running[:]
        self.device.synchronise()
        self.start = time.perf_counter()

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is None:
            self.device.synchronise()
        seconds = time.perf_counter() - self.start
        _running.extend(self.reports)
        for report in self.reports:
            report.add(self.node, self.device, seconds, self.name)


@lru_cache(maxsize=8)
def peaks(device: Device) -> tuple[float, float]:
    """Measure the best rates of a device, once in a process.

    Args:
        device: The device.

    Returns:
        GFLOP/s of a product of two float32 matrices of 1024 rows and columns, and GB/s
        (read and written) of the copy of 32 MB.
    """
    xp, size = device.xp, _PRODUCT_SIZE
    op, spec = get_op("matmul"), Spec((size, size), "float32")
    kernel = device.kernel(op, (spec, spec), {})
    bind = getattr(kernel, "bind", None)
    with device.guard():
        a, b, out = (xp.ones((size, size), np.float32) for _ in range(3))
        multiply = bind and bind(xp, (a, b), (out,), {})
        source = xp.ones(_COPY_BYTES // 8, np.float32)
        target = xp.empty_like(source)
    product = _best(multiply or (lambda: kernel(xp, a, b, out=out)), device)
    copy = _best(lambda: xp.copyto(target, source), device)
    return 2 * size**3 / product / 1e9, _COPY_BYTES / copy / 1e9


def _best(call: Callable[[], Any], device: Device) -> float:
    """The shortest time of some calls."""
    shortest = math.inf
    with device.guard():
        for _ in range(_ROUNDS):
            device.synchronise()
            start = time.perf_counter()
            call()
            device.synchronise()
            shortest = min(shortest, time.perf_counter() - start)
    return shortest
