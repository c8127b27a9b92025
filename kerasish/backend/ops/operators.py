"""Python's operators on tensors and Variables, from one table.

A function is looked up on first use, so that installing the operators loads nothing.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.graph import Tensor, Variable
from kerasish.errors import ShapeError

# Dunder name without its underscores -> function. Those of two arguments that are
# marked also get a reflected form, such as `__radd__`.
UNARY = {"neg": "negative", "abs": "absolute", "invert": "bitwise_not"}
REFLECTED = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "mod",
    "pow": "power",
    "matmul": "matmul",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "lshift": "left_shift",
    "rshift": "right_shift",
}
COMPARISONS = {
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "eq": "equal",
    "ne": "not_equal",
}


# The abstract class comes last: asking it takes long.
_OPERANDS = (
    Tensor, float, int, Variable, np.ndarray, np.generic, list, tuple, numbers.Number
)  # fmt: skip


def _is_operand(value: Any) -> bool:
    return isinstance(value, _OPERANDS) or hasattr(value, "__cuda_array_interface__")


def _unary(function: str) -> Callable:
    def operator(self: Any) -> Tensor:
        return getattr(ops, function)(self)

    return operator


def _binary(function: str) -> Callable:
    def operator(self: Any, other: Any) -> Tensor:
        if not _is_operand(other):
            return NotImplemented
        return getattr(ops, function)(self, other)

    return operator


def _comparison(function: str) -> Callable:
    compare = _binary(function)
    if function not in ("equal", "not_equal"):
        return compare

    def operator(self: Any, other: Any) -> Any:
        try:
            return compare(self, other)
        except ShapeError:
            # A search in a list of symbolic tensors meets some of other shapes.
            if any(getattr(x, "is_symbolic", False) for x in (self, other)):
                return function == "not_equal"
            raise

    return operator


def _reflected(function: str) -> Callable:
    def operator(self: Any, other: Any) -> Tensor:
        if not _is_operand(other):
            return NotImplemented
        return getattr(ops, function)(other, self)

    return operator


def _positive(self: Any) -> Any:
    return self


def _round(self: Any, ndigits: int | None = None) -> Tensor:
    return ops.round(self, ndigits or 0)


def _getitem(self: Any, key: Any) -> Tensor:
    return ops.get_item(self, key)


_OF_UFUNCS: dict[str, Callable] = {
    **{name: _binary(name) for name in REFLECTED.values()},
    **{name: _comparison(name) for name in COMPARISONS.values()},
    "remainder": _binary("mod"),
}


def _array_ufunc(
    self: Any, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any
) -> Any:
    """Let NumPy's operators give tensors, and its other functions take values."""
    operator = _OF_UFUNCS.get(ufunc.__name__) if method == "__call__" else None
    symbolic = any(getattr(x, "is_symbolic", False) for x in inputs)
    if operator is not None and (symbolic or not options):
        return operator(*inputs)
    values = [np.asarray(x) if isinstance(x, (Tensor, Variable)) else x for x in inputs]
    return getattr(ufunc, method)(*values, **options)


def install(*classes: type) -> None:
    """Give classes the operators of the table.

    Args:
        *classes: Classes whose instances the functions of `ops` accept.

    Example:

    >>> install(Tensor, Variable)
    >>> from kerasish.backend.graph import as_tensor
    >>> (2 - as_tensor([1, 2])).numpy()
    array([1, 0], dtype=int32)
    """
    methods: dict[str, Callable] = {
        "__pos__": _positive,
        "__round__": _round,
        "__getitem__": _getitem,
        "__array_ufunc__": _array_ufunc,
    }
    for name, function in UNARY.items():
        methods[f"__{name}__"] = _unary(function)
    for name, function in REFLECTED.items():
        methods[f"__{name}__"] = _binary(function)
        methods[f"__r{name}__"] = _reflected(function)
    for name, function in COMPARISONS.items():
        methods[f"__{name}__"] = _comparison(function)
    for cls in classes:
        # A class with its own `__eq__` would lose the hash by identity.
        by_identity = cls.__hash__
        for name, method in methods.items():
            setattr(cls, name, method)
        cls.__hash__ = by_identity


install(Tensor, Variable)
