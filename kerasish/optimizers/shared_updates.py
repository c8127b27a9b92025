"""Update rules that are traced once for all Variables of a shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from kerasish.backend.graph import (
    Body,
    Node,
    Tensor,
    Trace,
    Variable,
    as_tensor,
    captured,
    placeholder,
    substitute,
    topological,
)
from kerasish.backend.ops.calls import call

if TYPE_CHECKING:
    from kerasish.optimizers.optimizer import Optimizer


def same_for_equal_shapes(rule: Callable) -> Callable:
    """Mark an `update_step` to which Variables of one shape and dtype are all the same.

    It may use the Variable, its gradient, and state that `add_optimizer_variables` made
    for it; nothing else of what it does may depend on the Variable.

    Args:
        rule: The method `update_step(self, gradient, variable, learning_rate)`.

    Example:

    >>> @same_for_equal_shapes
    ... def update_step(self, gradient, variable, learning_rate):
    ...     variable.assign_sub(gradient * learning_rate)
    >>> update_step.is_shared
    True
    """
    rule.is_shared = True
    return rule


class SharedUpdates:
    """The update rule of an optimizer as bodies, one for each shape and dtype.

    Args:
        optimizer: The optimizer, which is built.
        learning_rate: The learning rate of the step.

    Example:

    >>> import kerasish as keras
    >>> optimizer = keras.optimizers.SGD(0.5, momentum=0.9)
    >>> pair = [keras.Variable([1.0]), keras.Variable([2.0])]
    >>> optimizer.build(pair)
    >>> with Trace() as trace:
    ...     gradients = [placeholder((1,)), placeholder((1,))]
    ...     SharedUpdates(optimizer, 0.5).apply(gradients, pair)
    >>> len(trace.updates)
    4
    """

    def __init__(self, optimizer: Optimizer, learning_rate: Any) -> None:
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        trained = optimizer._trainable_variables
        groups = optimizer._state_groups
        state = [group for group in groups if len(group) == len(trained)]
        self._groups = [trained, *state]

    def apply(self, gradients: Sequence[Tensor], variables: Sequence[Variable]) -> None:
        """Change Variables by their symbolic gradients."""
        indices = map(self.optimizer._get_variable_index, variables)
        states = [[group[index] for group in self._groups] for index in indices]
        keys = [
            (gradient.spec, *[variable.spec for variable in state])
            for gradient, state in zip(gradients, states)
        ]
        count = Counter(keys)
        rules: dict[tuple, _Rule | None] = {}
        for key, gradient, state in zip(keys, gradients, states):
            if key not in rules:
                rules[key] = self._traced(gradient, state) if count[key] > 1 else None
            rule = rules[key]
            if rule is None:
                self.optimizer.update_step(gradient, state[0], self.learning_rate)
            else:
                rule.apply(gradient, state)

    def _traced(self, gradient: Tensor, state: Sequence[Variable]) -> _Rule | None:
        """The rule for one shape, `None` where it cannot be told apart from others."""
        formals = [placeholder(v.spec.shape, v.spec.dtype) for v in (gradient, *state)]
        with Trace(dict(zip(state, formals[1:]))) as trace:
            self.optimizer.update_step(formals[0], state[0], self.learning_rate)
        places = {id(variable): place for place, variable in enumerate(state)}
        changed = [places.get(id(variable)) for variable, _ in trace.updates]
        results = [tensor for _, tensor in trace.updates]
        outer = captured(results, formals)
        inner = [placeholder(tensor.shape, tensor.dtype) for tensor in outer]
        results = substitute(results, zip(outer, inner))
        nodes = topological(results)
        if None in changed or any(tensor.shape for tensor in outer):
            return None
        if not _are_elementwise(nodes, results, gradient.shape):
            return None
        used = {node.uid for node in nodes}
        read = [k for k, formal in enumerate(formals) if formal.node.uid in used]
        body = Body([*(formals[k] for k in read), *inner], results)
        return _Rule(body, read, outer, changed)


class _Rule:
    """What changes the Variables of one shape.

    Args:
        body: New values as functions of what is read and of the outer tensors.
        read: Places among the gradient and the Variable with its state.
        outer: Tensors that all Variables share.
        changed: For each result of the body the place among Variable and state.
    """

    def __init__(
        self,
        body: Body,
        read: Sequence[int],
        outer: Sequence[Tensor],
        changed: Sequence[int],
    ) -> None:
        self.body, self.read, self.outer, self.changed = body, read, outer, changed

    def apply(self, gradient: Tensor, state: Sequence[Variable]) -> None:
        known = [gradient, *state]
        values = [as_tensor(known[place]) for place in self.read]
        results = call(*values, *self.outer, body=self.body)
        for place, result in zip(self.changed, results):
            state[place].assign(result)


def _are_elementwise(
    nodes: Sequence[Node], results: Sequence[Tensor], shape: tuple
) -> bool:
    if None in shape or any(not tensor.node.inputs for tensor in results):
        return False
    return all(
        (node.op.elementwise or node.op.name == "cast") and node.specs[0].shape == shape
        for node in nodes
        if node.inputs
    )
