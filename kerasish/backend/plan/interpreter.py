"""Runs a graph node by node, without a plan: any shapes, any ops."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from kerasish.backend.devices.base import Device
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph.leaves import CONSTANT, PLACEHOLDER, VARIABLE
from kerasish.backend.graph.walk import place, topological
from kerasish.backend.plan import profiling
from kerasish.backend.plan.errors import located
from kerasish.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kerasish.backend.graph.body import Body
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor

Place = tuple[int, int]
_UNWATCHED = nullcontext()


def interpret(
    outputs: Sequence[Tensor], feeds: dict[Place, Any], device: Device
) -> list[Any]:
    """Compute tensors from fed arrays.

    Args:
        outputs: What to compute.
        feeds: Device arrays by `place` of the tensors that they stand for.
        device: Where to compute.

    Returns:
        Device arrays; they may share memory with Variables and feeds.

    Raises:
        GraphError: If a placeholder is needed that is not fed.
    """
    return Interpretation(outputs, list(feeds), device).run(list(feeds.values()))


class _Step(NamedTuple):
    """A node, what computes it, and what nothing needs any more after it.

    What is computed by other nodes is not measured itself.
    """

    node: Node
    measured: bool
    compute: Callable[..., Any]
    attrs: dict
    inputs: list[Place]
    dtypes: list[Any]
    ended: list[Place]


class Interpretation:
    """A graph made ready to be run node by node, again and again.

    Args:
        outputs: What to compute.
        fed: The `place`s of the tensors that will be fed, in their order.
        device: Where to compute.

    Attributes:
        epoch: The settings of the device for which it was made.

    Raises:
        GraphError: If a placeholder is needed that is not fed.
    """

    def __init__(
        self, outputs: Sequence[Tensor], fed: Sequence[Place], device: Device
    ) -> None:
        self.device, self.epoch = device, device.epoch
        self._outputs = [place(tensor) for tensor in outputs]
        self._fed = list(fed)
        cut = set(fed)
        nodes = topological(outputs, cut)
        last = {place(t): node.uid for node in nodes for t in node.inputs}
        for here in self._outputs:
            last.pop(here, None)
        self._constants: dict[Place, Any] = {}
        self._variables: list[tuple[Place, Any]] = []
        self._steps: list[_Step] = []
        for node in nodes:
            if node.op is CONSTANT:
                array = device.asarray(node.attrs["array"])
                self._constants[node.uid, 0] = array
            elif node.op is VARIABLE:
                self._variables.append(((node.uid, 0), node.attrs["variable"]))
            elif node.op is PLACEHOLDER:
                raise GraphError(f"A placeholder was not fed: {node!r}")
            else:
                self._steps.append(self._step(node, last))

    def _step(self, node: Node, last: dict[Place, int]) -> _Step:
        device, attrs = self.device, dict(node.attrs)
        inputs = [place(tensor) for tensor in node.inputs]
        specs = tuple(tensor.spec for tensor in node.inputs)
        kernel = device.kernel(node.op, specs, node.attrs)
        if kernel is None:
            inner = node.op.expand(node.inputs, node.attrs)
            compute, attrs = _runner(inner, node.inputs, device), {}
        else:
            compute = partial(kernel, device.xp, out=None)
        for name in node.op.bodies:
            body: Body = attrs[name]
            attrs[name] = _runner(body.outputs, body.inputs, device)
        free = node.op.value_shape
        dtypes = [None if free else numpy_dtype(spec.dtype) for spec in node.specs]
        ended = [here for here in dict.fromkeys(inputs) if last.get(here) == node.uid]
        return _Step(node, kernel is not None, compute, attrs, inputs, dtypes, ended)

    def run(self, arrays: Sequence[Any]) -> list[Any]:
        """Return the outputs for the arrays of this device that are fed."""
        device = self.device
        values = {**self._constants, **dict(zip(self._fed, arrays))}
        for here, variable in self._variables:
            values[here] = variable.on(device)
        watched = profiling.is_running()
        for node, measured, compute, attrs, inputs, dtypes, ended in self._steps:
            watch: Any = _UNWATCHED
            if watched and measured:
                watch = profiling.Measured(node, device)
            try:
                with watch:
                    found = compute(*[values[here] for here in inputs], **attrs)
            except Exception as error:
                raise located(error, node, device) from error.__cause__
            results = found if isinstance(found, (tuple, list)) else (found,)
            for index, (value, dtype) in enumerate(zip(results, dtypes)):
                values[node.uid, index] = device.asarray(value, dtype)
            for here in ended:
                del values[here]
        return [values[here] for here in self._outputs]


def _runner(
    outputs: Sequence[Tensor], inputs: Sequence[Tensor], device: Device
) -> Callable[..., list[Any]]:
    """Return what computes tensors from arrays for others, made ready when called."""
    fed = [place(tensor) for tensor in inputs]
    made: list[Interpretation] = []

    def run(*arrays: Any) -> list[Any]:
        if not made:
            made.append(Interpretation(outputs, fed, device))
        return made[0].run(arrays)

    return run
