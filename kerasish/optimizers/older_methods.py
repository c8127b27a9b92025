"""Methods that optimizers had in Keras 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend import autodiff
from kerasish.backend.graph import Trace, as_tensor


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

    # Gradients of a step that an own `get_updates` asks for, by the Variable's id.
    _given_gradients: dict[int, Any] | None = None

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
        if self._given_gradients is not None:
            return [self._given_gradients[id(variable)] for variable in params]
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
        gradients = autodiff.gradients([as_tensor(loss)], params, unconnected="error")
        with Trace() as trace:
            self.apply(gradients, params)
        self.updates = trace.updates
        return trace.updates

    def _has_own_updates(self) -> bool:
        return type(self).get_updates is not OlderMethods.get_updates

    def _run_own_updates(self, gradients: Sequence[Any], params: Sequence[Any]) -> None:
        """Make a step as a `get_updates` of the user says, as in Keras 2."""
        steps = self._iterations.value
        self._given_gradients = dict(zip(map(id, params), gradients))
        try:
            updates = self.get_updates(None, list(params))
        finally:
            self._given_gradients = None
        for update in updates:
            if isinstance(update, tuple):
                update[0].assign(update[1])
        # It may count the step, which `apply` does in any case.
        self._iterations.assign(steps)
