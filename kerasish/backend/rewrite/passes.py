"""The passes in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from kerasish.backend.devices.base import Device
from kerasish.backend.graph.scope import symbolic_scope
from kerasish.backend.graph.walk import place
from kerasish.backend.rewrite import algebra, stabilise  # noqa: F401  (fill RULES)
from kerasish.backend.rewrite.check import check_pass, level
from kerasish.backend.rewrite.fold import folding
from kerasish.backend.rewrite.fuse import fuse
from kerasish.backend.rewrite.loops import rewrite_loops
from kerasish.backend.rewrite.lower import inside_calls, lowering
from kerasish.backend.rewrite.pooling import pool_convolutions
from kerasish.backend.rewrite.rules import applying
from kerasish.backend.rewrite.specialise import specialising
from kerasish.backend.rewrite.sweep import Step, sweep

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
    mapping = {place(old): new for old, new in zip(inputs, formals)}
    fold, identities = folding(device), applying("algebra")
    bodies = ("bodies", inside_calls())
    exact = [
        ("specialise", specialising(statics)),
        bodies,
        ("fold", fold),
        ("algebra", identities),
        ("stabilise", applying("stabilise")),
    ]
    low = [bodies, ("lower", lowering(device)), ("fold", fold), ("algebra", identities)]
    passes: list[tuple[str, Callable[[list[Tensor]], list[Tensor]]]] = [
        *_sweeps(exact, mapping),
        *_sweeps(low, {}),
        ("loops", partial(_loops, exact=exact, low=low)),
        ("pooling", lambda tensors: pool_convolutions(tensors, device)),
        ("fuse", lambda tensors: fuse(tensors, device)),
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


def _loops(
    outputs: list[Tensor], exact: list[tuple[str, Step]], low: list[tuple[str, Step]]
) -> list[Tensor]:
    """Rewrite loops; what comes out of them goes through the steps before."""

    def clean(formals: Sequence[Tensor], results: Sequence[Tensor]) -> list[Tensor]:
        stay = {place(formal): formal for formal in formals}
        return sweep(results, [step for _, step in exact], stay)

    rewritten = rewrite_loops(outputs, clean)
    if rewritten is outputs:
        return outputs
    return sweep(rewritten, [step for _, step in low])


def _sweeps(
    steps: list[tuple[str, Step]], mapping: dict[tuple[int, int], Tensor]
) -> list[tuple[str, Callable[[list[Tensor]], list[Tensor]]]]:
    """One sweep for all steps; where passes are checked one by one, one for each."""
    names = " and ".join(name for name, _ in steps)
    parts = [[step] for step in steps] if level() > 1 else [steps]
    return [
        (
            names if len(part) > 1 else part[0][0],
            partial(sweep, steps=[step for _, step in part], mapping=mapping),
        )
        for part in parts
    ]
