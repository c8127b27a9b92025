"""Methods that optimizers had in Keras 2."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from kerasish.backend import autodiff, config
from kerasish.backend.graph import (
    Trace,
    as_tensor,
    eager_scope,
    in_symbolic_scope,
    placeholder,
    substitute,
    symbolic_scope,
)
from kerasish.backend.plan import Function


class _Step(threading.local):
    """The step whose gradients an own `get_updates` asks for.

    The loss only stands for it: optimizers that wrap others hand it on to them.
    """

    loss: Any = object()
    gradients: dict[int, Any] = {}  # By the Variable's id.


_step = _Step()


class OlderMethods:
    """`get_gradients` and `get_updates` of Keras 2, for losses that are symbolic.

    Example:

    >>> from kerasish import backend as K
    >>> from kerasish.optimizers import SGD
    >>> weight = K.variable([1.0, 2.0])
    >>> updates = SGD(0.5).get_updates(K.sum(K.square(weight)), [weight])
    >>> step = K.function([], [], updates)
    >>> _ = step([])
    >>> K.get_value(weight)
    array([0., 0.], dtype=float32)
    """

    def get_gradients(self, loss: Any, params: Sequence[Any]) -> list:
        """Return the clipped gradients of a symbolic loss.

        Args:
            loss: A symbolic scalar.
            params: The Variables.

        Returns:
            A tensor for each Variable.

        Raises:
            GradientError: If the loss does not depend on one of them.
        """
        if loss is _step.loss:
            return [_step.gradients[id(variable)] for variable in params]
        found = autodiff.gradients([as_tensor(loss)], list(params), unconnected="error")
        return self._clip_gradients(found)

    def get_updates(self, loss: Any, params: Sequence[Any]) -> list[tuple]:
        """Return what one step changes, for `K.function`.

        Args:
            loss: A symbolic scalar.
            params: The Variables to change.

        Returns:
            Pairs of a Variable and its new value, a tensor.
        """
        params = list(params)
        if not self.built:
            self.build(params)
        if loss is _step.loss:
            gradients = self.get_gradients(loss, params)
        else:
            gradients = autodiff.gradients(
                [as_tensor(loss)], params, unconnected="error"
            )
        with Trace() as trace:
            self.apply(gradients, params)
        self.updates = trace.updates
        return trace.updates

    def _has_own_updates(self) -> bool:
        return type(self).get_updates is not OlderMethods.get_updates

    def _run_own_updates(self, gradients: Sequence[Any], params: Sequence[Any]) -> None:
        """Make a step as a `get_updates` of the user says, as in Keras 2.

        It is asked once for given Variables: its graph, and with it the state that it
        makes, serves all steps.
        """
        steps = vars(self).setdefault("_own_steps", {})
        key = tuple(map(id, params))
        if key not in steps:
            steps[key] = self._described_step(list(params))
        step = steps[key]
        if not in_symbolic_scope():
            step(*gradients)
            return
        formals = zip(step.inputs, map(as_tensor, gradients))
        variables, values = zip(*step.updates)
        for variable, value in zip(variables, substitute(values, formals)):
            variable.assign(value)

    def _described_step(self, params: list[Any]) -> Function:
        formals = [placeholder(tuple(p.shape), p.dtype) for p in params]
        before = (_step.loss, _step.gradients)
        with eager_scope(), symbolic_scope():
            _step.loss = placeholder((), config.floatx())
            _step.gradients = dict(zip(map(id, params), formals))
            try:
                updates = self.get_updates(_step.loss, params)
            finally:
                _step.loss, _step.gradients = before
        # `apply` counts the step in any case.
        pairs = [pair for pair in updates if isinstance(pair, tuple)]
        pairs = [(v, new) for v, new in pairs if v is not self._iterations]
        return Function(formals, [], pairs, name=f"optimizer {self.name}")

    def __getstate__(self) -> dict[str, Any]:
        state = dict(vars(self))
        for name in ("_own_steps", "_given_weights", "updates"):
            state.pop(name, None)
        return state
