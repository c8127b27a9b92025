"""Looking at values while a graph runs: printing, asserting, calling Python."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish.backend import graph as engine
from kerasish.backend.devices import current_device
from kerasish.graph import mathematics
from kerasish.graph.applying import apply
from kerasish.graph.constants import apply_on_host, convert_to_tensor
from kerasish.graph.documentation import example
from kerasish.graph.dtypes import as_dtype
from kerasish.graph.errors import InvalidArgumentError
from kerasish.graph.reductions import reduce_all
from kerasish.graph.tensors import Operation, Tensor


class _Inspect(engine.Op):
    """The first input; a function of Python sees all of them in every run."""

    name = "graph_inspect"
    impure = True
    on_host = True
    linear = True

    def infer(self, x: engine.Spec, *others: engine.Spec, function: Any) -> engine.Spec:
        return x

    def kernel(
        self, xp: Any, x: Any, *others: Any, out: Any = None, function: Any
    ) -> Any:
        device = current_device()
        function(*(device.to_numpy(array) for array in (x, *others)))
        return x

    def vjp(self, node: engine.Node, g: Any) -> tuple:
        return (g, *(None,) * (len(node.inputs) - 1))


_INSPECT = _Inspect()


def _inspected(
    kind: str, function: Callable, x: Tensor, others: list, name: str | None
) -> Tensor:
    return apply(
        kind, lambda t, parts: _INSPECT(t, *parts, function=function), x, others,
        name=name,
    )  # fmt: skip


def check(kind: str, x: Tensor, test: Callable, message: str) -> Tensor:
    """Return a tensor that is an error where its value fails a test.

    Args:
        kind: What the operation is called.
        x: The tensor.
        test: A function of its NumPy array.
        message: What the error says.
    """

    def function(array: np.ndarray) -> None:
        if not test(array):
            raise InvalidArgumentError(None, None, message)

    return _inspected(kind, function, x, [], None)


@example('tf.check_numerics([1.0, 2.0], "bad values")', "[1. 2.]")
def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """Return a tensor that is an error where it holds NaN or infinity.

    Args:
        tensor: A float tensor.
        message: What the error begins with.
        name: A name.
    """

    def function(array: np.ndarray) -> None:
        if np.isnan(array).any():
            raise InvalidArgumentError(None, None, f"{message} : Tensor had NaN values")
        if np.isinf(array).any():
            raise InvalidArgumentError(None, None, f"{message} : Tensor had Inf values")

    return _inspected("CheckNumerics", function, convert_to_tensor(tensor), [], name)


@example("tf.Print(tf.constant(1.0), [])", "1.0")
def Print(
    input_: Any,
    data: Any,
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Return a tensor that, in every run, prints others to the standard error.

    Args:
        input_: The tensor.
        data: The tensors to print.
        message: What stands before them.
        first_n: In how many runs it prints; all of them for `None`.
        summarize: How many elements of each it prints, 3 by default.
        name: A name.
    """
    most, runs = summarize or 3, [0]

    def function(array: np.ndarray, *others: np.ndarray) -> None:
        runs[0] += 1
        if first_n is not None and first_n >= 0 and runs[0] > first_n:
            return
        shown = []
        for value in others:
            flat = value.reshape(-1)
            items = [str(item) for item in flat[:most].tolist()]
            if flat.size > most and most >= 0:
                items.append("...")
            shown.append(f"[{' '.join(items)}]")
        print(f"{message or ''}{''.join(shown)}", file=sys.stderr)

    parts = [convert_to_tensor(item) for item in data]
    return _inspected("Print", function, convert_to_tensor(input_), parts, name)


@example('tf.Assert(True, ["never said"])', "None")
def Assert(
    condition: Any, data: Any, summarize: int | None = None, name: str | None = None
) -> Operation:
    """Return an operation that is an error where a condition does not hold.

    Args:
        condition: A scalar bool.
        data: Tensors that the error shows.
        summarize: Kept for the signature.
        name: A name.
    """
    texts = [item for item in data if isinstance(item, str)]

    def function(holds: np.ndarray, *others: np.ndarray) -> None:
        if not holds.all():
            shown = [*texts, *(np.array2string(other) for other in others)]
            raise InvalidArgumentError(
                None, None, f"assertion failed: {' '.join(f'[{s}]' for s in shown)}"
            )

    parts = [convert_to_tensor(item) for item in data if not isinstance(item, str)]
    return _inspected("Assert", function, convert_to_tensor(condition), parts, name).op


def _assertion(function_name: str, relation: str) -> Callable:
    def operation(
        x: Any, y: Any, data: Any = None, summarize: Any = None,
        message: str | None = None, name: str | None = None,
    ) -> Operation:  # fmt: skip
        a, b = mathematics.operands(function_name, x, y)
        holds = reduce_all(getattr(mathematics, function_name)(a, b))
        text = message or f"Condition x {relation} y did not hold"
        return Assert(holds, data or [text, a, b], name=name)

    operation.__doc__ = f"""Return an operation that fails unless `x {relation} y`.

    Args:
        x: A tensor.
        y: A tensor.
        data: What the error shows.
        summarize: Kept for the signature.
        message: What the error says.
        name: A name.

    Raises:
        InvalidArgumentError: In a run, if it does not hold for all elements.
    """
    pairs = {"==": "1, 1", ">": "2, 1", ">=": "2, 1", "<": "1, 2", "<=": "1, 2"}
    return example(f"tf.assert_{function_name}({pairs[relation]})", "None")(operation)


assert_equal = _assertion("equal", "==")
assert_greater = _assertion("greater", ">")
assert_greater_equal = _assertion("greater_equal", ">=")
assert_less = _assertion("less", "<")
assert_less_equal = _assertion("less_equal", "<=")


@example("tf.py_func(lambda x: x.sum(), [[1.0, 2.0]], tf.float32)", "3.0")
def py_func(
    func: Callable, inp: Any, Tout: Any, stateful: bool = True, name: str | None = None
) -> Any:
    """Call a function of Python on NumPy arrays.

    Args:
        func: A function of arrays that returns an array or a list of arrays.
        inp: Its arguments.
        Tout: The data type of its result, or a list of types.
        stateful: Kept for the signature.
        name: A name.

    Returns:
        A tensor of unknown shape, or a list of them.
    """
    several = isinstance(Tout, (list, tuple))
    kinds = [as_dtype(kind) for kind in (Tout if several else [Tout])]

    def function(session: Any, *arrays: Any) -> list:
        result = func(*(np.asarray(array) for array in arrays))
        results = result if isinstance(result, (list, tuple)) else [result]
        return [
            value if kind == "string" else np.asarray(value, kind.as_numpy_dtype)
            for value, kind in zip(results, kinds)
        ]

    found = apply_on_host("PyFunc", function, *inp, name=name, dtypes=kinds)
    return found if several else found[0]
