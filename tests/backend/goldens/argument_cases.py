"""The calls of `arguments.txt`: every function of `keras.ops`, with odd arguments.

Sizes, axes, types and ranks vary; some arguments are wrong on purpose.
"""

import ast
import pathlib

import numpy as np

_RNG = np.random.default_rng(5)


def _normal(*shape):
    return _RNG.normal(size=shape).astype("float32")


_SQUARE = _normal(2, 3, 3)

INPUTS = {
    "f": np.float32([[-1.5, 0.25, 2.0], [0.75, -0.3, 1.0]]),
    "p": np.float32([[0.5, 1.25, 2.0], [0.1, 3.0, 1.0]]),
    "u": np.float32([[-0.9, 0.1, 0.5], [0.75, -0.3, 0.0]]),
    "r": np.float32([0.5, -2.0, 1.0]),
    "n": np.float32([[1.0, np.nan, 3.0], [np.inf, -2.0, -np.inf]]),
    "s": np.float32(0.7),
    "e": np.zeros((0, 3), "float32"),
    "d": np.float64([[0.5, -1.25, 2.0], [1.5, 3.0, -1.0]]),
    "h": np.float16([[1.5, -0.5, 2.0], [0.25, 4.0, 1.0]]),
    "i": np.array([[7, -4, 2], [0, 5, -3]], "int32"),
    "j": np.array([[3, 2, 5], [4, 1, 2]], "int32"),
    "l": np.array([[3, 2, 5], [4, 1, 2]], "int64"),
    "a": np.array([[3, -2, 5], [4, 1, 2]], "int8"),
    "c": np.array([[3, 200, 5], [4, 1, 2]], "uint8"),
    "b": np.array([[True, False, True], [False, False, True]]),
    "z": np.complex64([[1 + 2j, -0.5j, 2.0], [0.25 - 1j, 3 + 3j, -1 + 0.5j]]),
    "m": _normal(2, 3, 4),
    "k": _normal(4, 3),
    "w": _RNG.uniform(size=(2, 6, 5, 3)).astype("float32"),
    "o": _RNG.integers(0, 256, (4, 5, 3)).astype("uint8"),
    "y": _normal(2, 7, 3),
    "x": _normal(1, 4, 5, 3, 2),
    "g": _SQUARE + 2 * np.eye(3, dtype="float32"),
    "q": (_SQUARE @ _SQUARE.transpose(0, 2, 1) + np.eye(3)).astype("float32"),
    "v": np.float32([0.3, -1.2, 2.5, 0.9, -0.1]),
    "t": _normal(2, 8),
}

# What is done with the function that these return.
_CALLED = {
    "vectorize": ("(f)", "(f, r)", "(f, r)"),
    "custom_gradient": ("(f)", "(f)", "(f)"),
}


def _table():
    """Each function, and the texts of its arguments."""
    text = pathlib.Path(__file__).with_name("arguments.txt").read_text()
    for line in text.replace("\n    ", " ").splitlines():
        names, _, arguments = line.partition(":")
        if arguments and not line.startswith("#"):
            for name in names.split():
                yield name, [part.strip() for part in arguments.split(" | ")]


def _calls():
    cases = {}
    for name, texts in _table():
        calls = _CALLED.get(name, ("",) * len(texts))
        found = (f"ops.{name}({text}){call}" for text, call in zip(texts, calls))
        cases.setdefault(name, []).extend(found)
    return cases


# The calls of each function, as Python.
CASES = _calls()


class _Slots(ast.NodeTransformer):
    """Takes the arrays among the arguments of a call out of it."""

    def __init__(self, names):
        self.names, self.arrays = names, []

    def visit_Call(self, node):
        node.func = self._inside(node.func)
        node.args = [self._argument(argument) for argument in node.args]
        for keyword in node.keywords:
            keyword.value = self._argument(keyword.value)
        return node

    def _inside(self, node):
        return self.visit(node) if isinstance(node, ast.Call) else node

    def _argument(self, node):
        if isinstance(node, (ast.Tuple, ast.List)):
            node.elts = [self._argument(part) for part in node.elts]
            return node
        found = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        if isinstance(node, ast.Lambda) or not found & set(INPUTS):
            return node
        value = np.asarray(eval(ast.unparse(node), self.names))
        self.arrays.append(value)
        return ast.Name(f"slot{len(self.arrays) - 1}", ast.Load())


def split(call, ops):
    """Return a call as a function of its arrays, and the arrays."""
    names = {"ops": ops, "np": np, **INPUTS}
    slots = _Slots(names)
    tree = slots.visit(ast.parse(call, mode="eval"))
    code = compile(ast.fix_missing_locations(tree), call, "eval")

    def run(arguments):
        return eval(code, names | {f"slot{i}": a for i, a in enumerate(arguments)})

    return run, slots.arrays
