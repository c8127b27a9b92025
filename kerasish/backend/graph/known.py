"""Arithmetic on what is known of the elements of small integer tensors.

Shapes are computed with ordinary ops (`shape(x)[0] * 2`). So that a shape argument made
of such results is known while building, these ops carry the known elements along.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from kerasish.backend.graph.spec import Size, Spec

Element = int | Size | None
KNOWN_ELEMENTS = 64


def product(elements: Sequence[Element]) -> Element:
    """Multiply known elements.

    Returns:
        The product, `None` if one of them is unknown.

    Example:

    >>> product([2, 3])
    6
    """
    result: Any = 1
    for element in elements:
        if element is None:
            return None
        result = result * element
    return result


def quotient(numerator: Element, denominator: Element) -> Element:
    """Divide known elements, with equal size symbols cancelled.

    Returns:
        The quotient, rounded down for integers; `None` where it is not known.

    Example:

    >>> quotient(Size(6, ((1, 0, 0),)), Size(3, ((1, 0, 0),)))
    2
    """
    if numerator is None or denominator is None or denominator == 0:
        return None
    if isinstance(numerator, int) and isinstance(denominator, int):
        return numerator // denominator
    if numerator == 0:
        return None
    top, bottom = (
        e if isinstance(e, Size) else Size(e, ()) for e in (numerator, denominator)
    )
    symbols = Counter(top.symbols)
    symbols.subtract(bottom.symbols)
    if top.coefficient % bottom.coefficient or min(symbols.values(), default=0) < 0:
        return None
    left = tuple(sorted(symbols.elements()))
    coefficient = top.coefficient // bottom.coefficient
    return Size(coefficient, left) if left else coefficient


def _on_integers(function: Callable[[int, int], int]) -> Callable:
    def combine(left: Element, right: Element) -> Element:
        if isinstance(left, int) and isinstance(right, int):
            return function(left, right)
        return None

    return combine


def _sum(left: Element, right: Element) -> Element:
    if left == 0 or right == 0:
        return right if left == 0 else left
    return _on_integers(operator.add)(left, right)


def _difference(left: Element, right: Element) -> Element:
    return left if right == 0 else _on_integers(operator.sub)(left, right)


_BINARY: dict[str, Callable[[Element, Element], Element]] = {
    "add": _sum,
    "subtract": _difference,
    "multiply": lambda left, right: product((left, right)),
    "floor_divide": quotient,
    "mod": _on_integers(lambda left, right: left % right if right else None),
    "maximum": _on_integers(max),
    "minimum": _on_integers(min),
}


def known_elements(
    name: str, specs: Sequence[Spec], shape: tuple[int | None, ...]
) -> tuple[Element, ...] | None:
    """Return what is known of the result of an elementwise op on two inputs.

    Args:
        name: The name of the op.
        specs: The specs of its inputs.
        shape: The shape of its result.

    Returns:
        The known elements, `None` if nothing is known.

    Example:

    >>> pair = Spec((2,), "int32", (3, 4))
    >>> known_elements("multiply", [pair, Spec((), "int32", (2,))], (2,))
    (6, 8)
    """
    combine = _BINARY.get(name)
    if combine is None or len(specs) != 2 or len(shape) > 1 or None in shape:
        return None
    if any(spec.known is None for spec in specs):
        return None
    count = shape[0] if shape else 1
    if count > KNOWN_ELEMENTS:
        return None
    left, right = (
        spec.known * count if len(spec.known) == 1 else spec.known for spec in specs
    )
    result = tuple(map(combine, left, right))
    return None if all(element is None for element in result) else result
