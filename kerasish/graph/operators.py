"""Python's operators of tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish.graph import mathematics
from kerasish.graph.mathematics import binary, truediv
from kerasish.graph.products import matmul
from kerasish.graph.slicing import get_item
from kerasish.graph.tensors import Tensor

# Operators of two tensors, and what their operations are called.
_OF_TWO = {
    "add": ("add", "add"), "sub": ("subtract", "sub"), "mul": ("multiply", "mul"),
    "floordiv": ("floor_divide", "floordiv"), "mod": ("mod", "mod"),
    "pow": ("power", "pow"), "and": ("logical_and", "and"),
    "or": ("logical_or", "or"), "xor": ("logical_xor", "xor"),
}  # fmt: skip
_NAMED = {
    "neg": "negative", "abs": "abs", "invert": "logical_not", "lt": "less",
    "le": "less_equal", "gt": "greater", "ge": "greater_equal",
}  # fmt: skip


def _reflected(operation: Callable) -> Callable:
    return lambda self, other: operation(other, self)


def _install() -> None:
    methods: dict[str, Any] = {
        name: getattr(mathematics, function) for name, function in _NAMED.items()
    }
    two = {name: binary(*row) for name, row in _OF_TWO.items()}
    for name, operation in (two | {"truediv": truediv, "matmul": matmul}).items():
        methods |= {name: operation, f"r{name}": _reflected(operation)}
    for name, method in (methods | {"getitem": get_item}).items():
        setattr(Tensor, f"__{name}__", method)


_install()
