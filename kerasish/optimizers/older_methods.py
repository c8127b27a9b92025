"""Methods that optimizers had in Keras 2."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from kerasish.backend import autodiff, config
from kerasish.backend.dtypes import is_float
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
        # As in Keras 2, groups of Variables that are described one by one have each
        # their own state.
        if not all(id(variable) in self._index_by_id for variable in params):
            self.built = False
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
        step = self._own_step(list(params))
        if not in_symbolic_scope():
            step(*gradients)
            return
        formals = zip(step.inputs, map(as_tensor, gradients))
        variables, values = zip(*step.updates)
        for variable, value in zip(variables, substitute(values, formals)):
            variable.assign(value)

    def _own_step(self, params: list[Any]) -> Function:
        steps = vars(self).setdefault("_own_steps", {})
        key = tuple(map(id, params))
        if key not in steps:
            step = self._described_step(params)
            self._track_own_state(step, params, is_first=not steps)
            steps[key] = step
        return steps[key]

    def _track_own_state(self, step: Function, params: list[Any], is_first: bool):
        """Put the state that a step has made among the optimizer's Variables.

        A copy describes its first step anew, and goes on with the copied values.
        """
        copied = vars(self).get("_own_state", []) if is_first else []
        known = {id(variable) for variable in (*params, *self._variables)}
        made = [v for v, _ in step.updates if id(v) not in known]
        if len(copied) == len(made):
            for old, new in zip(copied, made):
                new.assign(old.numpy())
        dropped = set(map(id, copied))
        self._variables[:] = [v for v in self._variables if id(v) not in dropped]
        self._variables += made
        vars(self).setdefault("_own_state", [])[:] = made

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
        # An optimizer that several groups share counts with each the same step.
        counts = dict(pair for pair in pairs if not is_float(pair[0].dtype))
        pairs = [pair for pair in pairs if pair[0] not in counts] + [*counts.items()]
        return Function(formals, [], pairs, name=f"optimizer {self.name}")

    def __getstate__(self) -> dict[str, Any]:
        state = dict(vars(self))
        for name in ("_own_steps", "_given_weights", "updates"):
            state.pop(name, None)
        return state
