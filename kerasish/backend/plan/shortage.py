"""What is said when the memory of a device does not suffice for a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasish.backend.graph.leaves import CONSTANT, VARIABLE
from kerasish.backend.graph.walk import place
from kerasish.backend.plan.memory import byte_size
from kerasish.errors import OutOfMemoryError

if TYPE_CHECKING:
    from kerasish.backend.graph.tensor import Tensor
    from kerasish.backend.plan.plan import Plan

_SHOWN = 8


def shortage(plan: Plan, error: Exception) -> OutOfMemoryError:
    """Return an error that names the largest tensors, and a batch size that fits.

    Args:
        plan: What could not be bound to memory.
        error: What the device said.
    """
    device, need = plan.device, plan.layout.size
    free = device.free_memory()
    lines = [
        f"The device {device.name!r} has too little memory: this graph needs "
        f"{_size(need)} for what is alive at once"
        + (f", {_size(free)} are free." if free is not None else "."),
        f"  {str(error).splitlines()[0]}" if str(error) else "",
        "  largest when the most is alive:",
    ]
    alive = sorted(_alive(plan), key=byte_size, reverse=True)
    lines += [
        f"    {_size(byte_size(tensor)):>10}  {tensor.spec}  "
        f"{tensor.node.op.name} of {tensor.node.origin or 'no layer'}"
        for tensor in alive[:_SHOWN]
    ]
    batch = _fitting(plan, need, free)
    if batch:
        lines.append(f"  Try batch_size={batch}.")
    return OutOfMemoryError("\n".join(line for line in lines if line))


def _alive(plan: Plan) -> list[Tensor]:
    """The tensors with memory of the arena at the step where they are the most."""
    layout = plan.layout
    steps = {node.uid: step for step, node in enumerate(plan.nodes)}
    ends: dict[tuple[int, int], int] = {}
    owners: dict[tuple[int, int], Tensor] = {}
    for node in plan.nodes:
        if node.op is CONSTANT or node.op is VARIABLE:
            continue
        for tensor in node.outputs:
            if layout.roots.get(place(tensor)) == place(tensor):
                owners[place(tensor)] = tensor
                ends[place(tensor)] = steps[node.uid]
    for node in plan.nodes:
        for tensor in node.inputs:
            root = layout.roots[place(tensor)]
            if root in ends:
                ends[root] = steps[node.uid]
    for tensor in [*plan.outputs, *(value for _, value in plan.copies)]:
        ends[layout.roots[place(tensor)]] = len(plan.nodes)

    def alive_at(step: int) -> list[Tensor]:
        return [
            tensor
            for root, tensor in owners.items()
            if steps[root[0]] <= step <= ends[root]
        ]

    change = [0] * (len(plan.nodes) + 2)
    for root, tensor in owners.items():
        change[steps[root[0]]] += byte_size(tensor)
        change[ends[root] + 1] -= byte_size(tensor)
    total = most = peak = 0
    for step, difference in enumerate(change):
        total += difference
        if total > most:
            most, peak = total, step
    return alive_at(peak)


def _fitting(plan: Plan, need: int, free: int | None) -> int:
    """A batch size, a power of two, whose share of the memory is free; 0 if unknown."""
    sizes = {tensor.shape[0] for _, tensor in plan.used_inputs if tensor.shape}
    if not free or len(sizes) != 1:
        return 0
    # Kernels may need memory besides that of the plan: then half as much is a guess.
    fitting = int(sizes.pop() * min(free / need, 0.5))
    return 1 << (fitting.bit_length() - 1) if fitting else 0


def _size(count: int) -> str:
    for unit, scale in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} bytes"
