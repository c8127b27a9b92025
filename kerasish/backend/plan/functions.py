"""Functions: a graph with inputs, outputs and updates, compiled per signature."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasish.backend.devices.base import Device, current_device
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph.leaves import VARIABLE, is_static, placeholder
from kerasish.backend.graph.scope import symbolic_scope
from kerasish.backend.graph.tensor import Tensor
from kerasish.backend.graph.variable import Variable
from kerasish.backend.graph.walk import place, topological
from kerasish.backend.plan import nan_check
from kerasish.backend.plan.arena import device_arena
from kerasish.backend.plan.garbage import collection_paused
from kerasish.backend.plan.interpreter import Interpretation
from kerasish.backend.plan.interrupts import InterruptsDeferred
from kerasish.backend.plan.partial import PartialPlan, is_value_shaped
from kerasish.backend.plan.plan import Plan
from kerasish.backend.plan.value_check import value_checker
from kerasish.backend.rewrite.check import level
from kerasish.backend.rewrite.passes import optimise
from kerasish.errors import DTypeError, GraphError, ShapeError

_PLANS = 16
_EAGERLY_PLANNED = 4
_BAD_KINDS = "OUSMmV"


class Function:
    """A compiled graph.

    One plan is made for each combination of input shapes and static values. The plan
    of the least recent one is dropped when there are too many.

    Args:
        inputs: Placeholders, or any other tensors; feeding one cuts off its ancestors.
        outputs: The tensors to compute.
        updates: Pairs `(Variable, new value)`, written after everything has run.
        name: A name for error messages.

    Raises:
        GraphError: If two updates are given for one Variable.

    Example:

    >>> from kerasish.backend.graph import placeholder
    >>> x = placeholder((None,))
    >>> Function([x], [x * 2.0])([1.0, 2.0])
    [array([2., 4.], dtype=float32)]
    """

    def __init__(
        self,
        inputs: Sequence[Tensor],
        outputs: Sequence[Tensor],
        updates: Sequence[tuple[Variable, Tensor]] = (),
        name: str = "function",
    ) -> None:
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.updates = [(variable, value) for variable, value in updates]
        self.name = name
        self._plans: OrderedDict[tuple, Plan] = OrderedDict()
        self._seen: Counter = Counter()
        self._dtypes = [numpy_dtype(tensor.dtype) for tensor in self.inputs]
        self._statics = [i for i, t in enumerate(self.inputs) if is_static(t)]
        self._check()
        self.updates += self._advances()
        self._value_shaped = False
        self._interpreted: OrderedDict[tuple, PartialPlan] = OrderedDict()

    def _advances(self) -> list[tuple[Variable, Tensor]]:
        """Updates of the Variables that a run changes unless an update says how."""
        wanted = [*self.outputs, *(value for _, value in self.updates)]
        fed = {place(tensor) for tensor in self.inputs}
        given = {id(variable) for variable, _ in self.updates}
        found = []
        for node in topological(wanted, fed):
            variable = node.attrs.get("variable") if node.op is VARIABLE else None
            rule = getattr(variable, "advance", None)
            if rule is not None and id(variable) not in given:
                with symbolic_scope():
                    found.append((variable, rule(variable.leaf)))
        return found

    def _check(self) -> None:
        twice = [v for v, n in Counter(v for v, _ in self.updates).items() if n > 1]
        if twice:
            raise GraphError(
                f"{self.name}: two updates for one Variable.\n  got: {twice[0]!r}"
            )
        for tensor in [*self.inputs, *self.outputs]:
            if not isinstance(tensor, Tensor) or tensor.node is None:
                raise GraphError(
                    f"{self.name}: inputs and outputs must be symbolic tensors.\n"
                    f"Received: {tensor!r}"
                )

    def __call__(self, *arrays: Any) -> list[np.ndarray]:
        """Run on values.

        Args:
            *arrays: A value for each input; numbers are cast to the input's type.

        Returns:
            The outputs as NumPy arrays, copies that stay valid.

        Raises:
            ShapeError: If a value does not have its input's shape.
            DTypeError: If a value is not numeric.
        """
        device = current_device()
        return self._execute(arrays, device, device.to_numpy)

    def on_device(self, *arrays: Any) -> list[Any]:
        """Run like `__call__`, but leave the outputs on the device."""
        device = current_device()
        return self._execute(arrays, device, device.copy)

    def _execute(
        self, arrays: Sequence[Any], device: Device, copy: Callable
    ) -> list[Any]:
        if len(arrays) != len(self.inputs):
            raise TypeError(
                f"{self.name} takes {len(self.inputs)} inputs, got {len(arrays)}."
            )
        values = [
            array
            if type(array) is np.ndarray and array.dtype == dtype
            else self._convert(position, array, device)
            for position, (array, dtype) in enumerate(zip(arrays, self._dtypes))
        ]
        if nan_check.is_enabled():
            self._check_finite(values, device)
        key: tuple = (device.name, *[value.shape for value in values])
        if self._statics:
            key = (*key, *[values[i].tobytes() for i in self._statics])
        with device.lock:
            plan = self._plans.get(key)
            if plan is None:
                with collection_paused():
                    plan = self._new_plan(key, values, device)
                if plan is None:
                    return self._interpret(key, values, device, copy)
            else:
                self._plans.move_to_end(key)
            nested, device.running = device.running, True
            try:
                binding = plan.bound(nested)
                with device.guard():
                    results = [copy(result) for result in binding.run(values)]
                    binding.commit()
            finally:
                device.running = nested
        return results

    def _convert(self, position: int, value: Any, device: Device) -> Any:
        tensor, dtype = self.inputs[position], self._dtypes[position]
        if isinstance(value, Variable):
            value = value.value
        if isinstance(value, Tensor):
            value = value._need_value("feeding it to a function")
        if hasattr(value, "__cuda_array_interface__"):
            return device.asarray(value, dtype)
        array = np.asarray(value)
        if array.dtype.kind in _BAD_KINDS and array.dtype != dtype:
            raise DTypeError(
                f"{self.name}: input {position} ({tensor.name or 'unnamed'}) must be "
                f"numeric.\n  got: dtype {array.dtype}, expected: {tensor.dtype}"
            )
        return array.astype(dtype, copy=False)

    def _new_plan(self, key: tuple, values: list, device: Device) -> Plan | None:
        """Compile a plan, or return `None` where interpreting is better."""
        for tensor, value in zip(self.inputs, values):
            if not tensor.spec.matches(value.shape):
                raise ShapeError(
                    f"{self.name}: the input {tensor.name or 'without a name'!r} does "
                    f"not fit.\n  got: shape {value.shape}, expected: {tensor.spec}"
                )
        self._seen[key] += 1
        crowded = len(self._plans) >= _EAGERLY_PLANNED and self._seen[key] < 2
        if self._value_shaped or crowded:
            return None
        formals, results = self._optimised(values, device)
        # Only now is it known which shapes depend on values and not on shapes alone.
        if any(is_value_shaped(node) for node in topological(results)):
            self._value_shaped = True
            return None
        count = len(self.outputs)
        variables = [variable for variable, _ in self.updates]
        plan = Plan(
            formals,
            results[:count],
            list(zip(variables, results[count:])),
            device,
            device_arena(device),
        )
        self._plans[key] = plan
        if len(self._plans) > _PLANS:
            self._plans.popitem(last=False)
        return plan

    def _optimised(
        self, values: list, device: Device
    ) -> tuple[list[Tensor], list[Tensor]]:
        formals, fed, wanted, statics = self._specific(values)
        observe = None
        if level() > 1:
            feeds = {place(f): device.asarray(v) for f, v in zip(formals, values)}
            observe = value_checker(feeds, device)
        results = optimise(
            [self.inputs[i] for i in fed],
            wanted,
            [formals[i] for i in fed],
            statics,
            device,
            observe,
        )
        return formals, results

    def _specific(self, values: list) -> tuple[list[Tensor], list[int], list, dict]:
        """Exact placeholders, which of them are fed, all results, static values."""
        formals = [
            placeholder(value.shape, tensor.dtype, tensor.name)
            for tensor, value in zip(self.inputs, values)
        ]
        wanted = [*self.outputs, *(value for _, value in self.updates)]
        statics = {place(self.inputs[i]): values[i] for i in self._statics}
        fed = [i for i in range(len(self.inputs)) if i not in self._statics]
        return formals, fed, wanted, statics

    def _check_finite(self, values: list, device: Device) -> None:
        formals, fed, wanted, statics = self._specific(values)
        nan_check.check_finite(
            self.name,
            [self.inputs[i] for i in fed],
            wanted,
            [formals[i] for i in fed],
            [values[i] for i in fed],
            statics,
            device,
        )

    def stages(self, *arrays: Any) -> tuple[list[Tensor], list[Tensor]]:
        """Return the results in the graph as built, and in the one that is compiled.

        Args:
            *arrays: Values of the inputs, of which the shapes count.
        """
        device = current_device()
        values = [self._convert(i, array, device) for i, array in enumerate(arrays)]
        wanted = [*self.outputs, *(value for _, value in self.updates)]
        return wanted, self._optimised(values, device)[1]

    def _interpretation(
        self, key: tuple, values: list, device: Device
    ) -> Interpretation | PartialPlan:
        """The graph to interpret; kept where it is never made into a plan."""
        graph = self._interpreted.get(key)
        if graph is None or graph.epoch != device.epoch:
            formals, results = self._optimised(values, device)
            if not self._value_shaped:
                return Interpretation(results, [place(f) for f in formals], device)
            graph = self._interpreted[key] = PartialPlan(formals, results, device)
            if len(self._interpreted) > _PLANS:
                self._interpreted.popitem(last=False)
        return graph

    def _interpret(
        self, key: tuple, values: list, device: Device, copy: Callable
    ) -> list[Any]:
        with device.guard():
            graph = self._interpretation(key, values, device)
            arrays = graph.run([device.asarray(value) for value in values])
        count = len(self.outputs)
        outputs = [copy(array) for array in arrays[:count]]
        fresh = [device.copy(array) for array in arrays[count:]]
        with InterruptsDeferred():
            for (variable, _), array in zip(self.updates, fresh):
                device.write(variable.on(device), array)
        return outputs
