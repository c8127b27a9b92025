"""Elementwise ops: one expression gives the kernel of every device.

An expression is Python arithmetic over the inputs, numeric literals and a fixed table
of primitives. It is parsed once into a short list of instructions, each one array
function.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple

from kerasish.backend.graph.known import known_elements
from kerasish.backend.graph.node import Node
from kerasish.backend.graph.op import Op, get_op, register
from kerasish.backend.graph.spec import Spec, broadcast_shapes
from kerasish.backend.graph.tensor import Tensor
from kerasish.errors import DTypeError, ShapeError

_BINARY = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "true_divide",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder",
    ast.Pow: "power",
    ast.BitAnd: "bitwise_and",
    ast.BitOr: "bitwise_or",
    ast.BitXor: "bitwise_xor",
    ast.LShift: "left_shift",
    ast.RShift: "right_shift",
}
_UNARY = {ast.USub: "negative", ast.Invert: "invert", ast.UAdd: "positive"}
_COMPARE = {
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
}
_PRIMITIVES: dict[str, Callable] = {}

Rule = Callable[..., "Tensor | None"]


class Instruction(NamedTuple):
    """One array function of an expression.

    Attributes:
        function: The name of an array function, or of a primitive.
        arguments: `("input", i)`, `("step", k)`, `("literal", v)` or `("attr", name)`.
    """

    function: str
    arguments: tuple[tuple[str, Any], ...]


def primitive(name: str) -> Callable[[Callable], Callable]:
    """Register a function for expressions that array modules do not have.

    Args:
        name: The name used in expressions.

    Returns:
        A decorator for `function(xp, *arrays)`.
    """

    def decorate(function: Callable) -> Callable:
        _PRIMITIVES[name] = function
        return function

    return decorate


@primitive("where")
def _where(xp: Any, condition: Any, x: Any, y: Any) -> Any:
    return xp.where(condition, x, y)


def parse(
    expr: str, args: Sequence[str] | None, attrs: Sequence[str]
) -> tuple[tuple[str, ...], list[Instruction]]:
    """Turn an expression into instructions.

    Args:
        expr: The expression.
        args: The names of the inputs in order; `None` for the order of appearance.
        attrs: The names that stand for attributes.

    Returns:
        The input names and the instructions; the last one gives the result.

    Raises:
        ValueError: If the expression uses anything else.

    Example:

    >>> parse("x * x + y", None, ())[0]
    ('x', 'y')
    """
    tree = ast.parse(expr, mode="eval").body
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    names = [
        n for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called
    ]
    names.sort(key=lambda n: (n.lineno, n.col_offset))
    if args is None:
        args = tuple(dict.fromkeys(n.id for n in names if n.id not in attrs))
    compiler = _Compiler(tuple(args), tuple(attrs), expr)
    kind, _ = compiler.visit(tree)
    if kind != "step":
        raise ValueError(f"An expression must compute something.\nReceived: {expr!r}")
    return tuple(args), compiler.instructions


class _Compiler:
    """Walks an expression tree and lists its instructions."""

    def __init__(self, args: tuple, attrs: tuple, expr: str) -> None:
        self.args, self.attrs, self.expr = args, attrs, expr
        self.instructions: list[Instruction] = []

    def visit(self, tree: ast.expr) -> tuple[str, Any]:
        if isinstance(tree, ast.Constant):
            return "literal", tree.value
        if isinstance(tree, ast.Name):
            if tree.id in self.attrs:
                return "attr", tree.id
            if tree.id in self.args:
                return "input", self.args.index(tree.id)
        if isinstance(tree, ast.BinOp) and type(tree.op) in _BINARY:
            return self.emit(_BINARY[type(tree.op)], tree.left, tree.right)
        if isinstance(tree, ast.UnaryOp) and type(tree.op) in _UNARY:
            literal = isinstance(tree.operand, ast.Constant)
            if literal and isinstance(tree.op, ast.USub):
                return "literal", -tree.operand.value
            return self.emit(_UNARY[type(tree.op)], tree.operand)
        if isinstance(tree, ast.Compare) and len(tree.ops) == 1:
            return self.emit(
                _COMPARE[type(tree.ops[0])], tree.left, tree.comparators[0]
            )
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
            return self.emit(tree.func.id, *tree.args)
        raise ValueError(f"Not possible in an elementwise expression: {self.expr!r}")

    def emit(self, function: str, *operands: ast.expr) -> tuple[str, Any]:
        arguments = tuple(self.visit(operand) for operand in operands)
        self.instructions.append(Instruction(function, arguments))
        return "step", len(self.instructions) - 1


def _source(argument: tuple[str, Any], literals: dict[str, Any]) -> str:
    """Return an argument as Python, a literal as a name for it."""
    kind, key = argument
    if kind == "attr":
        return key
    name = f"{kind}{len(literals) if kind == 'literal' else key}"
    if kind == "literal":
        literals[name] = key
    return name


class Elementwise(Op):
    """An op that acts on each element, with broadcasting."""

    elementwise = True
    inplace = True
    pooled = False

    def __init__(
        self,
        name: str,
        expr: str,
        args: Sequence[str] | None,
        attrs: Sequence[str],
        dtype: Any,
        vjp: Sequence[Rule | None] | None,
        commutative: bool,
        differentiable: bool,
    ) -> None:
        self.name = name
        self.expr = expr
        self.attrs = tuple(attrs)
        self._given_args = args
        self.dtype = dtype
        self.rules = vjp
        self.commutative = commutative
        self.differentiable = differentiable and vjp is not None

    # Most ops of a module are never used: expressions are read when they are.
    @cached_property
    def _parsed(self) -> tuple[tuple[str, ...], list[Instruction]]:
        return parse(self.expr, self._given_args, self.attrs)

    @cached_property
    def args(self) -> tuple[str, ...]:
        """The names of the inputs in their order."""
        return self._parsed[0]

    @cached_property
    def instructions(self) -> list[Instruction]:
        """What is done, one array function after another."""
        return self._parsed[1]

    def infer(self, *specs: Spec, **attrs: Any) -> Spec:
        """Return the broadcast shape and the common dtype."""
        if len(specs) != len(self.args):
            raise TypeError(
                f"The op {self.name!r} takes {len(self.args)} inputs, got {len(specs)}."
            )
        shape = broadcast_shapes(*[spec.shape for spec in specs])
        if shape is None:
            raise ShapeError(
                f"{self.name}: the shapes do not broadcast to each other.\n"
                f"  got: {' and '.join(str(spec) for spec in specs)}"
            )
        dtype = self._result_dtype(specs)
        known = None
        if dtype in ("int32", "int64"):
            known = known_elements(self.name, specs, shape)
        return Spec(shape, dtype, known)

    def _result_dtype(self, specs: tuple[Spec, ...]) -> str:
        if callable(self.dtype):
            return self.dtype(*specs)
        if self.dtype is not None:
            return self.dtype
        dtypes = {spec.dtype for spec in specs}
        if len(dtypes) > 1:
            dtypes.discard("bool")
        if len(dtypes) > 1:
            raise DTypeError(
                f"{self.name}: the inputs must have one data type.\n"
                f"  got: {' and '.join(str(spec) for spec in specs)}"
            )
        return dtypes.pop()

    @cached_property
    def kernel(self) -> Callable:
        """A function that runs the instructions; only the last one writes `out`."""
        literals: dict[str, Any] = {}
        lines = []
        for position, (function, arguments) in enumerate(self.instructions):
            places = [_source(argument, literals) for argument in arguments]
            last = position == len(self.instructions) - 1
            if function in _PRIMITIVES:
                literals[function] = _PRIMITIVES[function]
                call = f"{function}({', '.join(['xp', *places])})"
            else:
                call = f"xp.{function}({', '.join(places)}{', out=out' * last})"
            lines.append(f"return {call}" if last else f"step{position} = {call}")
        inputs = [f"input{i}" for i in range(len(self.args))]
        attrs = ["*", *self.attrs] if self.attrs else []
        names = ["xp", *inputs, "out=None", *attrs]
        exec(f"def kernel({', '.join(names)}): " + "; ".join(lines), literals)
        return literals["kernel"]

    def bind(
        self, kernel: Callable, xp: Any, arrays: tuple, out: Any, attrs: dict
    ) -> Callable[[], Any] | None:
        """Bind a single array function directly, without this class between."""
        function, arguments = self.instructions[0]
        if len(self.instructions) > 1 or function in _PRIMITIVES:
            return None
        if kernel != self.kernel:
            return None
        known = {"input": arrays, "attr": attrs}
        values = [known[kind][key] if kind in known else key for kind, key in arguments]
        return partial(getattr(xp, function), *values, out=out)

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        """Apply the rule of each input, then sum over broadcast axes."""
        output = node.outputs[0]
        results: list[Tensor | None] = []
        for rule, source in zip(self.rules, node.inputs):
            gradient = None
            if rule is not None:
                gradient = rule(grads[0], output, *node.inputs, **node.attrs)
            if gradient is not None and (
                gradient.shape != source.shape or None in source.shape
            ):
                gradient = get_op("unbroadcast")(gradient, source)
            results.append(gradient)
        return tuple(results)


def elementwise(
    name: str,
    expr: str,
    *,
    args: Sequence[str] | None = None,
    attrs: Sequence[str] = (),
    dtype: str | Callable[..., str] | None = None,
    vjp: Sequence[Rule | None] | None = None,
    commutative: bool = False,
    differentiable: bool = True,
) -> Elementwise:
    """Define and register an elementwise op.

    Args:
        name: The unique name.
        expr: The expression; see the module's text.
        args: The input names in order; `None` for the order of appearance.
        attrs: Names in the expression that are attributes of the node.
        dtype: The result's data type: `None` for the inputs' common one, a name, or a
            function of the input specs.
        vjp: For each input a rule `rule(g, y, *inputs, **attrs)` in graph code, or
            `None`. Without rules the op is not differentiable.
        commutative: Whether two inputs may be swapped.
        differentiable: False where the derivative is zero everywhere.

    Returns:
        The registered op.

    Example:

    >>> cube = elementwise("documented_cube", "x * x * x",
    ...                    vjp=(lambda g, y, x: g * (3.0 * x * x),))
    >>> from kerasish.backend.graph import as_tensor
    >>> float(cube(as_tensor(2.0)))
    8.0
    """
    return register(
        Elementwise(name, expr, args, attrs, dtype, vjp, commutative, differentiable)
    )
