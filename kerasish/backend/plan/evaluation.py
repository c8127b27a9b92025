"""The value of a symbolic tensor that depends on nothing that must be fed."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from kerasish.backend.graph.leaves import PLACEHOLDER
from kerasish.backend.graph.scope import eager_scope, stop_recording
from kerasish.backend.graph.tensor import Tensor
from kerasish.backend.graph.walk import place, topological
from kerasish.backend.plan.functions import Function

_KEPT = 32
_functions: OrderedDict[tuple[int, int], Function] = OrderedDict()


def evaluate(tensor: Tensor) -> Any:
    """Compute a symbolic tensor from Variables and constants.

    Args:
        tensor: A symbolic tensor.

    Returns:
        An array on the current device; `None` if a placeholder must be fed for it.

    Example:

    >>> from kerasish.backend.graph import Variable
    >>> evaluate(Variable([1.0, 2.0]).leaf)
    array([1., 2.], dtype=float32)
    """
    function = _functions.get(place(tensor))
    if function is None:
        for node in topological([tensor]):
            if node.op is PLACEHOLDER and not node.attrs["static"]:
                return None
        function = Function([], [tensor], name="evaluate")
        _functions[place(tensor)] = function
        if len(_functions) > _KEPT:
            _functions.popitem(last=False)
    else:
        _functions.move_to_end(place(tensor))
    with eager_scope(), stop_recording():
        return function.on_device()[0]


def forget_evaluations() -> None:
    """Drop the compiled graphs that are kept for the next evaluation.

    Example:

    >>> forget_evaluations()
    """
    _functions.clear()
