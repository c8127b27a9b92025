"""Fused groups of elementwise ops: one node that runs a small program."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from kerasish.backend.dtypes import dtype_name, numpy_dtype
from kerasish.backend.graph.expressions import _PRIMITIVES
from kerasish.backend.graph.op import Op, register
from kerasish.backend.graph.spec import Spec, broadcast_shapes
from kerasish.errors import ShapeError

REDUCTIONS = ("sum", "mean", "max")


class Step(NamedTuple):
    """One array function of a program.

    Attributes:
        function: The name of an array function or primitive, or `"cast"`.
        arguments: `("input", i)`, `("step", k)` or `("literal", v)` each.
        dtype: The data type of the result.
    """

    function: str
    arguments: tuple[tuple[str, Any], ...]
    dtype: str


class Output(NamedTuple):
    """One result of a program.

    Attributes:
        step: The step that computes it.
        reduction: `None` for an array of the program's shape, or how elements are
            combined: `"sum"`, `"mean"` or `"max"`.
        axes: The axes over which they are combined.
        keepdims: Whether these axes stay with size 1.
    """

    step: int
    reduction: str | None = None
    axes: tuple[int, ...] = ()
    keepdims: bool = False


class Program:
    """What a fused node computes for each element. Equal programs are one object.

    Attributes:
        dtypes: The data types of the inputs.
        steps: The steps in their order.
        outputs: The results.
    """

    __slots__ = ("dtypes", "steps", "outputs", "__weakref__")
    _known: weakref.WeakValueDictionary = weakref.WeakValueDictionary()

    def __new__(
        cls, dtypes: Sequence[str], steps: Sequence[Step], outputs: Sequence[Output]
    ) -> Program:
        parts = (tuple(dtypes), tuple(steps), tuple(outputs))
        # Tells 1, 1.0 and True apart, and is faster than anything on tuples.
        key = repr(parts)
        program = cls._known.get(key)
        if program is None:
            program = super().__new__(cls)
            program.dtypes, program.steps, program.outputs = parts
            cls._known[key] = program
        return program

    @staticmethod
    def primitive(function: str) -> Any:
        """Return the function `f(xp, *arrays)` of a name that array modules lack."""
        return _PRIMITIVES.get(function)

    def run(self, xp: Any, arrays: Sequence[Any], shape: tuple[int, ...]) -> Any:
        """Compute the outputs, one whole array after another.

        Args:
            xp: The array module.
            arrays: The inputs.
            shape: The shape to which they broadcast.

        Returns:
            An array, or a tuple of them for several outputs.
        """
        values = self._values(xp, arrays)
        results = []
        for step, reduction, axes, keepdims in self.outputs:
            value = xp.broadcast_to(values[step], shape)
            if reduction is not None:
                value = getattr(value, reduction)(axis=axes, keepdims=keepdims)
            results.append(value)
        return results[0] if len(results) == 1 else tuple(results)

    def _values(self, xp: Any, arrays: Sequence[Any]) -> list[Any]:
        """The arrays that the steps give."""
        results: list[Any] = []
        for function, arguments, dtype in self.steps:
            values = [
                value
                if kind == "literal"
                else (arrays if kind == "input" else results)[value]
                for kind, value in arguments
            ]
            if function == "cast":
                results.append(values[0].astype(numpy_dtype(dtype)))
                continue
            own = self.primitive(function)
            call = getattr(xp, function) if own is None else None
            results.append(own(xp, *values) if call is None else call(*values))
        return results

    def __reduce__(self) -> tuple:
        return Program, (self.dtypes, self.steps, self.outputs)

    def __repr__(self) -> str:
        names = " ".join(step.function for step in self.steps)
        return f"<Program of {len(self.dtypes)} inputs: {names}>"


@lru_cache(maxsize=4096)
def result_dtype(function: str, kinds: tuple[tuple[bool, Any], ...]) -> str:
    """Return the data type that an array function gives.

    Args:
        function: Its name.
        kinds: For each argument `(False, dtype)`, or `(True, type)` for a literal.

    Example:

    >>> result_dtype("multiply", ((False, "float32"), (True, float)))
    'float32'
    """
    arrays = [
        kind(1) if literal else np.ones((1,), numpy_dtype(kind))
        for literal, kind in kinds
    ]
    own = _PRIMITIVES.get(function)
    with np.errstate(all="ignore"):
        result = own(np, *arrays) if own else getattr(np, function)(*arrays)
    return dtype_name(result.dtype)


class Fused(Op):
    """A program over inputs that broadcast to one shape, with reductions at its end."""

    name = "fused"
    inplace = True
    differentiable = False

    def infer(
        self, *specs: Spec, program: Program, shape: tuple[int, ...]
    ) -> tuple[Spec, ...]:
        """Return the specs of the program's outputs."""
        broadcast = broadcast_shapes(shape, *(spec.shape for spec in specs))
        dtypes = tuple(spec.dtype for spec in specs)
        if broadcast != shape or dtypes != program.dtypes:
            raise ShapeError(
                f"fused: the inputs do not fit the program.\n"
                f"  got: {' and '.join(map(str, specs))}, expected: {shape} "
                f"{program.dtypes}"
            )
        return tuple(
            Spec(output_shape(output, shape), program.steps[output.step].dtype)
            for output in program.outputs
        )

    def kernel(
        self,
        xp: Any,
        *arrays: Any,
        out: Any = None,
        program: Program,
        shape: tuple[int, ...],
    ) -> Any:
        """Run the program on whole arrays."""
        return program.run(xp, arrays, shape)

    def may_reuse(self, index: int, attrs: dict) -> bool:
        """Tell whether an output may take the memory of an input: not if reduced."""
        return attrs["program"].outputs[index].reduction is None


def output_shape(output: Output, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of a program's output.

    Example:

    >>> output_shape(Output(0, "sum", (0,)), (2, 3))
    (3,)
    """
    if output.reduction is None:
        return shape
    if output.keepdims:
        return tuple(1 if i in output.axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in output.axes)


fused_op = register(Fused())
