"""Takes out of scans what need not be computed anew in each step."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from kerasish.backend import ops
from kerasish.backend.graph.body import Body
from kerasish.backend.graph.leaves import CONSTANT, placeholder
from kerasish.backend.graph.walk import place, rebuild, topological
from kerasish.backend.ops.control_ops import scan_op
from kerasish.backend.rewrite.rules import fired, graph_rule

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor

    Place = tuple[int, int]

# Values that grow by more than this are cheaper to compute than to keep.
_GROWTH = 4


def _formal(tensor: Tensor) -> Tensor:
    return placeholder(tensor.shape, tensor.dtype)


class Loop:
    """A scan taken apart.

    Args:
        node: A scan with exact shapes.
        clean: Simplifies the results of a body.

    Attributes:
        carries: For each carry its formal, its start, and what a step makes of it.
        slices: Pairs of a formal and the sequence that it runs over.
        fixed: Pairs of a formal and the value that it has in all steps.
        stacked: What each step adds to the results.
        sums: For the position of a carry that was taken out the sum in its place.
        later: Pairs of a value of each step and the formal of their stack.
    """

    def __init__(self, node: Node, clean: Callable[[Sequence], list[Tensor]]) -> None:
        self.node = node
        body, inputs = node.attrs["body"], node.inputs
        count, edge = (
            node.attrs["carries"],
            node.attrs["carries"] + node.attrs["slices"],
        )
        self.length = inputs[count].shape[0] if edge > count else node.attrs["length"]
        self.history = node.attrs.get("history", True)
        results = clean(body.outputs)
        self.carries = list(zip(body.inputs[:count], inputs[:count], results))
        self.slices = list(zip(body.inputs[count:edge], inputs[count:edge]))
        self.fixed = list(zip(body.inputs[edge:], inputs[edge:]))
        self.stacked = results[count:]
        self.sums: dict[int, Tensor] = {}
        self.later: list[tuple[Tensor, Tensor]] = []

    def _results(self) -> list[Tensor]:
        kept = [c[2] for k, c in enumerate(self.carries) if k not in self.sums]
        return [*kept, *self.stacked, *(value for value, _ in self.later)]

    def _replace(self, mapping: dict[Place, Tensor]) -> None:
        formals, starts, after = zip(*self.carries) if self.carries else ((), (), ())
        self.carries = list(zip(formals, starts, rebuild(after, mapping)))
        self.stacked = rebuild(self.stacked, mapping)

    @graph_rule
    def hoist_invariants(self) -> None:
        """Compute what depends on nothing that changes once, before the loop."""
        given = {place(formal): value for formal, value in self.fixed}
        nodes, outside = topological(self._results()), set()
        for node in nodes:
            parts = [t for t in node.inputs if t.node.op is not CONSTANT]
            stays = all(place(t) in given or t.node.uid in outside for t in parts)
            if parts and stays and not node.op.impure and _is_small(node, parts):
                outside.add(node.uid)
        uses = [t for n in nodes if n.uid not in outside for t in n.inputs]
        wanted = {
            place(t): t for t in [*uses, *self._results()] if t.node.uid in outside
        }
        values = rebuild(wanted.values(), given)
        formals = {here: _formal(tensor) for here, tensor in wanted.items()}
        self.fixed += zip(formals.values(), values)
        self._replace(formals)
        fired["hoist_invariants"] += len(formals)

    @graph_rule
    def push_products(self) -> None:
        """Multiply all slices of a sequence by a matrix in one product."""
        sequences = {place(formal): value for formal, value in self.slices}
        fixed = {place(formal): value for formal, value in self.fixed}
        formals = {}
        for node in topological(self._results()):
            if node.op.name != "matmul":
                continue
            xs, matrix = (
                table.get(place(tensor))
                for table, tensor in zip((sequences, fixed), node.inputs)
            )
            if xs is None or matrix is None or matrix.ndim != 2 or xs.ndim < 2:
                continue
            product = ops.matmul(_rows(xs), matrix)
            product = ops.reshape(product, (*xs.shape[:-1], matrix.shape[-1]))
            formals[node.uid, 0] = _formal(node.outputs[0])
            self.slices.append((formals[node.uid, 0], product))
        self._replace(formals)
        fired["push_products"] += len(formals)

    @graph_rule
    def push_sums(self) -> None:
        """Add up the products and sums of all steps at once, after the loop."""
        if self.history:
            return
        results = self._results()
        used = Counter(place(t) for n in topological(results) for t in n.inputs)
        used.update(place(tensor) for tensor in results)
        for position, (formal, start, after) in enumerate(self.carries):
            if used[place(formal)] != 1 or used[place(after)] != 1:
                continue
            if after.node.op.name != "add":
                continue
            for term, other in (after.node.inputs, after.node.inputs[::-1]):
                if place(other) == place(formal) and term.spec == formal.spec:
                    total = self._total(term)
                    if total is not None:
                        self.sums[position] = start + total
                        fired["push_sums"] += 1

    def _total(self, term: Tensor) -> Tensor | None:
        """The sum of a term over all steps, as one product or reduction."""
        node = term.node
        if not all(tensor.spec.is_exact for tensor in node.inputs):
            return None
        if node.op.name == "sum":
            axes = (0, *(axis + 1 for axis in node.attrs["axis"]))
            total = ops.sum(self._stack(node.inputs[0]), axis=axes)
            return ops.reshape(total, term.shape)
        if node.op.name == "matmul" and node.inputs[0].node.op.name == "transpose":
            left, right = node.inputs[0].node.inputs[0], node.inputs[1]
            if left.ndim == right.ndim == 2:
                stacks = (self._stack(left), self._stack(right))
                rows, columns = map(_rows, stacks)
                return ops.matmul(ops.transpose(rows), columns)
        return None

    def _stack(self, value: Tensor) -> Tensor:
        """The stack of what a value is in each step."""
        for formal, sequence in (*self.slices, *self.later):
            if place(formal) == place(value):
                return sequence
        self.later.append(
            (value, placeholder((self.length, *value.shape), value.dtype))
        )
        return self.later[-1][1]

    @graph_rule
    def drop_carries(self, used: set[int]) -> list[int]:
        """Return the positions of the carries that something depends on.

        Args:
            used: The positions of the scan's outputs that something uses.
        """
        kept = [k for k in range(len(self.carries)) if k not in self.sums]
        needed = set(kept) if self.history else used & set(kept)
        while True:
            wanted = [self.carries[k][2] for k in needed]
            wanted += [*self.stacked, *(value for value, _ in self.later)]
            reached = _leaves(wanted)
            more = {k for k in kept if place(self.carries[k][0]) in reached}
            if more <= needed:
                fired["drop_carries"] += len(kept) - len(needed)
                return sorted(needed)
            needed |= more

    def rebuilt(self, used: set[int]) -> dict[int, Tensor]:
        """Put the scan together.

        Args:
            used: The positions of the outputs that something uses.

        Returns:
            Its outputs by their former positions.
        """
        kept, count = self.drop_carries(used), len(self.carries)
        after = [self.carries[k][2] for k in kept]
        stacked = [*self.stacked, *(value for value, _ in self.later)]
        reached = _leaves([*after, *stacked])
        slices = [pair for pair in self.slices if place(pair[0]) in reached]
        fixed = [pair for pair in self.fixed if place(pair[0]) in reached]
        inputs = [(self.carries[k][0], self.carries[k][1]) for k in kept]
        inputs += [*slices, *fixed]
        found = scan_op(
            *(value for _, value in inputs),
            body=Body([formal for formal, _ in inputs], [*after, *stacked]),
            carries=len(kept),
            slices=len(slices),
            length=self.length,
            reverse=self.node.attrs["reverse"],
            results=tuple((tensor.shape, tensor.dtype) for tensor in stacked),
            history=self.history,
        )
        outputs = dict(zip(kept, found))
        first = len(kept) + len(self.stacked)
        outputs.update(enumerate(found[len(kept) : first], count))
        stacks = {
            place(formal): stack
            for (_, formal), stack in zip(self.later, found[first:])
        }
        totals = rebuild(self.sums.values(), stacks)
        outputs.update(zip(self.sums, totals))
        noted = found[len(kept) + len(stacked) :]
        outputs.update(enumerate(noted, count + len(self.stacked)))
        return outputs


def _is_small(node: Node, parts: Sequence[Tensor]) -> bool:
    if not all(spec.is_exact for spec in node.specs):
        return False
    size = sum(spec.size for spec in node.specs)
    return size <= _GROWTH * max(tensor.spec.size for tensor in parts)


def _rows(stack: Tensor) -> Tensor:
    """A matrix of the last axes of all steps."""
    return ops.reshape(stack, (math.prod(stack.shape[:-1]), stack.shape[-1]))


def _leaves(tensors: Iterable[Tensor]) -> set[Place]:
    return {(node.uid, 0) for node in topological(tensors) if not node.inputs}


def simplified(
    node: Node, used: set[int], clean: Callable[[Sequence], list[Tensor]]
) -> dict[int, Tensor] | None:
    """Return the outputs of an equal scan that does less in each step.

    Args:
        node: A scan with exact shapes.
        used: The positions of its outputs that something uses.
        clean: Simplifies the results of a body.

    Returns:
        The outputs by their positions, `None` if nothing can be taken out.
    """
    names = ("hoist_invariants", "push_products", "push_sums", "drop_carries")
    before = [fired[name] for name in names]
    loop = Loop(node, clean)
    loop.hoist_invariants()
    loop.push_products()
    loop.push_sums()
    outputs = loop.rebuilt(used)
    return None if before == [fired[name] for name in names] else outputs
