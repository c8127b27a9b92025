"""Invariants of a graph, verified after each pass where `KERASISH_CHECK` is set."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kerasish.backend.graph.node import infer
from kerasish.backend.graph.walk import topological
from kerasish.errors import GraphError

if TYPE_CHECKING:
    from kerasish.backend.graph.tensor import Tensor


def level() -> int:
    """Return how much is checked: 0 nothing, 1 invariants, 2 values too."""
    return int(os.environ.get("KERASISH_CHECK") or 0)


def check_pass(stage: str, before: Sequence[Tensor], after: Sequence[Tensor]) -> None:
    """Verify that a pass kept the results' specs and left every node consistent.

    Raises:
        GraphError: If an invariant is broken; the message names the pass and the node.
    """
    for old, new in zip(before, after, strict=True):
        same = old.dtype == new.dtype and old.ndim == new.ndim
        if not same or not old.spec.matches(new.shape):
            raise GraphError(
                f"The pass {stage!r} changed a result.\n"
                f"  got: {new.spec}, expected: {old.spec} ({old.node!r})"
            )
    for node in topological(after):
        if not node.inputs:
            continue
        specs = infer(node.op, tuple(t.spec for t in node.inputs), node.attrs)
        if specs != node.specs:
            raise GraphError(
                f"After the pass {stage!r} a node does not fit its inputs.\n"
                f"  got: {node!r}, expected: {specs}"
            )
