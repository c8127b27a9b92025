"""Finding the first op whose result has a NaN or an infinity."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasish.backend.devices.base import Device
from kerasish.backend.dtypes import is_complex, is_float
from kerasish.backend.graph.leaves import CONSTANT
from kerasish.backend.graph.scope import symbolic_scope
from kerasish.backend.graph.walk import place, topological
from kerasish.backend.plan.interpreter import interpret
from kerasish.backend.rewrite.specialise import specialise

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor

_enabled = [False]
_SHOWN_ROWS = 8


def is_enabled() -> bool:
    """Tell whether compiled functions look for NaNs.

    Example:

    >>> is_enabled()
    False
    """
    return _enabled[0]


@contextlib.contextmanager
def debug_nans(enabled: bool = True) -> Iterator[None]:
    """Let every compiled function inside stop at its first NaN or infinity.

    Each call is first computed op by op, which is slow; nothing is written before.

    Args:
        enabled: Whether to look.

    Raises:
        FloatingPointError: From a function, that names the op, the layer, and the rows
            of the batch.

    Example:

    >>> from kerasish.backend import function, log, placeholder
    >>> x = placeholder((None,))
    >>> run = function([x], [log(x)])
    >>> with debug_nans():
    ...     run([[1.0, 0.0]])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    FloatingPointError: function: the op 'log' gave 1 NaN or infinity in rows [1].
    ...
    """
    previous, _enabled[0] = _enabled[0], enabled
    try:
        yield
    finally:
        _enabled[0] = previous


def check_finite(
    name: str,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    formals: Sequence[Tensor],
    feeds: Sequence[Any],
    statics: dict[tuple[int, int], Any],
    device: Device,
) -> None:
    """Compute a graph op by op and stop at the first result that is not finite.

    Infinities that are constants or are fed, and NaN as a constant, are let pass: it is
    ops that make one from other numbers which are looked for, and the first to hand on
    NaN that is fed or held by a Variable.

    Args:
        name: What the function is called.
        inputs: The tensors that are fed.
        outputs: The results.
        formals: A placeholder with an exact shape for each input.
        feeds: Their values.
        statics: The values of static placeholders, by `place`.
        device: Where to compute.

    Raises:
        FloatingPointError: If there is such an op.
    """
    with symbolic_scope():
        results = specialise(inputs, outputs, formals, statics)
    values = {place(f): device.asarray(v) for f, v in zip(formals, feeds)}
    for node in topological(results):
        missing = [i for i in range(len(node.specs)) if (node.uid, i) not in values]
        if not missing:
            continue
        with device.guard():
            found = interpret(list(node.outputs), values, device)
        for index, value in enumerate(found):
            values[node.uid, index] = value
        if node.inputs:
            _check_node(name, node, values, device)


def _check_node(name: str, node: Node, values: dict, device: Device) -> None:
    made = [_odd(values[node.uid, index], device) for index in range(len(node.specs))]
    given = [values[place(tensor)] for tensor in node.inputs]
    before = [_odd(value, device) for value in given]
    # What has passed before is made of constants; what comes from outside is not.
    passed = any(
        odd[0].any()
        for odd, tensor in zip(before, node.inputs)
        if tensor.node.inputs or tensor.node.op is CONSTANT
    )
    finite = not any(odd.any() for both in before for odd in both)
    found = [nan | infinite if finite else nan for nan, infinite in made]
    found = [where for where in found if where.any()]
    if passed or not found:
        return
    where = found[0]
    rows = (
        np.flatnonzero(where.reshape(len(where), -1).any(axis=1)) if where.ndim else []
    )
    shown = ", ".join(map(str, rows[:_SHOWN_ROWS]))
    more = f" and {len(rows) - _SHOWN_ROWS} more" if len(rows) > _SHOWN_ROWS else ""
    place_text = f" in rows [{shown}]{more}" if len(rows) else ""
    count = int(where.sum())
    noun = "NaN or infinity" if count == 1 else "NaNs or infinities"
    inputs = "\n".join(f"  input {i}: {_range(v, device)}" for i, v in enumerate(given))
    raise FloatingPointError(
        f"{name}: the op {node.op.name!r} gave {count} {noun}{place_text}.\n"
        f"  made by: {node.origin or 'no layer'}\n{inputs}"
    )


def _odd(value: Any, device: Device) -> tuple[np.ndarray, np.ndarray]:
    """Where an array is NaN, and where it is infinite."""
    array = device.to_numpy(value)
    if not (is_float(array.dtype.name) or is_complex(array.dtype.name)):
        return (np.zeros(array.shape, bool),) * 2
    array = array.astype(np.result_type(array.dtype, np.float32))
    return np.isnan(array), np.isinf(array)


def _range(value: Any, device: Device) -> str:
    array = device.to_numpy(value)
    if not array.size:
        return f"shape {array.shape}, empty"
    return f"shape {array.shape}, from {array.min()!s} to {array.max()!s}"
