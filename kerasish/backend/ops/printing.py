"""Printing values while a graph runs."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from kerasish.backend.graph import Node, Op, Spec, Tensor, as_numpy, as_tensor, register


class _PrintValue(Op):
    """The input, which is printed on the way."""

    name = "print_value"
    impure = True
    on_host = True

    def infer(self, x: Spec, *, message: str, summarize: int) -> Spec:
        return x

    def kernel(
        self, xp: Any, x: Any, *, message: str, summarize: int, out: Any = None
    ) -> Any:
        shown = {"threshold": sys.maxsize}
        if summarize >= 0:
            shown = {"threshold": 2 * summarize, "edgeitems": summarize}
        text = np.array2string(as_numpy(x), **shown)
        print(f"{message} {text}" if message else text)
        return x

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (g,)


print_value_op = register(_PrintValue())


def print_value(x: Any, message: str = "", summarize: int = 3) -> Tensor:
    """Return a tensor of equal value that prints itself whenever it is computed.

    Args:
        x: A tensor, Variable or array.
        message: What is printed before it.
        summarize: How many elements are shown at either end of each axis; -1 for all.

    Example:

    >>> y = print_value([1.0, 2.0], "x =")
    x = [1. 2.]
    """
    return print_value_op(as_tensor(x), message=message, summarize=summarize)
