"""Python functions as compiled graphs."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from kerasish import tree
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import (
    Spec,
    Tensor,
    Trace,
    Variable,
    as_tensor,
    in_symbolic_scope,
    placeholder,
)
from kerasish.backend.plan.functions import Function

_TRACES = 32


class TracedFunction:
    """A Python function that is traced once per kind of arguments and then compiled.

    Array arguments become placeholders with their exact shapes; everything else is part
    of the trace's key. Variables that the function assigns are updated.
    """

    def __init__(self, function: Callable) -> None:
        self._function = function
        self._traces: OrderedDict[tuple, tuple[Function, Any]] = OrderedDict()
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run on values; inside a symbolic scope become a part of that graph."""
        leaves = tree.flatten((args, kwargs))
        if in_symbolic_scope() or any(_is_symbolic(leaf) for leaf in leaves):
            return self._function(*args, **kwargs)
        tensors = [as_tensor(leaf) if _is_array(leaf) else None for leaf in leaves]
        key = tuple(
            _constant_key(leaf) if tensor is None else (tensor.shape, tensor.dtype)
            for leaf, tensor in zip(leaves, tensors)
        )
        structure = repr(tree.map_structure(lambda leaf: None, (args, kwargs)))
        entry = self._traces.get((structure, key))
        if entry is None:
            entry = self._trace((args, kwargs), leaves, tensors)
            self._traces[structure, key] = entry
            if len(self._traces) > _TRACES:
                self._traces.popitem(last=False)
        compiled, results = entry
        values = compiled.on_device(*(t for t in tensors if t is not None))
        outputs = iter(Tensor(None, 0, value) for value in values)
        return tree.map_structure(
            lambda leaf: next(outputs) if isinstance(leaf, Tensor) else leaf, results
        )

    def _trace(self, arguments: Any, leaves: list, tensors: list) -> tuple:
        formals = [
            leaf if tensor is None else placeholder(tensor.shape, tensor.dtype)
            for leaf, tensor in zip(leaves, tensors)
        ]
        with Trace() as trace:
            args, kwargs = tree.pack_sequence_as(arguments, formals)
            results = self._function(*args, **kwargs)
            results = tree.map_structure(
                lambda leaf: as_tensor(leaf) if _is_array(leaf) else leaf, results
            )
        outputs = [leaf for leaf in tree.flatten(results) if isinstance(leaf, Tensor)]
        inputs = [f for f, tensor in zip(formals, tensors) if tensor is not None]
        name = getattr(self._function, "__name__", "function")
        return Function(inputs, outputs, trace.updates, name), results


def _is_symbolic(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) and leaf.is_symbolic


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) or (
        hasattr(leaf, "dtype") and hasattr(leaf, "shape") and not isinstance(leaf, Spec)
    )


def _constant_key(leaf: Any) -> Any:
    try:
        hash(leaf)
    except TypeError:
        return id(leaf)
    return type(leaf), leaf


def function(fn: Callable) -> TracedFunction:
    """Compile a Python function of tensors.

    The function runs once for each combination of argument shapes, types and plain
    Python values, with symbolic tensors; afterwards its compiled graph runs.

    Args:
        fn: A function of nested structures of arrays and plain values.

    Returns:
        A callable with the same signature that returns tensors with values.

    Example:

    >>> @function
    ... def double(x):
    ...     return x + x
    >>> double(as_tensor([1.0, 2.0])).numpy()
    array([2., 4.], dtype=float32)
    """
    return TracedFunction(fn)


def value_and_grad(
    fn: Callable,
    argnums: int | tuple[int, ...] = 0,
    variables: list[Variable] | None = None,
    has_aux: bool = False,
) -> TracedFunction:
    """Compile a function that returns a loss and its gradients.

    Args:
        fn: A function that returns a scalar, or `(scalar, auxiliary)` with `has_aux`.
        argnums: Which arguments to differentiate by.
        variables: Variables to differentiate by, in place of arguments.
        has_aux: Whether `fn` returns something besides the loss.

    Returns:
        A callable with the signature of `fn` that returns `(result, gradients)`; the
        gradients have the structure of the arguments, or are a list for `variables`.

    Raises:
        GradientError: When called, if the loss does not depend on a source.

    Example:

    >>> value, grad = value_and_grad(lambda x: x * x)(as_tensor(3.0))
    >>> float(value), float(grad)
    (9.0, 6.0)
    """

    def traced(*args: Any, **kwargs: Any) -> tuple:
        args = tree.map_structure(
            lambda leaf: as_tensor(leaf) if _is_array(leaf) else leaf, args
        )
        wanted: Any = variables
        if variables is None and isinstance(argnums, int):
            wanted = args[argnums]
        elif variables is None:
            wanted = tuple(args[position] for position in argnums)
        result = fn(*args, **kwargs)
        loss = result[0] if has_aux else result
        found = gradients(loss, tree.flatten(wanted), unconnected="error")
        return result, tree.pack_sequence_as(wanted, found)

    functools.update_wrapper(traced, fn)
    return TracedFunction(traced)
