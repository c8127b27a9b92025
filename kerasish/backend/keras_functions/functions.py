"""Running graphs: `function`, `gradients`, `eval`, and updates of Variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasish import tree
from kerasish.backend import autodiff, ops, plan
from kerasish.backend.graph import (
    Tensor,
    Variable,
    as_tensor,
    current_phase,
    current_trace,
    eager_scope,
    is_open,
    stop_recording,
    symbolic_scope,
)
from kerasish.backend.keras_functions.scopes import leaves
from kerasish.backend.keras_functions.sparse import dense_array
from kerasish.backend.keras_functions.variables import get_value
from kerasish.errors import GradientError


class Update(tuple):
    """A pair `(variable, new value)`, written when a function with it runs.

    Example:

    >>> from kerasish.backend.keras_functions.variables import variable
    >>> counter = variable(1.0)
    >>> step = Update((counter, counter + 1.0))
    >>> eval(step), float(counter)
    (array(2., dtype=float32), 2.0)
    """

    @property
    def variable(self) -> Variable:
        """The Variable that is written."""
        return self[0]

    @property
    def value(self) -> Tensor:
        """The symbolic new value."""
        return self[1]


def _symbolic(x: Any) -> Tensor:
    with symbolic_scope():
        if isinstance(x, Variable):
            return x.leaf
        tensor = as_tensor(x)
        return tensor if tensor.is_symbolic else ops.copy(tensor)


def _flat_updates(updates: Any) -> list[tuple[Variable, Tensor]]:
    found = []
    for update in updates or ():
        if isinstance(update, list) and update and isinstance(update[0], tuple):
            found += _flat_updates(update)
            continue
        variable, value = update
        tensor = _symbolic(value)
        if tensor.dtype != variable.spec.dtype:
            tensor = ops.cast(tensor, variable.spec.dtype)
        found.append((variable, tensor))
    return found


class Function:
    """A compiled graph that is called with a list of arrays.

    Args:
        inputs: Placeholders, other tensors (what they depend on is then cut off),
            Variables, and the learning phase.
        outputs: Tensors, Variables and updates, or a structure of them.
        updates: Pairs `(variable, new value)`; all are computed from the values that
            the Variables had before, and written after everything else.
        name: A name for error messages.
        **session_kwargs: Must be empty: there are no sessions.

    Raises:
        ValueError: For arguments of a session.

    Example:

    >>> from kerasish.backend.keras_functions.variables import placeholder
    >>> x = placeholder((None,))
    >>> Function([x], [x * 2.0])([[1.0, 2.0]])
    [array([2., 4.], dtype=float32)]
    """

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        updates: Sequence[Any] | None = None,
        name: str | None = None,
        **session_kwargs: Any,
    ) -> None:
        if session_kwargs:
            raise ValueError(
                "There are no sessions that these arguments could be passed to.\n"
                f"Received: {', '.join(session_kwargs)}"
            )
        self.name = name or "function"
        self.inputs = list(tree.flatten(inputs))
        self.outputs = outputs
        self._is_list = _is_list(outputs)
        flat = _unpacked(outputs)
        given = _flat_updates([*(updates or ()), *_updates_in(flat)])
        results = [x[1] if isinstance(x, Update) else x for x in flat]
        self._fed = [
            i for i, x in enumerate(self.inputs) if isinstance(x, (Tensor, Variable))
        ]
        with eager_scope(), stop_recording():
            self.compiled = plan.Function(
                [_symbolic(self.inputs[i]) for i in self._fed],
                [_symbolic(result) for result in results],
                _without_repetitions(given),
                self.name,
            )

    def __call__(self, inputs: Any = ()) -> Any:
        """Run on values.

        Args:
            inputs: A list with a value for each input; one value if there is one.

        Returns:
            NumPy arrays in the structure of the outputs; a list for a list.

        Raises:
            TypeError: If `inputs` is not a list of the right length.
        """
        if len(self.inputs) == 1 and not isinstance(inputs, (list, tuple, dict)):
            inputs = [inputs]
        values = [inputs[k] for k in sorted(inputs)] if isinstance(inputs, dict) else (
            inputs
        )  # fmt: skip
        if not isinstance(values, (list, tuple)):
            raise TypeError(
                f"{self.name} is called with one list of values.\n"
                f"  got: {type(inputs).__name__}"
            )
        if len(values) != len(self.inputs):
            raise TypeError(
                f"{self.name} takes {len(self.inputs)} inputs, got {len(values)}."
            )
        if len(self._fed) < len(values):
            self._check_fixed(values)
        arrays = self.compiled(*(dense_array(values[i]) for i in self._fed))
        return arrays if self._is_list else _packed(self.outputs, arrays)

    def _check_fixed(self, values: Sequence[Any]) -> None:
        """A learning phase that was set is no input, but old programs feed it."""
        for fixed, value in zip(self.inputs, values):
            if not isinstance(fixed, (Tensor, Variable)) and fixed != value:
                raise ValueError(
                    f"{self.name}: an input that is the number {fixed!r} cannot be "
                    f"fed with another one. If it is the learning phase, make the "
                    "function before `set_learning_phase`, or use "
                    f"`learning_phase_scope`.\nReceived: {value!r}"
                )


def _unpacked(outputs: Any) -> list[Any]:
    """The outputs of a structure in order; updates are not taken apart."""
    if isinstance(outputs, dict):
        return [leaf for key in sorted(outputs) for leaf in _unpacked(outputs[key])]
    if isinstance(outputs, (list, tuple)) and not isinstance(outputs, Update):
        return [leaf for output in outputs for leaf in _unpacked(output)]
    return [] if outputs is None else [outputs]


def _is_list(outputs: Any) -> bool:
    return (
        isinstance(outputs, (list, tuple))
        and not isinstance(outputs, Update)
        and all(isinstance(x, (Tensor, Variable, Update)) for x in outputs)
    )


def _packed(outputs: Any, arrays: list[np.ndarray]) -> Any:
    values = iter(arrays)

    def pack(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: pack(part[key]) for key in sorted(part)}
        if isinstance(part, (list, tuple)) and not isinstance(part, Update):
            return [pack(item) for item in part]
        return None if part is None else next(values)

    return pack(outputs)


def _updates_in(outputs: Sequence[Any]) -> list[Update]:
    return [output for output in outputs if isinstance(output, Update)]


def _without_repetitions(updates: list) -> list:
    """The same update may be asked for twice, as an update and as an output."""
    kept: list[tuple[Variable, Tensor]] = []
    for variable, value in updates:
        if not any(v is variable and t.node is value.node for v, t in kept):
            kept.append((variable, value))
    return kept


def function(
    inputs: Any,
    outputs: Any,
    updates: Sequence[Any] | None = None,
    name: str | None = None,
    **kwargs: Any,
) -> Function:
    """Compile a graph.

    Args:
        inputs: A list of placeholders, of other tensors (what they depend on is then
            cut off), and of the learning phase, which is 0 where it is not fed.
        outputs: A list of tensors, or one.
        updates: Pairs `(variable, new value)`; all see the old values.
        name: A name for error messages.
        **kwargs: Must be empty.

    Returns:
        A callable that takes a list of arrays and returns a list of arrays.

    Raises:
        ValueError: For arguments of a session.

    Example:

    >>> from kerasish.backend.keras_functions.variables import placeholder, variable
    >>> x, total = placeholder(()), variable(0.0)
    >>> add = function([x], [total], updates=[(total, total + x)])
    >>> add([5.0]), float(total)
    ([array(0., dtype=float32)], 5.0)
    """
    return Function(inputs, outputs, updates, name, **kwargs)


def gradients(loss: Any, variables: Any) -> list[Tensor | None]:
    """Return the gradients of a loss.

    Args:
        loss: A tensor, or a list of them whose sum is meant.
        variables: A Variable or tensor, or a list of them.

    Returns:
        A list with a symbolic tensor for each; `None` where the loss does not depend
        on it.

    Raises:
        GradientError: If the loss is a value that was computed already.

    Example:

    >>> from kerasish.backend.keras_functions.variables import variable
    >>> w = variable([1.0, 2.0])
    >>> gradients(w * w, w)[0].numpy()
    array([2., 4.], dtype=float32)
    """
    losses = list(loss) if isinstance(loss, (list, tuple)) else [loss]
    wanted = list(variables) if isinstance(variables, (list, tuple)) else [variables]
    losses = [x.leaf if isinstance(x, Variable) else x for x in losses]
    if all(getattr(x, "node", None) is None for x in losses):
        raise GradientError(
            "gradients: the loss is a value, which depends on nothing. Build it with "
            "the functions of this module from symbolic tensors and Variables (an "
            "operator on two weights of a layer computes at once).\n"
            f"  got: {losses}"
        )
    if any(x.is_symbolic for x in losses):
        with symbolic_scope():
            return autodiff.gradients(losses, wanted)
    return autodiff.gradients(losses, wanted)


def eval(x: Any) -> np.ndarray:
    """Compute a tensor, or run an update.

    Args:
        x: A Variable, a tensor that depends on no placeholder, or an update.

    Returns:
        A NumPy array.

    Raises:
        TypeError: If a placeholder would have to be fed.

    Example:

    >>> from kerasish.backend.keras_functions.variables import variable
    >>> eval(variable([1.0, 2.0]) * 3.0)
    array([3., 6.], dtype=float32)
    """
    return Function([], x)([]) if isinstance(x, Update) else get_value(x)


def update(x: Variable, new_x: Any) -> Update:
    """Describe that a Variable gets a new value.

    Args:
        x: A Variable.
        new_x: The new value.

    Returns:
        An update: for `function(updates=...)`, `eval` and `add_update` of layers. In
        a step that trains, the Variable is written without that.

    Example:

    >>> from kerasish.backend.keras_functions.variables import variable
    >>> w = variable(1.0)
    >>> step = update(w, w * 2.0)
    >>> _ = eval(step), eval(step)
    >>> float(w)
    4.0
    """
    if is_open() or (current_trace() is None and not _runs_at_once(new_x)):
        return Update((x, _symbolic(new_x)))
    if current_phase() is False:
        return Update((x, as_tensor(new_x, x.spec.dtype)))
    x.assign(new_x)
    return Update((x, x.value))


def _runs_at_once(new_x: Any) -> bool:
    return not any(isinstance(t, Tensor) and t.is_symbolic for t in leaves(new_x))


def _changed(x: Variable, combine: Any) -> Update:
    if is_open():
        with symbolic_scope():
            return Update((x, ops.cast(combine(x.leaf), x.spec.dtype)))
    return update(x, combine(x.value))


def update_add(x: Variable, increment: Any) -> Update:
    """Describe that something is added to a Variable; see `update`.

    Args:
        x: A Variable.
        increment: What is added.

    Example:

    >>> from kerasish.backend.keras_functions.variables import variable
    >>> w = variable(1.0)
    >>> float(eval(update_add(w, 2.0)))
    3.0
    """
    return _changed(x, lambda old: old + increment)


def update_sub(x: Variable, decrement: Any) -> Update:
    """Describe that something is subtracted from a Variable; see `update`.

    Args:
        x: A Variable.
        decrement: What is subtracted.

    Example:

    >>> from kerasish.backend.keras_functions.variables import variable
    >>> w = variable(1.0)
    >>> float(eval(update_sub(w, 2.0)))
    -1.0
    """
    return _changed(x, lambda old: old - decrement)


def moving_average_update(x: Variable, value: Any, momentum: float) -> Update:
    """Describe the next step of a moving average; see `update`.

    Args:
        x: The average, which becomes `x * momentum + value * (1 - momentum)`.
        value: The newest value.
        momentum: The share of the old average.

    Example:

    >>> from kerasish.backend.keras_functions.variables import variable
    >>> w = variable(1.0)
    >>> round(float(eval(moving_average_update(w, 2.0, 0.9))), 4)
    1.1
    """
    return _changed(x, lambda old: old * momentum + value * (1.0 - momentum))
