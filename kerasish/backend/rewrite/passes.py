"""The passes in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from kerasish.backend.devices.base import Device
from kerasish.backend.graph.scope import symbolic_scope
from kerasish.backend.rewrite import algebra, stabilise  # noqa: F401  (fill RULES)
from kerasish.backend.rewrite.check import check_pass, level
from kerasish.backend.rewrite.fold import fold
from kerasish.backend.rewrite.fuse import fuse
from kerasish.backend.rewrite.loops import trim_loops
from kerasish.backend.rewrite.lower import lower
from kerasish.backend.rewrite.rules import apply_rules
from kerasish.backend.rewrite.specialise import specialise

if TYPE_CHECKING:
    from kerasish.backend.graph.tensor import Tensor


def optimise(
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    formals: Sequence[Tensor],
    statics: dict[tuple[int, int], Any],
    device: Device,
    observe: Callable[[str, list[Tensor], list[Tensor]], None] | None = None,
) -> list[Tensor]:
    """Turn a graph into an equal one that is ready to be planned.

    Args:
        inputs: The tensors that are fed.
        outputs: The results.
        formals: A placeholder with an exact shape for each input.
        statics: The values of static placeholders, by `place`.
        device: Where it will run.
        observe: Called with the name, the graph before and the graph after, for each
            pass over exact shapes.

    Returns:
        The results as functions of `formals`.
    """
    passes: list[tuple[str, Callable[[list[Tensor]], list[Tensor]]]] = [
        ("specialise", lambda ts: specialise(inputs, ts, formals, statics)),
        ("fold", lambda ts: fold(ts, device)),
        ("algebra", lambda ts: apply_rules("algebra", ts)),
        ("stabilise", lambda ts: apply_rules("stabilise", ts)),
        ("lower", lambda ts: lower(ts, device)),
        ("loops", trim_loops),
        ("fold", lambda ts: fold(ts, device)),
        ("algebra", lambda ts: apply_rules("algebra", ts)),
        ("fuse", lambda ts: fuse(ts, device)),
    ]
    current = list(outputs)
    checking = level()
    with symbolic_scope():
        for stage, run in passes:
            rewritten = run(current)
            if checking:
                check_pass(stage, current, rewritten)
            if observe is not None and stage != "specialise":
                observe(stage, current, rewritten)
            current = rewritten
    return current
