"""Tensors and operations of a graph."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasish import tree
from kerasish.backend import graph as engine
from kerasish.backend import ops
from kerasish.graph.dtypes import DType, as_dtype
from kerasish.graph.shapes import TensorShape
from kerasish.graph.state import get_default_graph, state

if TYPE_CHECKING:
    from kerasish.graph.graphs import Graph


class Deferred(Exception):
    """A tensor of unknown rank is needed; its operation waits for a run."""


class Operation:
    """An operation: a function of tensors, applied once in each run that needs it.

    Attributes:
        name: The name, unique in the graph.
        type: The kind.
        graph: The graph, `None` inside the body of a loop or branch.
        function: What it computes, on tensors of the engine. With `writes` it returns
            `(new values, results)`.
        arguments: Its arguments, in which tensors may be nested.
        inputs: The tensors that it depends on.
        outputs: Its results.
        control_inputs: Operations that run before it.
        writes: Variables that it gives new values.
        on_host: Whether the function takes a session and NumPy arrays, and runs after
            everything else.
        number: Its place in the order of creation.
        waits: Whether arguments have an unknown rank, so that only a run can apply it.

    Example:

    >>> import kerasish.graph as tf
    >>> tf.Graph().get_operations()
    []
    """

    def __init__(
        self,
        graph: Graph | None,
        name: str,
        kind: str,
        function: Callable | None,
        arguments: tuple,
        writes: Sequence[Any] = (),
        on_host: bool = False,
    ) -> None:
        self.graph = graph
        self.name = name
        self.type = kind
        self.function = function
        self.arguments = arguments
        self.inputs: list[Tensor] = [
            leaf for leaf in tree.flatten(arguments) if isinstance(leaf, Tensor)
        ]
        self.outputs: list[Tensor] = []
        self.control_inputs: list[Operation] = []
        self.writes = list(writes)
        self.on_host = on_host
        self.number = -1
        self.waits = False
        self.device = ""

    @property
    def op(self) -> Operation:
        """The operation itself."""
        return self

    def evaluate(self, read: Callable[[Tensor], engine.Tensor]) -> Any:
        """Apply the function.

        Args:
            read: Finds the engine's tensor of an argument.

        Raises:
            Deferred: If an argument has an unknown rank.
        """
        with engine.symbolic_scope(), engine.origin_scope(f"operation {self.name!r}"):
            arguments = tree.map_structure(
                lambda leaf: read(leaf) if isinstance(leaf, Tensor) else leaf,
                self.arguments,
            )
            return self.function(*arguments)

    def run(self, feed_dict: dict | None = None, session: Any = None) -> None:
        """Run the operation.

        Args:
            feed_dict: Values of tensors.
            session: A session; the default one for `None`.
        """
        _session(session).run(self, feed_dict)

    def get_attr(self, name: str) -> Any:
        """Refuse: what an operation does is a function, without attributes.

        Args:
            name: The name of the attribute.

        Raises:
            ValueError: Always.
        """
        raise ValueError(f"Operation {self.name!r} has no attr named {name!r}.")

    def __repr__(self) -> str:
        return f"<tf.Operation {self.name!r} type={self.type}>"


def _session(session: Any) -> Any:
    session = session or (state.sessions[-1] if state.sessions else None)
    if session is None:
        raise ValueError(
            "Cannot evaluate: no default session is registered. Use `with "
            "sess.as_default()` or pass an explicit session to `eval(session=sess)`."
        )
    return session


class Tensor:
    """A result of an operation.

    Attributes:
        op: The operation.
        value_index: Which result of it.
        stored: The engine's tensor, `None` where the rank is unknown.
        dtype: The data type.
        inside: What the bodies of loops and branches take for it, if not `stored`:
            the engine makes constants parts of bodies, which hides them.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default():
    ...     x = tf.placeholder(tf.float32, [None, 3], name="x")
    >>> x
    <tf.Tensor 'x:0' shape=(?, 3) dtype=float32>
    """

    __array_ufunc__ = None
    __array_priority__ = 1000
    inside: engine.Tensor | None = None

    def __init__(
        self,
        op: Operation,
        value_index: int,
        stored: engine.Tensor | None,
        dtype: str | None = None,
    ) -> None:
        self.op = op
        self.value_index = value_index
        self.stored = stored
        self.dtype: DType = as_dtype(stored.dtype if stored is not None else dtype)

    @property
    def name(self) -> str:
        """The name: that of the operation, and which output it is."""
        return f"{self.op.name}:{self.value_index}"

    @property
    def graph(self) -> Graph:
        """The graph."""
        return self.op.graph or get_default_graph()

    @property
    def device(self) -> str:
        """Empty: a session chooses the device."""
        return self.op.device

    @property
    def shape(self) -> TensorShape:
        """The shape as far as it is known."""
        return TensorShape(None if self.stored is None else self.stored.shape)

    def get_shape(self) -> TensorShape:
        """Return `shape`."""
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Say what is known of the shape; runs check it.

        Args:
            shape: A shape.

        Raises:
            ValueError: If it contradicts what is known already.
        """
        merged = self.shape.merge_with(shape)
        if merged.ndims is None or merged == self.shape:
            return
        inner, sizes, place = self.op.function, merged.as_list(), self.value_index
        self.stored = engine.placeholder(tuple(sizes), self.dtype, self.op.name)
        if inner is None:
            return

        def function(*arguments: Any) -> Any:
            results = inner(*arguments)
            flat = tree.flatten(results)
            wanted = [
                ops.shape(flat[place])[axis] if size is None else size
                for axis, size in enumerate(sizes)
            ]
            flat[place] = ops.reshape(flat[place], wanted)
            return tree.pack_sequence_as(results, flat)

        self.op.function = function

    def consumers(self) -> list[Operation]:
        """Return the operations that take this tensor."""
        return [
            op
            for op in self.graph.get_operations()
            if any(tensor is self for tensor in op.inputs)
        ]

    def eval(self, feed_dict: dict | None = None, session: Any = None) -> Any:
        """Compute the value.

        Args:
            feed_dict: Values of tensors.
            session: A session; the default one for `None`.

        Returns:
            A NumPy array or scalar.
        """
        return _session(session).run(self, feed_dict)

    def __bool__(self) -> bool:
        raise TypeError(
            "Using a `tf.Tensor` as a Python `bool` is not allowed. Use `if t is not "
            "None:` instead of `if t:` to test if a tensor is defined, and use ops "
            "such as tf.cond to execute subgraphs conditioned on the value of a tensor."
        )

    def __index__(self) -> int:
        array = self.constant_value()
        if array is None or array.size != 1:
            raise TypeError(f"Only a constant can be used as an integer: {self!r}")
        return operator.index(array.item())

    def constant_value(self) -> np.ndarray | None:
        """Return the value of a constant, `None` for any other tensor."""
        if self.op.type != "Const" or self.stored is None:
            return None
        return np.array(self.stored.node.attrs["array"])

    def __len__(self) -> int:
        raise TypeError(f"len() is not defined for a symbolic tensor.\ngot: {self!r}")

    def __iter__(self) -> Iterator[Tensor]:
        size = self.shape[0].value
        if size is None:
            raise TypeError(
                f"Only a tensor of known length can be iterated.\ngot: {self!r}"
            )
        return iter([self[position] for position in range(size)])

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise NotImplementedError(
            f"Cannot convert a symbolic tensor ({self.name}) to a NumPy array; "
            "evaluate it with `session.run`."
        )

    def __repr__(self) -> str:
        return f"<tf.Tensor {self.name!r} shape={self.shape} dtype={self.dtype}>"

    __str__ = __repr__
